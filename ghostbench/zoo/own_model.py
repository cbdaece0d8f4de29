"""A model of one's own: which file it is, what it takes, and what it is called. No heavy imports."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ghostbench.core.errors import GhostbenchError, UsageError

TIMM = "timm:"
# What the name of a source says of its kind; a folder is a SavedModel.
_KINDS: Mapping[str, str] = {".onnx": "onnx", ".keras": "keras", ".h5": "keras"}
LAYOUTS = ("nhwc", "nchw")
DEFAULT_RANGE = (-1.0, 1.0)
_LARGEST_SIDE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user says of models of their own."""

    name: str | None = None
    input_range: tuple[float, float] | None = None
    input_shape: tuple[int, ...] | None = None
    layout: str | None = None  # of LAYOUTS; None: as the shape shows


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """A model that is not of the zoo."""

    kind: str  # "onnx", "keras", "saved_model" or "timm"
    path: Path  # for timm, what was asked for: "timm:NAME"
    sha256: str | None  # over the file, or all files of the folder; None for timm
    input_range: tuple[float, float] = DEFAULT_RANGE
    input_shape: tuple[int, ...] | None = None  # None: as the model says
    layout: str | None = None

    def __str__(self) -> str:
        """As it stands in the artifact."""
        return str(self.path) if self.sha256 is None else f"{self.path.name}, sha256 {self.sha256}"


def is_own(target: str) -> bool:
    """Whether a target of `ghostbench convert` means a model of one's own and not a network of the zoo."""
    path = Path(target)
    return (
        target.startswith(TIMM)
        or path.suffix.lower() in (*_KINDS, ".tflite", ".pb", ".pt", ".pth")
        or "/" in target
        or (path / "saved_model.pb").is_file()
    )


def own_model(target: str, wishes: Wishes, *, needs_range: bool) -> OwnModel:
    """The model that a target means. Raises UsageError for what cannot be converted."""
    kind = _kind(target)
    _check(target, wishes)
    if needs_range and wishes.input_range is None and kind != "timm":
        raise UsageError(
            f"{target}: int8 is calibrated on images of the range that the network takes; say which, for instance "
            "--input-range 0 1"
        )
    path = Path(target)
    return OwnModel(
        kind=kind,
        path=path if kind == "timm" else path.resolve(),
        sha256=None if kind == "timm" else _sha256(path),
        input_range=wishes.input_range or DEFAULT_RANGE,
        input_shape=wishes.input_shape,
        layout=wishes.layout,
    )


def own_name(target: str, wishes: Wishes) -> str:
    """What its built files are called."""
    plain = target.removeprefix(TIMM) if target.startswith(TIMM) else Path(target).resolve().stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", wishes.name or plain).strip("._")
    if not name:
        raise UsageError(f"{target}: give it a name, --name NAME")
    return name


def export_tools() -> dict[str, str]:
    """The versions of what a timm model is exported with. Raises GhostbenchError when they are not installed."""
    found = {}
    for package in ("torch", "timm", "onnx"):
        try:
            found[package] = version(package)
        except PackageNotFoundError as cause:
            raise GhostbenchError(
                f"a timm: source needs {package}, which is not installed; install it with: "
                "pip install torch timm onnx"
            ) from cause
    return found


def _kind(target: str) -> str:
    if target.startswith(TIMM):
        return "timm"
    path, suffix = Path(target), Path(target).suffix.lower()
    if not path.exists():
        raise UsageError(f"{target}: there is no such file or folder")
    if path.is_dir():
        if not (path / "saved_model.pb").is_file():
            raise UsageError(f"{target}: this folder is no SavedModel, it holds no saved_model.pb")
        return "saved_model"
    if suffix == ".tflite":
        raise UsageError(
            f"{target}: this is a .tflite already; time it with: ghostbench run {target}"
        )
    if suffix in (".pt", ".pth"):
        raise UsageError(
            f"{target}: a PyTorch file holds weights without their network; export it with torch.onnx.export and "
            "convert the .onnx"
        )
    if suffix not in _KINDS:
        raise UsageError(
            f"{target}: what can be converted are .onnx and .keras files, SavedModel folders, timm:NAME and networks "
            "of the zoo (`ghostbench models`)"
        )
    return _KINDS[suffix]


def checked_range(span: tuple[float, float]) -> tuple[float, float]:
    """The same range. Raises UsageError for one that cannot be."""
    low, high = span
    if not (low < high and abs(low) < 1e6 and abs(high) < 1e6):  # so written, a NaN is refused
        raise UsageError(
            f"an input range is two numbers, the smaller one first, not {low:g} and {high:g}"
        )
    return span


def _check(target: str, wishes: Wishes) -> None:
    if wishes.input_range is not None:
        checked_range(wishes.input_range)
    if wishes.input_shape is not None:
        sizes = wishes.input_shape
        if not sizes or not all(0 < size <= _LARGEST_SIDE for size in sizes):
            raise UsageError("an input shape is written as --input-shape 1,224,224,3")
    if wishes.layout is not None and wishes.layout not in LAYOUTS:
        raise UsageError(f"{target}: a layout is {' or '.join(LAYOUTS)}, not {wishes.layout!r}")


def _sha256(path: Path) -> str:
    """Of a file's content; of a folder's files with their names."""
    try:
        if path.is_file():
            return _digest(path).hexdigest()
        whole = hashlib.sha256()
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            whole.update(
                f"{file.relative_to(path).as_posix()} {_digest(file).hexdigest()}\n".encode()
            )
    except OSError as cause:
        raise UsageError(f"{path}: this cannot be read: {cause.strerror}") from cause
    return whole.hexdigest()


def _digest(path: Path) -> "hashlib._Hash":
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256")
