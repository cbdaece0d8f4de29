"""LiteRT for 64-bit Arm, out of the wheel whose digest is pinned. pip fetches it, from wherever pip is told to."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ghostbench.core.errors import GhostbenchError
from ghostbench.engine.bundle_pieces import (
    LIBRARY,
    LIBRARY_IN_WHEEL,
    LIBRARY_SHA256,
    LITERT_VERSION,
    WHEEL_PLATFORM,
    WHEEL_PYTHON,
    WHEEL_SHA256,
)

TIMEOUT_S = 600.0
_REQUIREMENT = f"ai-edge-litert=={LITERT_VERSION}"
SOURCE = f"wheel {_REQUIREMENT}, cp{WHEEL_PYTHON}, {WHEEL_PLATFORM}, SHA-256 {WHEEL_SHA256}"


class CannotFetch(GhostbenchError):
    """A piece of the bundle cannot be had here."""


def fetch_library(target: Path, scratch: Path, *, wheel: Path | None = None) -> None:
    """Put the library into the folder `target`. Raises CannotFetch saying what to do."""
    if wheel is None:
        _download(scratch)
        wheel = next(iter(scratch.rglob("ai_edge_litert-*.whl")), None)
    unpacked = scratch / "site" / LIBRARY_IN_WHEEL  # uv installs and keeps no wheel
    content = _from_wheel(wheel) if wheel else unpacked.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != LIBRARY_SHA256:
        raise CannotFetch(
            f"{LIBRARY} is not the one that is pinned (SHA-256 {digest[:12]}, not {LIBRARY_SHA256[:12]})"
        )
    (target / LIBRARY).write_bytes(content)


def _from_wheel(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(LIBRARY_IN_WHEEL)
    except (OSError, KeyError, zipfile.BadZipFile) as cause:
        raise CannotFetch(f"{wheel} is no wheel of LiteRT: {cause}") from cause


def _download(scratch: Path) -> None:
    listed = scratch / "requirement.txt"
    listed.write_text(f"{_REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    reasons = []
    for command in _commands(listed, scratch):
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as cause:
            reasons.append(f"{Path(command[0]).name}: {cause}")
            continue
        if ended.returncode == 0:
            return
        told = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        reasons.append(told[-1] if told else f"status {ended.returncode}")
    told_all = "; ".join(reasons) or "there is neither pip nor uv"
    raise CannotFetch(
        f"LiteRT for 64-bit Arm ({_REQUIREMENT}) cannot be downloaded: {told_all}. Fetch that wheel elsewhere "
        f"(`pip download --no-deps --only-binary :all: --platform {WHEEL_PLATFORM} --python-version {WHEEL_PYTHON} "
        f"{_REQUIREMENT}`) and name it with --wheel"
    )


def _commands(listed: Path, scratch: Path) -> list[Sequence[str]]:
    """Ways to fetch it, the first one first."""
    pinned = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(listed))
    commands: list[Sequence[str]] = []
    if find_spec("pip"):
        platform = ("--platform", WHEEL_PLATFORM, "--python-version", WHEEL_PYTHON)
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        commands.append(
            (*pip, "--implementation", "cp", *platform, *pinned, "--dest", str(scratch))
        )
    if uv := shutil.which("uv"):
        major, minor = WHEEL_PYTHON[0], WHEEL_PYTHON[1:]
        platform = (
            "--python-platform",
            "aarch64-manylinux_2_28",
            "--python-version",
            f"{major}.{minor}",
        )
        commands.append(
            (uv, "pip", "install", "--quiet", *platform, *pinned, "--target", str(scratch / "site"))
        )  # fmt: skip
    return commands
