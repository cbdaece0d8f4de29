"""What can be planted in a run on the simulated device: faults of the process, of what it measures, of what it says."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Literal

from ghostbench.core.runner_events import (
    End,
    Hello,
    Init,
    Loaded,
    Output,
    Probe,
    RunnerEvent,
    SampleEvent,
    Tensor,
)

Fault = Literal[
    # of the process
    "unplugged",  # the device is gone before the first line
    "crash",  # ended by a signal in the middle
    "hang",  # stops in the middle and never ends
    "refused",  # says that it gives up, and ends with status 1
    "garbled",  # a line is damaged
    "cut",  # ends well, but half of the lines are missing
    "lost-line",  # one line is missing
    # of what ran
    "wrong-model",
    "wrong-library",
    "other-arguments",
    "other-kernels",
    "other-inputs",
    "other-outputs",
    "nan",
    "infinite",
    "extra-thread",
    "not-accelerated",
    # of the times
    "zero-duration",
    "backwards",  # the clock jumps back
    "fast-clock",  # the device's clock runs twice as fast as the host's
    "coarse-clock",  # it counts in steps of 50 microseconds
    "impossible-cpu-time",
    "repeated",  # the same sample again and again
    "drift",
    "step",
    "two-modes",
    "stalls",  # every other inference waits
    "unsteady",
    # of the core
    "migration",
    "unpinned",
    "preempted",
    "throttled",  # the second probe, and the late inferences, are slow
    "slow-core",  # everything is slow from the start
]

_Change = Callable[[list[RunnerEvent]], list[RunnerEvent]]
_OTHER_SHA256 = "0" * 64


def planted(fault: Fault | None, events: list[RunnerEvent]) -> list[RunnerEvent]:
    """The same run with that fault in it; faults of the process are the device's own affair."""
    change = _CHANGES.get(fault) if fault else None
    return change(events) if change else events


def _each(kind: type, change: Callable[[RunnerEvent], RunnerEvent]) -> _Change:
    return lambda events: [change(e) if isinstance(e, kind) else e for e in events]


def _with(kind: type, **changes: object) -> _Change:
    return _each(kind, lambda event: replace(event, **changes))  # type: ignore[arg-type]  # fields by name


def _samples(change: Callable[[list[SampleEvent]], list[SampleEvent]]) -> _Change:
    """Change the timed samples, and let those that follow begin later when they take longer."""

    def apply(events: list[RunnerEvent]) -> list[RunnerEvent]:
        timed = [e for e in events if isinstance(e, SampleEvent) and e.phase == "timed"]
        changed = iter(change(timed))
        return [
            next(changed) if isinstance(e, SampleEvent) and e.phase == "timed" else e
            for e in events
        ]

    return apply


def _stretched(factor: Callable[[int, int], float], *, computing: bool = True) -> _Change:
    """Let each timed sample take longer, by its place and their number; idle ones do not compute in that time."""

    def change(samples: list[SampleEvent]) -> list[SampleEvent]:
        more = [round(s.duration_ns * (factor(i, len(samples)) - 1)) for i, s in enumerate(samples)]
        later = accumulate(more, initial=0)
        return [
            replace(
                s,
                started_ns=s.started_ns + delay,
                duration_ns=s.duration_ns + m,
                cpu_time_ns=s.cpu_time_ns + (m if computing else 0),
            )
            for s, m, delay in zip(samples, more, later, strict=False)
        ]

    return _samples(change)


def _one_by_one(change: Callable[[int, SampleEvent], SampleEvent]) -> _Change:
    return _samples(lambda samples: [change(i, s) for i, s in enumerate(samples)])


def _probes(factor_before: float, factor_after: float) -> _Change:
    def change(event: RunnerEvent) -> RunnerEvent:
        assert isinstance(event, Probe)
        factor = factor_before if event.when == "before" else factor_after
        return replace(event, durations_ns=tuple(round(ns * factor) for ns in event.durations_ns))

    return _each(Probe, change)


def _both(*changes: _Change) -> _Change:
    def apply(events: list[RunnerEvent]) -> list[RunnerEvent]:
        for change in changes:
            events = change(events)
        return events

    return apply


def _coarse(step_ns: int) -> _Change:
    def rounded(_: int, s: SampleEvent) -> SampleEvent:
        return replace(
            s,
            started_ns=(s.started_ns // step_ns + 1) * step_ns,
            duration_ns=max(1, s.duration_ns // step_ns) * step_ns,
        )

    return _one_by_one(rounded)


def _other_input(event: RunnerEvent) -> RunnerEvent:
    assert isinstance(event, Tensor)
    return replace(event, fnv1a="f" * 16) if event.role == "input" else event


def _backwards(index: int, sample: SampleEvent) -> SampleEvent:
    return replace(sample, started_ns=sample.started_ns - 5_000_000 * (index > 3))


def _interrupted(events: list[RunnerEvent]) -> list[RunnerEvent]:
    slower = _stretched(lambda i, _: 1.05 if i % 5 < 3 else 1.0)(events)
    return _one_by_one(lambda i, s: replace(s, preemptions=int(i % 5 < 3)))(slower)


def _faster_clock(events: list[RunnerEvent]) -> list[RunnerEvent]:
    def doubled(event: RunnerEvent) -> RunnerEvent:
        assert isinstance(event, SampleEvent)
        return replace(
            event,
            started_ns=2 * event.started_ns,
            duration_ns=2 * event.duration_ns,
            cpu_time_ns=2 * event.cpu_time_ns,
        )

    return _each(SampleEvent, doubled)(events)


def _repeated(samples: list[SampleEvent]) -> list[SampleEvent]:
    first = samples[0]
    return [
        replace(s, duration_ns=first.duration_ns, cpu_time_ns=first.cpu_time_ns,
                started_ns=first.started_ns + i * (first.duration_ns + 500))
        for i, s in enumerate(samples)
    ]  # fmt: skip


_CHANGES: Mapping[str, _Change] = {
    "wrong-model": _with(Loaded, model_sha256=_OTHER_SHA256),
    "wrong-library": _with(Loaded, library_sha256=_OTHER_SHA256),
    "other-arguments": _with(Hello, argv=("runner", "--threads", "4")),
    "other-kernels": _with(Init, kernel_mode="reference"),
    "other-inputs": _each(Tensor, _other_input),
    "other-outputs": _with(Output, fnv1a="f" * 16),
    "nan": _with(Output, nan=7),
    "infinite": _with(Output, infinite=3),
    "extra-thread": _both(_with(Init, threads_seen=2), _with(End, threads_seen=2)),
    "not-accelerated": _with(Init, fully_accelerated=False),
    "zero-duration": _one_by_one(lambda i, s: replace(s, duration_ns=0) if i == 2 else s),
    "backwards": _one_by_one(_backwards),
    "fast-clock": _faster_clock,
    "coarse-clock": _coarse(50_000),
    "impossible-cpu-time": _one_by_one(lambda _, s: replace(s, cpu_time_ns=s.cpu_time_ns * 4)),
    "repeated": _samples(_repeated),
    "drift": _stretched(lambda i, n: 1 + 0.3 * i / n),
    "step": _stretched(lambda i, n: 1.2 if i > n // 2 else 1.0),
    "two-modes": _stretched(lambda i, _: 1.25 if (i * 2654435761 >> 7) % 5 < 2 else 1.0),
    "stalls": _stretched(lambda i, _: 2.0 if i % 3 else 1.0, computing=False),
    "unsteady": _with(End, warmup_steady=False),
    "migration": _one_by_one(
        lambda i, s: replace(s, cpu_after=s.cpu_after + 1) if i % 4 == 3 else s
    ),
    "unpinned": _with(Hello, cpus_allowed=(0, 1)),
    "preempted": _interrupted,
    "throttled": _both(_probes(1.0, 1.3), _stretched(lambda i, n: 1.3 if i > n // 2 else 1.0)),
    "slow-core": _both(_probes(1.2, 1.2), _stretched(lambda *_: 1.2)),
}
