"""The claims of a paper and what becomes of each on this device: holds, does not hold, cannot be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ghostbench.core.verdict import Verdict
from ghostbench.report.charts.points import published_latency_points
from ghostbench.report.claims_evidence import (
    CurvePoint,
    along_curves,
    by_campaign,
    curves,
    drawing_source,
    measured_curve_points,
    series_name,
    times_together,
    unit_of,
)
from ghostbench.report.claims_judge import Answer, Judged, judge
from ghostbench.report.comparisons import pair_of, published_ms, side_by_side
from ghostbench.report.describe import engine_text
from ghostbench.report.families import series_and_label
from ghostbench.report.papers import Paper
from ghostbench.report.quantities import enumerated, percent_text
from ghostbench.report.study import Group, Network, Study
from ghostbench.stats.agreement import MIN_NETWORKS, OrderAgreement, kendall_tau, tau_over_rounds
from ghostbench.stats.multiplicity import holm
from ghostbench.stats.pairing import SetAgainst
from ghostbench.stats.summary import Numbers

# What reading two times off the figure adds to their ratio: 0.1 ms of 31 ms at most, twice.
_READING_ERROR = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """One claim with its verdict and the statistics behind it."""

    kind: Literal["pair", "family"]
    first: str
    second: str
    statement: str
    because: str
    judged: Judged
    records: tuple[str, ...]  # of the networks it rests on
    places: tuple[tuple[float, Judged], ...] = ()  # of families: at single accuracies
    doubtful: int = 0  # how many of these records are not VALID
    p_corrected: float | None = None  # of "no difference", for all claims judged together (Holm)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClaim:
    """Whether networks that are slower in the paper are slower here: Kendall's tau with two intervals."""

    agreement: OrderAgreement  # its own interval: for other networks like these
    over_rounds: tuple[float, float] | None  # what noise of measuring does to it
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """All claims of a paper, judged on one group."""

    judged: tuple[JudgedClaim, ...]
    order: OrderClaim | None
    differs: tuple[str, ...]  # what is not as in the paper: "device", "runtime" ...
    conditions: str  # the same in a sentence; empty when everything is alike


def judge_claims(study: Study, group: Group) -> Claims | None:
    """Every claim of which both sides were measured; None without a paper or on made-up times."""
    paper = study.paper
    if paper is None or group.made_up:
        return None
    judged = [*_pairs(paper, group), *_families(study, paper, group)]
    known = [c.judged.ratio.p_value for c in judged]
    doubted = {n.result.record_id for n in group.networks if n.result.verdict is not Verdict.VALID}
    corrected = iter(holm([p for p in known if p is not None]))
    return Claims(
        judged=tuple(
            replace(
                claim,
                p_corrected=None if p is None else next(corrected),
                doubtful=len(doubted & {*claim.records}),
            )
            for claim, p in zip(judged, known, strict=True)
        ),
        order=judge_order(paper, group),
        differs=tuple(_differences(paper, group)),
        conditions=_conditions(paper, group),
    )


def _pairs(paper: Paper, group: Group) -> Iterator[JudgedClaim]:
    for claim in paper.claims:
        pair = pair_of(claim, group)
        if pair is None:
            continue
        mine, theirs = (published_ms(network, paper) for network in pair)
        if mine and theirs:
            first, second = pair
            against = side_by_side(first.result, second.result)
            judged = judge(against, mine / theirs, error=_READING_ERROR)
            yield JudgedClaim(
                kind="pair",
                first=first.title,
                second=second.title,
                statement=_statement(first.title, second.title, judged.expected),
                because=claim.because,
                judged=judged,
                records=(first.result.record_id, second.result.record_id),
            )


def _statement(first: str, second: str, expected: int, where: str = "") -> str:
    words = {-1: "is faster than", 0: "takes about as long as", 1: "is slower than"}
    return f"{first} {words[expected]} {second}{where}"


def _families(study: Study, paper: Paper, group: Group) -> Iterator[JudgedClaim]:
    """The paper's own family against each other one of its latency figure, at equal accuracy."""
    shown = [
        CurvePoint(p.title, p.family, p.y, (p.x,))
        for p in published_latency_points(study.published, paper)
    ]
    seen: set[str] = set()
    for networks in by_campaign(group):
        points, unit = measured_curve_points(networks), unit_of(networks)
        own = _own_series(paper, networks)
        for name in dict.fromkeys(series_name(p.title) for p in points):
            claim = _family(own, name, points, shown, unit) if own and name != own else None
            if claim and name not in seen:
                seen.add(name)
                records = (
                    n.result.record_id for n in networks if series_name(n.title) in (own, name)
                )
                yield replace(claim, records=tuple(records))


def _own_series(paper: Paper, networks: Sequence[Network]) -> str:
    """The family whose advantage the paper claims: the one that its claims begin with."""
    titles = {n.result.model: n.title for n in networks}
    names = [series_name(titles[c.model]) for c in paper.claims if c.model in titles]
    return max(dict.fromkeys(names), key=names.count, default="")


def _family(
    own: str, other: str, points: Sequence[CurvePoint], shown: Sequence[CurvePoint], unit: str
) -> JudgedClaim | None:
    measured, published = curves(points), curves(shown)
    if own not in published or other not in published:
        return None
    found = along_curves((measured[own], measured[other]), (published[own], published[other]))
    if found is None:
        return None
    judged = judge(_by_round(found.measured, unit), found.published, error=_READING_ERROR)
    low, high = found.between
    at = percent_text(low) if low == high else f"{low:.1f} to {percent_text(high)}"
    first, second = _written(own, points), _written(other, points)
    return JudgedClaim(
        kind="family",
        first=first,
        second=second,
        statement=_statement(first, second, judged.expected, " at the same accuracy"),
        because=f"curve against curve at {at} top-1",
        judged=judged,
        records=(),
        places=tuple(
            (place, judge(_by_round(ratios, unit), there, error=_READING_ERROR))
            for place, ratios, there in found.places
        ),
    )


def _by_round(ratios: Numbers, unit: str) -> SetAgainst:
    return SetAgainst(a=ratios, b=np.ones(len(ratios)), paired=True, unit=unit)


def _written(series: str, points: Sequence[CurvePoint]) -> str:
    """A series as people write it: a title less its width."""
    title = next(p.title for p in points if series_name(p.title) == series)
    label = series_and_label(title)[1]
    return title.removesuffix(label).rstrip(" -_") or title


def judge_order(paper: Paper, group: Group) -> OrderClaim | None:
    """Kendall's tau of published and measured times, over the networks that both timed; None below three of them."""
    for networks in by_campaign(group):
        timed = [(n, ms) for n in networks if (ms := published_ms(n, paper)) is not None]
        figures = np.array([ms for _, ms in timed])
        if len(timed) < 3 or len(set(figures)) < 2:
            continue
        medians = np.array([n.result.median_ns for n, _ in timed])
        if len(set(medians)) < 2:
            continue
        agreement = kendall_tau(medians, figures)
        together = times_together([n.result for n, _ in timed])
        spread = (
            tau_over_rounds(together, figures, drawing_source()) if together is not None else None
        )
        return OrderClaim(
            agreement=agreement, over_rounds=spread, answer=_order_answer(agreement, spread)
        )
    return None


def _order_answer(agreement: OrderAgreement, spread: tuple[float, float] | None) -> Answer:
    if agreement.interval is None or spread is None or agreement.networks < MIN_NETWORKS:
        return Answer.OPEN
    low = min(agreement.interval[0], spread[0])
    high = max(agreement.interval[1], spread[1])
    return Answer.HOLDS if low > 0 else Answer.FAILS if high < 0 else Answer.OPEN


def _differences(paper: Paper, group: Group) -> Iterator[str]:
    there = paper.device
    if there.title.lower() not in group.device.title.lower():
        yield "device"
    if there.engine.lower() not in engine_text(group.engine, group.settings).lower():
        yield "runtime"
    if there.threads != group.settings.threads:
        yield "number of threads"
    if group.precision not in (there.precision, "fp32"):
        yield "precision"


def _conditions(paper: Paper, group: Group) -> str:
    different = [*_differences(paper, group)]
    if not different:
        return ""
    there = paper.device
    return (
        f"on another {enumerated(different)} than the paper's: there {there.title} ({there.soc}), {there.engine}, "
        f"{there.threads} thread; here {group.device.title}, "
        f"{engine_text(group.engine, group.settings)}, {group.settings.threads} thread, {group.precision}"
    )
