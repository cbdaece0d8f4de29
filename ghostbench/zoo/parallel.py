"""Build several networks side by side, each worker one after the other; what goes wrong with one stops no other."""

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.progress import Progress
from ghostbench.zoo.build_messages import BuildFailure, NetworkJob, Report
from ghostbench.zoo.recipe import Recipe
from ghostbench.zoo.worker_process import WorkerProcess

Outcome = Artifact | BuildFailure
# Starts a worker that logs to the file and uses that many threads.
StartWorker = Callable[[Path, int], WorkerProcess]

# A worker that holds more than this after a network is replaced by a fresh one: what TensorFlow keeps grows slowly.
LARGEST_RSS_BYTES = 2_200_000_000
# What to count on for one worker: 1.3 GB were measured for GhostNet, up to twice that for large networks in int8.
WORKER_MEMORY_BYTES = 2_500_000_000
# For one file. Most take seconds; this is for a slow machine and a large network.
TIMEOUT_S = 900.0


def build_all(
    jobs: Sequence[NetworkJob],
    *,
    workers: int,
    threads: int,
    logs: Path,
    progress: Progress,
    timeout_s: float = TIMEOUT_S,
    start_worker: StartWorker = WorkerProcess,
) -> Iterator[Outcome]:
    """Build every recipe of every job, yielding what becomes of each as soon as it is known.

    At most `workers` processes run at once, with `threads` threads each; `logs` is a folder for what they print. Ending
    the iteration early ends them too.
    """
    crew = _Crew(jobs, workers, lambda log: start_worker(log, threads), logs, progress, timeout_s)
    try:
        while crew.has_work():
            crew.employ()
            yield from crew.wait()
    finally:
        crew.dismiss()


class _Crew:
    """The workers and what is still to be done."""

    def __init__(
        self,
        jobs: Sequence[NetworkJob],
        size: int,
        start: Callable[[Path], WorkerProcess],
        logs: Path,
        progress: Progress,
        timeout_s: float,
    ) -> None:
        self._queue = deque(jobs)
        self._size = size
        self._start = start
        self._logs = logs
        self._progress = progress
        self._timeout_s = timeout_s
        self._busy: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._started = 0

    def has_work(self) -> bool:
        """Whether anything is waiting or being built."""
        return bool(self._queue or self._busy)

    def employ(self) -> None:
        """Give waiting jobs to idle workers, and to new ones while there may be more."""
        while self._queue and (self._idle or len(self._busy) < self._size):
            worker = self._idle.pop() if self._idle else self._hire()
            self._busy.append(worker)
            worker.begin(self._queue.popleft())
            worker.give_time(self._timeout_s)
        names = [worker.left[0].spec.name for worker in self._busy if worker.left]
        self._progress.doing(", ".join(names))

    def wait(self) -> Iterator[Outcome]:
        """Wait until a worker reports, ends, or runs out of time."""
        with selectors.DefaultSelector() as selector:
            for worker in self._busy:
                selector.register(worker, selectors.EVENT_READ, worker)
            soonest_s = min(worker.deadline_s for worker in self._busy)
            ready = selector.select(max(0.0, soonest_s - time.monotonic()))
        for key, _ in ready:
            yield from self._attend(key.data)
        for worker in [w for w in self._busy if w.deadline_s <= time.monotonic()]:
            why = f"building it did not end within {self._timeout_s:g} s and was stopped"
            yield from self._lose(worker, why, others_may_build=True)

    def dismiss(self) -> None:
        """End all workers."""
        for worker in (*self._busy, *self._idle):
            worker.kill()
        self._busy, self._idle = [], []

    def _hire(self) -> WorkerProcess:
        self._started += 1
        return self._start(self._logs / f"worker-{self._started}.log")

    def _attend(self, worker: WorkerProcess) -> Iterator[Outcome]:
        reports = worker.read()
        if reports is None:
            why, killed = worker.ending()
            yield from self._lose(worker, why, others_may_build=killed)
            return
        for report in reports:
            worker.give_time(self._timeout_s)
            if outcome := _outcome(report, worker):
                worker.left.pop(0)
                yield outcome
            else:
                self._rest(worker, report.rss_bytes)

    def _rest(self, worker: WorkerProcess, rss_bytes: int) -> None:
        """Its job is done: keep the worker, unless it has grown too large."""
        self._busy.remove(worker)
        if rss_bytes > LARGEST_RSS_BYTES:
            worker.kill()
        else:
            self._idle.append(worker)

    def _lose(
        self, worker: WorkerProcess, why: str, *, others_may_build: bool
    ) -> Iterator[Outcome]:
        """Give up the worker and the file it was at; the rest of its job may be another's."""
        self._busy.remove(worker)
        worker.kill()
        given_up = worker.left[:1] if others_may_build else worker.left
        for recipe in given_up:
            name = recipe.spec.name
            yield BuildFailure(
                name=name,
                precision=recipe.precision,
                error=f"{name}: {why}",
                log=worker.log_tail(),
            )
        rest: Sequence[Recipe] = worker.left[len(given_up) :]
        if rest and worker.job is not None:
            self._queue.appendleft(replace(worker.job, recipes=tuple(rest)))


def _outcome(report: Report, worker: WorkerProcess) -> Outcome | None:
    failure = report.failure
    if failure is not None and not failure.reasons:
        return replace(failure, log=worker.log_tail())
    return report.artifact or failure
