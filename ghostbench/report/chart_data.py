"""What the page's own chart needs, as plain values: every number as a number and as text."""

from collections.abc import Mapping

from ghostbench.core.result import JobResult
from ghostbench.report.charts.points import (
    ChartPoint,
    families_of,
    latency_points,
    published_latency_points,
)
from ghostbench.report.describe import conditions_text, engine_text
from ghostbench.report.families import family_key, look_of, series_and_label, short_label
from ghostbench.report.page_accuracy import share_text_of
from ghostbench.report.quantities import (
    UNKNOWN,
    count_text,
    interval_text,
    millions_text,
    ms_text,
    percent_text,
)
from ghostbench.report.study import Group, Network, Study

NS_PER_MS = 1_000_000
Plain = str | float | bool | None | list[str] | list[list[str]]


def explorer_data(study: Study, anchors: Mapping[str, str]) -> dict[str, object]:
    """Everything that the chart can show: each device, in each precision, beside what was published."""
    names = device_names(study)
    return {
        "groups": [
            {"device": name, "precision": group.precision, **chart_data(study, group, anchors)}
            for name, group in zip(names, study.groups, strict=True)
            if latency_points(group)
        ]
    }


def device_names(study: Study) -> list[str]:
    """What to call each group beside its precision: no more than tells it from the others."""
    groups = study.groups
    choices: list[list[str]] = [
        [g.device.title for g in groups],
        [f"{g.device.title}, {engine_text(g.engine, g.settings)}" for g in groups],
        [f"{g.device.title}, {conditions_text(g)}" for g in groups],
    ]
    for names in choices:
        if len(set(zip(names, (g.precision for g in groups), strict=True))) == len(groups):
            return names
    return [
        f"{name} ({', '.join(g.campaigns)})" for name, g in zip(choices[0], groups, strict=True)
    ]


def chart_data(study: Study, group: Group, anchors: Mapping[str, str]) -> dict[str, object]:
    """Points, families and titles of one group; published points only beside real ones."""
    measured = latency_points(group)
    placed = [network for network in group.networks if network.accuracy_percent]
    paper = None if group.made_up else study.paper
    published = published_latency_points(study.published, paper) if paper else []
    return {
        "families": [_family(family) for family in families_of([*measured, *published])],
        "points": [
            *(
                _point(p, "measured", _measured_facts(n))
                | {"record": anchors.get(n.result.record_id, "")}
                for p, n in zip(measured, placed, strict=True)
            ),
            *(_point(p, "published", _published_facts(p)) for p in published),
        ],
        "published": f"published: {paper.device.title}" if paper and published else "",
        "madeUp": group.made_up,
    }


def _family(family: str) -> dict[str, str]:
    look = look_of(family)
    return {
        "key": family_key(family),
        "title": look.title,
        "colour": f"c{look.colour[1:]}",
        "light": look.colour,
        "glyph": look.glyph,
    }


def _point(point: ChartPoint, kind: str, facts: list[list[str]]) -> dict[str, Plain]:
    return {
        "kind": kind,
        "title": point.title,
        "label": short_label(point.title),
        "family": family_key(point.family),
        "series": f"{series_and_label(point.title.replace('-', ' '))[0]} {point.origin}".strip(),
        "x": point.x,
        "y": point.y,
        "low": point.x_low,
        "high": point.x_high,
        "yLow": point.y_low,
        "yHigh": point.y_high,
        "cautioned": point.cautioned,
        "facts": facts,
    }


def _measured_facts(network: Network) -> list[list[str]]:
    result = network.result
    facts = [
        ["Median", f"{ms_text(result.median_ns, result.ci95_ns)} ms"],
        ["95 % interval", f"{interval_text(result.ci95_ns, around_ns=result.median_ns)} ms"],
        ["p95", _p95_text(result)],
        *([name, value] for name, value in _accuracies(network).items()),
        ["MACs counted", f"{millions_text(network.macs)} million"],
        ["Samples, blocks", f"{count_text(len(result.samples))}, {len(result.blocks)}"],
    ]
    facts.append(["Verdict", result.verdict.value])
    return facts + [["Caution", caution] for caution in result.cautions]


def _accuracies(network: Network) -> dict[str, str]:
    told = {"Top-1 (published)": percent_text(network.top1_percent)}
    if network.accuracy:
        told["Top-1 (measured)"] = share_text_of(network.accuracy.top1)
    return told


def _p95_text(result: JobResult) -> str:
    if result.p95_ns is None:
        return f"withheld: {result.withheld['p95']}" if "p95" in result.withheld else UNKNOWN
    return f"{ms_text(result.p95_ns, result.ci95_ns)} ms"


def _published_facts(point: ChartPoint) -> list[list[str]]:
    facts = [
        ["Latency (published)", f"{ms_text(point.x * NS_PER_MS)} ms"],
        ["Top-1 (published)", percent_text(point.y)],
    ]
    if point.x_high is not None:
        facts.append(
            [
                "Read off the figure, within",
                f"{ms_text((point.x_high - point.x) * NS_PER_MS, (0, 1e6))} ms",
            ]
        )
    return facts
