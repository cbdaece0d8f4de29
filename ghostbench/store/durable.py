"""Writing that survives a crash: a file is there whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ghostbench.core.errors import StoreError


@contextmanager
def told_as_store_error(doing: str) -> Iterator[None]:
    """Turn what the system says of a full disk or a forbidden folder into one line for the user."""
    try:
        yield
    except OSError as cause:
        raise StoreError(f"cannot {doing}: {cause.strerror or cause}") from cause


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, on the disk when this returns."""

    def write(scratch: Path) -> None:
        scratch.write_bytes(content)

    make_whole(path, write)


def make_whole(path: Path, write: Callable[[Path], None]) -> None:
    """The same for a file that something else writes."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    with told_as_store_error(f"write {path}"):
        try:
            write(scratch)
            _sync(scratch)
            scratch.replace(path)
            sync_folder(path.parent)
        finally:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the folder's list of names as durable as the files in it."""
    _sync(folder)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
