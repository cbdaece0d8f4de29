"""The environment of the ONNX route's tools: made once from a lock file with hashes, in the user's cache folder.

onnx2tf pins TensorFlow, numpy and protobuf to versions that ghostbench's own environment cannot have. Once made, the
environment needs no network. No heavy imports.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ghostbench.core.errors import ConversionError

Say = Callable[[str], None]

_LOCK = Path("requirements") / "onnx2tf.txt"
_PACKAGE = Path(__file__).resolve().parent.parent
# For one attempt at installing: some 0.6 GB are fetched, on a slow line too.
INSTALL_TIMEOUT_S = 1800.0
_MAKING = ".making-"
# What to count on for one conversion beside the worker that asked for it: 1.9 GB for GhostNet, 7.2 for ResNet-50.
TOOLS_MEMORY_BYTES = 7_500_000_000


def lock_file() -> Path:
    """The lock file, of the checkout or of the installed wheel."""
    for root in (_PACKAGE.parent, _PACKAGE / "_data"):
        if (root / _LOCK).is_file() and (root != _PACKAGE.parent or _is_checkout(root)):
            return root / _LOCK
    raise ConversionError(
        f"{_LOCK}: this list of the ONNX route's tools is missing; install ghostbench anew"
    )


def tools_digest() -> str:
    """What stands for the versions of all the tools: the Python, the machine and the lock file."""
    digest = hashlib.sha256(lock_file().read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]
    return f"py{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}-{digest}"


def environment_folder(cache: Path | None = None) -> Path:
    """Where the environment is, or will be."""
    return (cache or _cache()) / tools_digest()


def environment_python(cache: Path | None = None) -> Path:
    """The interpreter of the environment. Raises ConversionError when it is not made yet."""
    python = environment_folder(cache) / "bin" / "python"
    if not python.exists():
        raise ConversionError(
            f"{python.parents[1]}: the environment of the ONNX route's tools is not made yet"
        )
    return python


def make_environment(say: Say, *, cache: Path | None = None, lock: Path | None = None) -> Path:
    """The interpreter of the environment, which is made where it is not there yet.

    Two at once make it once: the second waits. It is put in place whole. Raises ConversionError when it cannot be made.
    """
    place, requirements = environment_folder(cache), lock or lock_file()
    python = place / "bin" / "python"
    if python.exists():
        return python
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(place.parent / f"{place.name}.lock", say):
            if not python.exists():
                say(
                    f"making an environment for the ONNX route's tools in {place} (once; some 1.7 GB, a minute or "
                    "more with a fast line)"
                )
                _make(place, requirements)
    except OSError as cause:
        raise ConversionError(
            f"{place}: the environment of the ONNX tools cannot be kept here: {cause}"
        ) from cause
    return python


def _make(place: Path, requirements: Path) -> None:
    _remove_abandoned(place.parent)
    draft = Path(tempfile.mkdtemp(prefix=_MAKING, dir=place.parent))
    try:
        _install(draft, requirements)
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _install(folder: Path, requirements: Path) -> None:
    """With uv where it is there, else, or where uv finds no way to the packages, with pip."""
    listed = ["--no-deps", "--require-hashes", "-r", str(requirements)]
    python = str(folder / "bin" / "python")
    uv = _uv()
    if uv:
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        if _run([uv, "pip", "install", "--quiet", "--python", python, *listed]) is None:
            return
    trouble = _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    if trouble:
        raise ConversionError(
            f"this Python cannot make virtual environments: {trouble}; "
            "on Debian or Ubuntu: apt-get install python3-venv"
        )
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if trouble := _run([*pip, "--only-binary", ":all:", *listed]):
        raise ConversionError(
            f"the environment of the ONNX route's tools cannot be made: {trouble}. {_advice(requirements)}"
        )


def _advice(requirements: Path) -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"Without a network: on a machine with one, Python {version} and the same processor, run "
        f"'pip download --no-deps --only-binary :all: --require-hashes -r {requirements} -d wheels', bring the folder "
        "here, and set PIP_NO_INDEX=1 and PIP_FIND_LINKS=wheels for one `ghostbench convert --route onnx`"
    )


def _run(command: Sequence[str]) -> str | None:
    """What went wrong, in one line; None when nothing did."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{Path(command[0]).name} did not end within {INSTALL_TIMEOUT_S:g} s"
    if done.returncode == 0:
        return None
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [f"status {done.returncode}"])[-1].strip()


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ghostbench" / "onnx-tools"


def _is_checkout(root: Path) -> bool:
    return (root / "pyproject.toml").is_file()


def _remove_abandoned(folder: Path) -> None:
    """Whoever holds the lock is alone: what others began is left over from a process that was killed."""
    for draft in folder.glob(f"{_MAKING}*"):
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _only_one(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(
                "another process is making the environment of the ONNX route's tools; waiting for it"
            )
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
