"""A root shell on an emulated machine, beside adb and the network: a serial line over a Unix socket."""

import base64
import itertools
import socket
import time
from pathlib import Path

_numbers = itertools.count()


class CommandFailed(Exception):
    """A command on the machine did not end with 0."""


def run_as_root(path: Path, line: str, *, timeout_s: float = 20.0) -> str:
    """What a command line prints, both streams. Raises CommandFailed, TimeoutError where nobody answers."""
    # The mark is not in the line that asks for it, should the machine echo that.
    mark = f"done-{next(_numbers)}-"
    encoded = base64.b64encode(line.encode()).decode()
    asked = f"echo {encoded} | base64 -d | sh 2>&1; echo {mark[:4]}''{mark[4:]}$?\n"
    deadline = time.monotonic() + timeout_s
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        connection.sendall(asked.encode())
        said = b""
        while not _ended(said, mark):
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError(f"the machine went away while running {line!r}")
            said += piece
    output, _, status = said.decode(errors="replace").replace("\r", "").rpartition(mark)
    if int(status) != 0:
        raise CommandFailed(f"{line!r} ended with {status.strip()}:\n{output}")
    return output


def _ended(said: bytes, mark: str) -> bool:
    _, found, rest = said.rpartition(mark.encode())
    return bool(found) and b"\n" in rest
