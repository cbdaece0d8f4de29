"""What the user must know of a running campaign, everything once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ghostbench.core.plan import Block, Plan
from ghostbench.core.progress import Progress
from ghostbench.core.record import RunRecord
from ghostbench.core.verdict import Verdict
from ghostbench.judging.judge import judge_block

# Once may be chance; a job that fails twice running would only cost the rounds to come their time.
HOPELESS_AFTER = 2


class Teller:
    """Speaks through a progress."""

    def __init__(self, plan: Plan, progress: Progress, *, finished: int) -> None:
        self._plan, self._progress, self._finished = plan, progress, finished
        self._failures_running: Counter[str] = Counter()
        self._cautions_told: set[str] = set()

    def doing(self, block: Block) -> None:
        """A block begins."""
        at_most = "at most " if self._plan.stopping else ""
        of = f"of {at_most}{self._plan.rounds}"
        self._progress.doing(f"{block.job_id}, round {block.round + 1} {of}")

    def repeating(self, block: Block, why: str) -> None:
        """A block is measured again, for that reason."""
        self._progress.say(
            f"{block.job_id}, round {block.round + 1}: INVALID, {why.rstrip('.')}; it is measured again, and all "
            "attempts are kept"
        )

    def stopped_because(self, why: str | None) -> None:
        """The campaign ends before all rounds that it might have taken."""
        if why is not None:
            self._progress.say(f"enough: {why}")

    def is_hopeless(self, block: Block) -> bool:
        """Whether this job failed so often that it is left out."""
        return self._failures_running[block.job_id] >= HOPELESS_AFTER

    def finished_block(self, record: RunRecord) -> None:
        """A block is stored."""
        self._finished += 1
        judged = judge_block(record)
        if record.failure is not None:
            self._tell_failure(record, record.failure)
        elif judged.verdict is Verdict.INVALID and not judged.worth_repeating:
            self._tell_failure(record, judged.reasons[0].text.rstrip("."))
        else:
            self._failures_running[record.job.job_id] = 0
            self._tell_cautions(record)

    def _tell_cautions(self, record: RunRecord) -> None:
        for caution in record.cautions:
            code = caution.partition(":")[0]
            if code not in self._cautions_told:
                self._cautions_told.add(code)
                self._progress.say(f"{record.job.job_id}: {caution}")

    def _tell_failure(self, record: RunRecord, failure: str) -> None:
        job_id = record.job.job_id
        self._failures_running[job_id] += 1
        line = f"{job_id}, round {record.block.round + 1} failed: {failure}"
        if self._failures_running[job_id] == HOPELESS_AFTER:
            line += f"; it failed {HOPELESS_AFTER} times running and is left out from here on"
        self._progress.say(line)

    @contextmanager
    def when_stopped(self) -> Iterator[None]:
        """Say what is kept when the user interrupts."""
        try:
            yield
        except KeyboardInterrupt:
            self._progress.say(
                f"stopped; {self._finished} of {len(self._plan.blocks)} blocks are kept, "
                "go on with the same command and --resume"
            )
            raise
