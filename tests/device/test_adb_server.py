import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghostbench.core.errors import DeviceError, UsageError
from ghostbench.device.adb_address import ServerAddress, server_address
from ghostbench.device.adb_link import open_link
from ghostbench.device.adb_server import (
    REMEDIES,
    connect,
    disconnect,
    find_connected,
    list_connected,
    parse_list,
)
from tests.device.fake_adb import FakeAdbServer

pytest.importorskip("adbutils")

VARIABLES = (
    "ADB_SERVER_SOCKET",
    "ANDROID_ADB_SERVER_ADDRESS",
    "ANDROID_ADB_SERVER_HOST",
    "ANDROID_ADB_SERVER_PORT",
)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[FakeAdbServer]:
    fake = FakeAdbServer()
    yield fake
    fake.close()


@pytest.mark.parametrize(
    ("given", "environment", "address"),
    [
        (None, {}, "127.0.0.1:5037"),
        ("lab:6000", {}, "lab:6000"),
        ("6000", {}, "127.0.0.1:6000"),
        ("lab", {}, "lab:5037"),
        (None, {"ADB_SERVER_SOCKET": "tcp:lab:7000"}, "lab:7000"),
        (None, {"ANDROID_ADB_SERVER_PORT": "7001"}, "127.0.0.1:7001"),
        (None, {"ANDROID_ADB_SERVER_ADDRESS": "a", "ANDROID_ADB_SERVER_PORT": "1"}, "a:1"),
        ("b:2", {"ADB_SERVER_SOCKET": "tcp:lab:7000"}, "b:2"),
        ("[::1]:6000", {}, "[::1]:6000"),
        ("[fe80::1%eth0]", {}, "[fe80::1%eth0]:5037"),
        (None, {"ADB_SERVER_SOCKET": "tcp:[2001:db8::7]:7000"}, "[2001:db8::7]:7000"),
        (None, {"ANDROID_ADB_SERVER_ADDRESS": "::1", "ANDROID_ADB_SERVER_PORT": "1"}, "[::1]:1"),
    ],
)
def test_the_address_comes_from_the_option_else_from_adbs_own_variables(
    monkeypatch: pytest.MonkeyPatch,
    given: str | None,
    environment: dict[str, str],
    address: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(server_address(given)) == address


@pytest.mark.parametrize(
    "given",
    [
        *("lab:", "lab:x", "lab:0", "lab:70000", "lab:٣", "lab/x:1"),
        *("::1", "[::1", "[::1]x:1", "[lab]:1", "[]:1", "[::1]:", "[::1]:0", "[1.2.3.4]:1", "a]:1"),
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    if given in ("lab:", "[::1]:"):
        assert str(server_address(given)) == f"{given}5037"
        return
    with pytest.raises(UsageError, match="HOST:PORT"):
        server_address(given)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_server_at_an_ipv6_address_is_asked() -> None:
    server = FakeAdbServer("::1")
    server.answers = {"host:devices": "A\tdevice\n", "host:devices-l": ""}
    try:
        address = server_address(f"[::1]:{server.address.port}")
        assert [phone.serial for phone in list_connected(address)] == ["A"]
    finally:
        server.close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_behind_an_ipv6_address_no_server_is_started() -> None:
    with pytest.raises(DeviceError, match=r"no adb server listens at \[::1\]:"):
        list_connected(ServerAddress("::1", free_port()))


def test_serials_with_blanks_and_states_of_several_words_are_read() -> None:
    short = "ab 1;$(x)\tdevice\nXYZ\tno permissions (user in plugdev group; see http://x)\nemulator-5554\toffline\n"
    long = (
        "ab 1;$(x)              device usb:1-4 product:p model:Pixel_8 device:d transport_id:1\n"
        "XYZ                    no permissions (user in plugdev group) usb:1-2 transport_id:2\n"
        "emulator-5554          offline transport_id:3\n"
    )
    phones = {phone.serial: phone for phone in parse_list(short, long)}
    assert phones["ab 1;$(x)"].model == "Pixel 8"
    assert phones["ab 1;$(x)"].transport == "usb"
    assert phones["XYZ"].state == "no permissions"
    assert "udev" in (phones["XYZ"].remedy or "")
    assert phones["emulator-5554"].transport == "emulator"


@pytest.mark.parametrize(
    ("serial", "transport"),
    [
        ("192.168.0.7:5555", "tcp"),
        ("adb-1A2B-x._adb-tls-connect._tcp", "tcp"),
        ("R58M123", "usb"),
        ("odd:serial", "usb"),
    ],
)
def test_the_way_adb_goes_is_known_from_the_serial(serial: str, transport: str) -> None:
    (phone,) = parse_list(f"{serial}\tdevice\n", f"{serial}  device transport_id:1\n")
    assert phone.transport == transport


@pytest.mark.parametrize("state", [*REMEDIES, "some new state"])
def test_every_state_but_device_has_a_remedy(state: str) -> None:
    (phone,) = parse_list(f"S\t{state}\n", "")
    assert phone.remedy


def test_no_phones_are_an_empty_list(server: FakeAdbServer) -> None:
    server.answers = {"host:devices": "", "host:devices-l": ""}
    assert list_connected(server.address) == []


def test_a_phone_that_is_not_there_is_told_with_those_that_are(server: FakeAdbServer) -> None:
    server.answers = {"host:devices": "A\tdevice\n", "host:devices-l": ""}
    with pytest.raises(DeviceError, match="B: no such phone is connected; connected: A"):
        find_connected(server.address, "B")


def test_without_any_phone_it_is_told_how_to_connect_one(server: FakeAdbServer) -> None:
    server.answers = {"host:devices": "", "host:devices-l": ""}
    with pytest.raises(DeviceError, match="Build number seven times"):
        find_connected(server.address, "B")


def test_an_unauthorised_phone_is_told_with_the_remedy(server: FakeAdbServer) -> None:
    server.answers = {"host:devices": "A\tunauthorized\n", "host:devices-l": ""}
    with pytest.raises(DeviceError, match="A: unauthorized: unlock the phone and allow"):
        find_connected(server.address, "A")


def test_an_address_that_is_not_listed_is_connected_to(server: FakeAdbServer) -> None:
    server.answers = {
        "host:devices": "",
        "host:devices-l": "",
        "host:connect:10.0.0.9:5555": "failed to connect to '10.0.0.9:5555': Connection refused",
    }
    with pytest.raises(DeviceError, match=r"10.0.0.9:5555: failed to connect"):
        find_connected(server.address, "10.0.0.9:5555")


@pytest.mark.parametrize("said", ["connected to a:1", "already connected to a:1"])
def test_a_connection_made_is_known_by_its_words(server: FakeAdbServer, said: str) -> None:
    server.answers["host:connect:a:1"] = said
    connect(server.address, "a:1")


def test_disconnecting_what_is_not_connected_is_fine(server: FakeAdbServer) -> None:
    server.refusals["host:disconnect:a:1"] = "no such device 'a:1'"
    disconnect(server.address, "a:1")
    server.refusals["host:disconnect:a:1"] = "something else"
    with pytest.raises(DeviceError, match="something else"):
        disconnect(server.address, "a:1")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_remote_server_that_does_not_listen_is_told_and_none_is_started_here() -> None:
    address = ServerAddress("127.0.0.2", free_port())
    with pytest.raises(DeviceError, match=r"no adb server listens at 127.0.0.2"):
        list_connected(address)


def test_a_local_server_that_does_not_run_is_started_on_its_own_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adb = tmp_path / "adb"
    adb.write_text(
        f'#!{sys.executable}\nimport sys; open(r"{tmp_path}/called", "w").write(repr(sys.argv[1:]))\n'
    )
    adb.chmod(adb.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(adb))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    port = free_port()
    with (
        pytest.raises(DeviceError, match="started and does not listen"),
        open_link(ServerAddress("127.0.0.1", port), "server", "trying", 3.0),
    ):
        pytest.fail("nothing listens")
    assert f"['-P', '{port}', 'start-server']" in (tmp_path / "called").read_text()


def test_a_server_that_cannot_be_started_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adb = tmp_path / "adb"
    adb.write_text('#!/bin/sh\n[ "$1" = version ] && exit 0\nexit 3\n')
    adb.chmod(0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(adb))
    with pytest.raises(DeviceError, match=r"could not be started .status 3."):
        list_connected(ServerAddress("127.0.0.1", free_port()))
