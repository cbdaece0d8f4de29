"""The parts of which a panel of a chart is put together: curves, markers, intervals, the front, the legend."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ghostbench.report.charts.labels import Label, place_labels
from ghostbench.report.charts.points import ChartPoint, families_of, series_of
from ghostbench.report.charts.style import BAND, INK, PAPER, SOFT, plain_text
from ghostbench.report.families import family_key, is_background, look_of, short_label
from ghostbench.stats.pareto import pareto_front

# A star and a cross look smaller than a square of the same size.
_SIZES = {"*": 1.5, "P": 1.15, "X": 1.1, "D": 0.85, "h": 1.1, "p": 1.1}
FILLED, RING = 6.0, 9.0
_LIGHTER = 0.35
_LONGEST_NAME = 28  # letters; a longer name is cut off
_LEGEND_LETTERS = 34  # in a line of the legend, so that it stays narrow
_TOP1_LABEL = "ImageNet top-1 accuracy (published), %"


def label_accuracy(axes: Axes, points: Sequence[ChartPoint] = ()) -> None:
    """The y axis."""
    measured = any(p.y_low is not None for p in points)
    axes.set_ylabel("ImageNet top-1 accuracy, %" if measured else _TOP1_LABEL)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.grid(visible=True, which="major")
    axes.set_axisbelow(True)


def scale_cost(axes: Axes, low: float, high: float, *, room: float = 1.18) -> None:
    """A logarithmic x axis with plain numbers: equal distances are equal factors."""
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    left, right = axes.get_xlim()
    axes.xaxis.set_major_locator(FixedLocator(_ticks(left, right)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _ticks(left: float, right: float) -> list[float]:
    """As few round numbers as tell the scale.

    >>> _ticks(20, 90), _ticks(3, 150), _ticks(9.9, 13.1)
    ([20.0, 30.0, 40.0, 50.0, 60.0, 80.0], [5.0, 10.0, 20.0, 50.0, 100.0], [10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0])
    """
    if right / left < 2.5:
        return [
            float(f"{tick:.6g}")
            for tick in MaxNLocator(nbins=7).tick_values(left, right)
            if left <= tick <= right
        ]
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8) if right / left < 8 else (1, 2, 5)
    ticks = (float(f"{step}e{power}") for power in range(-3, 7) for step in steps)
    return [tick for tick in ticks if left <= tick <= right]


def draw_curves(axes: Axes, points: Sequence[ChartPoint], *, dashed: bool) -> None:
    """A line through the networks of one family that differ in width only."""
    for curve in series_of(points):
        if len(curve) > 1:
            axes.plot(
                [p.x for p in curve], [p.y for p in curve],
                color=look_of(curve[0].family).colour, linewidth=1.1, alpha=0.75, zorder=3,
                linestyle=(0, (4, 2.5)) if dashed else "-",
            )  # fmt: skip


def draw_markers(axes: Axes, points: Sequence[ChartPoint], *, hollow: bool) -> None:
    """One marker for each point: a ring when published, filled when measured, lighter when it is not VALID."""
    for point in points:
        look = look_of(point.family)
        size = (RING if hollow else FILLED) * _SIZES.get(look.marker, 1.0)
        fill = PAPER if hollow else look.colour
        (line,) = axes.plot(
            point.x, point.y, marker=look.marker, markersize=size, linestyle="none", zorder=5 + (not hollow),
            markerfacecolor=_lighter(fill) if point.cautioned else fill,
            markeredgecolor=look.colour, markeredgewidth=1.2 if hollow or point.cautioned else 0.6,
        )  # fmt: skip
        line.set_label("_cautioned" if point.cautioned else "_point")


def _lighter(colour: str) -> str:
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - c) * _LIGHTER):02x}" for c in channels)


def draw_intervals(axes: Axes, points: Sequence[ChartPoint]) -> None:
    """The interval of each cost as a horizontal bar, that of a measured accuracy as an upright one."""
    for point in points:
        _draw_accuracy_interval(axes, point)
        if point.x_low is not None and point.x_high is not None:
            axes.errorbar(
                point.x, point.y,
                xerr=[[max(0.0, point.x - point.x_low)], [max(0.0, point.x_high - point.x)]],
                fmt="none", ecolor=look_of(point.family).colour, elinewidth=1.2, capsize=3, capthick=1.2, zorder=4,
            )  # fmt: skip


def _draw_accuracy_interval(axes: Axes, point: ChartPoint) -> None:
    if point.y_low is None or point.y_high is None:
        return
    axes.errorbar(
        point.x, point.y,
        yerr=[[max(0.0, point.y - point.y_low)], [max(0.0, point.y_high - point.y)]],
        fmt="none", ecolor=look_of(point.family).colour, elinewidth=1.2, capsize=3, capthick=1.2, zorder=4,
    )  # fmt: skip
    # A light dot in the middle tells a measured accuracy from a published one where its interval is short.
    (dot,) = axes.plot(
        point.x, point.y, marker=".", markersize=4, color=PAPER, linestyle="none", zorder=7
    )
    dot.set_label("_accuracy")


def front_of(points: Sequence[ChartPoint]) -> list[ChartPoint]:
    """The points that no other beats in both cost and accuracy."""
    return [points[place] for place in pareto_front([point.place for point in points])]


def draw_front(axes: Axes, points: Sequence[ChartPoint]) -> None:
    """A broad band through the points that nothing beats."""
    front = front_of(points)
    axes.plot(
        [p.x for p in front], [p.y for p in front],
        color=BAND, linewidth=7, solid_capstyle="round", solid_joinstyle="round", zorder=1,
    )  # fmt: skip


def name_points(
    axes: Axes,
    points: Sequence[ChartPoint],
    *,
    others: Sequence[ChartPoint] = (),
    important: Sequence[ChartPoint] = (),
) -> list[str]:
    """Short names beside the points, the important ones first; say which did not fit.

    Of a family that only the literature holds, the best network of each curve is named.
    """
    best = [curve[-1] for curve in series_of(points)]
    named = [p for p in points if p in best or not is_background(p.family)]
    labels = [
        Label(text=_name(p, points), x=p.x, y=p.y, colour=look_of(p.family).colour)
        for p in sorted(named, key=lambda p: (p not in important, is_background(p.family)))
    ]
    return place_labels(
        axes,
        labels,
        points=[p.place for p in [*points, *others]],
        bars=[
            ((p.x_low, p.x_high), p.y)
            for p in points
            if p.x_low is not None and p.x_high is not None
        ],
        curves=[[p.place for p in curve] for curve in series_of(points)],
    )


def _name(point: ChartPoint, points: Sequence[ChartPoint]) -> str:
    alone = sum(family_key(p.family) == family_key(point.family) for p in points) == 1
    full = alone or is_background(point.family)
    name = point.title if full else short_label(point.title)
    return f"{_shortened(name)} !" if point.cautioned else _shortened(name)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def add_legend(axes: Axes, keys: list[Line2D], *, columns: int = 1) -> None:
    """The legend, in the corner of slow and inaccurate networks until `name_points` finds it in the way there."""
    for text in axes.legend(handles=keys, loc="lower right", ncols=columns).get_texts():
        plain_text(text)


def family_keys(points: Sequence[ChartPoint], *, hollow: bool = False) -> list[Line2D]:
    """Legend entries: what each colour and marker stands for."""
    return [
        Line2D(
            [], [], linestyle="none", label=_shortened(look.title), marker=look.marker, color=look.colour,
            markersize=FILLED * _SIZES.get(look.marker, 1.0), markerfacecolor=PAPER if hollow else look.colour,
        )
        for look in (look_of(family) for family in families_of(points))
    ]  # fmt: skip


def meaning_keys(
    points: Sequence[ChartPoint],
    *,
    front: bool = False,
    interval: str = "",
    doubt: str = "SUSPECT, measured with a caution: see the table",
) -> list[Line2D]:
    """Legend entries: what the ways of drawing stand for, as far as the panel uses them."""
    keys = []
    if front:
        keys.append(
            Line2D([], [], color=BAND, linewidth=7, label="Pareto front: nothing beats these")
        )
    if interval and any(p.x_low is not None for p in points):
        keys.append(
            Line2D([], [], color=INK, marker="|", markersize=7, linewidth=1.2, label=interval)
        )
    if any(p.y_low is not None for p in points):
        keys.append(
            Line2D([], [], color=INK, linestyle="none", marker="o", markersize=FILLED, markerfacecolor=PAPER,
                   markeredgewidth=2.2, label=fill("light dot: accuracy measured, 95 % interval", _LEGEND_LETTERS))
        )  # fmt: skip
    if any(p.cautioned for p in points):
        keys.append(
            Line2D([], [], linestyle="none", marker="o", markersize=FILLED, markerfacecolor=_lighter(SOFT),
                   markeredgecolor=SOFT, label=fill(f"lighter, with “!”: {doubt}", _LEGEND_LETTERS))
        )  # fmt: skip
    return keys
