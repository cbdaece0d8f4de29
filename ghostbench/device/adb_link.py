"""One connection to an adb server: every read and write has a deadline, every fault becomes one clear line.

adbutils carries the adb program that starts a server; what goes over a connection is done here, since its own calls
can wait for ever, cut long commands short and raise three unrelated kinds of error for a lost phone.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.adb_address import ServerAddress, connected_to_server

CHUNK_BYTES = 64 * 1024  # the largest piece that adb's file transfer allows


class PhoneSilent(TransientError):
    """No answer within the time allowed."""


class LinkLost(TransientError):
    """The connection ended in the middle."""


class Deadline:
    """A moment after which waiting is over."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s

    def left_s(self) -> float:
        """What is left, never zero: zero would mean for ever to a socket. Raises TimeoutError when it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Link:
    """A connected socket with a deadline; `who` and `step` are for the message of an error."""

    def __init__(self, connection: socket.socket, who: str, step: str, deadline: Deadline) -> None:
        self._socket = connection
        self.who, self.step, self.deadline = who, step, deadline

    def send(self, payload: bytes) -> None:
        """Send all of it."""
        with self._faults():
            rest = memoryview(payload)
            while rest:
                self._socket.settimeout(self.deadline.left_s())
                rest = rest[self._socket.send(rest) :]

    def receive(self, most: int) -> bytes:
        """Whatever has come, at least one byte; nothing at all when the other side has ended."""
        with self._faults():
            self._socket.settimeout(self.deadline.left_s())
            return self._socket.recv(most)

    def receive_exactly(self, count: int) -> bytes:
        """That many bytes. Raises LinkLost when the other side ends before."""
        pieces, missing = [], count
        while missing:
            piece = self.receive(missing)
            if not piece:
                raise self.lost()
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def request(self, service: str) -> None:
        """Ask for a service and read the answer that it is granted."""
        wanted = service.encode("utf-8", "surrogateescape")
        if len(wanted) > 0xFFFF:
            raise DeviceError(f"{self.who}: a command of {len(wanted)} bytes is too long for adb")
        self.send(b"%04x" % len(wanted) + wanted)
        status = self.receive_exactly(4)
        if status == b"FAIL":
            raise refused(self.who, self.step, self.receive_text())
        if status != b"OKAY":
            raise DeviceError(f"{self.who}: what answers while {self.step} is no adb server")

    def receive_text(self) -> str:
        """A text with its length before it."""
        length = self.receive_exactly(4)
        try:
            size = int(length, 16)
        except ValueError as cause:
            raise DeviceError(
                f"{self.who}: what answers while {self.step} is no adb server"
            ) from cause
        return self.receive_exactly(size).decode("utf-8", "replace")

    def is_quiet(self) -> bool:
        """Whether the other side is still there and has said nothing that was not read."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def lost(self) -> LinkLost:
        """The error for a connection that ended in the middle."""
        return LinkLost(
            f"{self.who}: the connection was lost while {self.step}; check cable, power and adb server"
        )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as cause:
            raise PhoneSilent(
                f"{self.who}: no answer within {self.deadline.timeout_s:g} s while {self.step}; "
                "is the phone on and still connected?"
            ) from cause
        except OSError as cause:
            raise self.lost() from cause


@contextmanager
def open_link(address: ServerAddress, who: str, step: str, timeout_s: float) -> Iterator[Link]:
    """Connect to the adb server, starting it first when it is on this machine and does not run."""
    connection = connected_to_server(address)
    deadline = Deadline(timeout_s)  # from here: starting a server takes seconds and happens once
    try:
        yield Link(connection, who, step, deadline)
    finally:
        connection.close()


def refused(who: str, step: str, reason: str) -> DeviceError:
    """The error for what the adb server said instead of OKAY."""
    first = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    if "unauthorized" in first or "authorizing" in first:
        return DeviceError(
            f"{who}: while {step}: this computer is not authorised; unlock the phone and allow USB debugging on its "
            "screen"
        )
    if "not found" in first:
        return TransientError(
            f"{who}: while {step}: no such phone is connected (`ghostbench devices` lists them)"
        )
    if "offline" in first or "connecting" in first:
        return TransientError(
            f"{who}: while {step}: the phone is offline; plug it in again, or wait until it has started"
        )
    if first == "closed":
        return TransientError(
            f"{who}: the phone refused while {step}; adb on it may be starting anew"
        )
    return DeviceError(f"{who}: adb refused while {step}: {first}")
