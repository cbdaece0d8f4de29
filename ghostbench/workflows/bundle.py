"""The bundle that phones need: make it, check it, say where it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.engine.bundle import Bundle


def build_bundle(
    *,
    folder: Path | None = None,
    wheel: Path | None = None,
    runtime_dir: Path | None = None,
    mirror: str | None = None,
    progress: Progress | None = None,
) -> "Bundle":
    """Make the bundle. Raises CannotFetch for a piece that cannot be had, BundleError for one that does not fit."""
    from ghostbench.engine.bundle_build import BundleSources
    from ghostbench.engine.bundle_build import build_bundle as build

    sources = BundleSources(wheel=wheel, runtime_dir=runtime_dir, mirror=mirror)
    return build(sources, folder=folder, progress=progress)


def verify_bundle(folder: Path | None = None) -> "Bundle":
    """The bundle, when every file is what was made and would work on a phone. Raises BundleError."""
    from ghostbench.engine.bundle import BUILD_IT, BundleError, find_flaws, load_bundle

    bundle = load_bundle(folder)
    if flaws := find_flaws(bundle.folder):
        raise BundleError(f"the bundle {bundle.folder}: {'; '.join(flaws)}; {BUILD_IT}")
    return bundle


def bundle_place() -> Path:
    """Where the bundle is kept, made or not."""
    from ghostbench.engine.bundle import bundle_folder

    return bundle_folder()
