"""Carry out a plan, block by block."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path

from ghostbench.bench.block import run_block
from ghostbench.bench.clock import Clock
from ghostbench.bench.session import open_session
from ghostbench.core.device import Device
from ghostbench.core.engine import Engine
from ghostbench.core.plan import Block, Plan
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.record import RecordStore, RunRecord

# Once may be chance; a job that fails twice running would only cost the rounds to come their time.
HOPELESS_AFTER = 2


def run_plan(
    plan: Plan,
    *,
    devices: Mapping[str, Device],
    engines: Mapping[str, Engine],
    store: RecordStore,
    model_files: Mapping[str, Path] | None = None,
    done: Set[tuple[int, str]] = frozenset(),
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> Iterator[RunRecord]:
    """Run every block that is not `done` (round and job), in order, yielding each record once it is stored.

    The stage of `progress` is the caller's: one step is taken for each block that is left. `model_files` says by
    SHA-256 where a model file is, when not where the plan says.
    """
    progress, clock = progress or Silence(), clock or Clock()
    left = [block for block in plan.blocks if (block.round, block.job_id) not in done]
    if not left:
        return
    told = _Teller(plan, progress, finished=len(plan.blocks) - len(left))
    with told.when_stopped():
        session = open_session(
            tuple(plan.job(job_id) for job_id in dict.fromkeys(block.job_id for block in left)),
            devices=devices,
            engines=engines,
            model_files=model_files or {},
            progress=progress,
        )
        for block in left:
            if told.is_hopeless(block):
                progress.step()
                continue
            progress.doing(f"{block.job_id}, round {block.round + 1} of {plan.rounds}")
            record = run_block(plan, block, session=session, clock=clock, progress=progress)
            store.append(record)  # now, so that a later failure cannot lose it
            told.finished_block(record)
            yield record


class _Teller:
    """Says what the user must know of a running campaign, everything once."""

    def __init__(self, plan: Plan, progress: Progress, *, finished: int) -> None:
        self._plan, self._progress, self._finished = plan, progress, finished
        self._failures_running: Counter[str] = Counter()
        self._cautions_told: set[str] = set()

    def is_hopeless(self, block: Block) -> bool:
        return self._failures_running[block.job_id] >= HOPELESS_AFTER

    def finished_block(self, record: RunRecord) -> None:
        self._finished += 1
        self._progress.step()
        if record.failure is None:
            self._failures_running[record.job.job_id] = 0
            self._tell_cautions(record)
        else:
            self._tell_failure(record, record.failure)

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
        try:
            yield
        except KeyboardInterrupt:
            self._progress.say(
                f"stopped; {self._finished} of {len(self._plan.blocks)} blocks are kept, "
                "go on with the same command and --resume"
            )
            raise
