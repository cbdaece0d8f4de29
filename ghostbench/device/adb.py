"""One phone over adb: run commands, move files. The only place that quotes for a phone's shell.

Argument lists go in and are quoted here, so that no name of a file, model or setting is ever read by a shell.
A *script* is text of ghostbench's own and holds nothing that came from outside. Every call has a time-out.
"""

import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from ghostbench.device.adb_batch import Batch
from ghostbench.device.adb_link import Link, LinkLost, PhoneSilent, open_link
from ghostbench.device.adb_running import TELL_PID, Running
from ghostbench.device.adb_server import find_connected
from ghostbench.device.adb_shell import (
    EXIT,
    STDERR,
    STDOUT,
    HeldShell,
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
# Pauses before a command whose connection was lost is run again: adbd is back within a second or two.
AGAIN_AFTER_S = (0.5, 1.5, 3.0)


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
    """A phone that an adb server knows by its serial.

    Time limits and pauses are divided by `hurry`: a phone made for tests answers sooner than one of glass and metal.
    """

    def __init__(
        self,
        serial: str,
        address: ServerAddress,
        *,
        hurry: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not serial or any(character in serial for character in "\0\n\t"):
            raise UsageError(f"{serial!r} is no serial of a phone")
        self.serial, self.address, self.hurry = serial, address, hurry
        self.failed_calls = 0  # as far as trying again may have helped
        self._sleep = sleep
        self._orphans: list[Running] = []
        self._was_lost = False

    def run(
        self,
        argv: Sequence[str],
        *,
        step: str,
        timeout_s: float = SHELL_TIMEOUT_S,
        once: bool = False,
    ) -> ShellResult:
        """Run a command to its end, whatever its status; `step` says in an error what was being done.

        When the connection is lost it is run again, unless `once`.
        """
        return self._run(quote_command(argv), step, timeout_s, once=once)

    def check(
        self,
        argv: Sequence[str],
        *,
        step: str,
        timeout_s: float = SHELL_TIMEOUT_S,
        once: bool = False,
    ) -> str:
        """Run a command and give its stdout. Raises CommandFailed when its status is not 0."""
        result = self.run(argv, step=step, timeout_s=timeout_s, once=once)
        if result.status:
            raise CommandFailed(self.serial, argv, result.status, result.stderr or result.stdout)
        return result.stdout

    def run_script(
        self, script: str, *, step: str, timeout_s: float = SHELL_TIMEOUT_S
    ) -> ShellResult:
        """Run shell text of ghostbench's own."""
        return self._run(script, step, timeout_s)

    def run_all(
        self, commands: Sequence[Sequence[str]], *, step: str, timeout_s: float = SHELL_TIMEOUT_S
    ) -> list[ShellResult]:
        """Run commands one after another in one round trip, each whatever became of the one before."""
        batch = Batch(tuple(quote_command(argv) for argv in commands))
        said = self._run(batch.script, step, timeout_s)
        answers = batch.split(said.stdout, said.stderr)
        if answers is None:
            raise TransientError(f"{self.serial}: the answer was cut short while {step}")
        return [ShellResult(stdout=out, stderr=err, status=status) for out, err, status in answers]

    def _run(self, command: str, step: str, timeout_s: float, *, once: bool = False) -> ShellResult:
        for pause_s in () if once else AGAIN_AFTER_S:
            try:
                return self._run_once(command, step, timeout_s)
            except PhoneSilent:
                raise  # it was waited for
            except TransientError:
                self._sleep(pause_s / self.hurry)
        return self._run_once(command, step, timeout_s)

    def _run_once(self, command: str, step: str, timeout_s: float) -> ShellResult:
        told: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray()}
        with self._link(step, timeout_s / self.hurry) as link:
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
        command = TELL_PID + quote_command(argv, environment)
        running = Running(Path(argv[0]).name)
        with self._link(f"measuring ({running.program})", timeout_s) as link:
            # It is ended before the connection is: adbd ends the command with that, and leaves its children.
            try:
                open_shell(link, self.serial, command)
                yield from running.lines(link)
            except PhoneSilent as cause:
                if running.pid is None or not self._end(running):
                    raise  # it was the phone that hung, and not the command
                raise CommandTimedOut(self.serial, argv, timeout_s) from cause
            except (GeneratorExit, KeyboardInterrupt, LinkLost):
                self._end(running)
                raise
        if running.status:
            raise CommandFailed(self.serial, argv, running.status, running.stderr())

    def _end(self, running: Running, *, once: bool = True) -> bool:
        """End it on the phone; one that cannot be reached now is ended before the next command starts."""
        if running.pid is None:
            return True
        try:
            self.run(
                running.ending(),
                step=f"ending {running.program}",
                timeout_s=END_TIMEOUT_S,
                once=once,
            )
        except DeviceError:
            self._orphans.append(running)
            return False
        return True

    def _end_orphans(self) -> None:
        orphans, self._orphans = self._orphans, []
        for orphan in orphans:
            # The first word to a phone that comes back may be lost, and the next command would run beside the orphan.
            self._end(orphan, once=False)

    @contextmanager
    def hold_open(
        self, argv: Sequence[str], *, step: str, timeout_s: float
    ) -> Iterator[tuple[HeldShell, list[str]]]:
        """Run a command that prints a line `ready` and then waits for its stdin to end; gives the lines up to there.

        A command that ends before gives its lines too, without `ready`.
        """
        with self._link(step, timeout_s / self.hurry) as link:
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
        allowed_s = transfer_timeout_s(local.stat().st_size) / self.hurry
        with self._link(f"pushing {local.name!r}", allowed_s) as link:
            send_file(link, self.serial, local, str(remote), mode)

    def pull(self, remote: PurePosixPath, local: Path, *, timeout_s: float = 120.0) -> str:
        """Read a file from the phone, whole or not at all; gives the SHA-256 of what was received."""
        with self._link(f"pulling {remote.name!r}", timeout_s / self.hurry) as link:
            return receive_file(link, self.serial, str(remote), local)

    @contextmanager
    def _link(self, step: str, timeout_s: float) -> Iterator[Link]:
        try:
            if self._was_lost:  # over the network: connects anew
                find_connected(self.address, self.serial, step, hurry=self.hurry)
                self._was_lost = False
            with open_link(self.address, self.serial, step, timeout_s) as link:
                yield link
        except PhoneSilent:
            self.failed_calls += 1
            raise  # the connection is there; whether the phone is, adb does not know either
        except TransientError:
            self.failed_calls += 1
            self._was_lost = True
            raise


def transfer_timeout_s(size_bytes: int) -> float:
    """How long a file of that size may take."""
    return TRANSFER_EXTRA_S + size_bytes / SLOWEST_BYTES_PER_S
