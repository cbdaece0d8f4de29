"""Runs a process of this machine, line by line, with an end that is certain."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from ghostbench.core.errors import CommandFailed, CommandTimedOut

_CHUNK_BYTES = 1 << 16
_KEPT_STDERR_BYTES = 1 << 16  # of its end: the last words tell most
_NEVER_STARTED = 127  # what a shell says of a command that it cannot start
_LOOK_AGAIN_S = 0.2  # only where the kernel (before 5.3) cannot tell that a process ended


def stream_lines(
    argv: Sequence[str], *, device: str, timeout_s: float, environment: Mapping[str, str]
) -> Iterator[str]:
    """Yield what a command prints; whatever happens, it and its children are gone afterwards.

    A last line without a line break is yielded only of a command that ended well: of any other it may be half a line.
    """
    deadline = time.monotonic() + timeout_s
    with ExitStack() as undo:
        process = _start(argv, device, environment)
        undo.callback(_close, process)
        exit_notice = _ExitNotice(process.pid)
        undo.callback(exit_notice.close)
        undo.callback(
            _kill_group, process.pid
        )  # runs first, while the process still holds its number
        output = _Output(process, exit_notice)
        for lines in output.read(deadline):
            yield from lines
        if not exit_notice.wait(deadline):
            raise CommandTimedOut(device, argv, timeout_s)
        _kill_group(process.pid)
        if status := process.wait():
            raise CommandFailed(device, argv, status, output.stderr())
        yield from output.last_line()


def _start(
    argv: Sequence[str], device: str, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,  # a group of its own, so that its children can be ended with it
            bufsize=0,
        )
    except (OSError, ValueError) as cause:
        raise CommandFailed(device, argv, _NEVER_STARTED, str(cause)) from cause


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _close(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


class _ExitNotice:
    """Knows when a process ended, without taking its status away."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.file: int | None = None  # readable when the process has ended
        with suppress(OSError, AttributeError):
            self.file = os.pidfd_open(pid)

    def close(self) -> None:
        """Give back what the kernel lent."""
        if self.file is not None:
            os.close(self.file)

    def has_come(self) -> bool:
        """The process has ended."""
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self, deadline: float) -> bool:
        """Wait for the end; False when the time is up before."""
        while not self.has_come() and (left := deadline - time.monotonic()) > 0:
            _readable({self.file} if self.file is not None else set(), min(left, _LOOK_AGAIN_S))
        return self.has_come()


@dataclass(slots=True)
class _Output:
    """Both pipes of a process, read as it prints."""

    process: subprocess.Popen[bytes]
    exit_notice: _ExitNotice
    _rest: bytes = b""  # of a line that has not ended
    _told: bytearray = field(default_factory=bytearray)  # the end of stderr

    def read(self, deadline: float) -> Iterator[list[str]]:
        """Whole lines as they come, until both pipes are closed, the process is gone, or the time is up."""
        pipes = {pipe.fileno() for pipe in (self.process.stdout, self.process.stderr) if pipe}
        notice = {self.exit_notice.file} if self.exit_notice.file is not None else set()
        longest = float("inf") if notice else _LOOK_AGAIN_S
        while pipes and (left := deadline - time.monotonic()) > 0:
            ready = _readable(pipes | notice, min(left, longest)) & pipes
            # A child that was left behind may keep the pipes open. What came just before the end is still read.
            if not ready and self.exit_notice.has_come() and not (ready := _readable(pipes, 0)):
                return
            for pipe in ready:
                content = os.read(pipe, _CHUNK_BYTES)
                if not content:
                    pipes.discard(pipe)
                elif self.process.stdout and pipe == self.process.stdout.fileno():
                    yield self._lines(content)
                else:
                    self._keep(content)

    def last_line(self) -> Iterator[str]:
        """A last line without a line break."""
        if self._rest:
            yield self._rest.decode(errors="replace")

    def stderr(self) -> str:
        """The end of what it complained about."""
        return self._told.decode(errors="replace")

    def _lines(self, content: bytes) -> list[str]:
        *whole, self._rest = (self._rest + content).split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def _keep(self, content: bytes) -> None:
        self._told += content
        del self._told[:-_KEPT_STDERR_BYTES]


def _readable(files: set[int], timeout_s: float) -> set[int]:
    """Those that can be read. Sleeps in the kernel meanwhile: a busy wait would disturb what is measured."""
    poll = select.poll()
    for file in files:
        poll.register(file, select.POLLIN)
    return {file for file, _ in poll.poll(timeout_s * 1000)}
