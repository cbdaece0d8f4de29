"""Which prebuilt runner fits which machine, and whether it is the one that was built."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import RunnerError

RUNNER_NAME = "ghostbench-runner"
PREBUILT = Path(__file__).resolve().parent / "native" / "prebuilt"

# What kernels call their machines, to the folder that fits.
_FOLDERS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerBinary:
    """One prebuilt runner."""

    machine: str
    path: Path
    sha256: str


def find_runner(machine: str, folder: Path = PREBUILT) -> RunnerBinary:
    """The runner for a machine as `uname -m` names it. Raises RunnerError when there is none or when it was changed."""
    known = _FOLDERS.get(machine.lower())
    if known is None:
        there = ", ".join(sorted(set(_FOLDERS.values())))
        raise RunnerError(
            f"there is no runner for {machine} machines; there are runners for {there}"
        )
    path = folder / known / RUNNER_NAME
    expected = _sums(folder).get(f"{known}/{RUNNER_NAME}")
    try:
        actual = sha256_of(path)
    except OSError as cause:
        raise RunnerError(
            f"the runner for {known} cannot be read: {cause}; build it with: make native"
        ) from cause
    if actual != expected:
        raise RunnerError(
            f"{path} is not the runner that was built (SHA-256 {actual}, expected {expected}); "
            "build it again with: make native"
        )
    return RunnerBinary(machine=known, path=path, sha256=actual)


def sha256_of(path: Path) -> str:
    """Of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sums(folder: Path) -> dict[str, str]:
    try:
        text = (folder / "SHA256SUMS").read_text(encoding="utf-8")
    except OSError as cause:
        raise RunnerError(
            f"the list of runners cannot be read: {cause}; build them with: make native"
        ) from cause
    return parse_sums(text)


def parse_sums(text: str) -> dict[str, str]:
    r"""Read what `sha256sum` prints.

    >>> parse_sums("00ff  x86_64/ghostbench-runner\n")
    {'x86_64/ghostbench-runner': '00ff'}
    """
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return {name.strip(): digest for digest, name in pairs}
