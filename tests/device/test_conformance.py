"""What every device promises: host, simulated, a phone. A new kind joins by adding a parameter in conftest.py."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import pytest

from ghostbench.core.device import Device, DeviceInfo, DeviceState
from ghostbench.core.errors import CommandFailed, CommandTimedOut, DeviceError
from ghostbench.core.plan import RunSettings
from ghostbench.core.runner_events import End, Init, Loaded, SampleEvent
from ghostbench.device.host import HostDevice
from ghostbench.engine.runner_binary import sha256_of
from ghostbench.wiring import open_engine

TINY_MODEL = Path(__file__).parents[1] / "fixtures" / "tiny_conv.tflite"


def shell(script: str, *arguments: str) -> list[str]:
    return ["sh", "-c", script, "sh", *arguments]


def run(
    device: Device,
    argv: Sequence[str],
    timeout_s: float = 30,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    return list(device.stream(argv, timeout_s=timeout_s, environment=environment))


def is_alive(device: Device, pid: str) -> bool:
    """The process exists and is not just waiting to be buried."""
    state = f"/proc/{pid}/stat"
    lines = run(device, shell(f"cat {state} 2>/dev/null || true"))
    return bool(lines) and ") Z " not in lines[0]


def is_gone_soon(device: Device, pid: str) -> bool:
    for _ in range(50):
        if not is_alive(device, pid):
            return True
        time.sleep(0.1)
    return False


def closed_after_first_line(device: Device, argv: Sequence[str]) -> str:
    lines: Iterator[str] = device.stream(argv, timeout_s=30)
    first = next(lines)
    lines.close()  # type: ignore[attr-defined]  # a generator, as the protocol's docstring implies
    return first


def test_it_says_what_it_is(any_device: Device) -> None:
    info = any_device.info()

    assert isinstance(info, DeviceInfo)
    assert info.name == any_device.name
    assert info.cores
    assert info.machine
    assert len({core.index for core in info.cores}) == len(info.cores)


def test_what_it_is_does_not_change(any_device: Device) -> None:
    assert any_device.info() == any_device.info()


def test_it_says_how_it_is(any_device: Device) -> None:
    state = any_device.state()

    assert isinstance(state, DeviceState)
    assert state.taken_at.endswith(("+00:00", "Z"))


def test_it_yields_what_a_command_prints_line_by_line(device: Device) -> None:
    assert run(device, shell("echo one; echo; echo ' three '")) == ["one", "", " three "]


def test_it_yields_a_line_as_soon_as_it_is_printed(device: Device) -> None:
    begin = time.monotonic()
    lines = device.stream(shell("echo early; sleep 2; echo late"), timeout_s=30)

    assert next(lines) == "early"
    assert time.monotonic() - begin < 1.5
    assert list(lines) == ["late"]


def test_a_last_line_without_a_break_is_a_line(device: Device) -> None:
    assert run(device, shell("printf 'one\\ntwo'")) == ["one", "two"]


def test_a_command_may_print_nothing(device: Device) -> None:
    assert run(device, ["true"]) == []


def test_arguments_arrive_as_they_were_given(device: Device) -> None:
    odd = ["a b", "", "'", '"', "$HOME", "`id`", "\\", "*", "-n", "ü", "a;b", "&", "tab\there"]

    assert run(device, shell('for word in "$@"; do printf "<%s>\\n" "$word"; done', *odd)) == [
        f"<{word}>" for word in odd
    ]


def test_the_environment_is_added_to(device: Device) -> None:
    lines = run(
        device,
        shell('echo "$COLOUR"; test -n "$PATH" && echo kept'),
        environment={"COLOUR": "$r 'd"},
    )

    assert lines == ["$r 'd", "kept"]


def test_complaints_are_not_output(device: Device) -> None:
    assert run(device, shell("echo out; echo err >&2")) == ["out"]


def test_a_command_that_fails_raises_with_its_status_and_last_words(device: Device) -> None:
    lines = device.stream(shell("echo before; echo why >&2; exit 3"), timeout_s=30)

    assert next(lines) == "before"
    with pytest.raises(CommandFailed, match="why") as caught:
        next(lines)
    assert caught.value.status == 3


def test_a_command_that_is_killed_raises_with_the_signal(device: Device) -> None:
    with pytest.raises(CommandFailed) as caught:
        run(device, shell("kill -9 $$"))

    assert caught.value.status in (-signal.SIGKILL, 128 + signal.SIGKILL)


def test_a_command_that_is_not_there_raises(device: Device) -> None:
    with pytest.raises(CommandFailed):
        run(device, ["/no/such/program"])


def test_a_silent_command_is_ended_when_its_time_is_up(device: Device) -> None:
    begin = time.monotonic()
    with pytest.raises(CommandTimedOut, match=r"0\.5 s"):
        run(device, ["sleep", "30"], timeout_s=0.5)

    assert time.monotonic() - begin < 10


def test_a_talkative_command_is_ended_when_its_time_is_up(device: Device) -> None:
    begin = time.monotonic()
    with pytest.raises(CommandTimedOut):
        run(device, shell("while :; do echo more; sleep 0.1; done"), timeout_s=0.5)

    assert time.monotonic() - begin < 10


def test_a_command_that_closed_its_output_is_still_waited_for(device: Device) -> None:
    with pytest.raises(CommandFailed) as caught:
        run(device, shell("exec >&- 2>&-; sleep 0.3; exit 5"))

    assert caught.value.status == 5


def test_a_command_that_closed_its_output_is_ended_when_its_time_is_up(device: Device) -> None:
    with pytest.raises(CommandTimedOut):
        run(device, shell("exec >&- 2>&-; sleep 30"), timeout_s=0.5)


def test_closing_early_ends_the_command(device: Device) -> None:
    begin = time.monotonic()
    pid = closed_after_first_line(device, shell("echo $$; exec sleep 30"))

    assert is_gone_soon(device, pid)
    assert time.monotonic() - begin < 10


def test_closing_early_ends_the_children_of_the_command_too(device: Device) -> None:
    pid = closed_after_first_line(device, shell("sleep 30 & echo $!; wait"))

    assert is_gone_soon(device, pid)


def test_a_time_out_ends_the_children_of_the_command_too(device: Device) -> None:
    lines = device.stream(shell("sleep 30 & echo $!; wait"), timeout_s=0.5)
    pid = next(lines)
    with pytest.raises(CommandTimedOut):
        next(lines)

    assert is_gone_soon(device, pid)


def test_a_child_that_outlives_the_command_neither_delays_nor_stays() -> None:
    # Of a phone this cannot be had: its daemon tells of the end only when the last child has closed the output.
    device = HostDevice()
    begin = time.monotonic()
    (pid,) = run(device, shell("sleep 30 & echo $!"))

    assert time.monotonic() - begin < 10
    assert is_gone_soon(device, pid)


def test_much_output_arrives_whole_and_in_order(device: Device) -> None:
    lines = run(device, shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"))

    assert lines == [f"line {i}" for i in range(20_000)]


def test_a_line_longer_than_any_buffer_arrives_whole(device: Device) -> None:
    (line,) = run(device, shell("head -c 3000000 /dev/zero | tr '\\0' x; echo"))

    assert line == "x" * 3_000_000


def test_much_complaint_does_not_block_the_output(device: Device) -> None:
    script = "head -c 3000000 /dev/zero | tr '\\0' e >&2; echo done"

    assert run(device, shell(script)) == ["done"]


def test_bytes_that_are_not_text_do_not_stop_it(device: Device) -> None:
    (line, after) = run(device, shell("printf 'a\\377b\\n'; echo after"))

    assert (line[0], line[-1], after) == ("a", "b", "after")


def test_an_installed_file_can_be_read_there(device: Device, tmp_path: Path) -> None:
    file = tmp_path / "odd name'$x.txt"
    file.write_text("content\n")
    place = device.install(file)

    assert isinstance(place, PurePosixPath)
    assert place.is_absolute()
    assert run(device, ["cat", str(place)]) == ["content"]


def test_an_installed_program_can_be_run_there(device: Device, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o644)  # as it comes out of a wheel

    assert run(device, [str(device.install(program, executable=True))]) == ["ran"]


def test_installing_again_after_a_change_brings_the_new_content(
    device: Device, tmp_path: Path
) -> None:
    file = tmp_path / "program"
    for content in ("one", "two"):
        file.write_text(f"#!/bin/sh\necho {content}\n")
        file.chmod(0o644)
        assert run(device, [str(device.install(file, executable=True))]) == [content]


def test_a_file_that_is_not_there_cannot_be_installed(device: Device, tmp_path: Path) -> None:
    for wrong in (tmp_path / "absent", tmp_path):
        with pytest.raises(DeviceError, match="not a file"):
            device.install(wrong)


def test_two_commands_may_run_at_once(device: Device) -> None:
    one = device.stream(shell("echo 1; sleep 0.2; echo 2"), timeout_s=30)
    other = device.stream(shell("echo a; sleep 0.2; echo b"), timeout_s=30)

    assert [next(one), next(other), next(one), next(other)] == ["1", "a", "2", "b"]
    assert [*one, *other] == []


def test_it_times_a_model_with_one_thread_on_the_files_it_was_given(any_device: Device) -> None:
    engine = open_engine("litert", any_device)
    engine.install(any_device)
    settings = RunSettings(min_runs=3, min_ms=1, warmup_min_ms=1, warmup_max_ms=50)
    command = engine.command(any_device, any_device.install(TINY_MODEL), settings)
    lines = any_device.stream(command.argv, timeout_s=60, environment=command.environment)
    events = list(engine.events(lines))
    (loaded,) = [event for event in events if isinstance(event, Loaded)]
    (init,) = [event for event in events if isinstance(event, Init)]
    timed = [e for e in events if isinstance(e, SampleEvent) and e.phase == "timed"]

    assert loaded.model_sha256 == sha256_of(TINY_MODEL)
    assert loaded.library_sha256 in engine.info().files.values()
    assert init.threads_asked == 1
    assert len(timed) >= 3
    assert isinstance(events[-1], End)


def test_what_is_not_there_is_not_run(any_device: Device) -> None:
    with pytest.raises(CommandFailed):
        run(any_device, ["/no/such/ghostbench-runner", "--model", "/no/such.tflite"])
