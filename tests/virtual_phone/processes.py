"""What runs on a phone, seen from outside through /proc."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

EMULATOR_PREFIX = "qemu-aarch64"


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a phone."""

    outer_id: int  # here
    inner_id: int  # on the phone
    parent_outer_id: int
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """The name of the program; of an emulated one its own name, not the emulator's."""
        names = [PurePosixPath(word).name for word in self.argv]
        return names[1] if len(names) > 1 and names[0].startswith(EMULATOR_PREFIX) else names[0]

    @property
    def command(self) -> tuple[str, ...]:
        """The argument list without the emulator."""
        emulated = PurePosixPath(self.argv[0]).name.startswith(EMULATOR_PREFIX)
        return self.argv[1:] if emulated else self.argv


def processes_of(init: int) -> list[Process]:
    """All processes in the process namespace of this init, without init itself."""
    try:
        namespace = Path(f"/proc/{init}/ns/pid").readlink()
    except OSError:
        return []
    found = (_process_in(namespace, folder) for folder in Path("/proc").glob("[0-9]*"))
    return sorted((p for p in found if p and p.inner_id != 1), key=lambda p: p.inner_id)


def send(number: signal.Signals, processes: Sequence[Process]) -> None:
    """Send a signal to those that still live."""
    for process in processes:
        try:
            os.kill(process.outer_id, number)
        except ProcessLookupError:
            continue


def _process_in(namespace: Path, folder: Path) -> Process | None:
    try:
        if (folder / "ns/pid").readlink() != namespace:
            return None
        words = (folder / "cmdline").read_bytes().split(b"\0")[:-1]
        status = dict(
            line.split(":\t", 1)
            for line in (folder / "status").read_text().splitlines()
            if ":\t" in line
        )
    except OSError:  # gone by now, or none of our business
        return None
    if not words:  # a process that ended and waits to be noticed
        return None
    argv = tuple(word.decode(errors="replace") for word in words)
    return Process(int(folder.name), int(status["NSpid"].split()[-1]), int(status["PPid"]), argv)
