"""The prebuilt runner itself, run for real over small models: what it does when all is well, and when it is not."""

import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from ghostbench.core.errors import RunnerGaveUp
from ghostbench.core.plan import InputSettings, RunSettings
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
from ghostbench.engine.inputs import make_input
from ghostbench.engine.litert import run_options
from ghostbench.engine.runner_binary import find_runner
from ghostbench.engine.runner_wire import read_event, read_events

E = TypeVar("E")

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
RUNNER = find_runner(platform.machine()).path
QUICK = RunSettings(warmup_min_ms=0, warmup_max_ms=50, min_runs=5, min_ms=1, max_ms=500)

# In the whole-size runs of MobileNetV3-Small delegate, builtin and reference take 1.8, 5.8 and 44 ms.
KERNEL_MODES = ("delegate", "builtin", "reference")


def library() -> Path:
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "libLiteRt.so"


def argv(
    model: Path | str = "tiny_conv.tflite",
    settings: RunSettings = QUICK,
    *,
    lib: Path | str | None = None,
    more: Sequence[str] = (),
) -> list[str]:
    files = ["--library", str(lib or library()), "--model", str(FIXTURES / model)]
    inputs = [word for file in settings.inputs.files for word in ("--input", file)]
    return [str(RUNNER), *files, *run_options(settings), *inputs, *more]


def run(command: Sequence[str], **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options are passed through
        command, capture_output=True, text=True, check=False, timeout=60, **how
    )


def events_of(command: Sequence[str]) -> list[RunnerEvent]:
    result = run(command)
    assert result.returncode == 0, result.stdout[-500:] + result.stderr[-500:]
    return list(read_events(result.stdout.splitlines()))


def only(events: Sequence[RunnerEvent], kind: type[E]) -> E:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def samples(events: Sequence[RunnerEvent], phase: str) -> list[SampleEvent]:
    return [e for e in events if isinstance(e, SampleEvent) and e.phase == phase]


def failure_of(command: Sequence[str]) -> Failure:
    """Of a run that must give up: status 1, and the error is the last line and the only one of its kind."""
    result = run(command)
    assert result.returncode == 1, result.stdout[-500:]
    *before, last = [read_event(line) for line in result.stdout.splitlines()]
    assert isinstance(last, Failure)
    assert not any(isinstance(event, Failure) for event in before)
    with pytest.raises(RunnerGaveUp, match=re.escape(last.message)):
        list(read_events(result.stdout.splitlines()))
    return last


@pytest.mark.parametrize("name", ["conv", "int8", "dynamic", "two_inputs", "not_a_number"])
def test_a_model_is_timed_from_hello_to_end(name: str) -> None:
    events = events_of(argv(f"tiny_{name}.tflite"))

    assert isinstance(events[0], Hello)
    assert isinstance(events[-1], End)
    assert events[-1].timed >= QUICK.min_runs


def test_it_names_the_very_files_it_opened() -> None:
    loaded = only(events_of(argv()), Loaded)

    model = FIXTURES / "tiny_conv.tflite"
    assert loaded.library_sha256 == hashlib.sha256(library().read_bytes()).hexdigest()
    assert loaded.model_sha256 == hashlib.sha256(model.read_bytes()).hexdigest()
    assert (loaded.library_bytes, loaded.model_bytes) == (
        library().stat().st_size,
        model.stat().st_size,
    )


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 65536, 65537])
def test_its_hash_is_right_at_every_border_of_a_block(tmp_path: Path, size: int) -> None:
    # A model file with that much appended is still the same model, since a flatbuffer is read from its front.
    content = (FIXTURES / "tiny_conv.tflite").read_bytes()
    padded = content + bytes((-len(content)) % 64 + size)
    model = tmp_path / "padded.tflite"
    model.write_bytes(padded)

    assert only(events_of(argv(model)), Loaded).model_sha256 == hashlib.sha256(padded).hexdigest()


def test_one_thread_is_what_runs_when_one_is_asked_for() -> None:
    events = events_of(argv())

    assert only(events, Init).threads_seen == 1
    assert only(events, End).threads_seen == 1


def test_more_threads_are_seen_when_they_are_asked_for() -> None:
    init = only(events_of(argv(settings=replace(QUICK, threads=2))), Init)

    assert (init.threads_asked, init.threads_seen) == (2, 2)


def test_it_stays_on_the_core_it_was_pinned_to() -> None:
    core = max(os.sched_getaffinity(0))
    events = events_of(argv(settings=replace(QUICK, cpu=core)))

    assert only(events, Hello).cpus_allowed == (core,)
    assert {e.cpu_before for e in events if isinstance(e, SampleEvent)} == {core}
    assert {e.cpu_after for e in events if isinstance(e, SampleEvent)} == {core}


def test_without_pinning_it_may_use_what_it_was_given() -> None:
    assert set(only(events_of(argv()), Hello).cpus_allowed) == os.sched_getaffinity(0)


def test_a_core_that_is_not_there_is_refused() -> None:
    failure = failure_of(argv(settings=replace(QUICK, cpu=999)))

    assert failure.step == "pin"
    assert "999" in failure.message


def test_the_delegate_is_used_when_asked_and_only_then() -> None:
    init = {
        mode: only(events_of(argv(settings=replace(QUICK, kernel_mode=mode))), Init)
        for mode in KERNEL_MODES
    }

    assert {mode: one.fully_accelerated for mode, one in init.items()} == {
        "delegate": True,
        "builtin": False,
        "reference": False,
    }


def test_the_three_kernel_modes_agree_on_the_result(tmp_path: Path) -> None:
    results = []
    for mode in KERNEL_MODES:
        dump = tmp_path / mode
        events_of(argv(settings=replace(QUICK, kernel_mode=mode), more=["--dump", str(dump)]))
        results.append(np.fromfile(dump, np.float32))

    assert results[0].sum() == pytest.approx(1)
    np.testing.assert_allclose(results[1], results[0], rtol=1e-5)
    np.testing.assert_allclose(results[2], results[0], rtol=1e-5)


def test_the_outputs_are_those_of_the_interpreter_for_the_same_inputs(tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    inputs = InputSettings(distribution="normal", seed=7)
    dump = tmp_path / "dump"
    events_of(argv(settings=replace(QUICK, inputs=inputs), more=["--dump", str(dump)]))

    interpreter = Interpreter(str(FIXTURES / "tiny_conv.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(
        interpreter.get_input_details()[0]["index"], make_input(inputs, 0, "float32", (1, 8, 8, 3))
    )
    interpreter.invoke()
    expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(np.fromfile(dump, np.float32), expected.ravel())


def test_outputs_that_are_no_numbers_are_counted() -> None:
    count = {}
    for distribution in ("uniform", "zeros"):
        settings = replace(QUICK, inputs=InputSettings(distribution=distribution))
        output = only(events_of(argv("tiny_not_a_number.tflite", settings)), Output)
        count[distribution] = (output.nan, output.infinite)

    negative = make_input(InputSettings(), 0, "float32", (1, 16)) < 0
    assert count == {"uniform": (int(negative.sum()), 0), "zeros": (0, 16)}


def test_an_open_dimension_becomes_one_and_is_said() -> None:
    tensors = [e for e in events_of(argv("tiny_dynamic.tflite")) if isinstance(e, Tensor)]

    assert [(t.role, t.shape, t.dynamic) for t in tensors] == [
        ("input", (1, 8, 8, 3), True),
        ("output", (1, 10), True),
    ]


def test_warm_up_lasts_as_long_as_it_must() -> None:
    settings = replace(QUICK, warmup_min_ms=20, warmup_min_runs=30, warmup_max_ms=5000, delay_ms=1)
    events = events_of(argv(settings=settings))

    warmup, timed = samples(events, "warmup"), samples(events, "timed")
    assert len(warmup) >= 30
    assert timed[0].started_ns - warmup[0].started_ns >= 10e6


def test_warm_up_ends_at_its_limit_when_it_is_never_steady() -> None:
    settings = replace(QUICK, warmup_max_ms=200, warmup_tolerance=0.0, delay_ms=1)
    events = events_of(argv(settings=settings))

    assert not only(events, End).warmup_steady
    warmup = samples(events, "warmup")
    # The limit is looked at before the pause in front of an inference, so a stall in the last pause does not count.
    before_last = warmup[-2].started_ns + warmup[-2].duration_ns - warmup[0].started_ns
    assert 50e6 < before_last < 200e6


def steady_after(durations: Sequence[int], tolerance: float) -> int | None:
    """How many inferences the rule of WIRE.md needs; None when they are never steady."""
    fast = slow = 0.0
    alike = 0
    for count, duration in enumerate(durations, start=1):
        fast += max(1 / count, 0.2) * (duration - fast)
        slow += max(1 / count, 0.05) * (duration - slow)
        alike = alike + 1 if count > 5 and abs(fast - slow) <= tolerance * slow else 0
        if alike >= 3:
            return count
    return None


@pytest.mark.parametrize("tolerance", [0.001, 0.01, 0.04, 0.5])
def test_warm_up_ends_as_soon_as_the_rule_says_that_it_is_steady(tolerance: float) -> None:
    settings = replace(
        QUICK, warmup_min_runs=0, warmup_min_ms=0, warmup_max_ms=400, warmup_tolerance=tolerance
    )
    events = events_of(argv(settings=settings))

    durations = [sample.duration_ns for sample in samples(events, "warmup")]
    expected = steady_after(durations, tolerance)
    assert only(events, End).warmup_steady == (expected is not None)
    assert expected in (None, len(durations))


def test_the_timed_part_goes_on_until_runs_and_time_are_both_reached() -> None:
    for_runs = events_of(argv(settings=replace(QUICK, min_runs=77, delay_ms=1)))
    for_time = events_of(argv(settings=replace(QUICK, min_runs=1, min_ms=30)))

    assert len(samples(for_runs, "timed")) == 77
    timed = samples(for_time, "timed")
    # Half of it, since on a busy machine time passes between the clock readings too.
    assert timed[-1].started_ns - timed[0].started_ns >= 15e6


def test_the_timed_part_ends_at_its_limit_but_not_before_one_run() -> None:
    slow = replace(
        QUICK, min_runs=100, max_ms=400, delay_ms=50.5, warmup_max_ms=0, warmup_min_runs=0
    )
    slower = replace(slow, max_ms=30)

    assert 1 < len(samples(events_of(argv(settings=slow)), "timed")) <= 8
    assert len(samples(events_of(argv(settings=slower)), "timed")) == 1


def test_a_pause_lies_between_inferences_and_outside_of_their_time() -> None:
    timed = samples(events_of(argv(settings=replace(QUICK, delay_ms=5))), "timed")

    for before, after in pairwise(timed):
        assert after.started_ns - before.started_ns - before.duration_ns >= 5e6
    assert min(sample.duration_ns for sample in timed) < 5e6


def test_the_probe_is_the_same_work_at_both_ends_whatever_the_speed() -> None:
    probes = [
        event
        for event in events_of(argv(settings=replace(QUICK, probe_ms=4)))
        if isinstance(event, Probe)
    ]

    assert [(probe.when, probe.iterations) for probe in probes] == [
        ("before", 200_000),
        ("after", 200_000),
    ]
    # Four cycles a step: no core runs at 20 GHz, none that anybody measures on at 100 MHz.
    for probe in probes:
        assert 0.2 < min(probe.durations_ns) / probe.iterations < 40


def test_around_an_inference_it_spends_little_time() -> None:
    events = events_of(argv(settings=replace(QUICK, min_runs=5000, max_ms=5000)))
    timed = samples(events, "timed")
    gaps = sorted(
        after.started_ns - before.started_ns - before.duration_ns
        for before, after in pairwise(timed)
    )

    # A tenth of all, so that a busy machine does not fail the test; the benchmark runner_overhead.py tells the median.
    assert gaps[len(gaps) // 10] < 5000
    assert only(events, Hello).clock_overhead_ns < 1000


def test_inputs_can_come_from_files(tmp_path: Path) -> None:
    offset, image = tmp_path / "offset", tmp_path / "image"
    offset.write_bytes(np.array([[3, 4]], np.int32).tobytes())
    image.write_bytes(np.array([[0.5, 1, 1, 1]], np.float32).tobytes())
    dump = tmp_path / "dump"
    settings = replace(
        QUICK, inputs=InputSettings(distribution="file", files=(str(offset), str(image)))
    )
    events_of(argv("tiny_two_inputs.tflite", settings, more=["--dump", str(dump)]))

    content = dump.read_bytes()
    assert np.frombuffer(content[:4], np.float32) == [10.5]
    assert list(np.frombuffer(content[4:], np.int32)) == [6, 8]


@pytest.mark.parametrize("size", [767, 769])
def test_an_input_file_of_the_wrong_size_is_refused(tmp_path: Path, size: int) -> None:
    file = tmp_path / "image"
    file.write_bytes(bytes(size))
    settings = replace(QUICK, inputs=InputSettings(distribution="file", files=(str(file),)))

    failure = failure_of(argv(settings=settings))
    assert failure.step == "input"
    assert "exactly 768 bytes" in failure.message


def test_too_few_input_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    file.write_bytes(bytes(8))
    settings = replace(QUICK, inputs=InputSettings(distribution="file", files=(str(file),)))

    assert failure_of(argv("tiny_two_inputs.tflite", settings)).step == "input"


@pytest.mark.parametrize(
    ("model", "step", "said"),
    [
        ("tiny_broken.tflite", "model", "whole .tflite file"),
        ("make_tiny_models.py", "model", "whole .tflite file"),
        ("no_such_file.tflite", "model", "No such file"),
        (".", "model", "not a file"),
        ("tiny_no_outputs.tflite", "tensors", "no outputs"),
    ],
)
def test_a_model_that_cannot_be_timed_is_refused_with_the_reason(
    model: str, step: str, said: str
) -> None:
    failure = failure_of(argv(model))

    assert failure.step == step
    assert said in failure.message


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read any file")
def test_a_model_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "secret.tflite"
    shutil.copy(FIXTURES / "tiny_conv.tflite", model)
    model.chmod(0)

    assert "Permission denied" in failure_of(argv(model)).message


def test_a_model_cut_anywhere_never_ends_well(tmp_path: Path) -> None:
    # A wrong file may end LiteRT itself by a signal, which every device reports. What must not be is status 0.
    content = (FIXTURES / "tiny_conv.tflite").read_bytes()
    model = tmp_path / "cut.tflite"
    for size in range(0, len(content), 311):
        model.write_bytes(content[:size])
        result = run(argv(model))
        assert result.returncode != 0
        assert '"type":"end"' not in result.stdout


def test_a_library_that_is_none_is_refused(tmp_path: Path) -> None:
    absent = failure_of(argv(lib="/no/such/libLiteRt.so"))
    text = tmp_path / "libLiteRt.so"
    text.write_text("not a library")
    other = failure_of(argv(lib=text))
    foreign = failure_of(argv(lib=_c_library()))

    assert (absent.step, other.step, foreign.step) == ("library",) * 3
    assert "No such file" in absent.message
    assert "LiteRtCreateEnvironment" in foreign.message


def _c_library() -> str:
    maps = Path("/proc/self/maps").read_text()
    found = re.search(r"(/\S+/libc\.so\.6|/\S+/libc-[\d.]+\.so)$", maps, flags=re.MULTILINE)
    if not found:
        pytest.skip("no C library of a known name")
    return found[1]


@pytest.mark.parametrize(
    "name",
    ["a space", "quote\"'", "back\\slash", "tab\tline\n", "ünï-码", "$(id)", "--model", "\x7f\x01"],
)
def test_any_file_name_is_written_as_json(tmp_path: Path, name: str) -> None:
    model = tmp_path / f"{name}.tflite"
    shutil.copy(FIXTURES / "tiny_conv.tflite", model)

    events = events_of(argv(model))
    assert only(events, Loaded).model == str(model)
    assert str(model) in only(events, Hello).argv


@pytest.mark.parametrize(
    "raw",
    [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98", b"\x80"],
    ids=bytes.hex,
)
def test_a_file_name_that_is_not_utf8_becomes_replacement_characters(
    tmp_path: Path, raw: bytes
) -> None:
    model = os.fsencode(tmp_path) + b"/" + raw + b"x.tflite"
    shutil.copy(os.fsencode(FIXTURES / "tiny_conv.tflite"), model)
    command = [os.fsencode(word) for word in argv("MODEL")]
    command[command.index(os.fsencode(FIXTURES / "MODEL"))] = model
    result = subprocess.run(command, capture_output=True, check=True, timeout=60)

    lines = result.stdout.decode("utf-8", errors="strict").splitlines()
    loaded = only(list(read_events(lines)), Loaded)
    assert loaded.model.endswith("\N{REPLACEMENT CHARACTER}x.tflite")
    assert loaded.model_bytes == (FIXTURES / "tiny_conv.tflite").stat().st_size


def test_well_formed_utf8_of_every_length_is_kept(tmp_path: Path) -> None:
    name = "é߿ࠀ퟿�😀"
    model = tmp_path / f"{name}.tflite"
    shutil.copy(FIXTURES / "tiny_conv.tflite", model)

    assert only(events_of(argv(model)), Loaded).model == str(model)


def _wrong_command_lines() -> Iterator[list[str]]:
    good = argv()
    yield [good[0]]
    yield good[:-1]
    yield [*good, "--threads", "1"]
    yield [*good, "--no-such-option", "1"]
    yield [*good, "stray"]
    yield [*good, "--input"]
    yield [*good, "--input", "x"]
    for name, value in (
        ("--threads", "0"),
        ("--threads", "one"),
        ("--threads", ""),
        ("--threads", "1.5"),
        ("--threads", "99999999999999999999"),
        ("--cpu", "-2"),
        ("--cpu", "big"),
        ("--kernel-mode", "fast"),
        ("--distribution", "file"),
        ("--distribution", "gamma"),
        ("--low", "nan"),
        ("--low", "2"),
        ("--high", "inf"),
        ("--seed", "-1"),
        ("--min-runs", "0"),
        ("--warmup-tolerance", "-1"),
        ("--probe-ms", "1e9"),
    ):
        command = list(good)
        command[command.index(name) + 1] = value
        yield command
    for name in ("--library", "--model", "--cpu", "--seed", "--max-ms"):
        at = good.index(name)
        yield good[:at] + good[at + 2 :]


@pytest.mark.parametrize(
    "command", list(_wrong_command_lines()), ids=lambda c: " ".join(c[-2:])[-40:]
)
def test_a_wrong_command_line_is_refused_with_the_usage(command: list[str]) -> None:
    result = run(command)

    assert result.returncode == 2
    assert result.stdout == ""
    assert "usage: ghostbench-runner" in result.stderr


def test_help_and_version_are_told() -> None:
    assert "--warmup-tolerance" in run([str(RUNNER), "--help"]).stdout
    assert "wire format 1" in run([str(RUNNER), "--version"]).stdout


def test_what_the_library_prints_does_not_get_between_the_events() -> None:
    result = run(argv())

    assert "XNNPACK" in result.stderr
    assert all(line.startswith('{"type":"') for line in result.stdout.splitlines())


def test_nothing_is_written_while_inferences_run() -> None:
    settings = replace(QUICK, min_runs=1, min_ms=1000, max_ms=5000, delay_ms=5)
    with subprocess.Popen(
        argv(settings=settings), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        arrivals = [(time.monotonic(), line) for line in process.stdout]

    at = {kind: when for when, line in arrivals for kind in [line.split(b'"')[3]]}
    first_sample = next(when for when, line in arrivals if line.startswith(b'{"type":"sample"'))
    assert first_sample - at[b"init"] > 0.9
    assert at[b"end"] - first_sample < 0.6


def test_a_killed_run_has_no_end() -> None:
    settings = replace(QUICK, min_ms=20_000, max_ms=20_000)
    with subprocess.Popen(
        argv(settings=settings), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        lines = [next(process.stdout)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout
    assert process.returncode == -signal.SIGKILL
    assert not any('"end"' in line for line in lines)


def test_a_closed_output_ends_the_run_with_a_word() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            argv(), stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )

    assert result.returncode == 1
    assert "cannot write the output" in result.stderr


def test_a_dump_that_cannot_be_written_is_told() -> None:
    assert failure_of(argv(more=["--dump", "/no/such/folder/dump"])).step == "dump"
