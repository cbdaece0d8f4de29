"""A file that is to be benchmark_model: for which machine it is, and which of the two programs of that name."""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import RunnerError, UsageError
from ghostbench.engine.runner_binary import sha256_of

CLASSIC, COMPILED = "classic", "compiled"
FLAVOURS = (CLASSIC, COMPILED)

# Pieces of text that only that program prints. The second one's come first: it is built on parts of the first.
_WORDS = {COMPILED: b"BENCHMARK RESULTS", CLASSIC: b"nference timings in us"}
_MAGIC = b"\x7fELF"
_CLASSES = {1: 32, 2: 64}
_MACHINES = {(62, 64): "x86_64", (183, 64): "aarch64", (40, 32): "armv7l", (3, 32): "i686"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program file."""

    path: Path
    sha256: str
    flavour: str  # "classic" (the interpreter's tool) or "compiled" (LiteRT's for compiled models)
    machine: str | None  # None for a script, which any machine may run
    source: str | None = None  # the address it was fetched from


def read_program(path: Path, flavour: str | None = None, source: str | None = None) -> Program:
    """Examine a file; `flavour` says which program it is where it does not itself. Raises RunnerError."""
    if flavour not in (None, *FLAVOURS):
        raise UsageError(f"benchmark_model comes as {' and '.join(FLAVOURS)}, not as {flavour!r}")
    try:
        with path.open("rb") as file:
            head = file.read(64)
            found = _flavour(file.fileno()) if head else None
        sha256 = sha256_of(path)
    except OSError as cause:
        raise RunnerError(f"{path} cannot be read: {cause.strerror or cause}") from cause
    machine = None if head.startswith(b"#!") else _machine(path, head)
    if flavour and found and flavour != found:
        raise RunnerError(f"{path} is the {found} benchmark_model, not the {flavour} one")
    if not (flavour or found):
        raise RunnerError(f"{path} is no benchmark_model: it holds nothing of what that prints")
    return Program(
        path=path, sha256=sha256, flavour=flavour or found or "", machine=machine, source=source
    )


def _flavour(file: int) -> str | None:
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as content:
        return next((name for name, word in _WORDS.items() if content.find(word) >= 0), None)


def _machine(path: Path, head: bytes) -> str:
    if head[:4] != _MAGIC or len(head) < 52:
        raise RunnerError(
            f"{path} is no program for Linux or Android: it is no ELF file and no script"
        )
    order = {1: "<", 2: ">"}.get(head[5], "<")
    kind, number = struct.unpack_from(order + "HH", head, 16)
    machine = _MACHINES.get((number, _CLASSES.get(head[4], 0)))
    if kind not in (2, 3):  # executable, and position-independent executable
        raise RunnerError(f"{path} is an ELF file, but no program (it may be a library's part)")
    if machine is None or order == ">":
        raise RunnerError(
            f"{path} is a program for a machine that is not known (ELF machine {number})"
        )
    return machine
