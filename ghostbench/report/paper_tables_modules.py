"""The Ghost module layer by layer: what theory says it saves, and what it saves on this device."""

from collections.abc import Callable, Iterable, Sequence

from ghostbench.report.comparisons import ratio
from ghostbench.report.paper_tables import Cell, Counted, Heading, PaperTable, time_cell
from ghostbench.report.paper_tables_accuracy import count_cell
from ghostbench.report.paper_tables_rows import GhostModuleRow
from ghostbench.report.paper_theory import (
    ConvolutionShape,
    compression,
    convolution_macs,
    ghost_macs,
    speed_up,
)
from ghostbench.report.papers import LayerPair, TableOutline
from ghostbench.report.quantities import ratio_interval_text, ratio_text

_HEADINGS = (
    Heading(text="Layer", column="layer", numeric=False),
    Heading(text="Kernel", column="kernel"),
    Heading(text="Inputs c", column="inputs"),
    Heading(text="Outputs n", column="outputs"),
    Heading(text="Side, px", column="out_px"),
    Heading(text="Speed-up in theory, r_s", column="speed_up_theory"),
    Heading(text="Compression in theory, r_c", column="compression_theory"),
    Heading(text="Speed-up measured", column="speed_up_measured"),
    Heading(text="95 % interval", column="speed_up_interval"),
    Heading(text="Convolution, ms", column="convolution_ms"),
    Heading(text="Ghost module, ms", column="ghost_ms"),
    Heading(text="Convolution, M MACs", column="macs_convolution"),
    Heading(text="Ghost module, M MACs", column="macs_ghost"),
    Heading(text="s", column="s"),
    Heading(text="d", column="d"),
)
_NOTES = (
    "r_s = c k² / (c k² / s + (s - 1) / s d²), r_c the same with the outputs written out: both are the ratio s only "
    "where c k² is large beside d². In a 1x1 layer of 16 channels theory itself says 1.28, not 2.",
    "Each measured pair is two files of one layer: a convolution with its activation, and the Ghost module in its "
    "place. The difference of their times holds the copying of two halves into one, which multiply-adds leave out.",
    "Batch-norm is folded in files and is in neither formula.",
)


def modules_table(
    outline: TableOutline,
    modules: Sequence[GhostModuleRow],
    counted: Callable[[str], Counted | None],
) -> PaperTable:
    """The pairs of the outline, and every Ghost module of GhostNet 1.0x; equal layers in one row."""
    return PaperTable(
        name=outline.name,
        title=outline.title,
        headings=_HEADINGS,
        rows=tuple(_row(pair, counted) for pair in layer_pairs(outline, modules)),
        notes=(*outline.notes, *_NOTES),
    )


def layer_pairs(outline: TableOutline, modules: Iterable[GhostModuleRow]) -> list[LayerPair]:
    """Those of the outline with their places in GhostNet, then the layers that are not timed."""
    places: dict[_Shape, list[GhostModuleRow]] = {}
    for module in modules:
        shape = (module.inputs, module.outputs, 1, module.out_px, 2, 3)
        places.setdefault(shape, []).append(module)
    timed = {_shape(pair): pair.of for pair in outline.pairs}
    named = timed | {shape: _places_text(found) for shape, found in places.items()}
    return [
        LayerPair(of=of, inputs=c, outputs=n, kernel=k, px=px, ratio=s, dw_size=d)
        for (c, n, k, px, s, d), of in named.items()
    ]


def _places_text(modules: Sequence[GhostModuleRow]) -> str:
    """Where in GhostNet 1.0x a layer stands.

    >>> one = GhostModuleRow(where="bneck13, expansion", inputs=160, outputs=960, out_px=7)
    >>> _places_text([one, GhostModuleRow(where="bneck14, expansion", inputs=160, outputs=960, out_px=7)])
    'GhostNet 1.0x, expansion of blocks 13, 14'
    """
    blocks: dict[str, list[str]] = {}
    for module in modules:
        block, _, role = module.where.partition(", ")
        blocks.setdefault(role, []).append(block.removeprefix("bneck"))
    told = [
        f"{role} of {'block' if len(found) == 1 else 'blocks'} {', '.join(found)}"
        for role, found in blocks.items()
    ]
    return "GhostNet 1.0x, " + "; ".join(told)


_Shape = tuple[int, int, int, int, int, int]


def _shape(pair: LayerPair) -> _Shape:
    return (pair.inputs, pair.outputs, pair.kernel, pair.px, pair.ratio, pair.dw_size)


def _row(pair: LayerPair, counted: Callable[[str], Counted | None]) -> tuple[Cell, ...]:
    s, d = pair.ratio, pair.dw_size
    shape = ConvolutionShape(
        inputs=pair.inputs, outputs=pair.outputs, kernel=pair.kernel, out_px=pair.px
    )
    fewer = speed_up(inputs=pair.inputs, kernel=pair.kernel, ratio=s, dw_size=d)
    smaller = compression(shape, ratio=s, dw_size=d)
    ordinary, ghost = counted(pair.ordinary), counted(pair.ghost)
    return (
        Cell(pair.of, pair.of),
        *(_whole(number) for number in (pair.kernel, pair.inputs, pair.outputs, pair.px)),
        Cell(ratio_text(fewer), fewer),
        Cell(ratio_text(smaller), smaller),
        *_measured(ordinary, ghost),
        time_cell(ordinary),
        time_cell(ghost),
        count_cell(convolution_macs(shape), decimals=2),
        count_cell(ghost_macs(shape, ratio=s, dw_size=d), decimals=2),
        _whole(s),
        _whole(d),
    )


def _whole(number: int) -> Cell:
    return Cell(str(number), number)


def _measured(ordinary: Counted | None, ghost: Counted | None) -> tuple[Cell, Cell]:
    if not ordinary or not ghost or not ordinary.result or not ghost.result:
        return Cell(), Cell()
    found = ratio(ordinary.result, ghost.result)
    told = ratio_interval_text(found.interval)
    return (
        Cell(ratio_text(found.value, found.interval), found.value),
        Cell(told, told if found.interval else None),
    )
