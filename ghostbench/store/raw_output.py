"""`raw/`: what the engine printed in each block, word for word and compressed.

Records hold what was understood of it. A flaw in how it was read, found next year, then needs no new run.
"""

import gzip
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from urllib.parse import quote

from ghostbench.core.errors import StoreError
from ghostbench.store.durable import told_as_store_error, write_whole

RAW = "raw"
_ENDING = ".txt.gz"


class RawOutput:
    """Keeps the outputs of one campaign."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / RAW

    def keep(self, record_id: str, lines: Sequence[str]) -> None:
        """Write down what one attempt at a block printed; it is on the disk when this returns."""
        if not lines:
            return
        with told_as_store_error(f"make {self._folder}"):
            self._folder.mkdir(exist_ok=True)
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        path = next(p for number in count(1) if not (p := self._path(record_id, number)).exists())
        write_whole(path, gzip.compress(text, mtime=0))

    def read(self, record_id: str) -> list[list[str]]:
        """The lines of each attempt at a block, in the order of the attempts; empty where none was kept."""
        attempts: list[list[str]] = []
        for number in count(1):
            path = self._path(record_id, number)
            if not path.exists():
                return attempts
            try:
                with told_as_store_error(f"read {path}"):
                    text = gzip.decompress(path.read_bytes())
            except (EOFError, ValueError) as cause:
                raise StoreError(f"{path} is damaged: {cause}") from cause
            attempts.append(text.decode("utf-8", "surrogateescape").split("\n")[:-1])
        raise AssertionError  # counting never ends

    def _path(self, record_id: str, attempt: int) -> Path:
        name = quote(record_id.partition("/")[2] or record_id, safe="@")
        return self._folder / f"{name}.{attempt}{_ENDING}"
