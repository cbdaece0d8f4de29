"""Tables of weights, multiply-adds and accuracy: each row of the paper beside our counts of that network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ghostbench.core.errors import SpecError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.report.families import family_key
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
from ghostbench.report.papers import Paper, TableOutline
from ghostbench.report.published import Published, PublishedAccuracy, matches
from ghostbench.report.quantities import UNKNOWN, change_text, millions_text, percent_text

_HEADINGS = (
    Heading(text="Network", column="network", numeric=False),
    *COUNTED_HEADINGS,
    Heading(text="Median, ms", column="median_ms"),
    *WHERE_HEADINGS,
)


def accuracy_table(
    outline: TableOutline,
    paper: Paper,
    published: Published,
    specs: Mapping[str, ModelSpec],
    counted: Callable[[str], Counted | None],
) -> PaperTable:
    """Every row of the sources that the outline names."""
    marks = NoteList()
    several = len(outline.rows) > 1
    told, rows = _rows(outline, published), []
    if not told:
        raise SpecError(f"table {outline.name!r}: accuracy.csv has no rows of its sources")
    for row in told:
        name = network_of(row, specs, paper)
        note = outline.missing.get(row.model, "") or disagreement(row, published.accuracy)
        twice = sum(other.model == row.model for other in told) > 1
        title = f"{row.model}, {row.variant}" if twice else row.model
        ours, printed = counted(name) if name else None, _as_published(row)
        title += marks.mark(note) + marks.mark(_far_off(printed, ours))
        title += marks.mark(row.source.text if several else "")
        rows.append(_row(printed, ours, title))
    return PaperTable(
        name=outline.name,
        title=outline.title,
        headings=_HEADINGS,
        rows=tuple(rows),
        notes=(*marks.lines(), *outline.notes, WHERE_MEANING),
    )


def _rows(outline: TableOutline, published: Published) -> list[PublishedAccuracy]:
    return [
        row
        for source in outline.rows
        for row in published.accuracy
        if row.source.text.startswith(source)
    ]


# What the words of a source say of its counts: to compare ours with themselves would prove nothing.
_NOT_PUBLISHED = (("counted by us", ("params", "macs")), ("params from timm", ("params",)))


def _as_published(row: PublishedAccuracy) -> PublishedAccuracy:
    """The row without counts that its source does not print."""
    for words, fields in _NOT_PUBLISHED:
        if words in row.source.text:
            nothing: dict[str, Any] = dict.fromkeys(fields)
            row = replace(row, **nothing)
    return row


# Further than what rounding and the ways of counting explain.
_FAR_PERCENT = 5.0


def _far_off(row: PublishedAccuracy, ours: Counted | None) -> str:
    """By what our count goes, where it is far from the published one."""
    if ours is None or not ours.basis:
        return ""
    pairs = (("parameters", ours.params, row.params), ("MACs", ours.macs, row.macs))
    far = [
        what
        for what, mine, theirs in pairs
        if mine and theirs and abs(mine / theirs - 1) * 100 > _FAR_PERCENT
    ]
    return f"{row.model}: our {' and '.join(far)} are those of {ours.basis}" if far else ""


def network_of(row: PublishedAccuracy, specs: Mapping[str, ModelSpec], paper: Paper) -> str | None:
    """The network whose spec refers to that row: one that the paper's runs time before others."""
    found = [name for name, spec in specs.items() if _refers(spec, row)]
    chosen = [*paper.networks, *paper.more_networks, *(n for t in paper.tables for n in t.timed)]
    return next((name for name in chosen if name in found), next(iter(found), None))


def _refers(spec: ModelSpec, row: PublishedAccuracy) -> bool:
    return any(
        ref.table == "accuracy"
        and matches(ref, model=row.model, variant=row.variant, source=row.source)
        for ref in spec.published
    )


def _row(row: PublishedAccuracy, counted: Counted | None, title: str) -> tuple[Cell, ...]:
    params, macs = (counted.params, counted.macs) if counted else (None, None)
    return (
        Cell(title, row.model),
        count_cell(row.params),
        count_cell(params, decimals=2),
        difference_cell(params, row.params),
        count_cell(row.macs),
        count_cell(macs, decimals=1),
        difference_cell(macs, row.macs),
        Cell(percent_text(row.top1_percent), row.top1_percent),
        Cell(percent_text(row.top5_percent), row.top5_percent),
        time_cell(counted),
        where_cell(counted),
        Cell(counted.name if counted else UNKNOWN, counted.name if counted else None),
    )


def count_cell(count: int | None, *, decimals: int | None = None) -> Cell:
    """A count in millions."""
    return Cell(millions_text(count, decimals=decimals), count)


def difference_cell(counted: int | None, published: int | None) -> Cell:
    """How far our count is from the published one, in percent of that."""
    if counted is None or not published:
        return Cell()
    percent = 100 * (counted / published - 1)
    return Cell(change_text(percent), percent)


# What the table prints no finer than: a number that rounds to the same is the same.
_STEPS = {"params": 100_000, "macs": 1_000_000, "top1_percent": 0.1, "top5_percent": 0.1}


def disagreement(row: PublishedAccuracy, others: Iterable[PublishedAccuracy]) -> str:
    """What other sources print of the same network, where it is not the same; nothing where all agree.

    Our own counts are left out: they have columns of their own.
    """
    told = []
    for other in others:
        if other is row or other.source.obtained == "counted" or not _same_network(row, other):
            continue
        if words := _differing(row, other):
            told.append(f"{words} ({_short(other.source.text)})")
    return f"other sources on {row.model}: " + "; ".join(dict.fromkeys(told)) if told else ""


def _same_network(row: PublishedAccuracy, other: PublishedAccuracy) -> bool:
    same_variant = row.variant == other.variant.split(" (")[0]
    return family_key(row.family) == family_key(other.family) and same_variant


def _differing(row: PublishedAccuracy, other: PublishedAccuracy) -> str:
    told = [
        words(theirs)
        for field, words in _WORDS
        if (mine := getattr(row, field)) is not None
        and (theirs := getattr(other, field)) is not None
        and round(mine / _STEPS[field]) != round(theirs / _STEPS[field])
    ]
    return ", ".join(told)


_WORDS: Sequence[tuple[str, Callable[[float], str]]] = (
    ("params", lambda count: f"{millions_text(count)} M parameters"),
    ("macs", lambda count: f"{millions_text(count)} M MACs"),
    ("top1_percent", lambda percent: f"top-1 {percent_text(percent)}"),
    ("top5_percent", lambda percent: f"top-5 {percent_text(percent)}"),
)


def _short(source: str) -> str:
    """A source without how it was read.

    >>> _short("GhostNet CVPR2020 Fig 6, digitised from fig/flops.png")
    'GhostNet CVPR2020 Fig 6'
    """
    return source.split(", digitised")[0].split(", as transcribed")[0]
