"""Feature maps that are nearly each other, and how well a small kernel makes one from the other."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ghostbench.report.charts.style import SOFT, add_note, drawing

_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#b5589a", "#7a5c00")
_MARKERS = "os^vD"


def pairs_chart(
    maps: NDArray[np.float32], pairs: Sequence[tuple[int, int]], *, note: str
) -> Figure:
    """Each pair of maps, one above the other."""
    with drawing():
        figure = Figure(figsize=(2.3 * len(pairs) + 0.4, 5.2), layout="constrained")
        panels = figure.subplots(2, len(pairs), squeeze=False)
        for place, pair in enumerate(pairs):
            for row, (number, role) in enumerate(zip(pair, ("source", "target"), strict=True)):
                axes = panels[row, place]
                axes.imshow(maps[..., number], cmap="viridis")
                axes.set_title(f"map {number}, {role}", color=_COLOURS[place % len(_COLOURS)])
                axes.set_axis_off()
        add_note(figure, note)
    return figure


def fits_chart(
    errors: Mapping[tuple[int, int], Mapping[int, float]], *, y_label: str, note: str
) -> Figure:
    """For each pair of maps its error by the size of the kernel."""
    with drawing():
        figure = Figure(figsize=(7.0, 4.4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title("How well a depthwise kernel makes one map from another")
        axes.set_xlabel("kernel size d")
        axes.set_ylabel(y_label)
        sizes = sorted({size for line in errors.values() for size in line})
        for place, (pair, line) in enumerate(errors.items()):
            axes.plot(
                list(line), list(line.values()), color=_COLOURS[place % len(_COLOURS)],
                marker=_MARKERS[place % len(_MARKERS)], label=f"map {pair[0]} to map {pair[1]}",
            )  # fmt: skip
        axes.set_xticks(sizes, [f"{size} x {size}" for size in sizes])
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.tick_params(colors=SOFT)
        axes.legend()
        add_note(figure, note)
    return figure
