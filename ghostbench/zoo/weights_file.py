"""Files of trained weights: `.safetensors`, and what `torch.save` writes (`.pth`); the content tells which it is."""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ghostbench.core.errors import MissingExtra, WeightsError
from ghostbench.zoo.weights_tensors import StoredTensor
from ghostbench.zoo.weights_torch import is_torch_file, open_torch

_HEAD_BYTES = 64


@contextmanager
def open_weights(path: Path) -> Iterator[Mapping[str, StoredTensor]]:
    """The tensors of a file by name. Raises WeightsError for a file that holds anything else."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as cause:
        raise WeightsError(f"{path}: these weights cannot be read: {cause.strerror}") from cause
    with open_torch(path) if is_torch_file(head) else _open_safetensors(path) as tensors:
        yield tensors


@contextmanager
def _open_safetensors(path: Path) -> Iterator[Mapping[str, StoredTensor]]:
    try:
        safetensors = importlib.import_module("safetensors")
    except ImportError as cause:
        raise MissingExtra("convert", "safetensors") from cause
    try:
        opened = safetensors.safe_open(path, framework="numpy")
    except (safetensors.SafetensorError, OSError) as cause:
        raise WeightsError(
            f"{path} cannot be read as a safetensors file, and is none of torch.save: {cause}"
        ) from cause
    with opened as file:
        # The file is no mapping: it has keys() and cannot be iterated.
        yield {name: _stored(file, name) for name in file.keys()}  # noqa: SIM118


def _stored(file: Any, name: str) -> StoredTensor:
    part = file.get_slice(name)
    return StoredTensor(
        shape=tuple(part.get_shape()), kind=part.get_dtype(), read=lambda: file.get_tensor(name)
    )
