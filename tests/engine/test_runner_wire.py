"""The reader of the runner's output: reads what the runner writes, refuses everything else, naming the line."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.plan import RunSettings
from ghostbench.core.runner_events import EVENT_TYPES, Hello, RunnerEvent, SampleEvent
from ghostbench.engine.litert import run_options
from ghostbench.engine.runner_binary import RUNNER_NAME, find_runner
from ghostbench.engine.runner_wire import read_event, read_events, write_event

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
COMMITTED = FIXTURES / "runner_output.jsonl"
LINES = tuple(COMMITTED.read_text(encoding="utf-8").splitlines())
Plain = dict[str, Any]


def kind_of(line: str) -> str:
    return str(json.loads(line)["type"])


def place_of(kind: str, number: int = 0) -> int:
    return [i for i, line in enumerate(LINES) if kind_of(line) == kind][number]


def changed(place: int, change: Callable[[Plain], object]) -> list[str]:
    """The committed output with one event changed."""
    plain = json.loads(LINES[place])
    change(plain)
    return [*LINES[:place], json.dumps(plain), *LINES[place + 1 :]]


def read(lines: Iterable[str]) -> list[RunnerEvent]:
    return list(read_events(lines))


def refusal(lines: Iterable[str]) -> str:
    with pytest.raises(RunnerError) as caught:
        read(lines)
    return str(caught.value)


def run_here(folder: Path) -> list[str]:
    """What the real runner prints, started so that no path of this machine gets into it."""
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.origin is not None
    for name, target in (
        (RUNNER_NAME, find_runner(platform.machine()).path),
        ("libLiteRt.so", Path(spec.origin).parent / "libLiteRt.so"),
        ("two inputs.tflite", FIXTURES / "tiny_two_inputs.tflite"),
    ):
        (folder / name).symlink_to(target)
    settings = RunSettings(
        warmup_min_ms=2,
        warmup_max_ms=5,
        warmup_tolerance=0,
        min_runs=6,
        min_ms=1,
        delay_ms=1,
        probe_ms=1,
    )
    files = ["--library", "libLiteRt.so", "--model", "two inputs.tflite"]
    command = [f"./{RUNNER_NAME}", *files, *run_options(settings)]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return result.stdout.splitlines()


def test_the_committed_output_is_still_what_the_runner_writes(tmp_path: Path) -> None:
    """With GHOSTBENCH_WRITE_FIXTURES=1 set, writes the file anew."""
    fresh = run_here(tmp_path)
    if os.environ.get("GHOSTBENCH_WRITE_FIXTURES"):
        hello = read(fresh)[0]
        assert isinstance(hello, Hello)
        hello = replace(hello, kernel="6.1.0", pid=1234)
        COMMITTED.write_text("\n".join([write_event(hello), *fresh[1:], ""]), encoding="utf-8")
        pytest.skip("wrote the fixture anew; run again")

    def shapes(lines: Iterable[str]) -> dict[str, list[str]]:
        return {kind_of(line): list(json.loads(line)) for line in lines}

    assert shapes(fresh) == shapes(LINES)
    assert [kind_of(line) for line in fresh if '"sample"' not in line] == [
        kind_of(line) for line in LINES if '"sample"' not in line
    ]


def test_every_type_but_the_error_is_in_the_committed_output() -> None:
    assert {kind_of(line) for line in LINES} == set(EVENT_TYPES) - {"error"}


def test_what_the_runner_wrote_is_read_and_written_back_the_same() -> None:
    assert [write_event(event) for event in read(LINES)] == list(LINES)


def test_values_arrive_where_they_belong() -> None:
    hello = read(LINES)[0]
    plain = json.loads(LINES[0])

    assert isinstance(hello, Hello)
    assert hello.argv == tuple(plain["argv"])
    assert hello.clock_overhead_ns == plain["clock_overhead_ns"]


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_missing_field_is_refused_in_every_event(place: int) -> None:
    for name in json.loads(LINES[place]):
        plain = json.loads(LINES[place])
        del plain[name]
        said = refusal([*LINES[:place], json.dumps(plain), *LINES[place + 1 :]])
        assert f"line {place + 1}" in said


@pytest.mark.parametrize("place", range(len(LINES)))
def test_an_unknown_field_is_refused_in_every_event(place: int) -> None:
    said = refusal(changed(place, lambda plain: plain.update(colour="red")))

    assert f"line {place + 1}" in said
    assert "colour" in said


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_value_of_another_type_is_refused_in_every_field(place: int) -> None:
    for name, value in json.loads(LINES[place]).items():
        for other in ("1", 1, 1.5, True, [1.5], {"a": 1}, None):
            if type(other) is type(value) or (other is None and name == "fnv1a"):
                continue
            plain = json.dumps(json.loads(LINES[place]) | {name: other})
            said = refusal([*LINES[:place], plain, *LINES[place + 1 :]])
            assert f"line {place + 1}" in said, (name, other)


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_key_that_stands_twice_is_refused_in_every_event(place: int) -> None:
    for name, value in json.loads(LINES[place]).items():
        again = f',"{name}":{json.dumps(value)}}}'
        lines = [*LINES]
        lines[place] = lines[place][:-1] + again
        assert "stands twice" in refusal(lines)


@pytest.mark.parametrize("place", range(len(LINES)))
def test_a_line_that_is_cut_anywhere_is_refused(place: int) -> None:
    line = LINES[place]
    for length in range(len(line)):
        with pytest.raises(ValueError):  # noqa: PT011  # whatever it says, it is refused
            read_event(line[:length])


def test_output_that_stops_after_any_line_but_the_last_is_refused() -> None:
    for count in range(len(LINES)):
        assert "ended before it was done" in refusal(LINES[:count])


def test_a_line_lost_anywhere_is_noticed() -> None:
    # Save two: the number of inputs and the length of the warm-up are said nowhere else, so a lost last is not missed.
    last_input = place_of("tensor", 1)
    last_of_warmup = place_of("sample", sum('"warmup"' in line for line in LINES))
    for place in sorted({*range(len(LINES))} - {last_input, last_of_warmup}):
        refusal([*LINES[:place], *LINES[place + 1 :]])


def test_a_line_said_twice_anywhere_is_noticed() -> None:
    for place in range(len(LINES)):
        refusal([*LINES[: place + 1], *LINES[place:]])


def test_two_neighbours_in_the_wrong_order_are_noticed() -> None:
    for place in range(len(LINES) - 1):
        refusal([*LINES[:place], LINES[place + 1], LINES[place], *LINES[place + 2 :]])


def test_the_first_key_must_be_the_type() -> None:
    plain = json.loads(LINES[0])
    kind = plain.pop("type")

    assert "first key" in refusal([json.dumps(plain | {"type": kind}), *LINES[1:]])


@pytest.mark.parametrize("type_", ["hallo", "", None, 1, ["hello"]])
def test_an_unknown_type_is_refused(type_: object) -> None:
    assert "unknown type" in refusal(changed(0, lambda plain: plain.update(type=type_)))


def test_another_version_of_the_format_is_refused() -> None:
    said = refusal(changed(0, lambda plain: plain.update(wire=2)))

    assert "version 2" in said
    assert "version 1" in said


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1e3", "1.0", "-1", "01"]
)
def test_a_duration_that_is_no_whole_positive_number_is_refused(number: str) -> None:
    place = place_of("sample", 1)
    plain = json.loads(LINES[place])
    old = f'"duration_ns":{plain["duration_ns"]}'
    line = LINES[place].replace(old, f'"duration_ns":{number}')
    assert line != LINES[place]

    assert f"line {place + 1}" in refusal([*LINES[:place], line, *LINES[place + 1 :]])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("sample", "duration_ns", 2**63),
        ("sample", "phase", "last"),
        ("sample", "phase", "timed"),
        ("sample", "cpu_before", -2),
        ("tensor", "role", "weights"),
        ("tensor", "fnv1a", "0" * 15),
        ("tensor", "fnv1a", "G" * 16),
        ("tensor", "fnv1a", None),
        ("tensor", "shape", [-1, 2]),
        ("loaded", "model_sha256", "ab" * 31),
        ("loaded", "model_sha256", "AB" * 32),
        ("init", "kernel_mode", "fast"),
        ("init", "total_ns", 1),
        ("probe", "when", "between"),
        ("probe", "when", "after"),
        ("probe", "iterations", 1),
        ("probe", "durations_ns", []),
        ("output", "bytes", 3),
        ("output", "fnv1a", ""),
        ("end", "timed", 5),
        ("end", "threads_seen", -2),
    ],
)
def test_a_value_that_cannot_be_is_refused(kind: str, field: str, value: object) -> None:
    refusal(changed(place_of(kind), lambda plain: plain.update({field: value})))


def test_samples_that_overlap_are_refused() -> None:
    place = place_of("sample", 3)
    early = json.loads(LINES[place - 1])["started_ns"]

    assert "before the one before it ends" in refusal(
        changed(place, lambda plain: plain.update(started_ns=early))
    )


def test_unknown_counts_are_minus_one_where_that_is_allowed() -> None:
    lines = changed(len(LINES) - 1, lambda plain: plain.update(threads_seen=-1, peak_rss_bytes=-1))

    assert len(read(lines)) == len(LINES)


def test_an_error_names_the_step_and_the_reason() -> None:
    error = '{"type":"error","step":"compile","status":-3,"message":"no kernel for it"}'
    for count in range(len(LINES)):
        with pytest.raises(RunnerGaveUp, match="no kernel for it") as caught:
            read([*LINES[:count], error])
        assert (caught.value.step, caught.value.status) == ("compile", -3)


def test_nothing_may_come_after_the_end() -> None:
    error = '{"type":"error","step":"run","status":1,"message":"late"}'
    for late in (LINES[0], LINES[-1], error, "", "bye"):
        assert f"line {len(LINES) + 1}" in refusal([*LINES, late])


@pytest.mark.parametrize(
    "line", ["", " ", "[]", "1", '"hello"', "{}", "null", "\ufeff{}", "[" * 5000]
)
def test_a_line_that_is_no_event_is_refused_with_its_number(line: str) -> None:
    assert "line 2" in refusal([LINES[0], line, *LINES[1:]])


def test_a_long_bad_line_is_shown_shortened() -> None:
    assert len(refusal(["x" * 100_000])) < 500


def test_events_are_given_as_soon_as_their_line_is_there() -> None:
    def lines() -> Iterable[str]:
        yield LINES[0]
        raise AssertionError("the second line was asked for before the first was given")

    assert isinstance(next(read_events(lines())), Hello)


def test_a_failure_of_the_device_passes_through() -> None:
    def lines() -> Iterable[str]:
        yield from LINES[:5]
        raise TimeoutError("the cable")

    with pytest.raises(TimeoutError):
        read(lines())


@given(st.data())
def test_a_line_with_any_character_changed_reads_the_same_or_is_refused_or_differs_in_a_value(
    data: st.DataObject,
) -> None:
    place = data.draw(st.integers(0, len(LINES) - 1))
    line = LINES[place]
    at = data.draw(st.integers(0, len(line) - 1))
    what = data.draw(st.sampled_from(["replace", "delete", "insert"]))
    character = data.draw(st.characters(codec="utf-8"))
    before, after = line[:at], line[at + (what != "insert") :]
    mutated = before + ("" if what == "delete" else character) + after
    try:
        events = read([*LINES[:place], mutated, *LINES[place + 1 :]])
    except RunnerError:
        return  # refused, or the mutation spelt an error: both are RunnerError
    # Read: then nothing was lost or made up, and what was read says the very thing that the line says.
    spelt = json.loads(mutated)
    assert json.loads(write_event(events[place])) == spelt
    assert [*events[:place], *events[place + 1 :]] == [
        event for index, event in enumerate(read(LINES)) if index != place
    ]


@given(st.lists(st.text(max_size=60) | st.sampled_from(LINES), max_size=30))
def test_whatever_the_lines_are_only_a_runner_error_comes_of_them(lines: list[str]) -> None:
    try:
        read(lines)
    except RunnerError:
        return
    assert lines == list(LINES)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.integers(0, len(LINES) - 1), st.data())
def test_whatever_a_field_holds_only_a_runner_error_comes_of_it(
    place: int, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(json.loads(LINES[place]))))
    value = data.draw(json_values)
    lines = changed(place, lambda plain: plain.update({name: value}))
    try:
        events = read(lines)
    except RunnerError:
        return
    assert json.loads(write_event(events[place])) == json.loads(lines[place])


@given(
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(-1, 1023),
    st.sampled_from(["first", "timed"]),
)
def test_any_sample_survives_writing_and_reading(
    started: int, duration: int, cpu: int, phase: str
) -> None:
    sample = SampleEvent(
        phase=phase,
        index=0,
        started_ns=started,
        duration_ns=duration,
        cpu_time_ns=duration,
        cpu_before=cpu,
        cpu_after=cpu,
        preemptions=0,
    )

    assert read_event(write_event(sample)) == sample
