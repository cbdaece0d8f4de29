"""The bundle for phones: runner, LiteRT and a C runtime, which together need nothing of a phone but its kernel.

It lies in the user's cache, one folder with a manifest of digests. glibc is under the LGPL and is fetched when a bundle
is made; nothing of it is in ghostbench.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.elf import is_aarch64, load_alignment
from ghostbench.core.errors import RunnerError
from ghostbench.core.strict import from_json
from ghostbench.engine.bundle_pieces import (
    C_RUNTIME,
    COMPANIONS,
    FILES,
    LARGEST_PAGE_BYTES,
    LIBRARY,
    LITERT_VERSION,
    LOADER,
    MACHINE,
    MANIFEST,
    RUNNER,
    SCHEMA_VERSION,
    Manifest,
)
from ghostbench.engine.litert import Runtime
from ghostbench.engine.runner_binary import PREBUILT, find_runner, sha256_of

BUILD_IT = "make it anew with: ghostbench bundle build"
# Names of versions of symbols, as they stand in the string tables of a library.
_VERSIONS = re.compile(rb"\0((?:GLIBC|GLIBCXX|CXXABI|GCC)_[0-9.]+)(?=\0)")


class BundleError(RunnerError):
    """There is no bundle, or it is not what was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A folder whose files are those of its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that goes to a phone."""
        return tuple(self.folder / name for name in FILES)

    @property
    def size_bytes(self) -> int:
        """How much room it takes on a phone."""
        return sum(piece.bytes for piece in self.manifest.pieces.values())

    def runtime(self) -> Runtime:
        """The same, as the engine wants it."""
        return Runtime(
            machine=MACHINE,
            version=self.manifest.litert,
            runner=self.folder / RUNNER,
            library=self.folder / LIBRARY,
            loader=self.folder / LOADER,
            companions=tuple(self.folder / name for name in COMPANIONS),
            source="; ".join(
                f"{name} from {piece.source}" for name, piece in self.manifest.pieces.items()
            ),
        )


def bundle_folder() -> Path:
    """Where the bundle of this version of LiteRT is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ghostbench" / f"bundle-{MACHINE}-litert-{LITERT_VERSION}"


def load_bundle(folder: Path | None = None, *, prebuilt: Path = PREBUILT) -> Bundle:
    """The bundle there, with every file compared with its digest. Raises BundleError saying what is wrong."""
    folder = folder or bundle_folder()
    bundle = Bundle(folder=folder, manifest=read_manifest(folder))
    if reasons := [*_changed(bundle), *_outdated(bundle, prebuilt)]:
        raise BundleError(f"the bundle {folder}: {'; '.join(reasons)}; {BUILD_IT}")
    return bundle


def read_manifest(folder: Path) -> Manifest:
    """What the bundle's own list says. Raises BundleError when there is none."""
    try:
        manifest = from_json((folder / MANIFEST).read_bytes(), Manifest)
    except FileNotFoundError as cause:
        raise BundleError(
            f"there is no bundle for phones in {folder}; make it with: ghostbench bundle build"
        ) from cause
    except (OSError, ValueError) as cause:
        raise BundleError(
            f"the bundle's list {folder / MANIFEST} cannot be read: {cause}; {BUILD_IT}"
        ) from cause
    if manifest.schema_version != SCHEMA_VERSION or set(manifest.pieces) != set(FILES):
        raise BundleError(f"the bundle {folder} is one of another ghostbench; {BUILD_IT}")
    return manifest


def find_flaws(folder: Path) -> list[str]:
    """What keeps the files of a folder from working on a phone; each as one sentence."""
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        return [f"not there: {', '.join(missing)}"]
    flaws = []
    for name in FILES:
        if not is_aarch64(folder / name):
            flaws.append(f"{name} is not for 64-bit Arm")
        elif (load_alignment(folder / name) or 0) < LARGEST_PAGE_BYTES:
            flaws.append(f"{name} is aligned to less than 16 KB, which some phones need")
    return flaws or _missing_versions(folder)


def _missing_versions(folder: Path) -> list[str]:
    offered = {version for name in C_RUNTIME for version in _versions(folder / name)}
    wanted = sorted(_versions(folder / LIBRARY) - offered)
    if not wanted:
        return []
    return [f"the C runtime is too old for {LIBRARY}, which needs {', '.join(wanted)}"]


def _versions(path: Path) -> set[str]:
    return {name.decode("ascii") for name in _VERSIONS.findall(path.read_bytes())}


def _changed(bundle: Bundle) -> list[str]:
    reasons = []
    for name, piece in bundle.manifest.pieces.items():
        try:
            digest = sha256_of(bundle.folder / name)
        except OSError as cause:
            reasons.append(f"{name} cannot be read ({cause.strerror})")
            continue
        if digest != piece.sha256:
            reasons.append(f"{name} was changed (SHA-256 {digest[:12]}, not {piece.sha256[:12]})")
    return reasons


def _outdated(bundle: Bundle, prebuilt: Path) -> list[str]:
    if bundle.manifest.pieces[RUNNER].sha256 == find_runner(MACHINE, prebuilt).sha256:
        return []
    return ["its runner is that of another ghostbench"]
