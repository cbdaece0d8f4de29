"""The engine `litert`: which files it names and which command it makes."""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath

import pytest

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.engine import Engine
from ghostbench.core.errors import (
    CommandFailed,
    CommandTimedOut,
    DeviceError,
    RunnerError,
    RunnerGaveUp,
    UsageError,
)
from ghostbench.core.plan import InputSettings, RunSettings
from ghostbench.core.runner_events import End, Hello, Loaded, RunnerEvent
from ghostbench.device.host import HostDevice
from ghostbench.engine.litert import LiteRtEngine, Runtime, local_runtime, run_options
from ghostbench.engine.runner_binary import find_runner, sha256_of

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


class Shelf:
    """A device that only remembers what was put on it."""

    name = "shelf"

    def __init__(self, machine: str) -> None:
        self.machine = machine
        self.held: dict[str, bool] = {}  # file name to whether it may run

    def info(self) -> DeviceInfo:
        return DeviceInfo(
            name=self.name,
            kind="android",
            title="Shelf",
            machine=self.machine,
            os="none",
            kernel="none",
            cores=(),
        )

    def state(self) -> DeviceState:
        raise NotImplementedError

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        self.held[local.name] = executable
        return PurePosixPath("/shelf") / local.name

    def stream(
        self, argv: Sequence[str], *, timeout_s: float, environment: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        raise NotImplementedError


def option_of(argv: Sequence[str], name: str) -> str:
    return argv[list(argv).index(name) + 1]


def test_it_is_an_engine_that_names_its_files() -> None:
    engine: Engine = LiteRtEngine()
    info = engine.info()

    runtime = local_runtime()
    assert (info.name, info.version) == ("litert", "2.3.0")
    assert info.files == {
        "ghostbench-runner": find_runner(platform.machine()).sha256,
        "libLiteRt.so": sha256_of(runtime.library),
    }


def test_finding_the_library_does_not_load_its_package() -> None:
    code = (
        "import sys; from ghostbench.engine.litert import LiteRtEngine; LiteRtEngine().info();"
        "print('ai_edge_litert' in sys.modules, 'tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["False", "False"]


def test_it_brings_runner_and_library_and_only_the_runner_may_run() -> None:
    shelf = Shelf(platform.machine())
    LiteRtEngine().install(shelf)

    assert shelf.held == {"ghostbench-runner": True, "libLiteRt.so": False}


def test_the_command_names_the_files_on_the_device() -> None:
    command = LiteRtEngine().command(
        Shelf(platform.machine()), PurePosixPath("/shelf/m.tflite"), RunSettings()
    )

    assert command.argv[0] == "/shelf/ghostbench-runner"
    assert option_of(command.argv, "--library") == "/shelf/libLiteRt.so"
    assert option_of(command.argv, "--model") == "/shelf/m.tflite"
    assert command.environment == {"LD_PRELOAD": ""}


@pytest.mark.parametrize(
    "change",
    [
        {"threads": 4},
        {"kernel_mode": "builtin"},
        {"cpu": 3},
        {"warmup_min_runs": 7},
        {"warmup_min_ms": 9},
        {"warmup_max_ms": 11},
        {"warmup_tolerance": 0.1},
        {"min_runs": 13},
        {"min_ms": 17},
        {"max_ms": 19},
        {"delay_ms": 0.25},
        {"probe_ms": 23},
        {"inputs": InputSettings(distribution="normal")},
        {"inputs": InputSettings(low=-2.5)},
        {"inputs": InputSettings(high=2.5)},
        {"inputs": InputSettings(seed=29)},
    ],
    ids=str,
)
def test_every_setting_reaches_the_command(change: dict[str, object]) -> None:
    changed = run_options(replace(RunSettings(), **change))  # type: ignore[arg-type]  # one field each

    different = [a for a, b in zip(changed, run_options(RunSettings()), strict=True) if a != b]
    assert len(different) == 1


def test_no_setting_is_forgotten() -> None:
    # `timeout_s` is for whoever runs the command, `inputs` is taken apart, `files` are given as --input.
    names = {field.name for field in fields(RunSettings)} - {"timeout_s", "inputs"}
    names |= {field.name for field in fields(InputSettings)} - {"files"}

    stated = {
        word.removeprefix("--").replace("-", "_")
        for word in run_options(RunSettings())
        if word.startswith("--")
    }
    assert stated == names


def test_numbers_reach_the_runner_without_rounding() -> None:
    settings = RunSettings(inputs=InputSettings(low=-1 / 3, high=1e-300))
    options = run_options(settings)

    assert float(option_of(options, "--low")) == -1 / 3
    assert float(option_of(options, "--high")) == 1e-300


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_the_runner_cannot_take_is_refused(seed: int) -> None:
    with pytest.raises(UsageError, match="seed"):
        run_options(RunSettings(inputs=InputSettings(seed=seed)))


def test_input_files_are_brought_to_the_device() -> None:
    shelf = Shelf(platform.machine())
    settings = RunSettings(inputs=InputSettings(distribution="file", files=("a/one", "b/two")))
    argv = LiteRtEngine().command(shelf, PurePosixPath("/m"), settings).argv

    assert {"one", "two"} <= set(shelf.held)
    assert argv[-4:] == ("--input", "/shelf/one", "--input", "/shelf/two")


def test_a_machine_of_another_kind_is_refused() -> None:
    with pytest.raises(DeviceError, match="ghostbench bundle"):
        LiteRtEngine().install(Shelf("armv8"))


def test_a_bundle_starts_with_its_own_loader() -> None:
    files = {name: FIXTURES / name for name in ("runner", "libLiteRt.so", "ld.so", "libc.so.6")}
    bundle = Runtime(
        machine="aarch64",
        version="2.3.0",
        runner=files["runner"],
        library=files["libLiteRt.so"],
        loader=files["ld.so"],
        companions=(files["libc.so.6"],),
    )
    shelf = Shelf("aarch64")
    command = LiteRtEngine(bundle).command(shelf, PurePosixPath("/m"), RunSettings())

    assert command.argv[:4] == ("/shelf/ld.so", "--library-path", "/shelf", "/shelf/runner")
    assert shelf.held == {"runner": True, "libLiteRt.so": False, "ld.so": True, "libc.so.6": False}


def test_another_version_of_the_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghostbench.engine.litert.version", lambda name: "9.9.9")

    with pytest.raises(RunnerError, match=r"works with 2\.3\.0 alone"):
        LiteRtEngine().info()


def test_its_events_are_those_of_the_wire() -> None:
    lines = (FIXTURES / "runner_output.jsonl").read_text(encoding="utf-8").splitlines()

    assert isinstance(list(LiteRtEngine().events(lines))[-1], End)


def block_on_host(model: str, settings: RunSettings) -> Iterator[RunnerEvent]:
    device, engine = HostDevice(), LiteRtEngine()
    command = engine.command(device, device.install(FIXTURES / model), settings)
    lines = device.stream(
        command.argv, timeout_s=settings.timeout_s, environment=command.environment
    )
    return engine.events(lines)


def test_on_the_host_it_times_a_model_with_the_files_it_names() -> None:
    settings = RunSettings(min_ms=20, warmup_min_ms=0, probe_ms=1)
    events = list(block_on_host("tiny_conv.tflite", settings))

    (loaded,) = [event for event in events if isinstance(event, Loaded)]
    assert loaded.library_sha256 == LiteRtEngine().info().files["libLiteRt.so"]
    assert isinstance(events[-1], End)


def test_a_runner_that_is_killed_in_the_middle_is_a_failed_command() -> None:
    events = block_on_host("tiny_conv.tflite", RunSettings(min_ms=20_000))
    hello = next(events)
    assert isinstance(hello, Hello)
    os.kill(hello.pid, signal.SIGKILL)

    with pytest.raises(CommandFailed, match="signal 9"):
        list(events)


def test_a_runner_that_takes_too_long_is_ended() -> None:
    with pytest.raises(CommandTimedOut):
        list(block_on_host("tiny_conv.tflite", RunSettings(min_ms=20_000, timeout_s=0.5)))


def test_what_the_runner_cannot_do_is_told_in_its_own_words() -> None:
    with pytest.raises(RunnerGaveUp, match="core 999") as caught:
        list(block_on_host("tiny_conv.tflite", RunSettings(cpu=999)))
    assert caught.value.step == "pin"
