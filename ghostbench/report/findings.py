"""What came out, in sentences: nothing that the data do not support."""

from ghostbench.core.verdict import Verdict
from ghostbench.report.charts.points import ChartPoint, latency_points, overlapping
from ghostbench.report.claims import judge_claims
from ghostbench.report.claims_evidence import front_chances
from ghostbench.report.claims_text import chance_text, claims_lines
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
# A network is called surely on the front, or surely not on it, beyond this probability.
_SURE = 0.95


def headline(study: Study, group: Group) -> str:
    """What was measured, on what, when, and how often."""
    samples = sum(len(network.result.samples) for network in group.networks)
    blocks = sum(len(network.result.blocks) for network in group.networks)
    return (
        f"{counted(len(group.networks), 'network')} timed on {device_text(group.device)}, with "
        f"{conditions_text(group)}, on {day_text(group.started_at)}: "
        f"{counted(group.rounds, 'round')}{_of_campaigns(group)} in shuffled order, "
        f"{counted(blocks, 'fresh process', 'fresh processes')}, "
        f"{counted(samples, 'inference')}."
    )


def _of_campaigns(group: Group) -> str:
    many = len(group.campaigns)
    return f" of {many} campaigns ({', '.join(group.campaigns)})" if many > 1 else ""


def findings(study: Study, group: Group) -> list[str]:
    """What came out of one group, most important first."""
    if group.made_up:
        return [
            "These times are made up: the device is simulated or emulated. They show that everything works and "
            "say nothing about any network."
        ]
    claims = judge_claims(study, group)
    found = claims_lines(claims) if claims else []
    found += [claim_text(c) for c in compare_claims(study.paper, group) if c.published is None]
    found += [_order_text(order)] if (order := check_order(study.paper, group)) else []
    found += [
        _extremes_text(group),
        *_front_text(group),
        *_macs_text(group),
        *_doubts(study, group),
    ]
    return found


def claim_text(comparison: Comparison) -> str:
    """Two networks that the paper compares without giving times of both."""
    measured = comparison.measured
    times = f"{ratio_text(measured.value, measured.interval)} times as long as"
    interval = (
        f"95 % interval {ratio_interval_text(measured.interval)}"
        if measured.interval
        else "too few rounds for an interval"
    )
    return (
        f"{comparison.model.title} took {times} {comparison.against.title} ({interval}): "
        f"{verdict_text(comparison)}. The paper gives no times of both."
    )


def verdict_text(comparison: Comparison) -> str:
    """Faster or slower here."""
    words = {
        None: "cannot be judged with so few rounds",
        0: "too close to tell which is faster",
        -1: "faster here",
        1: "slower here",
    }
    return words[comparison.measured.verdict]


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
    accuracy = "measured or published" if any(p.y_low is not None for p in points) else "published"
    text = f"On the Pareto front, from fast to accurate (measured time, {accuracy} accuracy): {', '.join(names)}."
    return [text + _front_doubt(group, points, names)]


def _front_doubt(group: Group, points: list[ChartPoint], names: list[str]) -> str:
    chances = front_chances(group)
    if not chances:
        overlap = " Where intervals overlap, another network may belong there."
        return overlap if overlapping(points) else ""
    unsure = [
        f"{network.title} {chance_text(chance)}"
        for network in group.networks
        if (chance := chances.get(network.result.record_id)) is not None
        and (chance <= _SURE if network.title in names else chance >= 1 - _SURE)
    ]
    if not unsure:
        return (
            f" Each of them is there with a probability above {100 * _SURE:.0f} %, no other one is."
        )
    return f" Not sure, with the probability of being on it: {', '.join(unsure)}."


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
    random = kinds and all(kind.startswith("random") for kind in kinds)
    start = "The weights were random: time does not depend on training. " if random else ""
    return start + accuracy_origin(group)


def accuracy_origin(group: Group) -> str:
    """Which accuracies were measured and which are published."""
    measured = [n for n in group.networks if n.accuracy]
    if not measured:
        return "Every accuracy in here is the published one; none was measured."
    told = (f"{n.title} on {counted(n.accuracy.images, 'image')}" for n in measured if n.accuracy)
    rest = (
        "; every other accuracy is the published one" if len(measured) < len(group.networks) else ""
    )
    return f"Top-1 was measured on these very files for {', '.join(told)}{rest}."


def busy_text(study: Study) -> str:
    """How long the phone or computer was kept busy."""
    return span_text(study.busy_s)
