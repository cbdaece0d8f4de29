"""What a campaign has so far: what is left, what must be measured again, whether it is enough."""

from collections.abc import Iterable

from ghostbench.bench.stopping import check_rule, standing
from ghostbench.core.plan import MIN_ROUNDS, Block, Job, Plan
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import as_caution
from ghostbench.judging.gather import blocks_that_count
from ghostbench.judging.judge import Examined, Judgement, judge_campaign

# Jetpack Benchmark and Workload Automation, too, measure twice more at most.
REPEATS = 2
# A model of a microsecond gives 400,000 inferences a block, where the runner ends it, and 14 MB of them. A campaign
# that adds rounds by itself ends before it fills disk and memory; one with a number of rounds does what it was told.
MOST_SAMPLES = 5_000_000

_Key = tuple[int, str]


class Ledger:
    """The records of a plan, those of an earlier run too."""

    def __init__(
        self, plan: Plan, kept: Iterable[RunRecord] = (), done: Iterable[_Key] = ()
    ) -> None:
        """`done` are blocks, by round and job, that need not be run and whose records are elsewhere."""
        if plan.stopping is not None:
            check_rule(plan, plan.stopping)
        self._plan, self._records, self._done = plan, list(kept), set(done)
        self._repeats_failed: set[_Key] = set()
        self._examined: dict[str, Examined] = {}

    @property
    def measured_blocks(self) -> int:
        """How many blocks of the plan were measured, validly or not."""
        return len(self._measured())

    def add(self, record: RunRecord) -> None:
        """Take in a record that is stored."""
        self._records.append(record)
        if record.measurement is None and record.attempt > 1:
            self._repeats_failed.add((record.block.round, record.block.job_id))

    def tried(self, block: Block) -> int:
        """How many attempts at this block are kept."""
        return max((r.attempt for r in self._records if _key(r.block) == _key(block)), default=0)

    def blocks_left(self, number: int) -> list[Block]:
        """The blocks of a round that were never measured, in order."""
        measured = self._measured()
        return [b for b in self._plan.blocks if b.round == number and _key(b) not in measured]

    def jobs_left(self) -> tuple[Job, ...]:
        """The jobs that something is left to do for."""
        left = [b.job_id for b in self._plan.blocks if _key(b) not in self._measured()]
        again = [block.job_id for block in self.worth_repeating()]
        return tuple(self._plan.job(job_id) for job_id in dict.fromkeys((*left, *again)))

    def worth_repeating(self) -> list[Block]:
        """Blocks of which all attempts are INVALID, for reasons that may pass, and that may be tried again."""
        judged = self._judged()
        good = {_key(record.block) for record in blocks_that_count(self._records, judged)}
        tries: dict[_Key, list[RunRecord]] = {}
        for record in self._records:
            if record.measurement is not None and _key(record.block) not in good:
                tries.setdefault(_key(record.block), []).append(record)
        return [
            records[0].block
            for key, records in tries.items()
            if len(records) <= REPEATS
            and key not in self._repeats_failed
            and all(judged[record.record_id].worth_repeating for record in records)
        ]

    def why_invalid(self, block: Block) -> str:
        """What is gravest about the latest attempt at a block, with its code."""
        judged = self._judged()
        latest = [r for r in self._records if _key(r.block) == _key(block)][-1]
        return as_caution(judged[latest.record_id].reasons[0])

    def is_finished(self) -> bool:
        """Whether an earlier run has left nothing to do."""
        if self.worth_repeating():
            return False
        if not any(self.blocks_left(number) for number in range(self._plan.rounds)):
            return True
        last = max((record.block.round for record in self._records), default=-1)
        return last >= 0 and not self.blocks_left(last) and self.why_enough(last) is not None

    def why_enough(self, after_round: int | None = None) -> str | None:
        """Why no further round is needed, or None while one is."""
        rule = self._plan.stopping
        if rule is None:
            return None
        judged = self._judged()
        now = standing(self._plan, rule, blocks_that_count(self._records, judged))
        done = self._plan.rounds if after_round is None else after_round + 1
        if done >= rule.min_rounds and now.reached:
            widest = max(
                (w for w in now.half_widths_percent.values() if w is not None), default=0.0
            )
            return (
                f"every 95 % interval is narrower than {rule.half_width_percent:g} % to each side "
                f"(widest {widest:.2f} %) after {done} rounds"
            )
        still = f"; not narrow enough yet: {', '.join(now.open)}" if now.open else ""
        # Three rounds are always measured: without them there is no interval, and nothing to show for the time spent.
        over = rule.budget_s is not None and self._would_exceed(rule.budget_s, done)
        if over and done >= MIN_ROUNDS:
            return f"another round would exceed the budget of {rule.budget_s:g} s, after {done} rounds{still}"
        if self._would_overflow(done) and done >= MIN_ROUNDS:
            most = f"the {MOST_SAMPLES:,} inferences that are kept"
            return f"another round would exceed {most}, after {done} rounds{still}"
        if done >= self._plan.rounds:
            return f"all {done} rounds are measured{still}"
        return None

    def _judged(self) -> dict[str, Judgement]:
        return judge_campaign(self._records, examined=self._examined)

    def _would_exceed(self, budget_s: float, done: int) -> bool:
        spent = sum(record.seconds for record in self._records)
        return spent + spent / max(done, 1) > budget_s

    def _would_overflow(self, done: int) -> bool:
        kept = sum(len(r.measurement.samples.phase) for r in self._records if r.measurement)
        return kept + kept / max(done, 1) > MOST_SAMPLES

    def _measured(self) -> set[_Key]:
        return self._done | {_key(r.block) for r in self._records if r.measurement is not None}


def _key(block: Block) -> _Key:
    return block.round, block.job_id
