"""One phone over adb: run commands, move files. The only place that quotes for a phone's shell.

Argument lists go in and are quoted here, so that no name of a file, model or setting is ever read by a shell.
A *script* is text of ghostbench's own and holds nothing that came from outside. Every call has a time-out.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ghostbench.core.errors import (
    CommandFailed,
    CommandTimedOut,
    DeviceError,
    TransientError,
    UsageError,
)
from ghostbench.device.adb_address import ServerAddress
from ghostbench.device.adb_link import Link, LinkLost, PhoneSilent, open_link
from ghostbench.device.adb_server import find_connected
from ghostbench.device.adb_shell import (
    EXIT,
    STDERR,
    STDOUT,
    HeldShell,
    LineSplitter,
    exit_status,
    open_shell,
    packets,
)
from ghostbench.device.adb_sync import receive_file, send_file

SHELL_TIMEOUT_S = 20.0  # dumpsys of a busy phone takes seconds
END_TIMEOUT_S = 5.0
# The slowest link on which a push is still worth waiting for, and what it takes besides.
SLOWEST_BYTES_PER_S = 200_000
TRANSFER_EXTRA_S = 30.0
KEPT_STDERR_BYTES = 64 * 1024
_PID_MARK = "ghostbench-pid "


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellResult:
    """What a command on the phone said and how it ended."""

    stdout: str
    stderr: str
    status: int  # negative for a signal


def quote_command(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """One line for a phone's shell that runs exactly these words.

    >>> quote_command(["ls", "--", "a b; rm"], {"LD_LIBRARY_PATH": "/x y"})
    "export LD_LIBRARY_PATH='/x y'; exec ls -- 'a b; rm'"
    """
    if not argv or not argv[0]:
        raise UsageError("a command on a device needs a program")
    for word in (*argv, *(environment or {}).values()):
        if "\0" in word:
            raise UsageError(f"a word of a command on a device must not hold a NUL: {word!r}")
    exports = []
    for name, value in (environment or {}).items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise UsageError(f"{name!r} is no name of an environment variable")
        exports.append(f"export {name}={shlex.quote(value)}; ")
    return "".join(exports) + "exec " + shlex.join(argv)


class AdbPhone:
    """A phone that an adb server knows by its serial."""

    def __init__(self, serial: str, address: ServerAddress) -> None:
        if not serial or any(character in serial for character in "\0\n\t"):
            raise UsageError(f"{serial!r} is no serial of a phone")
        self.serial, self.address = serial, address
        self._orphans: list[_Running] = []
        self._was_lost = False

    def run(
        self, argv: Sequence[str], *, step: str, timeout_s: float = SHELL_TIMEOUT_S
    ) -> ShellResult:
        """Run a command to its end, whatever its status; `step` says in an error what was being done."""
        return self._run(quote_command(argv), step, timeout_s)

    def check(self, argv: Sequence[str], *, step: str, timeout_s: float = SHELL_TIMEOUT_S) -> str:
        """Run a command and give its stdout. Raises CommandFailed when its status is not 0."""
        result = self.run(argv, step=step, timeout_s=timeout_s)
        if result.status:
            raise CommandFailed(self.serial, argv, result.status, result.stderr or result.stdout)
        return result.stdout

    def run_script(
        self, script: str, *, step: str, timeout_s: float = SHELL_TIMEOUT_S
    ) -> ShellResult:
        """Run shell text of ghostbench's own."""
        return self._run(script, step, timeout_s)

    def _run(self, command: str, step: str, timeout_s: float) -> ShellResult:
        told: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray()}
        with self._link(step, timeout_s) as link:
            open_shell(link, self.serial, command)
            for kind, payload in packets(link):
                if kind == EXIT:
                    status = exit_status(payload)
                elif kind in told:
                    told[kind] += payload
        stdout, stderr = (told[kind].decode("utf-8", "replace") for kind in (STDOUT, STDERR))
        return ShellResult(stdout=stdout, stderr=stderr, status=status)

    def stream(
        self, argv: Sequence[str], *, timeout_s: float, environment: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """Run a command and yield its lines as they come; however this ends, the command is ended too.

        Raises CommandFailed, CommandTimedOut, or TransientError when the phone was lost.
        """
        self._end_orphans()
        # `exec` keeps the shell's process id, so that the command itself can be ended by it.
        command = f'echo "{_PID_MARK}$$" >&2; ' + quote_command(argv, environment)
        running = _Running(Path(argv[0]).name)
        with self._link(f"{running.program} ran", timeout_s) as link:
            # It is ended before the connection is: adbd ends the command with that, and leaves its children.
            try:
                open_shell(link, self.serial, command)
                yield from running.lines(link)
            except PhoneSilent as cause:
                if not self._end(running):
                    raise  # it was the phone that hung, and not the command
                raise CommandTimedOut(self.serial, argv, timeout_s) from cause
            except (GeneratorExit, KeyboardInterrupt, LinkLost):
                self._end(running)
                raise
        if running.status:
            raise CommandFailed(self.serial, argv, running.status, running.stderr())

    def _end(self, running: "_Running") -> bool:
        """End it on the phone; one that cannot be reached now is ended before the next command starts."""
        if running.pid is None:
            return True
        # The number alone might be another process by now: the phone may have restarted. adbd gives each command a
        # process group of its own, so its children end with it.
        # (`grep -F` of some phones ends at the NULs between words.)
        script = 'if grep -q -e "$2" "/proc/$1/cmdline"; then kill -9 -- "-$1" 2>/dev/null || kill -9 "$1"; fi'
        try:
            self.run(
                ["sh", "-c", script, "sh", str(running.pid), _as_pattern(running.program)],
                step=f"ending {running.program}",
                timeout_s=END_TIMEOUT_S,
            )
        except DeviceError:
            self._orphans.append(running)
            return False
        return True

    def _end_orphans(self) -> None:
        orphans, self._orphans = self._orphans, []
        for orphan in orphans:
            self._end(orphan)

    @contextmanager
    def hold_open(
        self, argv: Sequence[str], *, step: str, timeout_s: float
    ) -> Iterator[tuple[HeldShell, list[str]]]:
        """Run a command that prints a line `ready` and then waits for its stdin to end; gives the lines up to there.

        A command that ends before gives its lines too, without `ready`.
        """
        with self._link(step, timeout_s) as link:
            open_shell(link, self.serial, quote_command(argv))
            held, lines = HeldShell(link), list[str]()
            for line in held.lines():
                lines.append(line)
                if line == "ready":
                    break
            yield held, lines

    def push(self, local: Path, remote: PurePosixPath, *, executable: bool = False) -> None:
        """Write a file on the phone. What arrived is not verified here."""
        mode = 0o755 if executable else 0o644
        with self._link(
            f"pushing {local.name!r}", transfer_timeout_s(local.stat().st_size)
        ) as link:
            send_file(link, self.serial, local, str(remote), mode)

    def pull(self, remote: PurePosixPath, local: Path, *, timeout_s: float = 120.0) -> str:
        """Read a file from the phone, whole or not at all; gives the SHA-256 of what was received."""
        with self._link(f"pulling {remote.name!r}", timeout_s) as link:
            return receive_file(link, self.serial, str(remote), local)

    @contextmanager
    def _link(self, step: str, timeout_s: float) -> Iterator[Link]:
        if self._was_lost:
            find_connected(self.address, self.serial)  # over the network: connects anew
            self._was_lost = False
        try:
            with open_link(self.address, self.serial, step, timeout_s) as link:
                yield link
        except PhoneSilent:
            raise  # the connection is there; whether the phone is, adb does not know either
        except TransientError:
            self._was_lost = True
            raise


class _Running:
    """A command on the phone, as far as it has told."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.pid: int | None = None
        self.status: int | None = None
        self._stderr = bytearray()

    def lines(self, link: Link) -> Iterator[str]:
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

    def _hear(self, payload: bytes) -> None:
        self._stderr += payload
        if self.pid is None and (told := re.match(_PID_MARK.encode() + rb"(\d+)\n", self._stderr)):
            self.pid = int(told[1])
            del self._stderr[: told.end()]
        if len(self._stderr) > 2 * KEPT_STDERR_BYTES:
            del self._stderr[:-KEPT_STDERR_BYTES]

    def stderr(self) -> str:
        return self._stderr.decode("utf-8", "replace")


def _as_pattern(text: str) -> str:
    r"""The basic regular expression that matches this text alone.

    >>> _as_pattern("ld.so")
    'ld\\.so'
    """
    return re.sub(r"([][.*^$\\])", r"\\\1", text)


def transfer_timeout_s(size_bytes: int) -> float:
    """How long a file of that size may take."""
    return TRANSFER_EXTRA_S + size_bytes / SLOWEST_BYTES_PER_S
