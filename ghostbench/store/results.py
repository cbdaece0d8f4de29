"""A campaign's records to what statistics say of each job. Computed anew on every reading."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from ghostbench.core.plan import Job
from ghostbench.core.record import Measurement, RunRecord
from ghostbench.core.result import BlockSummary, JobFailure, JobResult
from ghostbench.stats.intervals import median_interval
from ghostbench.stats.summary import Times, block_medians, pooled_quantile, typical_time
from ghostbench.store.campaign import Campaign


def job_results(campaign: Campaign) -> list[JobResult]:
    """One result for each job of which at least one block was measured, in the order of the plan."""
    by_job = _by_job(campaign.records)
    return [
        _job_result(campaign.plan.campaign, job, by_job[job.job_id])
        for job in campaign.plan.jobs
        if any(record.measurement for record in by_job[job.job_id])
    ]


def job_failures(campaign: Campaign) -> list[JobFailure]:
    """The jobs that were tried and never measured, in the order of the plan."""
    by_job = _by_job(campaign.records)
    return [
        JobFailure(
            campaign=campaign.plan.campaign,
            job_id=job.job_id,
            model=job.model,
            device=job.device,
            engine=job.engine,
            failed_blocks=_failed_blocks(records),
            reasons=tuple(dict.fromkeys(r.failure or "no reason was kept" for r in records)),
        )
        for job in campaign.plan.jobs
        if (records := by_job[job.job_id]) and not any(record.measurement for record in records)
    ]


def block_summary(record: RunRecord, measurement: Measurement) -> BlockSummary:
    """One measured block in a few figures."""
    timed = measurement.samples.timed_ns()
    return BlockSummary(
        record_id=record.record_id,
        round=record.block.round,
        attempt=record.attempt,
        timed=len(timed),
        median_ns=float(np.median(timed)),
        min_ns=min(timed),
        init_ns=measurement.init.total_ns,
        first_ns=_first_ns(measurement),
        peak_rss_bytes=measurement.end.peak_rss_bytes,
        cautions=record.cautions,
    )


def _job_result(campaign: str, job: Job, records: Sequence[RunRecord]) -> JobResult:
    measured = [(r, r.measurement) for r in records if r.measurement is not None]
    durations: list[Times] = [np.array(m.samples.timed_ns(), dtype=np.int64) for _, m in measured]
    blocks = tuple(block_summary(record, measurement) for record, measurement in measured)
    medians = block_medians(durations)
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
        ci95_ns=median_interval(medians),
        p95_ns=pooled_quantile(durations, 0.95),
        min_ns=min(block.min_ns for block in blocks),
        init_ns=float(np.median([block.init_ns for block in blocks])),
        first_ns=float(np.median([block.first_ns for block in blocks])),
        peak_rss_bytes=max(block.peak_rss_bytes for block in blocks),
        cautions=gathered_cautions([record.cautions for record, _ in measured]),
    )


def gathered_cautions(of_blocks: Sequence[Iterable[str]]) -> tuple[str, ...]:
    """Each kind of caution once, with the number of blocks it came up in and its first wording.

    >>> gathered_cautions([["cold: 3 C, too cold."], ["cold: 2 C, too cold."], []])
    ('cold, 2 of 3 blocks: 3 C, too cold.',)
    """
    counts: dict[str, int] = defaultdict(int)
    wordings: dict[str, str] = {}
    for cautions in of_blocks:
        for code, _, wording in (caution.partition(": ") for caution in cautions):
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
