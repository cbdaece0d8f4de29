"""The paper's figure of accuracy against latency, beside the same networks measured on this device."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ghostbench.core.errors import UsageError
from ghostbench.report.charts.panel import (
    add_legend,
    draw_curves,
    draw_intervals,
    draw_markers,
    family_keys,
    front_of,
    label_accuracy,
    meaning_keys,
    name_points,
)
from ghostbench.report.charts.pareto import (
    INTERVAL_MEANING,
    MEASURED_LABEL,
    accuracy_limits,
    draw_measured,
    set_limits,
)
from ghostbench.report.charts.points import (
    ChartPoint,
    latency_points,
    published_latency_points,
)
from ghostbench.report.charts.style import add_note, drawing, plain_text, watermark, wrapped
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.papers import Paper
from ghostbench.report.study import Group, Study


def latency_figure(study: Study, group: Group) -> Figure:
    """Left the paper's curve on the paper's phone, right the networks as measured here; one accuracy axis.

    A simulated or emulated device stands alone, under a watermark: it is never drawn with real times.
    """
    measured = latency_points(group)
    if not measured:
        raise UsageError("there is nothing to draw: no measured network has a published accuracy")
    paper = None if group.made_up else study.paper
    published = published_latency_points(study.published, paper) if paper else []
    with drawing():
        both = bool(paper and published)
        figure = Figure(figsize=(12.4, 6.4) if both else (8.6, 6.2), layout="constrained")
        panels = list(figure.subplots(1, 1 + both, sharey=True, squeeze=False)[0])
        if paper and both:
            _draw_published(panels[0], published, paper)
        _draw_measured(panels[-1], measured, group)
        _share_accuracy(panels, [*published, *measured])
        add_note(figure, _note(group, measured, published))
        for axes, shown in zip(panels, (published, measured)[-len(panels) :], strict=True):
            name_points(axes, shown, important=front_of(shown))
    return figure


def _draw_published(axes: Axes, points: list[ChartPoint], paper: Paper) -> None:
    device = paper.device
    where = f"Published: {device.title} ({device.soc})"
    how = f"{device.engine}, {device.threads} thread, precision {device.precision}, batch 1"
    plain_text(axes.set_title(wrapped(f"{where}\n{how}")))
    axes.set_xlabel("Latency (published), ms")
    set_limits(axes, points)
    draw_curves(axes, points, dashed=True)
    draw_intervals(axes, points)
    draw_markers(axes, points, hollow=True)
    _legend(axes, points, interval=_error_meaning(points), hollow=True)


def _draw_measured(axes: Axes, points: list[ChartPoint], group: Group) -> None:
    title = f"Measured: {device_text(group.device)}\n{conditions_text(group)}"
    plain_text(axes.set_title(wrapped(title)))
    axes.set_xlabel(MEASURED_LABEL)
    set_limits(axes, points)
    draw_measured(axes, points)
    _legend(axes, points, interval=INTERVAL_MEANING, hollow=False)
    if group.made_up:
        watermark(axes, "SIMULATED")


def _legend(axes: Axes, points: list[ChartPoint], *, interval: str, hollow: bool) -> None:
    keys = family_keys(points, hollow=hollow)
    add_legend(axes, keys + meaning_keys(points, front=not hollow, interval=interval))


def _share_accuracy(panels: Sequence[Axes], points: list[ChartPoint]) -> None:
    low, high = accuracy_limits(points)
    air = max(0.6, 0.07 * (high - low))
    panels[0].set_ylim(low - air, high + air)
    for axes in panels:
        label_accuracy(axes, points)
    for axes in panels[1:]:
        axes.set_ylabel("")


def _error_meaning(points: list[ChartPoint]) -> str:
    errors = [p.x_high - p.x for p in points if p.x_high is not None]
    return f"read off the figure, within ±{max(errors):.1f} ms" if errors else ""


def _note(group: Group, measured: list[ChartPoint], published: list[ChartPoint]) -> str:
    if group.made_up:
        return "Accuracy is published; these times were made up by a simulated or emulated device and mean nothing."
    apart = (
        " The two panels have time scales of their own: phone and software differ."
        if published
        else ""
    )
    scale = "Time scales are logarithmic: equal distances are equal factors."
    asked = any(p.y_low is not None for p in measured)
    accuracy = (
        "Accuracy is published but where a dot says measured" if asked else "Accuracy is published"
    )
    return f"{accuracy}, latency was measured here.{apart} {scale}"
