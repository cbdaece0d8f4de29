"""A command that runs on a phone: its lines as they come, its process id, how to end it there."""

import re
from collections.abc import Iterator

from ghostbench.device.adb_link import Link
from ghostbench.device.adb_shell import EXIT, STDERR, STDOUT, LineSplitter, exit_status, packets

KEPT_STDERR_BYTES = 64 * 1024
_PID_MARK = "ghostbench-pid "

# Put before a command that is `exec`ed: then it is the command's own process id that is told.
TELL_PID = f'echo "{_PID_MARK}$$" >&2; '


class Running:
    """A command on the phone, as far as it has told."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.pid: int | None = None
        self.status: int | None = None
        self._stderr = bytearray()

    def lines(self, link: Link) -> Iterator[str]:
        """What it prints, line by line, up to its end."""
        splitter = LineSplitter()
        # adbd reads two pipes, so the first output may overtake the process id, which was written before it. Without
        # the id the command cannot be ended, so output waits for it.
        early = bytearray()
        for kind, payload in packets(link):
            if kind == STDOUT:
                early += payload
            elif kind == STDERR:
                self._hear(payload)
            elif kind == EXIT:
                self.status = exit_status(payload)
            if self.pid is not None and early:
                yield from splitter.add(bytes(early))
                early.clear()
        yield from splitter.add(bytes(early))
        yield from splitter.rest()

    def ending(self) -> list[str]:
        """The command that ends it and its children, and nothing else."""
        # The number alone might be another process by now: the phone may have restarted. adbd gives each command a
        # process group of its own, so its children end with it.
        # (`grep -F` of some phones ends at the NULs between words.)
        script = 'if grep -q -e "$2" "/proc/$1/cmdline"; then kill -9 -- "-$1" 2>/dev/null || kill -9 "$1"; fi'
        return ["sh", "-c", script, "sh", str(self.pid), _as_pattern(self.program)]

    def stderr(self) -> str:
        """Its last complaints."""
        return self._stderr.decode("utf-8", "replace")

    def _hear(self, payload: bytes) -> None:
        self._stderr += payload
        if self.pid is None and (told := re.match(_PID_MARK.encode() + rb"(\d+)\n", self._stderr)):
            self.pid = int(told[1])
            del self._stderr[: told.end()]
        if len(self._stderr) > 2 * KEPT_STDERR_BYTES:
            del self._stderr[:-KEPT_STDERR_BYTES]


def _as_pattern(text: str) -> str:
    r"""The basic regular expression that matches this text alone.

    >>> _as_pattern("ld.so")
    'ld\\.so'
    """
    return re.sub(r"([][.*^$\\])", r"\\\1", text)
