"""One job in several sessions, each with its result, as one result: session > block > sample."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghostbench.core.result import BlockSummary, JobResult, SessionSummary
from ghostbench.core.verdict import Reason, cautions, gravest_first, verdict_of, weight
from ghostbench.stats.intervals import MIN_BLOCKS, median_interval
from ghostbench.stats.sessions import join_medians
from ghostbench.stats.summary import typical_time
from ghostbench.store.results import gathered_cautions

Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one session says of a job."""

    number: int  # of the session; the first is 0
    first_round: int  # what its rounds count on from
    measured_at: str
    result: JobResult


def join_results(campaign: str, parts: Sequence[Part], doubts: Sequence[Reason] = ()) -> JobResult:
    """The results of all sessions as one, under the name of the campaign; `doubts` speak against joining them.

    The time is the median of the sessions' times. From three sessions on its interval comes from how they differ and
    holds for a further one; two cannot show that, so none is given and the reason is.
    """
    results = [part.result for part in parts]
    joined = join_medians([np.array([b.median_ns for b in r.blocks]) for r in results])
    blocks = tuple(_counted_on(b, part) for part in parts for b in part.result.blocks)
    reasons = gravest_first((*doubts, *_gathered(results)))
    lasting = [reason for reason in reasons if "of_blocks" not in reason.evidence]
    p90, p90_ci95 = _joined_times([(r.p90_ns, r.p90_ci95_ns) for r in results])
    p95, p95_ci95 = _joined_times([(r.p95_ns, r.p95_ci95_ns) for r in results])
    return replace(
        results[0],
        record_id=f"{campaign}/{results[0].job_id}",
        campaign=campaign,
        samples=tuple(ns for result in results for ns in result.samples),
        blocks=blocks,
        failed_blocks=sum(result.failed_blocks for result in results),
        median_ns=joined.value,
        ci95_ns=_interval(results, joined.interval),
        p90_ns=p90,
        p90_ci95_ns=p90_ci95,
        p95_ns=p95,
        p95_ci95_ns=p95_ci95,
        min_ns=min(result.min_ns for result in results),
        init_ns=typical_time(np.array([result.init_ns for result in results])),
        first_ns=typical_time(np.array([result.first_ns for result in results])),
        peak_rss_bytes=max(result.peak_rss_bytes for result in results),
        cautions=(*gathered_cautions([block.cautions for block in blocks]), *cautions(lasting)),
        verdict=verdict_of(reasons),
        reasons=reasons,
        excluded=tuple(_counted_on(b, part) for part in parts for b in part.result.excluded),
        withheld=_withheld(results),
        sessions=tuple(_summary(part) for part in parts),
        ratio_looks={
            other: max(r.ratio_looks.get(other, 1) for r in results)
            for result in results
            for other in result.ratio_looks
        },
    )


def _interval(results: Sequence[JobResult], joined: Interval) -> Interval:
    if len(results) == 1:
        return results[0].ci95_ns
    return joined if len(results) >= MIN_BLOCKS else None


def _joined_times(told: Sequence[tuple[float | None, Interval]]) -> tuple[float | None, Interval]:
    """A quantile over all sessions; not told as soon as one session cannot tell it."""
    values = [value for value, _ in told if value is not None]
    if len(values) < len(told):
        return None, None
    if len(told) == 1:
        return told[0]
    return typical_time(np.array(values)), median_interval(np.array(values))


def _counted_on(block: BlockSummary, part: Part) -> BlockSummary:
    return replace(block, session=part.number, round=part.first_round + block.round)


def _summary(part: Part) -> SessionSummary:
    return SessionSummary(
        campaign=part.result.campaign,
        measured_at=part.measured_at,
        blocks=len(part.result.blocks),
        median_ns=part.result.median_ns,
        ci95_ns=part.result.ci95_ns,
    )


def _withheld(results: Sequence[JobResult]) -> dict[str, str]:
    if len(results) == 1:
        return dict(results[0].withheld)
    told: dict[str, str] = {}
    for result in results:
        for name, why in result.withheld.items():
            told.setdefault(name, f"in {result.campaign}, {why}")
    if len(results) < MIN_BLOCKS:
        low, high = sorted(result.median_ns for result in results)
        told["interval"] = (
            f"two sessions, {100 * (high / low - 1):.1f} % apart, cannot show how far sessions differ; a third one "
            "gives an interval"
        )
    return told


def _gathered(results: Sequence[JobResult]) -> list[Reason]:
    """Each kind of reason once, at its gravest; where it counts blocks, those of all sessions."""
    total = sum(len(result.blocks) for result in results)
    found: dict[str, list[Reason]] = {}
    for result in results:
        for reason in result.reasons:
            named = {} if "of_blocks" in reason.evidence else {"session": result.campaign}
            told = replace(reason, evidence={**reason.evidence, **named})
            found.setdefault(reason.code, []).append(told)
    return [_once(same, total) for same in found.values()]


def _once(same: Sequence[Reason], total: int) -> Reason:
    worst = max(same, key=lambda reason: weight(reason.severity))
    if "of_blocks" not in worst.evidence:
        return replace(worst, text=f"in {worst.evidence['session']}, {worst.text}")
    blocks = sum(int(r.evidence.get("blocks", 0)) for r in same if r.severity == worst.severity)
    return replace(worst, evidence={**worst.evidence, "blocks": blocks, "of_blocks": total})
