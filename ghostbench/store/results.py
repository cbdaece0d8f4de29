"""A campaign's records to what statistics say of each job. Computed anew on every reading."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.core.plan import Plan
from ghostbench.core.record import Measurement, RunRecord
from ghostbench.core.result import BlockSummary, JobFailure, JobResult
from ghostbench.core.verdict import cautions, verdict_of
from ghostbench.judging.facts import typical_ns
from ghostbench.judging.gather import blocks_that_count, gathered_reasons
from ghostbench.judging.judge import Judgement, judge_campaign
from ghostbench.stats.correlation import neighbour_correlation
from ghostbench.stats.intervals import interval_in_order
from ghostbench.stats.quantiles import QuantileClaim, Withheld, claim_quantile
from ghostbench.stats.summary import Numbers, Times, samples_needed, typical_time
from ghostbench.store.campaign import Campaign


def job_results(campaign: Campaign) -> list[JobResult]:
    """One result for each job of which at least one block counts, in the order of the plan.

    A block counts unless its verdict is INVALID; of a block that was measured again, the best attempt does.
    """
    by_job, judged = _by_job(campaign.records), judge_campaign(campaign.records)
    counted = {
        job.job_id: blocks
        for job in campaign.plan.jobs
        if (blocks := blocks_that_count(by_job[job.job_id], judged))
    }
    # All networks of a campaign ran on one machine, so together they tell how much a block takes over from the last.
    together = _Together(
        jobs=len(counted),
        correlation=neighbour_correlation([_medians(blocks) for blocks in counted.values()]),
        looks=_looks(campaign.plan, counted.values(), at_ratio=False),
        ratio_looks=_looks(campaign.plan, counted.values(), at_ratio=True),
    )
    return [
        _job_result(campaign.plan, job_id, by_job[job_id], judged, together) for job_id in counted
    ]


def job_failures(campaign: Campaign) -> list[JobFailure]:
    """The jobs that were tried and of which no block counts, in the order of the plan."""
    by_job, judged = _by_job(campaign.records), judge_campaign(campaign.records)
    return [
        JobFailure(
            campaign=campaign.plan.campaign,
            job_id=job.job_id,
            model=job.model,
            device=job.device,
            engine=job.engine,
            failed_blocks=len({record.block.round for record in records}),
            reasons=tuple(dict.fromkeys(_why_not(r, judged[r.record_id]) for r in records)),
        )
        for job in campaign.plan.jobs
        if (records := by_job[job.job_id]) and not blocks_that_count(records, judged)
    ]


def block_summary(
    record: RunRecord, measurement: Measurement, judgement: Judgement | None = None
) -> BlockSummary:
    """One measured block in a few figures; without a judgement it keeps the cautions of its own time."""
    reasons = judgement.reasons if judgement else ()
    summary = measurement.summary
    timed = [] if summary else measurement.samples.timed_ns()
    return BlockSummary(
        record_id=record.record_id,
        round=record.block.round,
        attempt=record.attempt,
        timed=summary.count if summary else len(timed),
        median_ns=summary.typical_ns if summary else float(np.median(timed)),
        min_ns=summary.min_ns if summary else min(timed),
        init_ns=measurement.init.total_ns,
        first_ns=_first_ns(measurement),
        peak_rss_bytes=measurement.end.peak_rss_bytes,
        cautions=cautions(reasons) if judgement else record.cautions,
        verdict=verdict_of(reasons),
        reasons=reasons,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """What only all networks of a campaign together tell."""

    jobs: int
    correlation: float  # of a block with the one before it
    looks: int  # how often was asked whether the intervals of the times are narrow enough to end
    ratio_looks: int  # the same of the interval of a ratio


def _looks(plan: Plan, counted: Iterable[Sequence[RunRecord]], *, at_ratio: bool) -> int:
    """A goal for a ratio does not choose among the intervals of the times, nor the other way round."""
    rule = plan.stopping
    if rule is None or (rule.ratio_of is not None) is not at_ratio:
        return 1
    return rule.looks(len({record.block.round for blocks in counted for record in blocks}))


def _ratio_looks(plan: Plan, job_id: str, looks: int) -> dict[str, int]:
    pair = (plan.stopping.ratio_of if plan.stopping else None) or ()
    if job_id not in pair or looks <= 1:
        return {}
    return {other: looks for other in pair if other != job_id}


def _claimed(durations: Sequence[Times], quantile: float) -> QuantileClaim | Withheld:
    """Blocks without samples have no say in it; where there are such, nobody can tell."""
    if not all(map(len, durations)):
        reason = "the engine tells of its inferences only all together, and not how they spread"
        return Withheld(reason=reason, needed=samples_needed(quantile))
    return claim_quantile(durations, quantile)


def _medians(counted: Iterable[RunRecord]) -> Numbers:
    return np.array([typical_ns(r.measurement) for r in counted if r.measurement is not None])


def _job_result(
    plan: Plan,
    job_id: str,
    records: Sequence[RunRecord],
    judged: Mapping[str, Judgement],
    together: "_Together",
) -> JobResult:
    job, campaign = plan.job(job_id), plan.campaign
    counted = blocks_that_count(records, judged)
    measured = [(r, r.measurement) for r in counted if r.measurement is not None]
    excluded = _summaries([r for r in records if r not in counted], judged)
    reasons = gathered_reasons(counted, judged, len(excluded), jobs=together.jobs)
    durations: list[Times] = [np.array(m.samples.timed_ns(), dtype=np.int64) for _, m in measured]
    p90, p95 = (_claimed(durations, quantile) for quantile in (0.9, 0.95))
    blocks = _summaries(counted, judged)
    medians = np.array([block.median_ns for block in blocks], dtype=np.float64)
    return JobResult(
        record_id=f"{campaign}/{job.job_id}",
        campaign=campaign,
        job_id=job.job_id,
        model=job.model,
        precision=job.precision,
        model_sha256=job.model_sha256,
        device=job.device,
        engine=job.engine,
        threads=job.settings.threads,
        samples=tuple(np.concatenate(durations).tolist()),
        blocks=blocks,
        failed_blocks=_failed_blocks(records),
        median_ns=typical_time(medians),
        ci95_ns=interval_in_order(medians, together.correlation, looks=together.looks),
        p90_ns=p90.value if isinstance(p90, QuantileClaim) else None,
        p90_ci95_ns=p90.interval if isinstance(p90, QuantileClaim) else None,
        p95_ns=p95.value if isinstance(p95, QuantileClaim) else None,
        p95_ci95_ns=p95.interval if isinstance(p95, QuantileClaim) else None,
        withheld={
            name: told.reason
            for name, told in (("p90", p90), ("p95", p95))
            if isinstance(told, Withheld)
        },
        min_ns=min(block.min_ns for block in blocks),
        init_ns=float(np.median([block.init_ns for block in blocks])),
        first_ns=float(np.median([block.first_ns for block in blocks])),
        peak_rss_bytes=max(block.peak_rss_bytes for block in blocks),
        cautions=(
            *gathered_cautions([block.cautions for block in blocks]),
            *cautions(reason for reason in reasons if "of_blocks" not in reason.evidence),
        ),
        verdict=verdict_of(reasons),
        reasons=reasons,
        excluded=excluded,
        ratio_looks=_ratio_looks(plan, job_id, together.ratio_looks),
    )


def _summaries(
    records: Iterable[RunRecord], judged: Mapping[str, Judgement]
) -> tuple[BlockSummary, ...]:
    return tuple(
        block_summary(record, record.measurement, judged[record.record_id])
        for record in records
        if record.measurement is not None
    )


def _why_not(record: RunRecord, judgement: Judgement) -> str:
    """Why a block does not count, in one line."""
    if record.failure is not None or not judgement.reasons:
        return record.failure or "no reason was kept"
    return judgement.reasons[0].text


def gathered_cautions(of_blocks: Sequence[Iterable[str]]) -> tuple[str, ...]:
    """Each kind of caution once, with the number of blocks it came up in and its first wording.

    >>> gathered_cautions([["cold: 3 C, too cold."], ["cold: 2 C, too cold."], []])
    ('cold, 2 of 3 blocks: 3 C, too cold.',)
    """
    counts: dict[str, int] = defaultdict(int)
    wordings: dict[str, str] = {}
    for told in of_blocks:
        for code, _, wording in (caution.partition(": ") for caution in told):
            counts[code] += 1
            wordings.setdefault(code, wording)
    return tuple(
        f"{code}, {counts[code]} of {len(of_blocks)} blocks: {wording}"
        for code, wording in wordings.items()
    )


def _by_job(records: Iterable[RunRecord]) -> defaultdict[str, list[RunRecord]]:
    grouped = defaultdict(list)
    for record in records:
        grouped[record.job.job_id].append(record)
    return grouped


def _failed_blocks(records: Iterable[RunRecord]) -> int:
    """How many blocks failed and were not measured later, by a second try."""
    failed = {record.block.round for record in records if record.measurement is None}
    measured = {record.block.round for record in records if record.measurement is not None}
    return len(failed - measured)


def _first_ns(measurement: Measurement) -> int:
    return measurement.samples.duration_ns[measurement.samples.phase.index("first")]
