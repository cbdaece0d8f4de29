"""Carry out a plan, round by round, until it is done or has measured enough."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path

from ghostbench.bench.block import run_block
from ghostbench.bench.clock import Clock
from ghostbench.bench.ledger import Ledger
from ghostbench.bench.session import Session, open_session, refuse_other_engines
from ghostbench.bench.telling import Teller
from ghostbench.core.device import Device
from ghostbench.core.engine import Engine
from ghostbench.core.plan import Block, Plan
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.record import RecordStore, RunRecord


def run_plan(
    plan: Plan,
    *,
    devices: Mapping[str, Device],
    engines: Mapping[str, Engine],
    store: RecordStore,
    model_files: Mapping[str, Path] | None = None,
    kept: Sequence[RunRecord] = (),
    done: Set[tuple[int, str]] = frozenset(),
    progress: Progress | None = None,
    clock: Clock | None = None,
    keep_output: Callable[[str, Sequence[str]], None] = lambda record_id, lines: None,
) -> Iterator[RunRecord]:
    """Run every block that is not measured in `kept` nor `done`, in order, yielding each record once it is stored.

    After each round, blocks that turn out to be INVALID are measured again, and a plan with a stopping rule ends when
    that is met. The stage of `progress` is the caller's: one step is taken for each block of the plan. `model_files`
    says by SHA-256 where a model file is, when not where the plan says. `keep_output` is given every line that an
    engine printed.
    """
    progress, clock = progress or Silence(), clock or Clock()
    ledger = Ledger(plan, kept, done)
    told = Teller(plan, progress, finished=ledger.measured_blocks)
    if ledger.is_finished():
        told.stopped_because(ledger.why_enough())
        return
    with told.when_stopped():
        session = open_session(
            ledger.jobs_left(),
            devices=devices,
            engines=engines,
            model_files=model_files or {},
            progress=progress,
            keep_output=keep_output,
        )
        refuse_other_engines(kept, session)
        bench = _Bench(plan, session, store, ledger, told, progress, clock)
        for number in range(plan.rounds):
            yield from bench.run_round(number)
            if (why := ledger.why_enough(after_round=number)) is not None:
                told.stopped_because(why)
                return


class _Bench:
    """What running a block needs, in one place."""

    def __init__(
        self,
        plan: Plan,
        session: Session,
        store: RecordStore,
        ledger: Ledger,
        told: Teller,
        progress: Progress,
        clock: Clock,
    ) -> None:
        self._plan, self._session, self._store = plan, session, store
        self._ledger, self._told, self._progress, self._clock = ledger, told, progress, clock

    def run_round(self, number: int) -> Iterator[RunRecord]:
        """What is left of a round; then, again, the blocks that are INVALID beside all the others."""
        for block in self._ledger.blocks_left(number):
            if self._told.is_hopeless(block):
                self._progress.step()
            else:
                yield self._run(block)
                self._progress.step()
        while again := self._ledger.worth_repeating():
            for block in again:
                self._told.repeating(block, self._ledger.why_invalid(block))
                yield self._run(block)

    def _run(self, block: Block) -> RunRecord:
        self._told.doing(block)
        record = run_block(
            self._plan,
            block,
            session=self._session,
            clock=self._clock,
            progress=self._progress,
            tried=self._ledger.tried(block),
        )
        self._store.append(record)  # now, so that a later failure cannot lose it
        self._ledger.add(record)
        self._told.finished_block(record)
        return record
