"""The monitor of a running qemu: its machine protocol (QMP) over a Unix socket."""

import json
import socket
from pathlib import Path
from typing import Any

TIMEOUT_S = 20.0


class MonitorError(Exception):
    """qemu refused."""


def ask_monitor(path: Path, command: str, **arguments: object) -> Any:
    """Carry out one command; what qemu returned. Raises MonitorError, OSError."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.connect(str(path))
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.readline()  # the greeting
            for name, values in (("qmp_capabilities", {}), (command, arguments)):
                stream.write(json.dumps({"execute": name, "arguments": values}) + "\n")
                stream.flush()
                answer = _answer(stream.readline)
    return answer


def _answer(read_line: Any) -> Any:
    """The answer itself, not the events that come in between."""
    while line := read_line():
        said = json.loads(line)
        if "error" in said:
            raise MonitorError(said["error"]["desc"])
        if "return" in said:
            return said["return"]
    raise MonitorError("qemu closed its monitor")
