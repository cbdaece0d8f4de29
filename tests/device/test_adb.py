import shlex
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostbench.core.errors import (
    CommandFailed,
    CommandTimedOut,
    DeviceError,
    TransientError,
    UsageError,
)
from ghostbench.device.adb import AdbPhone, quote_command
from ghostbench.device.adb_address import server_address
from ghostbench.device.adb_link import LinkLost, PhoneSilent
from ghostbench.device.adb_server import list_connected
from tests.device.fake_adb import Caller, FakeAdbServer

pytest.importorskip("adbutils")

HOSTILE = [
    "a b", "'", '"', "$(touch /tmp/pwned)", "`id`", ";", "&&", "|", "*", "~", "-rf", "--", "new\nline", "\r", "\\",
    "ümläut 模型", "!", "#x", "", "\x1b[31m", "${HOME}", "a=b",
]  # fmt: skip


def words_after_the_shell(argv: list[str]) -> list[bytes]:
    ran = subprocess.run(["sh", "-c", quote_command(argv)], capture_output=True, timeout=20)
    return ran.stdout.split(b"\0")[:-1]


def test_hostile_words_reach_a_program_as_they_are() -> None:
    script = 'for w in "$@"; do printf "%s\\0" "$w"; done'
    argv = ["sh", "-c", script, "sh", *HOSTILE]
    assert words_after_the_shell(argv) == [word.encode() for word in HOSTILE]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_any_words_reach_a_program_as_they_are(words: list[str]) -> None:
    script = 'for w in "$@"; do printf "%s\\0" "$w"; done'
    argv = ["sh", "-c", script, "sh", *words]
    assert words_after_the_shell(argv) == [word.encode() for word in words]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_of_the_environment_reach_a_program_as_they_are(value: str) -> None:
    command = quote_command(["printenv", "LD_LIBRARY_PATH"], {"LD_LIBRARY_PATH": value})
    ran = subprocess.run(["sh", "-c", command], capture_output=True, timeout=20)
    assert ran.stdout == value.encode() + b"\n"


@pytest.mark.parametrize("name", ["A B", "A;x", "1A", "", "A=B", "$(x)"])
def test_a_hostile_name_of_a_variable_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="environment variable"):
        quote_command(["true"], {name: "x"})


@pytest.mark.parametrize("argv", [[], [""], ["echo", "a\0b"]])
def test_what_no_shell_could_run_is_refused(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        quote_command(argv)


@pytest.mark.parametrize("serial", ["", "a\nb", "a\tb", "a\0b"])
def test_a_serial_that_cannot_be_is_refused(serial: str, server: FakeAdbServer) -> None:
    with pytest.raises(UsageError, match="serial"):
        AdbPhone(serial, server.address)


@pytest.fixture
def server() -> Iterator[FakeAdbServer]:
    fake = FakeAdbServer()
    yield fake
    fake.close()


@pytest.fixture
def phone(server: FakeAdbServer) -> AdbPhone:
    return AdbPhone("PHONE", server.address)


def test_a_test_that_asks_for_no_adb_server_of_its_own_meets_none_and_starts_none() -> None:
    with pytest.raises(DeviceError, match=r"could not be started \(status 1\)"):
        list_connected(server_address())


def test_a_serial_with_odd_characters_reaches_the_server_as_it_is(server: FakeAdbServer) -> None:
    serial = "-s a b;$(x)'\"é:5555"
    AdbPhone(serial, server.address).run(["true"], step="trying")
    assert server.requests[0] == f"host:transport:{serial}"


def test_stdout_stderr_and_status_stay_apart(server: FakeAdbServer, phone: AdbPhone) -> None:
    def shell(command: str, caller: Caller) -> None:
        caller.packet(1, b"out")
        caller.packet(2, b"err\n")
        caller.packet(1, b"put\n")
        caller.packet(3, bytes([7]))

    server.shell = shell
    result = phone.run(["x"], step="trying")
    assert (result.stdout, result.stderr, result.status) == ("output\n", "err\n", 7)


def test_a_checked_command_tells_what_the_phone_said(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    def shell(command: str, caller: Caller) -> None:
        caller.packet(2, b"mkdir: '/x': Read-only file system\n")
        caller.packet(3, bytes([1]))

    server.shell = shell
    with pytest.raises(CommandFailed, match=r"PHONE: mkdir ended with status 1: .*Read-only"):
        phone.check(["mkdir", "/x"], step="trying")


def test_packets_cut_anywhere_are_put_together(server: FakeAdbServer, phone: AdbPhone) -> None:
    stream = b"".join(
        struct.pack("<BI", kind, len(payload)) + payload
        for kind, payload in [(1, b"one\ntw"), (1, b"o\r\nthr"), (1, b"ee"), (3, b"\0")]
    )

    def shell(command: str, caller: Caller) -> None:
        for index in range(len(stream)):
            caller.send(stream[index : index + 1])

    server.shell = shell
    assert list(phone.stream(["x"], timeout_s=10)) == ["one", "two", "three"]


def test_bytes_that_are_no_utf8_are_shown_and_not_fatal(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    def shell(command: str, caller: Caller) -> None:
        caller.packet(1, b"a\xff\xfeb\n")
        caller.packet(3, b"\0")

    server.shell = shell
    assert list(phone.stream(["x"], timeout_s=10)) == ["a\ufffd\ufffdb"]


def test_output_without_an_exit_status_is_a_lost_phone(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    server.shell = lambda command, caller: caller.packet(1, b"half a li")
    with pytest.raises(LinkLost, match=r"PHONE: the connection was lost while"):
        list(phone.stream(["runner"], timeout_s=10))


def test_a_failing_command_tells_status_and_last_words(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    def shell(command: str, caller: Caller) -> None:
        caller.packet(2, b"ghostbench-pid 42\nfirst\nno such model\n")
        caller.packet(3, bytes([3]))

    server.shell = shell
    with pytest.raises(CommandFailed) as caught:
        list(phone.stream(["/x/runner"], timeout_s=10))
    assert str(caught.value) == "PHONE: runner ended with status 3: no such model"
    assert "ghostbench-pid" not in caught.value.stderr


def test_a_command_ended_by_a_signal_is_told_as_such(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    server.shell = lambda command, caller: caller.packet(3, bytes([137]))
    with pytest.raises(CommandFailed, match="was ended by signal 9") as caught:
        list(phone.stream(["runner"], timeout_s=10))
    assert caught.value.status == -9


def test_a_command_that_does_not_end_is_ended_on_the_phone(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    def shell(command: str, caller: Caller) -> None:
        if "kill" in command:
            caller.packet(3, b"\0")
            return
        caller.packet(2, b"ghostbench-pid 4711\n")
        caller.wait_until_hung_up()

    server.shell = shell
    with pytest.raises(CommandTimedOut, match=r"did not end within 0.3 s"):
        list(phone.stream(["runner"], timeout_s=0.3))
    assert any(" 4711 runner" in request for request in server.requests)


def test_a_command_is_known_by_when_it_was_started_whatever_it_has_become(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    def shell(command: str, caller: Caller) -> None:
        if "kill" in command:
            caller.packet(3, b"\0")
            return
        caller.packet(2, b"ghostbench-pid 4711 987654\n")
        caller.packet(1, b"first\n")
        caller.wait_until_hung_up()

    server.shell = shell
    lines = phone.stream(["taskset", "80", "runner"], timeout_s=20)
    assert next(lines) == "first"
    lines.close()  # type: ignore[attr-defined]  # a generator, typed as the protocol's Iterator
    (ending,) = (request for request in server.requests if "kill" in request)
    assert ending.endswith(" 4711 987654")
    assert "taskset" not in ending


def test_a_stream_closed_early_ends_the_command(server: FakeAdbServer, phone: AdbPhone) -> None:
    def shell(command: str, caller: Caller) -> None:
        if "kill" in command:
            caller.packet(3, b"\0")
            return
        caller.packet(2, b"ghostbench-pid 4711\n")
        caller.packet(1, b"first\n")
        caller.wait_until_hung_up()

    server.shell = shell
    lines = phone.stream(["runner"], timeout_s=20)
    assert next(lines) == "first"
    lines.close()  # type: ignore[attr-defined]  # a generator, typed as the protocol's Iterator
    assert any(" 4711 runner" in request for request in server.requests)


def test_a_phone_that_does_not_even_start_a_command_is_silent_and_nothing_is_called_ended(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    server.shell = lambda command, caller: caller.wait_until_hung_up()
    with pytest.raises(PhoneSilent, match=r"no answer within 0.3 s while measuring \(runner\)"):
        list(phone.stream(["/x/runner"], timeout_s=0.3))


def flaky(server: FakeAdbServer, *, fails: int) -> list[str]:
    """The phone answers after so many lost connections; gives the commands it was asked."""
    asked: list[str] = []

    def shell(command: str, caller: Caller) -> None:
        asked.append(command)
        if len(asked) > fails:
            caller.packet(1, b"well\n")
            caller.packet(3, b"\0")

    server.shell = shell
    server.answers = {"host:devices": "PHONE\tdevice\n", "host:devices-l": ""}
    return asked


def test_a_command_whose_connection_is_lost_is_run_again_and_that_is_counted(
    server: FakeAdbServer,
) -> None:
    asked, slept = flaky(server, fails=2), list[float]()
    phone = AdbPhone("PHONE", server.address, hurry=10, sleep=slept.append)
    assert phone.run(["true"], step="trying").stdout == "well\n"
    assert len(asked) == 3
    assert slept == [0.05, 0.15]
    assert phone.failed_calls == 2


def test_a_phone_that_stays_lost_is_told_in_the_end(server: FakeAdbServer) -> None:
    asked, slept = flaky(server, fails=99), list[float]()
    phone = AdbPhone("PHONE", server.address, sleep=slept.append)
    with pytest.raises(LinkLost, match="PHONE: the connection was lost while trying"):
        phone.run(["true"], step="trying")
    assert len(asked) == 4
    assert len(slept) == 3


def test_what_must_not_be_done_twice_is_done_once(server: FakeAdbServer, phone: AdbPhone) -> None:
    asked = flaky(server, fails=1)
    with pytest.raises(LinkLost):
        phone.check(["mv", "a", "b"], step="trying", once=True)
    assert len(asked) == 1


def test_a_phone_that_is_in_a_hurry_is_given_less_time(server: FakeAdbServer) -> None:
    server.shell = lambda command, caller: caller.wait_until_hung_up()
    with pytest.raises(PhoneSilent, match=r"no answer within 0.2 s"):
        AdbPhone("PHONE", server.address, hurry=100).run(["true"], step="trying", timeout_s=20)


def test_an_endless_talker_is_ended_in_time_too(server: FakeAdbServer, phone: AdbPhone) -> None:
    def shell(command: str, caller: Caller) -> None:
        if "kill" in command:
            caller.packet(3, b"\0")
            return
        caller.packet(2, b"ghostbench-pid 4711\n")
        while True:
            caller.packet(1, b"tick\n")
            time.sleep(0.01)

    server.shell = shell
    with pytest.raises(CommandTimedOut):
        list(phone.stream(["yes"], timeout_s=0.5))


def test_a_phone_that_hangs_is_told_after_the_time_allowed(
    server: FakeAdbServer, phone: AdbPhone
) -> None:
    server.shell = lambda command, caller: caller.wait_until_hung_up()
    started = time.monotonic()
    with pytest.raises(PhoneSilent, match=r"PHONE: no answer within 0.3 s while reading its state"):
        phone.run(["true"], step="reading its state", timeout_s=0.3)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("said", "told", "again"),
    [
        ("device unauthorized.\nThis adb server's ...", "allow USB debugging on its screen", False),
        ("device still authorizing", "allow USB debugging on its screen", False),
        ("device offline", "plug it in again", True),
        ("device 'PHONE' not found", "no such phone is connected", True),
        ("something new", "adb refused while trying: something new", False),
        ("", "no reason given", False),
    ],
)
def test_a_refusal_says_what_to_do(
    server: FakeAdbServer, phone: AdbPhone, said: str, told: str, again: bool
) -> None:
    server.refusals["host:transport:PHONE"] = said
    with pytest.raises(DeviceError, match=told) as caught:
        phone.run(["true"], step="trying", once=True)
    assert isinstance(caught.value, TransientError) == again


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"\x16\x03\x01\x02"])
def test_something_else_on_the_port_is_told(
    server: FakeAdbServer, phone: AdbPhone, greeting: bytes
) -> None:
    server.greeting = greeting
    with pytest.raises(DeviceError, match="is no adb server"):
        phone.run(["true"], step="trying")


def test_a_command_too_long_for_adb_is_refused_here(phone: AdbPhone) -> None:
    with pytest.raises(DeviceError, match="too long"):
        phone.run(["echo", "x" * 70_000], step="trying")


def read_pushed(caller: Caller) -> tuple[str, bytes]:
    assert caller.read(4) == b"SEND"
    path = caller.read(struct.unpack("<I", caller.read(4))[0]).decode()
    content = b""
    while (kind := caller.read(4)) == b"DATA":
        content += caller.read(struct.unpack("<I", caller.read(4))[0])
    assert kind == b"DONE"
    caller.read(4)
    return path, content


def test_a_file_is_pushed_whole_with_its_mode(
    server: FakeAdbServer, phone: AdbPhone, tmp_path: Path
) -> None:
    got = []

    def sync(caller: Caller) -> None:
        got.append(read_pushed(caller))
        caller.send(b"OKAY" + struct.pack("<I", 0))

    server.sync = sync
    local = tmp_path / "model; $(x).tflite"
    local.write_bytes(b"x" * 200_000)
    phone.push(local, PurePosixPath("/d/a,b c"), executable=True)
    assert got == [(f"/d/a,b c,{0o100755}", b"x" * 200_000)]


def test_a_refused_push_tells_the_phones_reason(
    server: FakeAdbServer, phone: AdbPhone, tmp_path: Path
) -> None:
    def sync(caller: Caller) -> None:
        read_pushed(caller)
        reason = b"couldn't write: No space left on device"
        caller.send(b"FAIL" + struct.pack("<I", len(reason)) + reason)

    server.sync = sync
    local = tmp_path / "m"
    local.write_bytes(b"x")
    with pytest.raises(DeviceError, match=r"pushing 'm' failed: .*No space left on device"):
        phone.push(local, PurePosixPath("/d/m"))


def test_a_push_that_is_cut_off_is_a_lost_phone(
    server: FakeAdbServer, phone: AdbPhone, tmp_path: Path
) -> None:
    server.sync = lambda caller: [read_pushed(caller)].clear()
    local = tmp_path / "m"
    local.write_bytes(b"x")
    with pytest.raises(LinkLost):
        phone.push(local, PurePosixPath("/d/m"))


def test_a_pull_that_is_cut_off_leaves_no_file(
    server: FakeAdbServer, phone: AdbPhone, tmp_path: Path
) -> None:
    def sync(caller: Caller) -> None:
        caller.read(4)
        caller.read(struct.unpack("<I", caller.read(4))[0])
        caller.send(b"DATA" + struct.pack("<I", 10) + b"half")

    server.sync = sync
    with pytest.raises(LinkLost):
        phone.pull(PurePosixPath("/d/m"), tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told_and_makes_no_folder(
    server: FakeAdbServer, phone: AdbPhone, tmp_path: Path
) -> None:
    def sync(caller: Caller) -> None:
        caller.read(4)
        caller.read(struct.unpack("<I", caller.read(4))[0])
        reason = b"No such file or directory"
        caller.send(b"FAIL" + struct.pack("<I", len(reason)) + reason)

    server.sync = sync
    with pytest.raises(DeviceError, match="No such file"):
        phone.pull(PurePosixPath("/d/m"), tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_the_quoted_line_splits_into_the_same_words() -> None:
    line = quote_command(["echo", *HOSTILE])
    assert shlex.split(line.removeprefix("exec ")) == ["echo", *HOSTILE]
