from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.bench.measure import fold_events
from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.runner_events import (
    End,
    Failure,
    Hello,
    Init,
    Loaded,
    RunnerEvent,
    SampleEvent,
)
from tests.bench.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def events_of(lab: Lab) -> list[RunnerEvent]:
    """What the real parser reads of one simulated run."""
    job, engine = lab.plan("a").jobs[0], lab.engine()
    model = lab.device.install(Path(job.model_path))
    command = engine.command(lab.device, model, job.settings)
    return list(engine.events(lab.device.stream(command.argv, timeout_s=60)))


def test_nothing_that_the_runner_said_is_lost(lab: Lab) -> None:
    events = events_of(lab)
    measurement = fold_events(events)
    samples = [event for event in events if isinstance(event, SampleEvent)]
    for name in ("phase", "started_ns", "duration_ns", "cpu_time_ns", "cpu_before", "cpu_after"):
        assert getattr(measurement.samples, name) == tuple(getattr(s, name) for s in samples)
    assert measurement.samples.preemptions == tuple(s.preemptions for s in samples)
    kept = [measurement.hello, measurement.loaded, *measurement.tensors, measurement.init]
    kept += [*measurement.probes, *measurement.outputs, measurement.end]
    assert kept == [event for event in events if not isinstance(event, SampleEvent)]


@pytest.mark.parametrize("kind", [Hello, Loaded, Init, End])
def test_an_event_that_must_come_is_missed(lab: Lab, kind: type) -> None:
    events = [event for event in events_of(lab) if not isinstance(event, kind)]
    with pytest.raises(RunnerError, match=f"{kind.__name__.lower()}|last line is missing"):
        fold_events(events)


@pytest.mark.parametrize("kind", [Hello, Loaded, Init])
def test_an_event_that_comes_twice_is_refused(lab: Lab, kind: type) -> None:
    events = events_of(lab)
    twice = next(event for event in events if isinstance(event, kind))
    with pytest.raises(RunnerError, match="once, but said it 2 times"):
        fold_events([twice, *events])


def test_nothing_may_follow_the_end(lab: Lab) -> None:
    events = events_of(lab)
    with pytest.raises(RunnerError, match="went on after its last line"):
        fold_events([*events, events[0]])


def test_a_failure_that_the_runner_reports_is_passed_on() -> None:
    with pytest.raises(RunnerGaveUp, match="in step 'compile': no memory"):
        fold_events([Failure(step="compile", status=3, message="no memory")])


@pytest.mark.parametrize(
    ("lose", "told"),
    [
        ("timed", "of timed ones either each or all together"),
        ("first", "one first inference"),
    ],
)
def test_a_phase_that_is_missing_is_told(lab: Lab, lose: str, told: str) -> None:
    def kept() -> Iterator[RunnerEvent]:
        for event in events_of(lab):
            if not (isinstance(event, SampleEvent) and event.phase == lose):
                yield event

    with pytest.raises(RunnerError, match=told):
        fold_events(kept())


def test_a_lost_sample_shows_in_the_count(lab: Lab) -> None:
    events = events_of(lab)
    last = max(i for i, event in enumerate(events) if isinstance(event, SampleEvent))
    timed = fold_events(events).end.timed
    with pytest.raises(RunnerError, match=f"timed {timed} inferences, but told of {timed - 1}"):
        fold_events(events[:last] + events[last + 1 :])


def test_an_inference_without_duration_is_impossible(lab: Lab) -> None:
    events = [
        replace(event, duration_ns=0) if isinstance(event, SampleEvent) else event
        for event in events_of(lab)
    ]
    with pytest.raises(RunnerError, match="took no time"):
        fold_events(events)
