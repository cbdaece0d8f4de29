"""Names beside points that hide neither points nor each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ghostbench.report.charts.style import PAPER, plain_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name for the point at (x, y), in data coordinates."""

    text: str
    x: float
    y: float
    colour: str


# Where a legend may stand, best first: slow and inaccurate networks are rare.
Corner = Literal["lower right", "lower left", "upper left", "upper right"]
_CORNERS: tuple[Corner, ...] = ("lower right", "lower left", "upper left", "upper right")
# Where a name may stand, in points from its marker, best first: right, left, above, below, the corners, further out.
_PLACES = tuple(
    (dx * far, dy * far, across, along)
    for far in (1.0, 1.9, 3.0)
    for dx, dy, across, along in (
        (7, 0, "left", "center"), (-7, 0, "right", "center"),
        (0, 7, "center", "bottom"), (0, -7, "center", "top"),
        (6, 6, "left", "bottom"), (6, -6, "left", "top"),
        (-6, 6, "right", "bottom"), (-6, -6, "right", "top"),
    )
)  # fmt: skip
_FAR = 8  # from this place on, a name stands so far away that a line must lead to its point
_MARKER_POINTS = 4.5  # half of the room that a marker takes
# How much a label would rather not cover: another label, a marker, a stretch of a curve, the edge of the axes.
_COSTS = {"label": 60.0, "marker": 30.0, "curve": 4.0, "edge": 100.0, "rank": 0.35}
_TOO_MUCH = 25.0  # dearer than this, a label says less than it hides


def place_labels(
    axes: Axes,
    labels: Sequence[Label],
    *,
    points: Sequence[tuple[float, float]],
    bars: Sequence[tuple[tuple[float, float], float]] = (),
    curves: Sequence[Sequence[tuple[float, float]]] = (),
    size: float = 7.5,
) -> list[str]:
    """Write each name in its best free place, and say which ones found none and were left out.

    `points` are all markers that stand in the axes, `bars` all intervals (both ends, and the height), `curves` all
    lines. Call it when the limits are final.
    """
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)  # an axes that is drawn has a figure
    FigureCanvasAgg(figure)  # measures letters
    figure.draw_without_rendering()
    figure.set_layout_engine(
        "none"
    )  # the axes stay where they are now, whatever is written into them
    per_point = figure.dpi / 72
    inside = axes.get_window_extent()

    def boxes() -> list[Bbox]:
        marks = (_box(axes, point, _MARKER_POINTS * per_point) for point in points)
        return [*marks, *(_bar_box(axes, ends, y, 3 * per_point) for ends, y in bars)]

    def strung() -> list[Bbox]:
        return [_box(axes, bead, 1.0) for curve in curves for bead in _beads(axes, curve)]

    legend = _settle_legend(axes, boxes, strung)
    markers, beads = boxes(), strung()
    obstacles = _Obstacles(labels=legend, markers=markers, beads=beads, inside=inside)
    left_out = []
    for label in labels:
        writing = _write(axes, label, size)
        cost, rank, box = _cheapest_place(writing, obstacles)
        if cost > _TOO_MUCH:
            writing.remove()
            left_out.append(label.text)
            continue
        _move(writing, _PLACES[rank])
        if rank >= _FAR:
            obstacles.labels.extend(_point_at(axes, label, _PLACES[rank]))
        obstacles.labels.append(box)
    return left_out


def _settle_legend(
    axes: Axes, boxes: Callable[[], list[Bbox]], beads: Callable[[], list[Bbox]]
) -> list[Bbox]:
    """Put the legend into the corner where it hides fewest points, then least of curves; where it is then, if at all.

    Where it hides points in each, room is made below, unless that would move another panel too.
    """
    legend = axes.get_legend()
    if legend is None:
        return []

    def hidden(corner: Corner) -> tuple[int, int]:
        legend.set_loc(corner)
        box = legend.get_window_extent()
        return box.count_overlaps(boxes()), box.count_overlaps(beads())

    best: Corner = min(_CORNERS, key=hidden)  # the first of those that are equally good
    if hidden(best)[0] and len(axes.get_shared_y_axes().get_siblings(axes)) == 1:
        share = legend.get_window_extent().height / axes.get_window_extent().height
        low, high = axes.get_ylim()
        axes.set_ylim(high - (high - low) / max(1 - 1.1 * share, 0.3), high)
        best = min(_CORNERS, key=hidden)
    legend.set_loc(best)
    return [legend.get_window_extent()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Obstacles:
    """What a name should not cover, and the axes that it should not leave; in dots."""

    labels: list[Bbox]  # of the legend and the names written so far
    markers: list[Bbox]
    beads: list[Bbox]
    inside: Bbox


def _cheapest_place(writing: Annotation, obstacles: _Obstacles) -> tuple[float, int, Bbox]:
    found = []
    for rank, place in enumerate(_PLACES):
        _move(writing, place)
        box = writing.get_window_extent().padded(1.0)
        found.append((_cost(box, rank, obstacles), rank, box))
    return min(found, key=lambda place: place[:2])


def _write(axes: Axes, label: Label, size: float) -> Annotation:
    writing = axes.annotate(
        label.text, (label.x, label.y), xytext=(0, 0), textcoords="offset points",
        fontsize=size, color=label.colour, zorder=8, annotation_clip=True,
    )  # fmt: skip
    plain_text(writing)
    writing.set_path_effects([patheffects.withStroke(linewidth=2.2, foreground=PAPER)])
    return writing


def _move(writing: Annotation, place: tuple[float, float, str, str]) -> None:
    dx, dy, across, along = place
    writing.set_position((dx, dy))
    writing.set(horizontalalignment=across, verticalalignment=along)


def _point_at(axes: Axes, label: Label, place: tuple[float, float, str, str]) -> list[Bbox]:
    """A hair line from a name that stands away to its point, and where it runs."""
    dx, dy, _, _ = place
    axes.annotate(
        "", (label.x, label.y), xytext=(dx, dy), textcoords="offset points", zorder=4,
        arrowprops={"arrowstyle": "-", "color": label.colour, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3},
    )  # fmt: skip
    x, y = axes.transData.transform((label.x, label.y))
    per_point = axes.get_figure(root=True).dpi / 72  # type: ignore[union-attr]  # it is drawn, so it has one
    steps = (0.4, 0.6, 0.8)
    return [
        Bbox.from_bounds(x + dx * per_point * step - 1, y + dy * per_point * step - 1, 2, 2)
        for step in steps
    ]


def _cost(box: Bbox, rank: int, obstacles: _Obstacles) -> float:
    inside = obstacles.inside
    across = inside.x0 <= box.x0 and box.x1 <= inside.x1
    along = inside.y0 <= box.y0 and box.y1 <= inside.y1
    return (
        _COSTS["rank"] * rank
        + _COSTS["edge"] * (not (across and along))
        + _COSTS["label"] * box.count_overlaps(obstacles.labels)
        + _COSTS["marker"] * box.count_overlaps(obstacles.markers)
        + _COSTS["curve"] * min(3, box.count_overlaps(obstacles.beads))
    )


def _box(axes: Axes, point: tuple[float, float], half: float) -> Bbox:
    x, y = axes.transData.transform(point)
    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def _bar_box(axes: Axes, ends: tuple[float, float], y: float, half: float) -> Bbox:
    (x0, middle), (x1, _) = axes.transData.transform([(ends[0], y), (ends[1], y)])
    return Bbox.from_extents(x0, middle - half, x1, middle + half)


def _beads(axes: Axes, curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points along a curve, close enough that no label slips between two of them."""
    back = axes.transData.inverted()
    beads: list[tuple[float, float]] = []
    for start, end in pairwise(curve):
        (x0, y0), (x1, y1) = axes.transData.transform([start, end])
        steps = max(1, int(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / 6))
        for step in range(1, steps):
            share = step / steps
            x, y = back.transform((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
            beads.append((float(x), float(y)))
    return beads
