"""Which blocks of a job count, and what is to be said of all of them together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Reason, Verdict, gravest_first, weight
from ghostbench.judging.course import about_job
from ghostbench.judging.grades import Seen, graded
from ghostbench.judging.judge import Judgement
from ghostbench.stats.intervals import MIN_BLOCKS

_RANK = {Verdict.VALID: 0, Verdict.SUSPECT: 1, Verdict.INVALID: 2}


def blocks_that_count(
    records: Iterable[RunRecord], judged: Mapping[str, Judgement]
) -> list[RunRecord]:
    """Of each round and job the measured block with the best verdict, the earliest of equals; INVALID ones never.

    The earliest, since to choose among equals would be to choose a number.
    """
    best: dict[tuple[int, str], RunRecord] = {}
    for record in records:
        if record.measurement is None or judged[record.record_id].verdict is Verdict.INVALID:
            continue
        key = (record.block.round, record.block.job_id)
        if key not in best or _rank(record, judged) < _rank(best[key], judged):
            best[key] = record
    return list(best.values())


def gathered_reasons(
    counted: Sequence[RunRecord],
    judged: Mapping[str, Judgement],
    excluded: int,
    *,
    jobs: int = 1,
) -> tuple[Reason, ...]:
    """Every kind of reason once, at its gravest, with the number of blocks; then what concerns the whole job.

    `jobs` is how many are looked at alike: the more, the more looks odd by chance.
    """
    of_blocks = [judged[record.record_id].reasons for record in counted]
    whole = (graded(seen) for seen in _about_job(counted, excluded, jobs))
    reasons = [*_each_once(of_blocks), *(reason for reason in whole if reason is not None)]
    return gravest_first(reasons)


def _rank(record: RunRecord, judged: Mapping[str, Judgement]) -> int:
    return _RANK[judged[record.record_id].verdict]


def _each_once(of_blocks: Sequence[Sequence[Reason]]) -> Iterator[Reason]:
    found: dict[str, list[Reason]] = defaultdict(list)
    for reasons in of_blocks:
        for code in dict.fromkeys(reason.code for reason in reasons):
            same = [reason for reason in reasons if reason.code == code]
            found[code].append(max(same, key=lambda reason: weight(reason.severity)))
    for reasons in found.values():
        worst = max(reasons, key=lambda reason: weight(reason.severity))
        graver = sum(reason.severity == worst.severity for reason in reasons)
        counts = {"blocks": graver, "of_blocks": len(of_blocks)}
        yield replace(worst, evidence={**worst.evidence, **counts})


def _about_job(counted: Sequence[RunRecord], excluded: int, jobs: int) -> Iterator[Seen]:
    count = len(counted)
    yield Seen(
        code="too-few-blocks",
        value=MIN_BLOCKS - count,
        evidence={"blocks": count, "needed": MIN_BLOCKS},
        text=f"only {count} of the {MIN_BLOCKS} processes that an interval needs were measured, so nobody knows how "
        "far off the time may be. Measure more rounds.",
    )
    yield Seen(
        code="blocks-excluded",
        value=100 * excluded / max(count + excluded, 1),
        evidence={"excluded": excluded, "used": count},
        text=f"{excluded} of {count + excluded} measured blocks are INVALID and not used; they are kept, with the "
        "reasons.",
    )
    yield from about_job(sorted(counted, key=lambda record: record.block.round), looks=jobs)
