"""The tables of compressed networks and the ablation: published beside counted and, where timed, measured."""

from collections.abc import Callable, Sequence

from ghostbench.core.errors import SpecError
from ghostbench.report.comparisons import ratio
from ghostbench.report.paper_tables import (
    COUNTED_HEADINGS,
    WHERE_HEADINGS,
    WHERE_MEANING,
    Cell,
    Counted,
    Heading,
    NoteList,
    PaperTable,
    time_cell,
    where_cell,
)
from ghostbench.report.paper_tables_accuracy import count_cell, difference_cell
from ghostbench.report.paper_tables_rows import CompressedNetwork
from ghostbench.report.papers import TableOutline
from ghostbench.report.quantities import (
    UNKNOWN,
    change_text,
    millions_text,
    percent_text,
    ratio_interval_text,
    ratio_text,
)

_RERUNS = ("recount", "cifar10_rerun")
# Parameters of the paper are told to two digits at times: what is further off is no matter of rounding.
_ROUNDING_PERCENT = 2.5

_HEADINGS = (
    Heading(text="Network", column="base_model", numeric=False),
    Heading(text="Method", column="method", numeric=False),
    Heading(text="s", column="s"),
    Heading(text="d", column="d"),
    *COUNTED_HEADINGS,
    Heading(text="Median, ms", column="median_ms"),
    Heading(text="Times the baseline's", column="time_ratio"),
    Heading(text="95 % interval", column="time_ratio_interval"),
    *WHERE_HEADINGS,
)


def compression_table(
    outline: TableOutline,
    every: Sequence[CompressedNetwork],
    counted: Callable[[str], Counted | None],
) -> PaperTable:
    """The rows of those tables of the CSV that the outline names, recounts and re-runs of others as they stand."""
    rows = [row for table in outline.rows for row in every if row.table == table]
    rows = list({(row.key, row.source): row for row in rows}.values())
    _check(outline, [row.key for row in rows])
    marks = NoteList()
    cells = []
    for row in rows:
        ours, base = outline.networks.get(row.key), outline.baselines.get(row.base_model)
        network, against = (counted(name) if name else None for name in (ours, base))
        cells.append(_row(row, network, against, marks, every))
    return PaperTable(
        name=outline.name,
        title=outline.title,
        headings=_HEADINGS,
        rows=tuple(cells),
        notes=(*marks.lines(), *outline.notes, WHERE_MEANING),
    )


def _check(outline: TableOutline, keys: Sequence[str]) -> None:
    if not keys:
        raise SpecError(f"table {outline.name!r}: compression.csv has no such rows")
    for name in outline.networks:
        if name not in keys:
            raise SpecError(
                f"table {outline.name!r}: there is no row {name!r}; there are {'; '.join(keys)}"
            )


def _row(
    row: CompressedNetwork,
    counted: Counted | None,
    base: Counted | None,
    marks: NoteList,
    every: Sequence[CompressedNetwork],
) -> tuple[Cell, ...]:
    params, macs = (counted.params, counted.macs) if counted else (None, None)
    title = row.base_model + marks.mark(_disagreement(row, counted, every))
    return (
        Cell(title, row.base_model),
        Cell(row.method, row.method),
        _whole(row.ratio),
        _whole(row.dw_size),
        count_cell(row.params),
        count_cell(params, decimals=2),
        difference_cell(params, row.params),
        count_cell(row.macs),
        count_cell(macs, decimals=1),
        difference_cell(macs, row.macs),
        Cell(percent_text(row.top1_percent), row.top1_percent),
        Cell(percent_text(row.top5_percent), row.top5_percent),
        time_cell(counted),
        *_times(counted, base),
        where_cell(counted),
        Cell(counted.name if counted else UNKNOWN, counted.name if counted else None),
    )


def _whole(number: int | None) -> Cell:
    return Cell() if number is None else Cell(str(number), number)


def _times(counted: Counted | None, base: Counted | None) -> tuple[Cell, Cell]:
    if not counted or not base or not counted.result or not base.result or counted == base:
        return Cell(), Cell()
    measured = ratio(counted.result, base.result)
    told = ratio_interval_text(measured.interval)
    return (
        Cell(ratio_text(measured.value, measured.interval), measured.value),
        Cell(told, told if measured.interval else None),
    )


def _disagreement(
    row: CompressedNetwork, counted: Counted | None, every: Sequence[CompressedNetwork]
) -> str:
    """Where our count is not what the paper's digits allow, and what others counted or got of the same network."""
    told = []
    if counted:
        for what, ours, theirs in (
            ("parameters", counted.params, row.params),
            ("MACs", counted.macs, row.macs),
        ):
            if ours and theirs and abs(ours / theirs - 1) * 100 > _ROUNDING_PERCENT:
                change = change_text(100 * (ours / theirs - 1))
                told.append(
                    f"our recount gives {millions_text(ours, decimals=2)} M {what}, {change} from the paper's"
                )
    # Our earlier count by hand says what the one beside it says.
    told += [
        _told(other)
        for other in every
        if _is_rerun(row, other) and not (counted and other.table == "recount")
    ]
    return f"{row.key}: " + "; ".join(told) if told else ""


def _is_rerun(row: CompressedNetwork, other: CompressedNetwork) -> bool:
    if row.table in _RERUNS or other.source == row.source:
        return False
    if (row.dataset, row.base_model) != (other.dataset, other.base_model):
        return False
    if row.ratio:
        return row.ratio == other.ratio and other.dw_size in (row.dw_size, None)
    return row.method == "baseline" and other.method.startswith("baseline")


def _told(other: CompressedNetwork) -> str:
    numbers = [
        f"{millions_text(other.params)} M parameters" if other.params else "",
        f"{millions_text(other.macs)} M MACs" if other.macs else "",
        f"top-1 {percent_text(other.top1_percent)}" if other.top1_percent else "",
    ]
    return f"{other.method}: {', '.join(filter(None, numbers))} ({other.source})"
