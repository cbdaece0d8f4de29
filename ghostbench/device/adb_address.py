"""Where an adb server listens, and starting one on this machine.

A server is started only when a phone is asked for (by its serial, or all of them) and none listens at an address of
this machine: the very one that `adb devices` would start. Nothing else starts one.
"""

import importlib
import ipaddress
import os
import socket
import subprocess
from dataclasses import dataclass
from typing import Any

from ghostbench.core.errors import DeviceError, UsageError

DEFAULT_PORT = 5037  # adb's own
# A server on this machine answers within milliseconds; a remote one may be a slow network away.
CONNECT_TIMEOUT_S = 5.0
START_TIMEOUT_S = 30.0  # adb 36 takes 3 s; a busy machine takes longer


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where an adb server listens."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that it can be started when it does not run.

        An IPv6 address leads to a server through a tunnel: adb itself listens on IPv4.
        """
        return self.host in ("127.0.0.1", "localhost")


def server_address(given: str | None = None) -> ServerAddress:
    """The address given as HOST:PORT, else what adb's own environment variables say, else adb's default."""
    env = os.environ
    if text := given or env.get("ADB_SERVER_SOCKET", "").removeprefix("tcp:"):
        host, port = _host_and_port(text)
    else:
        host = env.get("ANDROID_ADB_SERVER_ADDRESS") or env.get("ANDROID_ADB_SERVER_HOST") or ""
        port = env.get("ANDROID_ADB_SERVER_PORT", "")
        host = f"[{host}]" if host.count(":") > 1 and host[0] != "[" else host
    host, port = host or "127.0.0.1", port or str(DEFAULT_PORT)
    if _is_ipv6_in_brackets(host):
        host = host[1:-1]
    elif any(character in host for character in ":[]/"):
        port = ""
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(
            f"{text or port!r} is no address of an adb server; write HOST:PORT, for example 127.0.0.1:{DEFAULT_PORT} "
            f"or [::1]:{DEFAULT_PORT}"
        )
    return ServerAddress(host, int(port))


def _host_and_port(text: str) -> tuple[str, str]:
    """Either may be left out.

    >>> _host_and_port("lab:7"), _host_and_port("7"), _host_and_port("lab"), _host_and_port("[::1]")
    (('lab', '7'), ('', '7'), ('lab', ''), ('[::1]', ''))
    """
    if text.endswith("]"):
        return text, ""
    host, colon, port = text.rpartition(":")
    if colon:
        return host, port
    return ("", text) if text.isdigit() else (text, "")


def _is_ipv6_in_brackets(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def server_listens(address: ServerAddress) -> bool:
    """Whether a server is there already; none is started."""
    try:
        socket.create_connection((address.host, address.port), CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def connected_to_server(address: ServerAddress) -> socket.socket:
    """A connection; a server is started first when none listens and it is to be on this machine.

    Raises DeviceError saying what to do.
    """
    try:
        return _connected(address)
    except ConnectionRefusedError as cause:
        if not address.is_local:
            raise DeviceError(
                f"no adb server listens at {address}; start one there with `adb -a -P {address.port} start-server`"
            ) from cause
        _start_server(address)
    except OSError as cause:
        told = cause.strerror or str(cause) or "no answer"
        raise DeviceError(
            f"the adb server at {address} cannot be reached: {told.lower()}"
        ) from cause
    try:
        return _connected(address)
    except OSError as cause:
        raise DeviceError(
            f"the adb server was started and does not listen at {address}; see what `adb -P {address.port} "
            "start-server` says"
        ) from cause


def _connected(address: ServerAddress) -> socket.socket:
    return socket.create_connection((address.host, address.port), CONNECT_TIMEOUT_S)


def _start_server(address: ServerAddress) -> None:
    command = [_adb_program(), "-P", str(address.port), "start-server"]
    try:
        # The server outlives us and keeps whatever it was given open, so it is given no pipe of ours.
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise DeviceError(
            f"the adb server could not be started with {command[0]}: {cause}"
        ) from cause
    if ended.returncode:
        raise DeviceError(
            f"the adb server could not be started (status {ended.returncode}); see what `{' '.join(command)}` says"
        )


def _adb_program() -> str:
    # Imported late, since it takes a quarter of a second and a server mostly runs already. It has no types.
    adbutils: Any = importlib.import_module("adbutils")
    try:
        program: str = adbutils.adb_path()
    except adbutils.AdbError as cause:  # adbutils carries one for x86-64 alone
        raise DeviceError(
            "no adb program was found; install your distribution's package adb, or name one in ADBUTILS_ADB_PATH"
        ) from cause
    return program
