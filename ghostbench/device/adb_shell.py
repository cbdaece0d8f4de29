"""The shell protocol of adb, version 2: packets that keep stdout, stderr and the exit status apart."""

import struct
from collections.abc import Iterator

from ghostbench.core.errors import TransientError
from ghostbench.device.adb_link import Deadline, Link

STDOUT, STDERR, EXIT, CLOSE_STDIN = 1, 2, 3, 4
_HEADER = struct.Struct("<BI")
_READ_BYTES = 256 * 1024


def open_shell(link: Link, serial: str, command: str) -> None:
    """Start a command on the phone; its packets come next. Needs Android 7 or newer."""
    link.request(f"host:transport:{serial}")
    link.request(f"shell,v2,raw:{command}")


def packets(link: Link) -> Iterator[tuple[int, bytes]]:
    """Every packet up to and with the exit status. Raises LinkLost when the connection ends before it."""
    buffer = bytearray()
    while True:
        piece = link.receive(_READ_BYTES)
        if not piece:
            raise link.lost()
        buffer += piece
        while len(buffer) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(buffer)
            if len(buffer) < _HEADER.size + length:
                break
            payload = bytes(buffer[_HEADER.size : _HEADER.size + length])
            del buffer[: _HEADER.size + length]
            yield kind, payload
            if kind == EXIT:
                return


def exit_status(payload: bytes) -> int:
    """The status as Python gives it: negative for a signal, which a phone's daemon tells as 128 and more.

    >>> exit_status(bytes([3])), exit_status(bytes([137]))
    (3, -9)
    """
    status = payload[0] if payload else 255
    return 128 - status if 128 < status < 128 + 65 else status


class HeldShell:
    """A command that goes on running on the phone while the connection is open."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def lines(self) -> Iterator[str]:
        """What it prints, up to its end."""
        splitter = LineSplitter()
        for kind, payload in packets(self._link):
            if kind == STDOUT:
                yield from splitter.add(payload)
        yield from splitter.rest()

    def runs(self) -> bool:
        """Whether the connection is still there and the command has not ended."""
        return self._link.is_quiet()

    def end(self, timeout_s: float = 3.0) -> None:
        """Let it end by ending its stdin, and wait for that a moment; a lost phone has ended it already."""
        self._link.deadline = Deadline(timeout_s)
        try:
            self._link.send(_HEADER.pack(CLOSE_STDIN, 0))
            for _ in packets(self._link):
                pass
        except TransientError:
            return


class LineSplitter:
    r"""Bytes in any pieces to whole lines.

    >>> splitter = LineSplitter()
    >>> splitter.add(b"one\ntw"), splitter.add(b"o\r\n"), splitter.rest()
    (['one'], ['two'], [])
    """

    def __init__(self) -> None:
        self._rest = b""

    def add(self, payload: bytes) -> list[str]:
        """The lines that this piece completes."""
        *lines, self._rest = (self._rest + payload).split(b"\n")
        return [_text(line) for line in lines]

    def rest(self) -> list[str]:
        """The last line, when it has no line break."""
        return [_text(self._rest)] if self._rest else []


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
