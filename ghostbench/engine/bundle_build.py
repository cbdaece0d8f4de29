"""Make the bundle for phones: gather the pieces aside, check them, and put them in place in one step."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ghostbench.core.errors import UsageError
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.strict import to_json
from ghostbench.core.version import VERSION
from ghostbench.engine.bundle import (
    Bundle,
    BundleError,
    bundle_folder,
    find_flaws,
    load_bundle,
    read_manifest,
)
from ghostbench.engine.bundle_debian import fetch_packages
from ghostbench.engine.bundle_pieces import (
    C_RUNTIME,
    FILES,
    LIBRARY,
    LITERT_VERSION,
    LOADER,
    MACHINE,
    MANIFEST,
    RUNNER,
    SCHEMA_VERSION,
    Manifest,
    Piece,
)
from ghostbench.engine.bundle_wheel import SOURCE, CannotFetch, fetch_library
from ghostbench.engine.debian_archive import take_files
from ghostbench.engine.runner_binary import find_runner, sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSources:
    """Where the pieces come from, when not from where they are usually had."""

    wheel: Path | None = None  # the aarch64 wheel of LiteRT
    runtime_dir: Path | None = None  # a folder with the C runtime's five files
    mirror: str | None = None  # address of a Debian mirror


@dataclass(frozen=True, slots=True)
class _Origin:
    source: str
    pinned: bool


def build_bundle(
    sources: BundleSources | None = None,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Bundle:
    """Make the bundle, in place of one that is there. Raises CannotFetch or BundleError; the old one then stays."""
    sources, shown, target = (
        sources or BundleSources(),
        progress or Silence(),
        folder or bundle_folder(),
    )
    if target.exists() and not (target / MANIFEST).is_file() and any(target.iterdir()):
        raise UsageError(f"{target} holds other files; name a folder that is empty or a bundle")
    try:
        with _only_builder(target), _scratch(target) as scratch:
            return _build(sources, target, scratch, shown)
    except OSError as cause:
        raise BundleError(f"the bundle cannot be made in {target}: {cause}") from cause


def have_bundle(folder: Path | None = None, *, progress: Progress | None = None) -> Bundle:
    """The bundle; made now when there is none or it does not fit this ghostbench any more."""
    try:
        return load_bundle(folder)
    except BundleError:
        if renewed := _with_new_runner(folder or bundle_folder()):
            return renewed
        (progress or Silence()).say("making the bundle that phones need; this is done once")
        return build_bundle(folder=folder, progress=progress)


def _with_new_runner(target: Path) -> Bundle | None:
    """The bundle with the runner of this ghostbench, when that is all it lacks: nothing is fetched for it."""
    try:
        old = read_manifest(target)
        with _only_builder(target), _scratch(target) as scratch:
            new = shutil.copytree(target, scratch / "bundle")
            shutil.copyfile(find_runner(MACHINE).path, new / RUNNER)
            (new / RUNNER).chmod(0o755)
            origins = {
                name: _Origin(piece.source, piece.pinned) for name, piece in old.pieces.items()
            }
            manifest = _manifest(
                new, origins | {RUNNER: _Origin(f"ghostbench {VERSION}", pinned=True)}
            )
            if any(manifest.pieces[n].sha256 != old.pieces[n].sha256 for n in FILES if n != RUNNER):
                return None
            (new / MANIFEST).write_bytes(to_json(manifest) + b"\n")
            _replace(target, new, scratch / "old")
    except (OSError, BundleError):
        return None
    return load_bundle(target)


def _build(sources: BundleSources, target: Path, scratch: Path, progress: Progress) -> Bundle:
    new = scratch / "bundle"
    new.mkdir()
    progress.doing("fetching LiteRT for 64-bit Arm")
    fetch_library(new, _folder(scratch / "wheel"), wheel=sources.wheel)
    origins = {LIBRARY: _Origin(SOURCE, pinned=True)}
    shutil.copyfile(find_runner(MACHINE).path, new / RUNNER)
    origins[RUNNER] = _Origin(f"ghostbench {VERSION}", pinned=True)
    progress.doing("fetching the C runtime for 64-bit Arm")
    if sources.runtime_dir:
        origins |= _copied(sources.runtime_dir, new)
    else:
        origins |= _fetched(_folder(scratch / "debian"), new, sources.mirror)
    for name in FILES:
        (new / name).chmod(0o755 if name in (RUNNER, LOADER) else 0o644)
    if flaws := find_flaws(new):
        raise BundleError(f"these files cannot be a bundle: {'; '.join(flaws)}")
    manifest = _manifest(new, origins)
    (new / MANIFEST).write_bytes(to_json(manifest) + b"\n")
    _replace(target, new, scratch / "old")
    return Bundle(folder=target, manifest=manifest)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _copied(folder: Path, target: Path) -> dict[str, _Origin]:
    if missing := [name for name in C_RUNTIME if not (folder / name).is_file()]:
        raise CannotFetch(f"{folder} does not hold {', '.join(missing)}")
    for name in C_RUNTIME:
        shutil.copyfile(folder / name, target / name)
    return {name: _Origin("given with --runtime-dir", pinned=False) for name in C_RUNTIME}


def _fetched(scratch: Path, target: Path, mirror: str | None) -> dict[str, _Origin]:
    origins = {}
    for package, archive in fetch_packages(scratch, mirror=mirror).items():
        digest = sha256_of(archive)
        try:
            contents = take_files(archive, package.files)
        except (OSError, ValueError) as cause:
            raise CannotFetch(f"the package {archive.name} cannot be used: {cause}") from cause
        for name, content in contents.items():
            (target / name).write_bytes(content)
            source = f"Debian package {archive.name}, SHA-256 {digest}"
            origins[name] = _Origin(source, pinned=digest == package.sha256)
    return origins


def _manifest(folder: Path, origins: dict[str, _Origin]) -> Manifest:
    return Manifest(
        schema_version=SCHEMA_VERSION,
        machine=MACHINE,
        litert=LITERT_VERSION,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        ghostbench=VERSION,
        pieces={
            name: Piece(
                sha256=sha256_of(folder / name),
                bytes=(folder / name).stat().st_size,
                source=origins[name].source,
                pinned=origins[name].pinned,
            )
            for name in FILES
        },
    )


def _replace(target: Path, new: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    new.rename(target)


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    prefix = f".{target.name}-"
    for abandoned in target.parent.glob(
        f"{prefix}*"
    ):  # by a builder that was killed: nobody else builds now
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=prefix) as name:
        yield Path(name)


@contextmanager
def _only_builder(target: Path) -> Iterator[None]:
    """Let other processes wait while this one builds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target.parent / f"{target.name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
