"""Accuracy against cost for any set of networks, with the front of those that nothing beats."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ghostbench.core.errors import UsageError
from ghostbench.report.charts.panel import (
    add_legend,
    draw_curves,
    draw_front,
    draw_intervals,
    draw_markers,
    family_keys,
    front_of,
    label_accuracy,
    meaning_keys,
    name_points,
    scale_cost,
)
from ghostbench.report.charts.points import ChartPoint, points_from_frame, refuse_mixture
from ghostbench.report.charts.style import add_note, drawing, plain_text, watermark, wrapped

MEASURED_LABEL = "Latency (measured), ms"
INTERVAL_MEANING = "95 % interval of the median"


def pareto_chart(
    points: Iterable[ChartPoint] | pd.DataFrame,
    *,
    title: str = "Accuracy against latency",
    x_label: str = MEASURED_LABEL,
    y_label: str = "",
    note: str = "Accuracy is published, latency was measured here.",
) -> Figure:
    """Draw accuracy against cost. Takes points, or a frame with one row for each measured network.

    The label of the y axis says that accuracy is published, or measured in part, unless it is given.
    Raises UsageError when there is nothing to draw, or when made-up times would stand beside real ones.
    """
    chosen = _points(points)
    if not chosen:
        raise UsageError("there is nothing to draw: no network has both a time and an accuracy")
    made_up = refuse_mixture(chosen)
    with drawing():
        figure = Figure(figsize=(8.6, 5.6), layout="constrained")
        axes = figure.add_subplot()
        plain_text(axes.set_title(wrapped(title, 84)))
        axes.set_xlabel(x_label)
        add_note(figure, note)
        set_limits(axes, chosen)
        draw_measured(axes, chosen)
        label_accuracy(axes, chosen)
        if y_label:
            axes.set_ylabel(y_label)
        if made_up:
            watermark(axes, "SIMULATED")
        keys = meaning_keys(chosen, front=True, interval=INTERVAL_MEANING)
        add_legend(axes, family_keys(chosen) + keys)
        name_points(axes, chosen, important=front_of(chosen))
    return figure


def _points(points: Iterable[ChartPoint] | pd.DataFrame) -> list[ChartPoint]:
    if isinstance(points, pd.DataFrame):
        return points_from_frame(points)
    return list(points)


def draw_measured(axes: Axes, points: list[ChartPoint]) -> None:
    """Everything that stands for measured networks, without their names."""
    draw_front(axes, points)
    draw_curves(axes, points, dashed=False)
    draw_intervals(axes, points)
    draw_markers(axes, points, hollow=False)


def set_limits(axes: Axes, points: list[ChartPoint]) -> None:
    """Room for every point with its interval."""
    scale_cost(
        axes,
        min(p.x if p.x_low is None else min(p.x, p.x_low) for p in points),
        max(p.x if p.x_high is None else max(p.x, p.x_high) for p in points),
    )
    low, high = accuracy_limits(points)
    air = max(0.6, 0.07 * (high - low))
    axes.set_ylim(low - air, high + air)


def accuracy_limits(points: list[ChartPoint]) -> tuple[float, float]:
    """The least and the greatest accuracy, with the intervals of those that were measured."""
    return (
        min(p.y if p.y_low is None else min(p.y, p.y_low) for p in points),
        max(p.y if p.y_high is None else max(p.y, p.y_high) for p in points),
    )
