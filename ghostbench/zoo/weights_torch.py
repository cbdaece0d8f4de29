"""Weights as `torch.save` writes them, without torch and without running what such a file may hold.

Since torch 1.6 a file is a zip of one pickle and the numbers of each storage; before, it was a row of pickles with the
numbers behind them. `weights_pickle` reads both, and only a plain state dict is taken: text to tensors.
"""

import io
import mmap
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ghostbench.core.errors import WeightsError
from ghostbench.zoo.weights_pickle import Call, Reference, read_pickle
from ghostbench.zoo.weights_storages import (
    UNREADABLE,
    Storage,
    is_tensor,
    storage_of,
    stored_tensor,
)
from ghostbench.zoo.weights_tensors import StoredTensor

_ZIP = b"PK\x03\x04"
# The first value of a file from before torch 1.6; in the file it stands behind a few bytes of the pickle's own.
_MAGIC = 0x1950A86A20F9469CFC6C
_COUNT_BYTES = 8  # before the numbers of each storage of such a file
_PARTS_TOLD = 4

_BytesOf = Callable[[Storage], bytes]


def is_torch_file(head: bytes) -> bool:
    """Whether a file with these first bytes is one, of either form."""
    return head.startswith(_ZIP) or (head[:1] == b"\x80" and _MAGIC.to_bytes(10, "little") in head)


@contextmanager
def open_torch(path: Path) -> Iterator[Mapping[str, StoredTensor]]:
    """The tensors of a file by name, each read when it is asked for. Raises WeightsError for all else."""
    with path.open("rb") as stream:
        try:
            is_zip = stream.read(len(_ZIP)) == _ZIP
            stream.seek(0)
            if is_zip:
                state, bytes_of = _zip(path, zipfile.ZipFile(stream))
            else:
                # Unlike a file it reads no further than there is, whatever length a damaged file tells.
                row = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
                state, bytes_of = _row(path, row)
        except UNREADABLE as cause:
            raise WeightsError(
                f"{path} cannot be read as a file of torch.save: {str(cause) or 'it is cut off'}"
            ) from cause
        yield _tensors(path, state, bytes_of)


def _zip(path: Path, archive: zipfile.ZipFile) -> tuple[Any, _BytesOf]:
    entries = {entry.filename: entry for entry in archive.infolist()}
    if any(name.endswith("/constants.pkl") for name in entries):
        raise WeightsError(
            f"{path} is a TorchScript program, not weights; save them with torch.save(network.state_dict(), FILE)"
        )
    roots = [name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise WeightsError(f"{path} is a zip file, but none of torch.save")
    root = roots[0]
    # Torch never compresses: what is stored as it is cannot be larger than the file.
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
        raise WeightsError(f"{path} is a compressed zip file, and so none of torch.save")
    if f"{root}byteorder" in entries and archive.read(f"{root}byteorder") != b"little":
        raise WeightsError(f"{path} was written on a big-endian machine; save it anew on another")
    state, _ = read_pickle(io.BytesIO(archive.read(f"{root}data.pkl")))
    return state, lambda storage: archive.read(f"{root}data/{storage.key}")


def _row(path: Path, stream: mmap.mmap) -> tuple[Any, _BytesOf]:
    magic, _ = read_pickle(stream)
    _protocol, _ = read_pickle(stream)
    machine, _ = read_pickle(stream)
    if magic != _MAGIC or not isinstance(machine, dict) or not machine.get("little_endian"):
        raise WeightsError(f"{path} is no file of torch.save from a little-endian machine")
    state, references = read_pickle(stream)
    if not isinstance(state, dict):
        return state, lambda storage: b""  # refused for what it is
    storages = {storage.key: storage for storage in map(storage_of, _storages(references))}
    keys, _ = read_pickle(stream)
    places: dict[str, int] = {}
    at = stream.tell()
    for key in map(str, keys):
        places[key] = at + _COUNT_BYTES
        at = places[key] + storages[key].bytes

    def bytes_of(storage: Storage) -> bytes:
        stream.seek(places[storage.key])
        return stream.read(storage.bytes)

    return state, bytes_of


def _storages(references: list[Reference]) -> list[Reference]:
    """Without those to classes of the writer's own."""
    return [one for one in references if isinstance(one.key, tuple) and one.key[:1] == ("storage",)]


def _tensors(path: Path, state: Any, bytes_of: _BytesOf) -> dict[str, StoredTensor]:
    if not isinstance(state, dict):
        held = state.function if isinstance(state, Call) else type(state).__name__
        raise WeightsError(
            f"{path} holds no state dict but {held}; save one: torch.save(network.state_dict(), FILE)"
        )
    if others := [name for name, value in state.items() if not is_tensor(value)]:
        told = ", ".join(map(str, others[:_PARTS_TOLD]))
        more = " ..." if len(others) > _PARTS_TOLD else ""
        inner = next((name for name in others if isinstance(state[name], dict)), "state_dict")
        raise WeightsError(
            f"{path} is no plain state dict: not tensors are {told}{more}; save the weights alone, for example "
            f"torch.save(torch.load(FILE)[{inner!r}], NEW_FILE)"
        )
    tensors: dict[str, StoredTensor] = {}
    for name, value in state.items():
        try:
            tensors[str(name)] = stored_tensor(f"{path}: {name}", value, bytes_of)
        except (ValueError, TypeError) as cause:
            raise WeightsError(f"{path}: the tensor {name} cannot be read: {cause}") from cause
    return tensors
