"""Profiles and peaks of the real runner: what it says is read, and neither is ever taken for a timing."""

import json
import platform
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.plan import RunSettings
from ghostbench.engine.litert import run_options
from ghostbench.engine.profile_wire import read_peaks, read_profile
from ghostbench.engine.runner_binary import find_runner
from ghostbench.engine.runner_wire import read_events

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
RUNNER = find_runner(platform.machine()).path
QUICK = RunSettings(warmup_min_ms=0, warmup_max_ms=50, min_runs=5, min_ms=1, max_ms=5000)


def library() -> Path:
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "libLiteRt.so"


def run(*more: str, model: str = "tiny_conv.tflite", settings: RunSettings = QUICK) -> list[str]:
    files = ["--library", str(library()), "--model", str(FIXTURES / model)]
    command = [str(RUNNER), *files, *run_options(settings), *more]
    return lines_of(command)


def lines_of(command: list[str]) -> list[str]:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return result.stdout.splitlines()


@pytest.fixture(scope="module")
def profile() -> list[str]:
    return run("--profile", "7")


@pytest.fixture(scope="module")
def peaks() -> list[str]:
    return lines_of([str(RUNNER), "--cpu", "any", "--peak-ms", "2"])


def changed(lines: list[str], kind: str, change: Callable[[dict[str, Any]], object]) -> list[str]:
    place = next(i for i, line in enumerate(lines) if json.loads(line)["type"] == kind)
    plain = json.loads(lines[place])
    change(plain)
    return [*lines[:place], json.dumps(plain), *lines[place + 1 :]]


def test_every_kernel_has_a_duration_for_every_inference(profile: list[str]) -> None:
    told = read_profile(profile)

    assert told.end.repetitions == len(told.profiled) == 7
    assert [op.level for op in told.ops] == ["kernel"] * len(told.ops)
    assert told.ops[0].name.startswith("Convolution")
    assert {len(op.durations_us) for op in told.ops} == {7}


def test_operators_of_litert_itself_are_named_by_their_place_in_the_graph() -> None:
    told = read_profile(run("--profile", "5", model="tiny_two_inputs.tflite"))

    own = {op.place: op.name for op in told.ops if op.level == "operator"}
    assert own == {1: "SUM", 2: "CAST", 5: "MUL"}


def test_durations_of_operators_add_up_to_less_than_the_inference(profile: list[str]) -> None:
    told = read_profile(profile)

    for number, whole in enumerate(told.profiled):
        assert sum(op.durations_us[number] for op in told.ops) * 1000 <= whole.duration_ns


def test_the_results_are_those_of_a_timed_run(profile: list[str]) -> None:
    timed = [json.loads(line) for line in run() if '"output"' in line]

    (output,) = read_profile(profile).outputs
    assert output.fnv1a == timed[-1]["fnv1a"]


def test_the_time_limit_ends_a_profile_early() -> None:
    settings = RunSettings(warmup_min_ms=0, warmup_max_ms=5, min_ms=1, max_ms=50, delay_ms=10)
    told = read_profile(run("--profile", "10000", settings=settings))

    assert 1 <= told.end.repetitions < 100


def test_a_profile_is_refused_where_a_timing_is_read(profile: list[str]) -> None:
    with pytest.raises(RunnerError, match="line 2: unknown type 'profile'"):
        list(read_events(profile))


def test_peaks_are_refused_where_a_timing_is_read(peaks: list[str]) -> None:
    with pytest.raises(RunnerError, match="line 2: unknown type 'peak'"):
        list(read_events(peaks))


def test_a_timing_is_refused_where_a_profile_is_read() -> None:
    with pytest.raises(RunnerError, match="line 2"):
        read_profile(run())


def test_a_profile_that_stops_early_is_refused_wherever_it_stops(profile: list[str]) -> None:
    for length in range(len(profile)):
        with pytest.raises(RunnerError):
            read_profile(profile[:length])


def test_a_line_that_is_lost_is_noticed(profile: list[str]) -> None:
    for lost in range(len(profile)):
        if '"role":"input"' in profile[lost]:
            continue  # there are models without inputs
        with pytest.raises(RunnerError):
            read_profile([*profile[:lost], *profile[lost + 1 :]])


def test_a_line_that_stands_twice_is_refused(profile: list[str]) -> None:
    for twice in range(len(profile)):
        if json.loads(profile[twice])["type"] != "tensor":
            with pytest.raises(RunnerError):
                read_profile([*profile[: twice + 1], *profile[twice:]])


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("op", lambda op: op.update(level="graph")),
        ("op", lambda op: op["durations_us"].pop()),
        ("op", lambda op: op.update(colour="red")),
        ("op", lambda op: op.update(place=-1)),
        ("profiled", lambda one: one.pop("duration_ns")),
        ("profile_end", lambda end: end.update(ops=0)),
        ("hello", lambda hello: hello.update(wire=2)),
    ],
)
def test_what_the_format_does_not_allow_is_refused(
    profile: list[str], kind: str, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(RunnerError):
        read_profile(changed(profile, kind, change))


def test_a_failure_of_the_runner_is_its_own_error() -> None:
    with pytest.raises(RunnerGaveUp):
        read_profile(run("--profile", "5", model="tiny_broken.tflite"))


def test_peaks_are_arithmetic_and_reading_from_near_to_far(peaks: list[str]) -> None:
    told = read_peaks(peaks)

    assert [peak.what for peak in told] == ["multiply_add", *["read"] * 5]
    assert [peak.block_bytes for peak in told] == [0, 2**14, 2**17, 2**20, 2**23, 2**26]
    assert len({peak.kernel for peak in told}) == 1


def test_peaks_that_cannot_be_are_refused(peaks: list[str]) -> None:
    for change in (
        lambda peak: peak.update(work=0),
        lambda peak: peak.update(durations_ns=[]),
        lambda peak: peak.update(block_bytes=1),
    ):
        with pytest.raises(RunnerError):
            read_peaks(changed(peaks, "peak", change))
    with pytest.raises(RunnerError):
        read_peaks(peaks[:-1])
    with pytest.raises(RunnerError):
        read_peaks([*peaks[:2], *peaks[3:]])


@pytest.mark.parametrize(
    "more", [[], ["--cpu", "any", "--seed", "1"], ["--cpu", "any", "--input", "x"]]
)
def test_peaks_take_the_core_and_nothing_else(more: list[str]) -> None:
    command = [str(RUNNER), "--peak-ms", "2", *more]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert result.returncode == 2
    assert result.stdout == ""
