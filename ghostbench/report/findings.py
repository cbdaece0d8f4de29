"""What came out, in sentences: nothing that the data do not support."""

from ghostbench.core.verdict import Verdict
from ghostbench.report.charts.points import latency_points, overlapping
from ghostbench.report.comparisons import Comparison, OrderCheck, check_order, compare_claims
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.quantities import (
    UNKNOWN,
    counted,
    day_text,
    millions_text,
    ms_text,
    ratio_interval_text,
    ratio_text,
    span_text,
)
from ghostbench.report.study import Group, Network, Study
from ghostbench.stats.pareto import pareto_front

# Published counts are rounded to the million, 1 % of the smallest networks; beyond twice that, two counts differ.
_SAME_MACS_PERCENT = 2.0


def headline(study: Study, group: Group) -> str:
    """What was measured, on what, when, and how often."""
    samples = sum(len(network.result.samples) for network in group.networks)
    blocks = sum(len(network.result.blocks) for network in group.networks)
    return (
        f"{counted(len(group.networks), 'network')} timed on {device_text(group.device)}, with "
        f"{conditions_text(group)}, on {day_text(study.started_at)}: "
        f"{counted(study.rounds, 'round')} in shuffled order, {counted(blocks, 'fresh process', 'fresh processes')}, "
        f"{counted(samples, 'inference')}."
    )


def findings(study: Study, group: Group) -> list[str]:
    """What came out of one group, most important first."""
    if group.made_up:
        return [
            "These times are made up: the device is simulated or emulated. They show that everything works and "
            "say nothing about any network."
        ]
    comparisons = compare_claims(study.paper, group)
    found = [*_balance_text(comparisons), *map(claim_text, comparisons)]
    found += [_order_text(order)] if (order := check_order(study.paper, group)) else []
    found += [
        _extremes_text(group),
        *_front_text(group),
        *_macs_text(group),
        *_doubts(study, group),
    ]
    return found


def _balance_text(comparisons: list[Comparison]) -> list[str]:
    told = [c for c in comparisons if c.published_verdict]
    if not told:
        return []
    same, opposite = (sum(c.agrees is answer for c in told) for answer in (True, False))
    text = (
        f"In {counted(len(told), 'comparison')} the paper has one network clearly faster. "
        f"Here {same} {'comes' if same == 1 else 'come'} out the same way, {opposite} the other way"
    )
    open_ones = len(told) - same - opposite
    return [f"{text}, and {open_ones} cannot be told." if open_ones else f"{text}."]


def claim_text(comparison: Comparison) -> str:
    """One claim beside its measurement."""
    measured = comparison.measured
    times = f"{ratio_text(measured.value, measured.interval)} times as long as"
    interval = (
        f"95 % interval {ratio_interval_text(measured.interval)}"
        if measured.interval
        else "too few rounds for an interval"
    )
    text = (
        f"{comparison.model.title} took {times} {comparison.against.title} ({interval}): "
        f"{verdict_text(comparison)}."
    )
    if comparison.published is not None:
        same = ", about the same" if comparison.published_verdict == 0 else ""
        text += f" The paper's figure: {ratio_text(comparison.published)} times{same}."
    return text


def verdict_text(comparison: Comparison) -> str:
    """Faster or slower, and whether the paper says so too."""
    verdict = comparison.measured.verdict
    if verdict is None:
        return "cannot be judged with so few rounds"
    if verdict == 0:
        return "too close to tell which is faster"
    word = "faster" if verdict < 0 else "slower"
    agreement = {True: ", as in the paper", False: ", unlike in the paper", None: ""}
    return f"{word} here{agreement[comparison.agrees]}"


def _order_text(order: OrderCheck) -> str:
    pairs = order.same + order.opposite + order.undecided
    text = (
        f"The paper gives times for {counted(order.networks, 'of these networks', 'of these networks')}. "
        f"Of their {counted(pairs, 'pair')}, {order.same} stand in the same order here and "
        f"{order.opposite} in the opposite one"
    )
    close = f"{order.undecided} {'is' if order.undecided == 1 else 'are'} too close to tell"
    return f"{text}; {close}." if order.undecided else f"{text}."


def _extremes_text(group: Group) -> str:
    ranked = sorted(group.networks, key=lambda network: network.result.median_ns)
    if len(ranked) == 1:
        return f"{_with_time(ranked[0])}."
    return f"Fastest: {_with_time(ranked[0])}. Slowest: {_with_time(ranked[-1])}."


def _with_time(network: Network) -> str:
    result = network.result
    return f"{network.title}, {ms_text(result.median_ns, result.ci95_ns)} ms"


def _front_text(group: Group) -> list[str]:
    points = latency_points(group)
    if len(points) < 2:
        return []
    names = [points[i].title for i in pareto_front([point.place for point in points])]
    text = f"On the Pareto front, from fast to accurate (measured time, published accuracy): {', '.join(names)}."
    if overlapping(points):
        text += " Where intervals overlap, another network may belong there."
    return [text]


def _macs_text(group: Group) -> list[str]:
    known = [n for n in group.networks if n.macs_change_percent is not None]
    off = [n for n in known if abs(n.macs_change_percent or 0) > _SAME_MACS_PERCENT]
    if not known:
        return []
    text = (
        f"The multiply-adds counted in the files agree with the published ones within {_SAME_MACS_PERCENT:.0f} % "
        f"for {len(known) - len(off)} of {counted(len(known), 'network')}"
    )
    told = (
        f"{n.title} ({millions_text(n.macs)} million counted, {millions_text(n.published_macs)} published)"
        for n in off
    )
    return [f"{text}; not for {', '.join(told)}." if off else f"{text}."]


def _doubts(study: Study, group: Group) -> list[str]:
    doubts = []
    doubtful = sum(network.result.verdict is not Verdict.VALID for network in group.networks)
    if doubtful:
        doubts.append(
            f"{counted(doubtful, 'network')} of {len(group.networks)} {'is' if doubtful == 1 else 'are'} SUSPECT: "
            "see the cautions below before you rely on a time."
        )
    excluded = sum(len(network.result.excluded) for network in group.networks)
    if excluded:
        doubts.append(
            f"{counted(excluded, 'measured block')} {'is' if excluded == 1 else 'are'} in no figure; the reasons are "
            "listed below."
        )
    if study.failures:
        doubts.append(
            f"{counted(len(study.failures), 'block')} failed; the reasons are listed below."
        )
    if study.unmeasured:
        names = ", ".join(failure.model for failure in study.unmeasured)
        doubts.append(f"Not measured, since every try failed: {names}.")
    return doubts


def weights_text(group: Group) -> str:
    """What the networks' weights were, since time needs no trained ones and accuracy does."""
    kinds = {(n.artifact.weights or UNKNOWN) for n in group.networks if n.artifact}
    if kinds and all(kind.startswith("random") for kind in kinds):
        return (
            "The weights were random: time does not depend on training. Every accuracy in here is the published "
            "one; none was measured."
        )
    return "Every accuracy in here is the published one; none was measured."


def busy_text(study: Study) -> str:
    """How long the phone or computer was kept busy."""
    return span_text(study.busy_s)
