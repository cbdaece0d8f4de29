"""A command that runs on a phone: its lines as they come, its process id, how to end it there."""

import re
from collections.abc import Iterator

from ghostbench.device.adb_link import Link
from ghostbench.device.adb_shell import EXIT, STDERR, STDOUT, LineSplitter, exit_status, packets

KEPT_STDERR_BYTES = 64 * 1024
_PID_MARK = "ghostbench-pid "
_TOLD = re.compile(_PID_MARK.encode() + rb"(\d+)(?: (\d*))?\n")

# Put before a command that is `exec`ed: then it is the command's own process id that is told, and when it was started
# (the 22nd field of its `stat`, in ticks since the phone started): the two stay what they are whatever it becomes.
_READ_STAT = "{ read -r s </proc/%s/stat; } 2>/dev/null; "
TELL_PID = f'{_READ_STAT % "$$"}set -- ${{s##*") "}}; echo "{_PID_MARK}$$ ${{20}}" >&2; '


class Running:
    """A command on the phone, as far as it has told."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.pid: int | None = None
        self._started: str | None = None
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
        kill = 'kill -9 -- "-$p" 2>/dev/null || kill -9 "$p"'
        if self._started is None:  # the phone does not let it be read; then its name has to do
            # (`grep -F` of some phones ends at the NULs between words.)
            script = f'p=$1; if grep -q -e "$2" "/proc/$1/cmdline"; then {kill}; fi'
            return ["sh", "-c", script, "sh", str(self.pid), _as_pattern(self.program)]
        script = f'p=$1; t=$2; {_READ_STAT % "$1"}set -- ${{s##*") "}}; if [ "${{20}}" = "$t" ]; then {kill}; fi'
        return ["sh", "-c", script, "sh", str(self.pid), self._started]

    def stderr(self) -> str:
        """Its last complaints."""
        return self._stderr.decode("utf-8", "replace")

    def _hear(self, payload: bytes) -> None:
        self._stderr += payload
        if self.pid is None and (told := _TOLD.match(self._stderr)):
            self.pid = int(told[1])
            self._started = told[2].decode() if told[2] else None
            del self._stderr[: told.end()]
        if len(self._stderr) > 2 * KEPT_STDERR_BYTES:
            del self._stderr[:-KEPT_STDERR_BYTES]


def _as_pattern(text: str) -> str:
    r"""The basic regular expression that matches this text alone.

    >>> _as_pattern("ld.so")
    'ld\\.so'
    """
    return re.sub(r"([][.*^$\\])", r"\\\1", text)
