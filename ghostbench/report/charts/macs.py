"""The paper's figure of accuracy against FLOPs: what was published, and what is counted in our own files."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ghostbench.core.errors import UsageError
from ghostbench.report.charts.panel import (
    FILLED,
    RING,
    add_legend,
    draw_curves,
    draw_intervals,
    draw_markers,
    family_keys,
    label_accuracy,
    meaning_keys,
    name_points,
)
from ghostbench.report.charts.pareto import set_limits
from ghostbench.report.charts.points import (
    ChartPoint,
    counted_points,
    published_macs_points,
)
from ghostbench.report.charts.style import INK, PAPER, add_note, drawing
from ghostbench.report.families import family_key, look_of
from ghostbench.report.study import Study


def macs_figure(study: Study) -> Figure:
    """Top-1 against multiply-adds. Hollow and dashed is published, filled is counted by ghostbench."""
    networks = [network for group in study.groups for network in group.networks]
    counted = counted_points(networks)
    published = published_macs_points(study.published, study.paper, networks) if study.paper else []
    everything = [*published, *counted]
    if not everything:
        raise UsageError("there is nothing to draw: no network has both a count and an accuracy")
    with drawing():
        figure = Figure(figsize=(9.6, 6.0), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title("ImageNet accuracy against multiply-adds: published and counted")
        axes.set_xlabel("FLOPs (multiply-adds), millions")
        add_note(figure, _note(study))
        set_limits(axes, everything)
        draw_curves(axes, published or counted, dashed=bool(published))
        draw_markers(axes, published, hollow=True)
        draw_markers(axes, counted, hollow=False)
        draw_intervals(axes, counted)
        label_accuracy(axes, counted)
        kinds = _kinds(bool(published), bool(counted))
        meanings = meaning_keys(counted, doubt="some operators could not be counted")
        add_legend(axes, family_keys(everything) + kinds + meanings, columns=2)
        alone = _join_pairs(axes, published, counted)
        name_points(axes, [*published, *alone], others=counted, important=counted)
    return figure


def _join_pairs(
    axes: Axes, published: Sequence[ChartPoint], counted: Sequence[ChartPoint]
) -> list[ChartPoint]:
    """A line from each count to the published one of the same network; those that have no such are given back."""
    alone = []
    for point in counted:
        partner = min(
            (p for p in published if _same_network(p, point)),
            key=lambda p: abs(p.x - point.x),
            default=None,
        )
        if partner is None:
            alone.append(point)
            continue
        axes.plot(
            [partner.x, point.x], [point.y, point.y],
            color=look_of(point.family).colour, linewidth=2.0, alpha=0.5, zorder=4,
        )  # fmt: skip
    return alone


def _same_network(a: ChartPoint, b: ChartPoint) -> bool:
    return family_key(a.family) == family_key(b.family) and a.y == b.y


def _kinds(published: bool, counted: bool) -> list[Line2D]:
    keys = []
    if published:
        keys.append(
            Line2D([], [], marker="o", markersize=RING, markerfacecolor=PAPER, color=INK,
                   linewidth=1.1, linestyle=(0, (4, 2.5)), label="published")
        )  # fmt: skip
    if counted:
        keys.append(
            Line2D([], [], linestyle="none", marker="o", markersize=FILLED, color=INK,
                   label="counted in the .tflite file")
        )  # fmt: skip
    return keys


def _note(study: Study) -> str:
    if study.paper is None:
        return "Accuracy is published; multiply-adds were counted in the files that were timed."
    where = " and ".join(figure.title for figure in study.paper.figures_of("accuracy"))
    return (
        f"Published: {where} of {study.paper.title!r}. "
        "Networks that it leaves out stand where their own sources put them. "
        "A filled mark within its ring: both counts agree; a bar joins those that do not."
    )
