"""The engine benchmark_model: what it asks for, what it accepts, and how its figures reach the store."""

import random
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from time import sleep

import pytest

from ghostbench.bench.measure import fold_events
from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.engine import Engine
from ghostbench.core.errors import (
    CommandTimedOut,
    DeviceError,
    RunnerError,
    RunnerGaveUp,
    UsageError,
)
from ghostbench.core.plan import InputSettings, RunSettings
from ghostbench.core.record import Measurement
from ghostbench.device.host import HostDevice
from ghostbench.engine.benchmark_model import BenchmarkModelEngine
from ghostbench.engine.bm_frame import read_frame, seal
from ghostbench.engine.bm_program import read_program
from ghostbench.engine.runner_binary import sha256_of
from tests.fixtures.benchmark_model.corpus import Log, draw, log_of, stub_of

SETTINGS = RunSettings(
    min_runs=50, min_ms=1000, max_ms=150_000, warmup_min_runs=1, warmup_min_ms=500
)


class Shelf:
    """A phone that only remembers what was put on it."""

    name = "shelf"

    def __init__(self, machine: str = "aarch64", kind: str = "android") -> None:
        self.machine, self.kind = machine, kind

    def info(self) -> DeviceInfo:
        return DeviceInfo(
            name=self.name,
            kind=self.kind,
            title="Shelf",
            machine=self.machine,
            os="",
            kernel="",
            cores=(),
        )

    def state(self) -> DeviceState:
        raise NotImplementedError

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        return PurePosixPath("/shelf") / local.name

    def stream(
        self, argv: Sequence[str], *, timeout_s: float, environment: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        raise NotImplementedError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "it's a $(model); -x.tflite"
    path.write_bytes(b"weights")
    return path


def stub(folder: Path, *logs: Log) -> Path:
    path = folder / "benchmark_model"
    path.write_text(stub_of(*logs))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def a_log(generation: str = "litert-2.1", **changes: object) -> Log:
    return log_of(generation, draw(random.Random(1), **changes))


def lines_of(
    engine: BenchmarkModelEngine, model: Path, settings: RunSettings = SETTINGS
) -> list[str]:
    device = HostDevice()
    command = engine.command(device, device.install(model), settings)
    return list(device.stream(command.argv, timeout_s=60, environment=command.environment))


def measured(program: Path, model: Path, settings: RunSettings = SETTINGS) -> Measurement:
    engine = BenchmarkModelEngine(program)
    return fold_events(engine.events(lines_of(engine, model, settings)))


def option(argv: Sequence[str], name: str) -> str:
    return next(word for word in argv if word.startswith(f"--{name}=")).partition("=")[2]


@pytest.mark.parametrize("generation", ["tf-2.14", "litert-2.1", "compiled-2.1"])
def test_what_the_program_says_becomes_a_measurement_without_made_up_samples(
    tmp_path: Path, model: Path, generation: str
) -> None:
    log = a_log(generation)
    program = stub(tmp_path, log)

    found = measured(program, model)

    times = log.truth.timed_us
    assert found.summary is not None
    assert found.summary.count == len(times)
    assert (found.summary.min_ns, found.summary.max_ns) == (min(times) * 1000, max(times) * 1000)
    assert found.samples.phase == ("first",)
    assert found.samples.duration_ns == (log.truth.warmup_us[0] * 1000,)
    assert found.loaded.model_sha256 == sha256_of(model)
    assert found.loaded.library_sha256 == sha256_of(program)
    assert found.init.fully_accelerated
    assert found.init.threads_asked == 1
    if log.generation.quantiles:
        assert found.summary.typical_ns == sorted(times)[len(times) // 2] * 1000
    else:
        assert found.summary.typical_ns == pytest.approx(sum(times) / len(times) * 1000, rel=5e-6)


def test_it_is_an_engine_that_names_its_program(tmp_path: Path) -> None:
    program = stub(tmp_path, a_log())
    engine: Engine = BenchmarkModelEngine(program)
    info = engine.info()
    assert info.name == "benchmark_model"
    assert info.version.startswith("classic ")
    assert info.files["benchmark_model"] == sha256_of(program)


def test_one_thread_and_every_other_setting_is_said(tmp_path: Path) -> None:
    engine = BenchmarkModelEngine(stub(tmp_path, a_log()))
    argv = engine.command(Shelf(), PurePosixPath("/m"), replace(SETTINGS, delay_ms=20)).argv
    assert [option(argv, name) for name in ("num_threads", "num_runs", "min_secs", "max_secs")] == [
        "1",
        "50",
        "1",
        "150",
    ]
    assert [
        option(argv, name)
        for name in ("warmup_runs", "warmup_min_secs", "use_xnnpack", "run_delay")
    ] == [
        "1",
        "0.5",
        "true",
        "0.02",
    ]


def test_a_phone_is_pinned_by_taskset_with_a_bare_hex_mask_and_a_limit_of_its_own(
    tmp_path: Path,
) -> None:
    engine = BenchmarkModelEngine(stub(tmp_path, a_log()))
    argv = engine.command(Shelf(), PurePosixPath("/m"), replace(SETTINGS, cpu=7, timeout_s=30)).argv
    assert argv[:5] == ("sh", "/shelf/bm_run.sh", "taskset", "80", "31")


def test_this_machine_is_pinned_and_the_pinning_proved(tmp_path: Path, model: Path) -> None:
    program = stub(tmp_path, a_log())
    core = HostDevice().info().cores[0].index
    assert measured(program, model, replace(SETTINGS, cpu=core)).hello.cpus_allowed == (core,)


def test_a_core_that_is_not_there_is_refused(tmp_path: Path, model: Path) -> None:
    with pytest.raises(RunnerError, match="pinned"):
        measured(stub(tmp_path, a_log()), model, replace(SETTINGS, cpu=1000))


def test_a_status_other_than_0_counts_whatever_was_printed(tmp_path: Path, model: Path) -> None:
    log = replace(a_log(), status=3, stderr="ERROR: something broke\n")
    with pytest.raises(RunnerGaveUp, match="status 3: ERROR: something broke") as fault:
        measured(stub(tmp_path, log), model)
    assert fault.value.status == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unconsumed": ("--use_xnnpack=true",)}, "does not know --use_xnnpack=true"),
        ({"threads": 4}, "says 4 and not that it used 1"),
        ({"runs": 40}, "was asked for 50, and says 40"),
        ({"max_s": 20.0}, "was asked for 150, and says 20"),
        ({"timed_us": tuple(range(1000, 1030))}, "after 30 of 50"),
        ({"profile": "stdout"}, "timed operators"),
    ],
)
def test_an_answer_to_another_question_is_refused(
    tmp_path: Path, model: Path, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(RunnerError, match=reason):
        measured(stub(tmp_path, log_of("litert-2.1", draw(random.Random(1), **changes))), model)


def test_plain_kernels_that_were_delegated_all_the_same_are_refused(
    tmp_path: Path, model: Path
) -> None:
    with pytest.raises(RunnerError, match="plain kernels"):
        measured(stub(tmp_path, a_log()), model, replace(SETTINGS, kernel_mode="builtin"))


@pytest.mark.parametrize(
    ("settings", "flavour", "reason"),
    [
        (replace(SETTINGS, kernel_mode="reference"), "classic", "no reference kernels"),
        (replace(SETTINGS, kernel_mode="builtin"), "compiled", "no builtin kernels"),
        (replace(SETTINGS, inputs=InputSettings(seed=2)), "classic", "inputs its own way"),
    ],
)
def test_a_setting_that_the_program_cannot_follow_is_refused(
    tmp_path: Path, settings: RunSettings, flavour: str, reason: str
) -> None:
    generation = "compiled-2.1" if flavour == "compiled" else "litert-2.1"
    engine = BenchmarkModelEngine(stub(tmp_path, a_log(generation)))
    with pytest.raises(UsageError, match=reason):
        engine.command(Shelf(), PurePosixPath("/m"), settings)


def test_a_path_with_a_line_break_is_refused(tmp_path: Path) -> None:
    engine = BenchmarkModelEngine(stub(tmp_path, a_log()))
    with pytest.raises(UsageError, match="line break"):
        engine.command(Shelf(), PurePosixPath("/m\ncount=3"), SETTINGS)


def test_anything_that_changed_on_the_way_is_seen(tmp_path: Path, model: Path) -> None:
    lines = lines_of(BenchmarkModelEngine(stub(tmp_path, a_log())), model)
    whole = read_frame(lines)
    for number, line in enumerate(lines):
        with pytest.raises(RunnerError):
            read_frame([*lines[:number], line + "1", *lines[number + 1 :]])
        with pytest.raises(RunnerError):
            read_frame(lines[:number])
    assert read_frame([line + "\r" for line in lines]) == whole


def test_what_the_program_prints_is_told_by_stream(tmp_path: Path, model: Path) -> None:
    log = a_log("compiled-2.1")
    frame = read_frame(lines_of(BenchmarkModelEngine(stub(tmp_path, log)), model))
    assert (frame.stdout, frame.stderr) == (log.stdout, log.stderr)


def test_a_program_that_was_changed_on_the_device_is_refused(tmp_path: Path, model: Path) -> None:
    program = stub(tmp_path, a_log())
    engine = BenchmarkModelEngine(program)
    engine.install(HostDevice())
    program.write_text(program.read_text() + "# more\n")
    lines = lines_of(engine, model)
    with pytest.raises(RunnerError, match="another benchmark_model"):
        list(engine.events(lines))


def test_a_program_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, model: Path
) -> None:
    program = tmp_path / "benchmark_model"
    mark = tmp_path / "went-on"
    program.write_text(f"#!/bin/sh\n# Inference timings in us\nsleep 3; touch {mark}\n")
    program.chmod(0o755)
    device = HostDevice()
    command = BenchmarkModelEngine(program).command(device, device.install(model), SETTINGS)
    with pytest.raises(CommandTimedOut):
        list(device.stream(command.argv, timeout_s=0.5, environment=command.environment))
    sleep(3)
    assert not mark.exists()


def test_marks_inside_the_programs_own_output_are_refused() -> None:
    body = [
        "cpus Cpus_allowed_list:\t0",
        f"program {'0' * 64}",
        f"model {'1' * 64}",
        "@@ghostbench stdout",
    ]
    body += ["@@ghostbench stderr", "@@ghostbench stderr", "@@ghostbench status 0"]
    with pytest.raises(RunnerError, match="marks"):
        read_frame(seal(body))


def elf(machine: int, bits: int) -> bytes:
    head = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1, 1]) + bytes(9)
    return (
        head
        + (3).to_bytes(2, "little")
        + machine.to_bytes(2, "little")
        + bytes(60)
        + b"Inference timings in us"
    )


@pytest.mark.parametrize(
    ("machine", "bits", "named"), [(62, 64, "x86_64"), (183, 64, "aarch64"), (40, 32, "armv7l")]
)
def test_the_machine_of_a_program_is_read_from_its_head(
    tmp_path: Path, machine: int, bits: int, named: str
) -> None:
    path = tmp_path / "benchmark_model"
    path.write_bytes(elf(machine, bits))
    assert read_program(path).machine == named


def test_a_program_for_another_machine_is_refused_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_model"
    path.write_bytes(elf(62, 64))
    with pytest.raises(
        DeviceError, match="an aarch64 machine, benchmark_model is a program for x86_64"
    ):
        BenchmarkModelEngine(path).install(Shelf("aarch64"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no benchmark_model|no program"),
        (b"MZ" + bytes(80) + b"Inference timings in us", "no ELF file"),
        (elf(243, 64), "not known"),
        (elf(62, 32), "not known"),
        (elf(62, 64).replace(b"Inference", b"Something"), "nothing of what that prints"),
        (b"\x7fELF\x02\x01", "no ELF file"),
    ],
)
def test_what_is_no_program_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(RunnerError, match=reason):
        read_program(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="cannot be read: No such file"):
        read_program(tmp_path / "missing")


def test_a_known_flavour_must_be_right(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="is the classic benchmark_model"):
        read_program(stub(tmp_path, a_log()), "compiled")
