"""What the runner says, event by event, to one measurement."""

from collections.abc import Iterable
from typing import TypeVar

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.record import Measurement, SampleColumns
from ghostbench.core.runner_events import (
    End,
    Failure,
    Hello,
    Init,
    Loaded,
    Output,
    Probe,
    RunnerEvent,
    SampleEvent,
    Tensor,
    TimingSummary,
)

E = TypeVar("E")


def fold_events(events: Iterable[RunnerEvent]) -> Measurement:
    """All events of one block as one value. Raises RunnerError when they do not make a whole block.

    The engine has checked each line; what is checked here holds for every engine.
    """
    told: dict[type, list[RunnerEvent]] = {}
    samples: list[SampleEvent] = []
    for event in events:
        if isinstance(event, Failure):
            raise RunnerGaveUp(event.step, event.status, event.message)
        if End in told:
            raise RunnerError("the runner went on after its last line")
        if isinstance(event, SampleEvent):
            samples.append(event)
        else:
            told.setdefault(type(event), []).append(event)
    return _whole(told, samples)


def _whole(told: dict[type, list[RunnerEvent]], samples: list[SampleEvent]) -> Measurement:
    if End not in told:
        raise RunnerError("the runner's output ends early: its last line is missing")
    summary = _only(told, TimingSummary) if TimingSummary in told else None
    columns = _columns(samples, summary)
    end = _only(told, End)
    timed = summary.count if summary else columns.phase.count("timed")
    if timed != end.timed:
        raise RunnerError(f"the runner timed {end.timed} inferences, but told of {timed}")
    return Measurement(
        hello=_only(told, Hello),
        loaded=_only(told, Loaded),
        init=_only(told, Init),
        tensors=_all(told, Tensor),
        samples=columns,
        outputs=_all(told, Output),
        probes=_all(told, Probe),
        end=end,
        summary=summary,
    )


def _columns(samples: list[SampleEvent], summary: TimingSummary | None) -> SampleColumns:
    phases = tuple(sample.phase for sample in samples)
    if phases.count("first") != 1 or ("timed" in phases) == (summary is not None):
        raise RunnerError(
            "the runner must tell of one first inference, and of timed ones either each or all together"
        )
    if any(sample.duration_ns < 1 for sample in samples) or (summary and summary.min_ns < 1):
        raise RunnerError("the runner tells of an inference that took no time")
    return SampleColumns(
        phase=phases,
        started_ns=tuple(sample.started_ns for sample in samples),
        duration_ns=tuple(sample.duration_ns for sample in samples),
        cpu_time_ns=tuple(sample.cpu_time_ns for sample in samples),
        cpu_before=tuple(sample.cpu_before for sample in samples),
        cpu_after=tuple(sample.cpu_after for sample in samples),
        preemptions=tuple(sample.preemptions for sample in samples),
    )


def _only(told: dict[type, list[RunnerEvent]], kind: type[E]) -> E:
    found = _all(told, kind)
    if len(found) != 1:
        name = kind.__name__.lower()
        raise RunnerError(f"the runner must say {name!r} once, but said it {len(found)} times")
    return found[0]


def _all(told: dict[type, list[RunnerEvent]], kind: type[E]) -> tuple[E, ...]:
    return tuple(event for event in told.get(kind, ()) if isinstance(event, kind))
