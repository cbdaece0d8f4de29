"""Records to verdicts: the rules of this package, graded by its table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ghostbench.core.record import Measurement, RunRecord
from ghostbench.core.verdict import Reason, Verdict, gravest_first, verdict_of
from ghostbench.judging.between import about_campaign
from ghostbench.judging.cores import about_cores
from ghostbench.judging.course import Course, about_course, course_of
from ghostbench.judging.facts import BlockFacts, block_facts
from ghostbench.judging.grades import GRADES, Grade, Seen, graded
from ghostbench.judging.machine import about_machine
from ghostbench.judging.phone import about_phone
from ghostbench.judging.samples import about_samples
from ghostbench.judging.summaries import about_summary
from ghostbench.judging.what_ran import about_what_ran

# Measuring again would give the same.
LASTING = frozenset(
    ("wrong-model", "wrong-library", "other-arguments", "not-as-asked", "not-a-number", "thermal-override",
     "coarse-timer", "cut-short", "conditions-changed"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be said of one block."""

    reasons: tuple[Reason, ...]  # the gravest first

    @property
    def verdict(self) -> Verdict:
        """How far its number can be trusted."""
        return verdict_of(self.reasons)

    @property
    def worth_repeating(self) -> bool:
        """Whether it is INVALID for reasons that may pass."""
        graver = [reason.code for reason in self.reasons if reason.severity == "invalid"]
        return bool(graver) and not LASTING.intersection(graver)


def judge_block(record: RunRecord, grades: Mapping[str, Grade] = GRADES) -> Judgement:
    """One block by itself. What only the rest of its campaign shows is left to `judge_campaign`."""
    if record.measurement is None:
        return _judged([_failed(record)], grades)
    examined = _examine(record, record.measurement)
    return _judged([*examined.seen, *_about_course(examined, looks=1)], grades)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A measured block and what was seen of it alone: what never changes while its campaign grows."""

    block: BlockFacts
    seen: tuple[Seen, ...]
    course: Course | None  # None where the engine tells of no single inference


def judge_campaign(
    records: Sequence[RunRecord],
    grades: Mapping[str, Grade] = GRADES,
    *,
    examined: dict[str, Examined] | None = None,
) -> dict[str, Judgement]:
    """Every block beside the others: record id to judgement.

    A campaign that is judged again and again as it grows keeps in `examined` what need not be looked at twice.
    """
    known = {} if examined is None else examined
    for record in records:
        if record.measurement is not None and record.record_id not in known:
            known[record.record_id] = _examine(record, record.measurement)
    measured = [known[r.record_id] for r in records if r.measurement is not None]
    beside = about_campaign([one.block for one in measured])
    return {
        record.record_id: _judged(
            [
                *known[record.record_id].seen,
                *_about_course(known[record.record_id], looks=len(measured)),
                *beside.get(record.record_id, ()),
            ]
            if record.measurement is not None
            else [_failed(record)],
            grades,
        )
        for record in records
    }


def _examine(record: RunRecord, measurement: Measurement) -> Examined:
    block = block_facts(record, measurement)
    course = None if measurement.summary else course_of(block.duration_ns)
    return Examined(block=block, seen=tuple(_about_block(block)), course=course)


def _about_course(examined: Examined, *, looks: int) -> Iterator[Seen]:
    if examined.course is not None:
        yield from about_course(examined.course.among(looks))


def _about_block(block: BlockFacts) -> Iterator[Seen]:
    yield from about_what_ran(block)
    if block.measurement.summary:
        yield from about_summary(block, block.measurement.summary)
    else:
        yield from about_samples(block)
        yield from about_cores(block)
    yield from about_machine(block)
    yield from about_phone(block)


def _failed(record: RunRecord) -> Seen:
    reason = record.failure or "no reason was kept"
    return Seen(code="failed", evidence={"failure": reason}, text=f"{reason}.")


def _judged(seen: Iterable[Seen], grades: Mapping[str, Grade]) -> Judgement:
    reasons = [reason for one in seen if (reason := graded(one, grades)) is not None]
    return Judgement(reasons=gravest_first(reasons))
