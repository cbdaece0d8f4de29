"""What the runner says, event by event, to one measurement; and what a measurement must satisfy."""

from collections.abc import Iterable
from typing import TypeVar

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.plan import Job
from ghostbench.core.record import EngineInfo, Measurement, SampleColumns
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


def check_measurement(measurement: Measurement, job: Job, engine: EngineInfo) -> None:
    """Raise RunnerError unless this measured the job's model, on this engine, as asked, with real numbers."""
    loaded, init = measurement.loaded, measurement.init
    if loaded.model_sha256 != job.model_sha256:
        raise RunnerError(
            f"the runner opened another model than planned: SHA-256 {loaded.model_sha256[:12]}, "
            f"not {job.model_sha256[:12]}; build it anew or start a new campaign"
        )
    if engine.files and loaded.library_sha256 not in engine.files.values():
        raise RunnerError(
            f"the runner opened {loaded.library} (SHA-256 {loaded.library_sha256[:12]}), "
            f"which does not belong to {engine.name} {engine.version}"
        )
    settings = job.settings
    if (settings.kernel_mode, settings.threads) != (init.kernel_mode, init.threads_asked):
        raise RunnerError(
            f"the runner was asked for {settings.kernel_mode} kernels and {settings.threads} threads, "
            f"but says {init.kernel_mode} and {init.threads_asked}"
        )
    for output in measurement.outputs:
        if output.nan:
            raise RunnerError(
                f"output {output.index} holds {output.nan} values that are not a number: the model "
                "does not work with these inputs, so its time means nothing"
            )


def _whole(told: dict[type, list[RunnerEvent]], samples: list[SampleEvent]) -> Measurement:
    if End not in told:
        raise RunnerError("the runner's output ends early: its last line is missing")
    columns = _columns(samples)
    end = _only(told, End)
    timed = columns.phase.count("timed")
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
    )


def _columns(samples: list[SampleEvent]) -> SampleColumns:
    phases = tuple(sample.phase for sample in samples)
    if phases.count("first") != 1 or "timed" not in phases:
        raise RunnerError("the runner must tell of one first inference and at least one timed one")
    if any(sample.duration_ns < 1 for sample in samples):
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
