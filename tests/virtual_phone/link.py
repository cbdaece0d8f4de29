"""A TCP proxy in front of a phone's adbd that can be slow, broken, deaf or lying."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.ports import LOCALHOST, port_of, reserve

CHUNK_BYTES = 16384
PAUSE_S = 0.01
# Close with a reset instead of an orderly end.
RESET = struct.pack("ii", 1, 0)


class _Connection:
    """The two ends of one connection through the link."""

    def __init__(self, client: socket.socket, phone: socket.socket) -> None:
        self.ends = (client, phone)
        self._lock = threading.Lock()
        self._has_ended = False

    def end(self, *, reset: bool) -> None:
        """Close both ends for good, the first time in the way asked for, waking whoever waits for data."""
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
            for end in self.ends:
                _close(end, reset=reset)


def _close(end: socket.socket, *, reset: bool) -> None:
    with contextlib.suppress(OSError):
        if reset:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # A thread that waits in recv would keep the socket alive. Ending the reading side sends nothing.
        end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    end.close()


class Link:
    """Use `serial` instead of the phone's. Every fault holds until `clear`, for connections old and new."""

    def __init__(self, target_port: int, server: AdbServer) -> None:
        self._server = server
        self._target_port = target_port
        self._holder = reserve()
        self.port = port_of(self._holder)
        self._lock = threading.Lock()
        self._connections: list[_Connection] = []
        self._threads: list[threading.Thread] = []
        self._is_open = True
        self._listener: socket.socket | None = None
        self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def serial(self) -> str:
        """How adb calls the phone through this link."""
        return f"{LOCALHOST}:{self.port}"

    def connect(self) -> str:
        """Let the adb server connect through this link; what adb says."""
        self._server.adb("disconnect", self.serial)
        return self._server.adb("connect", self.serial).stdout.strip()

    def clear(self) -> None:
        """A good link again."""
        self._bytes_per_s = 0.0
        self._delay_s = 0.0
        self._deaf = False
        # Per direction: how many more bytes pass before something happens, and what.
        self._limits: dict[bool, tuple[int, str]] = {}
        if self._listener is None:
            listener = self._listener = socket.create_server((LOCALHOST, self.port))
            self._spawn(lambda: self._accept(listener))

    def rate(self, bytes_per_s: float) -> None:
        """Slow in both directions."""
        self._bytes_per_s = bytes_per_s

    def delay(self, seconds: float) -> None:
        """Every piece comes later."""
        self._delay_s = seconds

    def blackhole(self) -> None:
        """Nothing comes through any more, yet nothing is closed."""
        self._deaf = True

    def refuse(self) -> None:
        """New connections are turned away."""
        listener, self._listener = self._listener, None
        if listener is not None:
            _close(listener, reset=False)

    def reset(self) -> None:
        """Break all connections now (RST)."""
        self._end_all(reset=True)

    def close_all(self) -> None:
        """End all connections now (FIN)."""
        self._end_all(reset=False)

    def cut_after(self, count: int, *, to_phone: bool) -> None:
        """Break the connection (RST) after so many more bytes in that direction."""
        self._limits[to_phone] = (count, "reset")

    def finish_after(self, count: int, *, to_phone: bool) -> None:
        """End the connection (FIN) after so many more bytes in that direction."""
        self._limits[to_phone] = (count, "close")

    def garble_after(self, count: int, *, to_phone: bool) -> None:
        """Invert one byte after so many more bytes in that direction."""
        self._limits[to_phone] = (count, "garble")

    def close(self) -> None:
        """End the link and forget it."""
        self._is_open = False
        self.refuse()
        self._end_all(reset=False)
        for thread in self._threads:
            thread.join(timeout=5.0)
        self._holder.close()
        if self._server.is_running():
            self._server.adb("disconnect", self.serial)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # it does not listen any more
                return
            try:
                phone = socket.create_connection((LOCALHOST, self._target_port))
            except OSError:
                _close(client, reset=True)
                continue
            self._carry(_Connection(client, phone))

    def _carry(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.append(connection)
        self._spawn(lambda: self._pump(connection, to_phone=True))
        self._spawn(lambda: self._pump(connection, to_phone=False))

    def _spawn(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _pump(self, connection: _Connection, *, to_phone: bool) -> None:
        """Carry one direction of one connection."""
        source, sink = connection.ends if to_phone else reversed(connection.ends)
        action = ""
        with contextlib.suppress(OSError):
            while not action and (piece := source.recv(CHUNK_BYTES)):
                self._wait(len(piece))
                passing, action = self._apply_limit(piece, to_phone)
                sink.sendall(passing)
        connection.end(reset=action == "reset")

    def _wait(self, count: int) -> None:
        while self._deaf and self._is_open:
            time.sleep(PAUSE_S)
        time.sleep(self._delay_s + (count / self._bytes_per_s if self._bytes_per_s else 0.0))

    def _apply_limit(self, piece: bytes, to_phone: bool) -> tuple[bytes, str]:
        """What passes of this piece, and what happens then."""
        with self._lock:
            left, action = self._limits.get(to_phone, (-1, ""))
            if left < 0:
                return piece, ""
            if len(piece) <= left:
                self._limits[to_phone] = (left - len(piece), action)
                return piece, ""
            del self._limits[to_phone]
        if action == "garble":
            return piece[:left] + bytes([piece[left] ^ 0xFF]) + piece[left + 1 :], ""
        return piece[:left], action

    def _end_all(self, *, reset: bool) -> None:
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.end(reset=reset)
