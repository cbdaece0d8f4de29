"""A table of a paper beside our own numbers: as a value, and as Markdown, CSV and part of the page."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ghostbench.core.result import JobResult
from ghostbench.core.verdict import Severity, Verdict
from ghostbench.report.html import Html, element, joined, listed
from ghostbench.report.page_grid import wide
from ghostbench.report.quantities import UNKNOWN, ms_text

_PUBLISHED = ("_published", "_published_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column: what people read, and what machines do."""

    text: str
    column: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """What people read, and the number in full where it is one."""

    text: str = UNKNOWN
    value: str | int | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTable:
    """A filled table."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()  # lettered ones first, as the cells name them
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A network of ours as the tables need it."""

    name: str
    title: str
    family: str
    input_px: int
    params: int | None
    macs: int | None
    where: str  # the counts are from: "file", "specification", "formula"
    basis: str = ""  # what the specification says of them
    result: JobResult | None = None  # None when it was not timed


# Of a network that the paper tells the size and accuracy of, beside our counts; and which network of ours it is.
COUNTED_HEADINGS = (
    Heading(text="Params published, M", column="params_published"),
    Heading(text="Params counted, M", column="params_counted"),
    Heading(text="Difference", column="params_difference_percent"),
    Heading(text="MACs published, M", column="macs_published"),
    Heading(text="MACs counted, M", column="macs_counted"),
    Heading(text="Difference", column="macs_difference_percent"),
    Heading(text="Top-1 published", column="top1_published_percent"),
    Heading(text="Top-5 published", column="top5_published_percent"),
)
WHERE_HEADINGS = (
    Heading(text="Counted in", column="counted_in", numeric=False),
    Heading(text="Our network", column="model", numeric=False),
)


class NoteList:
    """Letters for notes, in the order in which they are first used."""

    def __init__(self) -> None:
        self._notes: list[str] = []

    def mark(self, note: str) -> str:
        """A space and the letter in brackets; nothing for no note."""
        if not note:
            return ""
        if note not in self._notes:
            self._notes.append(note)
        return f" ({_letter(self._notes.index(note))})"

    def lines(self) -> tuple[str, ...]:
        """Each note after its letter."""
        return tuple(f"({_letter(place)}) {note}" for place, note in enumerate(self._notes))


def _letter(place: int) -> str:
    """Like the columns of a spreadsheet.

    >>> _letter(0), _letter(25), _letter(26)
    ('a', 'z', 'aa')
    """
    rest, last = divmod(place, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("a") + last)


def time_cell(counted: Counted | None) -> Cell:
    """The measured median."""
    result = counted.result if counted else None
    if result is None:
        return Cell()
    mark = "" if result.verdict is Verdict.VALID else " !"
    return Cell(ms_text(result.median_ns, result.ci95_ns) + mark, result.median_ns / 1e6)


def doubts_note(counted: Iterable[Counted]) -> str:
    """What speaks against the times that bear an exclamation mark; nothing when none does."""
    results = [one.result for one in counted if one.result]
    doubtful = [result for result in results if result.verdict is not Verdict.VALID]
    if not doubtful:
        return ""
    kinds = Counter(
        code
        for result in doubtful
        for code in {r.code for r in result.reasons if r.severity is not Severity.NOTE}
    )
    told = ", ".join(f"{code} ({count})" for code, count in kinds.most_common())
    return (
        f"!: SUSPECT, {len(doubtful)} of {len(results)} timed networks; their times may be off by more than their "
        f"interval" + (f": {told}." if told else ".")
    )


def where_cell(counted: Counted | None) -> Cell:
    """In what the counts were counted."""
    return Cell(counted.where, counted.where) if counted else Cell()


WHERE_MEANING = (
    "Counted in: file, the .tflite that was timed here; specification, the counts in models/, which every built file "
    "must meet before it is kept; formula, layer by layer without a file."
)


def for_people(table: PaperTable, *, without: Collection[str] = ()) -> PaperTable:
    """Without those columns, and those in which nothing is known of any row; the CSV keeps them."""
    kept = [
        place
        for place, heading in enumerate(table.headings)
        if heading.column not in without and any(row[place].value is not None for row in table.rows)
    ]
    return replace(
        table,
        headings=tuple(table.headings[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def table_markdown(table: PaperTable) -> str:
    """The table with its notes."""
    table = for_people(table)
    lines = [
        [_plain(heading.text) for heading in table.headings],
        ["---:" if heading.numeric else "---" for heading in table.headings],
        *([_plain(cell.text) for cell in row] for row in table.rows),
    ]
    parts = [
        f"# {_plain(table.title)}\n",
        f"**{_plain(table.warning)}**\n" if table.warning else "",
        "".join(f"| {' | '.join(cells)} |\n" for cells in lines),
        "".join(f"- {_plain(note)}\n" for note in table.notes),
    ]
    return "\n".join(part for part in parts if part)


def table_csv(table: PaperTable) -> str:
    """The numbers in full; an empty cell is unknown."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([heading.column for heading in table.headings])
    writer.writerows([cell.value for cell in row] for row in table.rows)
    return stream.getvalue()


def paper_tables_section(
    tables: Sequence[PaperTable], pictures: Mapping[str, Html] | None = None
) -> Html:
    """The part of the page that holds them; nothing when there is none. A picture's name begins with its table's."""
    if not tables:
        return Html("")
    words = (
        "What the paper prints, in italics on tinted ground, beside what is counted and, where it was timed, measured "
        "here. Letters in brackets are the notes below each table."
    )
    return element(
        "section",
        element("h2", "The paper's tables"),
        element("p", words, attributes={"class": "hint"}),
        *(_part(table, pictures or {}) for table in tables),
        attributes={"id": "paper-tables"},
    )


def _part(table: PaperTable, pictures: Mapping[str, Html]) -> Html:
    table = for_people(table, without=("model",))  # the name of the file is for those who use it
    head = [
        element("th", h.text, attributes={"scope": "col", "data-kind": _kind(h)} | _look(h))
        for h in table.headings
    ]
    body = [element("tr", *map(_cell, table.headings, row, range(len(row)))) for row in table.rows]
    grid = element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        attributes={"class": "sortable"},
    )
    notes = element(
        "details",
        element("summary", "Notes: what differs between sources, and how it was counted"),
        listed(list(table.notes)),
        attributes={"open": ""},
    )
    return joined(
        element("h3", table.title, attributes={"id": f"paper-{table.name}"}),
        element("p", table.warning, attributes={"class": "warning"}) if table.warning else "",
        wide(grid, table.title),
        *(picture for name, picture in pictures.items() if name.startswith(f"{table.name}-")),
        notes if table.notes else "",
    )


def _kind(heading: Heading) -> str:
    return "number" if heading.numeric else "text"


def _look(heading: Heading) -> dict[str, str]:
    if not heading.numeric:
        return {"style": "text-align:left"}
    # As everywhere on the page: what is published never looks like what is measured.
    return {"class": "published"} if heading.column.endswith(_PUBLISHED) else {}


def _cell(heading: Heading, cell: Cell, place: int) -> Html:
    order = {"data-order": "" if cell.value is None else str(cell.value)}
    if place == 0:
        return element("th", cell.text, attributes={"scope": "row", **order})
    return element("td", cell.text, attributes=order | _look(heading))


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_|<>\[\]#~])", r"\\\1", " ".join(text.split()))
