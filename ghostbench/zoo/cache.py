"""The folder of built files: `<name>-<precision>-<key>.tflite`, each with a `.json` beside it that holds its Artifact.

The `.tflite` is put in place whole, and the `.json` after it, so a file without one is a build that did not end. No
heavy imports: finding a file again costs no more than reading it.
"""

import glob
import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError
from ghostbench.core.folders import built_folder
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.recipe import Recipe, recipe_key

Warn = Callable[[str], None]

_SCRATCH_PREFIX = ".building-"
# No build takes this long; what is older was left by a process that was killed.
_SCRATCH_KEPT_S = 24 * 3600


def file_stem(recipe: Recipe) -> str:
    """What the built file and its sidecar are called, without suffix."""
    # A variant is named by its options, "ghostnet?width=0.75"; the key tells apart what this makes equal.
    name = re.sub(r"[^A-Za-z0-9._+-]+", "_", recipe.spec.name).strip(".") or "network"
    return f"{name}-{recipe.precision}-{recipe_key(recipe)}"


def look_up(recipe: Recipe, folder: Path, warn: Warn) -> Artifact | None:
    """The artifact that was built from this recipe before, if it is there and sound."""
    sidecar = folder / f"{file_stem(recipe)}.json"
    artifact = _read_sound(sidecar, warn)
    if artifact is None:
        return None
    spec = recipe.spec
    return replace(artifact, name=spec.name, title=spec.title, family=spec.family or None)


def find_built(
    name: str,
    precision: str,
    *,
    workspace: Path | None = None,
    route: str | None = None,
    weights: str | None = None,
    warn: Warn = lambda line: None,
) -> Artifact | None:
    """The newest sound file of that name and precision, whatever it was built with; needs no TensorFlow.

    `route` and `weights`, as they stand in the artifact, narrow the choice.
    """
    sidecars = built_folder(workspace).glob("*.json")
    for sidecar in sorted(sidecars, key=_written_at_ns, reverse=True):
        artifact = _read_sidecar(sidecar)
        if (
            artifact is not None
            and (artifact.name, artifact.precision) == (name, precision)
            and route in (None, artifact.route)
            and weights in (None, artifact.weights)
            and (sound := _read_sound(sidecar, warn))
        ):
            return sound
    return None


def described(path: Path, sha256: str) -> Artifact | None:
    """What stands beside a file that was built here, if it is still that file; needs no TensorFlow."""
    artifact = _read_sidecar(path.with_suffix(".json"))
    if artifact is None or artifact.sha256 != sha256:
        return None
    return replace(artifact, path=path)


def find_own(name: str, precision: str, *, workspace: Path | None = None) -> Artifact | None:
    """The newest sound file of that precision of the user's own model of that name; needs no TensorFlow."""
    sidecars = built_folder(workspace).glob(f"{glob.escape(name)}-{precision}-*.json")
    for sidecar in sorted(sidecars, key=_written_at_ns, reverse=True):
        artifact = _read_sidecar(sidecar)
        if (
            artifact
            and artifact.source
            and (artifact.name, artifact.precision) == (name, precision)
        ):
            return _read_sound(sidecar, lambda line: None)
    return None


def own_names(workspace: Path | None = None) -> set[str]:
    """The names of the user's own models that have been built."""
    read = (_read_sidecar(sidecar) for sidecar in built_folder(workspace).glob("*.json"))
    return {artifact.name for artifact in read if artifact and artifact.source}


def publish(artifact: Artifact, recipe: Recipe, folder: Path) -> Artifact:
    """Move a checked file from where it was built to its place, then write its sidecar."""
    place = folder / f"{file_stem(recipe)}.tflite"
    settled = replace(artifact, path=place)
    sidecar = place.with_suffix(".json")
    sidecar.unlink(missing_ok=True)  # of a damaged file: from here on it is wrong
    if artifact.onnx_sha256:
        _sync(artifact.path.with_suffix(".onnx"))
        artifact.path.with_suffix(".onnx").replace(place.with_suffix(".onnx"))
    _sync(artifact.path)
    artifact.path.replace(place)
    draft = artifact.path.with_suffix(".json")
    # The path is relative, so that the workspace can be moved.
    draft.write_bytes(to_json(replace(settled, path=Path(place.name))) + b"\n")
    _sync(draft)
    draft.replace(sidecar)
    _sync(folder)
    return settled


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder to build in, on the same file system as the cache, removed at the end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        own_prefix = f"{_SCRATCH_PREFIX}{platform.node()}-{os.getpid()}-"
        scratch = Path(tempfile.mkdtemp(prefix=own_prefix, dir=folder))
    except OSError as cause:
        raise ConversionError(
            f"{folder}: cannot build here: {cause.strerror}; "
            "change to a folder that you may write to, or mend its permissions"
        ) from cause
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    for scratch in folder.glob(f"{_SCRATCH_PREFIX}*"):
        if _owner_is_gone(scratch) or time.time() - scratch.stat().st_mtime > _SCRATCH_KEPT_S:
            shutil.rmtree(scratch, ignore_errors=True)


def _owner_is_gone(scratch: Path) -> bool:
    """Whether the process that made it was killed; of another machine's processes nothing is known."""
    node, _, rest = scratch.name.removeprefix(_SCRATCH_PREFIX).rpartition("-")[0].rpartition("-")
    return node == platform.node() and rest.isdecimal() and not psutil.pid_exists(int(rest))


def _written_at_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # another process has just removed it
        return 0


def _read_sidecar(sidecar: Path) -> Artifact | None:
    try:
        artifact = from_json(sidecar.read_bytes(), Artifact)
    except (OSError, ValueError):
        return None
    return replace(artifact, path=sidecar.parent / artifact.path.name, cached=True)


def _read_sound(sidecar: Path, warn: Warn) -> Artifact | None:
    """The artifact of a sidecar, if its file is what the sidecar says."""
    if not sidecar.exists():
        return None
    artifact = _read_sidecar(sidecar)
    if artifact is None:
        warn(f"{sidecar}: this is not what ghostbench writes; the file beside it is not used")
        return None
    if damage := _damage(artifact):
        warn(f"{artifact.path}: {damage}; it is not used")
        return None
    return artifact


def _damage(artifact: Artifact) -> str | None:
    try:
        size_bytes = artifact.path.stat().st_size
        if size_bytes != artifact.size_bytes:
            return f"the file has {size_bytes:,} bytes and had {artifact.size_bytes:,} when it was built"
        with artifact.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as cause:
        return f"the file cannot be read ({cause.strerror})"
    if digest != artifact.sha256:
        return "the file has changed since it was built"
    if artifact.onnx_sha256 and not artifact.path.with_suffix(".onnx").is_file():
        return "the ONNX file that was kept beside it is gone"
    return None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
