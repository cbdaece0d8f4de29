r"""What `bm_run.sh` prints around a run of benchmark_model: sealed, so that either all of it is right or none is read.

A line of statistics holds figures that nothing else in the log repeats. A digit changed on the way could not be seen
in the log itself; the SHA-256 sum over everything shows it.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ghostbench.core.errors import RunnerError

_MARK = "@@ghostbench "
_BEGIN = _MARK + "benchmark_model 1"
_END = re.compile(re.escape(_MARK) + r"end (?P<sum>[0-9a-f]{64})")
_STATUS = re.compile(re.escape(_MARK) + r"status (?P<status>\d{1,3})")
_SUM = re.compile(r"[0-9a-f]{64}")
_CPUS = re.compile(r"Cpus_allowed_list:\s*(?P<list>\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One run of the program, as seen from outside."""

    machine: str
    kernel: str
    pid: int
    cpus: tuple[int, ...]  # where it was allowed to run
    program_sha256: str  # of the files as the device reads them, just before the run
    model_sha256: str
    arguments: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


def read_frame(lines: Iterable[str]) -> Frame:
    """Read what the script printed. Raises RunnerError when anything of it is not as it was printed."""
    return _frame(_sealed(list(lines)))


def seal(body: Sequence[str]) -> list[str]:
    """The lines that the script prints for a body: for tests and simulated devices."""
    return [_BEGIN, *body, f"{_MARK}end {_sum(body)}"]


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Read how the kernel names sets of cores.

    >>> parse_cpu_list("0-2,5")
    (0, 1, 2, 5)
    """
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus += range(int(first), int(last or first) + 1)
    return tuple(cpus)


def _sealed(lines: list[str]) -> list[str]:
    """The lines between begin and end, if their sum is the one told."""
    if not lines:
        raise RunnerError("benchmark_model's output is missing: not one line came")
    # Old adb turned every line break into two characters.
    if all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    end = _END.fullmatch(lines[-1])
    if lines[0] != _BEGIN or not end:
        raise RunnerError("benchmark_model's output is cut: its first or its last line is missing")
    body = lines[1:-1]
    if _sum(body) != end["sum"]:
        raise RunnerError(
            "benchmark_model's output was damaged on the way: its SHA-256 sum differs"
        )
    return body


def _frame(body: list[str]) -> Frame:
    """Raises RunnerError for what a sealed body must still hold."""
    try:
        out, err = body.index(_MARK + "stdout"), len(body) - 1 - body[::-1].index(_MARK + "stderr")
    except ValueError as cause:
        raise RunnerError("benchmark_model's output lacks one of its streams") from cause
    status = _STATUS.fullmatch(body[-1])
    if not status or sum(line.startswith(_MARK) for line in body) != 3 or out > err:
        raise RunnerError("benchmark_model's output holds marks that it must not hold")
    facts = [line.partition(" ") for line in body[:out]]
    named = {name: value for name, _, value in facts if name != "argument"}
    return Frame(
        machine=named.get("machine", ""),
        kernel=named.get("kernel", ""),
        pid=int(named["pid"]) if named.get("pid", "").isdecimal() else -1,
        cpus=_cpus(named.get("cpus", "")),
        program_sha256=_sha256(named, "program"),
        model_sha256=_sha256(named, "model"),
        arguments=tuple(value for name, _, value in facts if name == "argument"),
        status=int(status["status"]),
        stdout="\n".join(body[out + 1 : err]),  # the script ended a last line that was not ended
        stderr="".join(f"{line}\n" for line in body[err + 1 : -1]),
    )


def _sum(body: Sequence[str]) -> str:
    text = "".join(f"{line}\n" for line in body)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _cpus(text: str) -> tuple[int, ...]:
    found = _CPUS.fullmatch(text)
    if not found:
        raise RunnerError(
            "benchmark_model could not be pinned to its core: the system refused it, or has no taskset"
        )
    return parse_cpu_list(found["list"])


def _sha256(named: dict[str, str], what: str) -> str:
    if not _SUM.fullmatch(named.get(what, "")):
        raise RunnerError(
            f"the {what} file that benchmark_model was to use could not be read on the device"
        )
    return named[what]
