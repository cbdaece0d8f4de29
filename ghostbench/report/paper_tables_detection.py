"""The table of detectors: the backbone's multiply-adds as published and as counted, and the whole network's."""

from collections.abc import Callable, Sequence

from ghostbench.core.errors import SpecError
from ghostbench.report.paper_tables import (
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
from ghostbench.report.paper_tables_rows import DetectionRow
from ghostbench.report.papers import TableOutline
from ghostbench.report.quantities import UNKNOWN

_HEADINGS = (
    Heading(text="Backbone", column="backbone", numeric=False),
    Heading(text="Detector", column="detector", numeric=False),
    Heading(text="Backbone MACs published, M", column="backbone_macs_published"),
    Heading(text="Backbone MACs counted, M", column="backbone_macs_counted"),
    Heading(text="Difference", column="backbone_macs_difference_percent"),
    Heading(text="AP published", column="ap_published"),
    Heading(text="AP50", column="ap50_published"),
    Heading(text="AP75", column="ap75_published"),
    Heading(text="Whole detector: input, px", column="input_px"),
    Heading(text="Params counted, M", column="params_counted"),
    Heading(text="MACs counted, M", column="macs_counted"),
    Heading(text="Median, ms", column="median_ms"),
    *WHERE_HEADINGS,
)


def detection_table(
    outline: TableOutline, every: Sequence[DetectionRow], counted: Callable[[str], Counted | None]
) -> PaperTable:
    """The rows whose sources begin as the outline says."""
    rows = [row for row in every if row.source.startswith(outline.rows)]
    _check(outline, rows)
    marks = NoteList()
    return PaperTable(
        name=outline.name,
        title=outline.title,
        headings=_HEADINGS,
        rows=tuple(_row(row, outline, counted, marks) for row in rows),
        notes=(*marks.lines(), *outline.notes, WHERE_MEANING),
    )


def _check(outline: TableOutline, rows: Sequence[DetectionRow]) -> None:
    if not rows:
        raise SpecError(f"table {outline.name!r}: detection.csv has no such rows")
    for names, known in (
        (outline.networks, {row.key for row in rows}),
        (outline.backbones, {row.backbone_key for row in rows}),
    ):
        for name in names:
            if name not in known:
                raise SpecError(
                    f"table {outline.name!r}: there is no row {name!r}; there are {'; '.join(sorted(known))}"
                )


def _row(
    row: DetectionRow,
    outline: TableOutline,
    counted: Callable[[str], Counted | None],
    marks: NoteList,
) -> tuple[Cell, ...]:
    backbone = _found(outline.backbones.get(row.backbone_key), counted)
    whole = _found(outline.networks.get(row.key), counted)
    basis = f"{backbone.title} as a classifier: {backbone.basis}" if backbone else ""
    backbone_macs = backbone.macs if backbone else None
    return (
        Cell(row.backbone_key + marks.mark(basis), row.backbone_key),
        Cell(row.detector, row.detector),
        count_cell(row.backbone_macs),
        count_cell(backbone_macs, decimals=1),
        difference_cell(backbone_macs, row.backbone_macs),
        *(Cell(UNKNOWN if x is None else f"{x:.1f}", x) for x in (row.ap, row.ap50, row.ap75)),
        Cell(str(whole.input_px), whole.input_px) if whole else Cell(),
        count_cell(whole.params if whole else None, decimals=2),
        count_cell(whole.macs if whole else None, decimals=1),
        time_cell(whole),
        where_cell(whole),
        Cell(whole.name if whole else UNKNOWN, whole.name if whole else None),
    )


def _found(name: str | None, counted: Callable[[str], Counted | None]) -> Counted | None:
    return counted(name) if name else None
