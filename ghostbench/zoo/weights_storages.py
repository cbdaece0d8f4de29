"""Torch's storages, rows of numbers, and the tensors that are cut from them."""

import math
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import WeightsError
from ghostbench.zoo.weights_pickle import Call, Name, Reference
from ghostbench.zoo.weights_tensors import StoredTensor

# What the readers of zip files and pickles raise for one that is damaged.
UNREADABLE = (
    ValueError, LookupError, TypeError, EOFError, NotImplementedError, RuntimeError, struct.error, zipfile.BadZipFile,
)  # fmt: skip

_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = Name("torch._utils", "_rebuild_parameter")

# What torch calls its storages: what safetensors calls them, and numpy. For bfloat16 numpy has no name.
_FORMATS = {
    "FloatStorage": ("F32", "<f4"),
    "DoubleStorage": ("F64", "<f8"),
    "HalfStorage": ("F16", "<f2"),
    "BFloat16Storage": ("BF16", "<u2"),
    "LongStorage": ("I64", "<i8"),
    "IntStorage": ("I32", "<i4"),
    "ShortStorage": ("I16", "<i2"),
    "CharStorage": ("I8", "<i1"),
    "ByteStorage": ("U8", "<u1"),
    "BoolStorage": ("BOOL", "?"),
}


@dataclass(frozen=True, slots=True)
class Storage:
    """A row of numbers in a file."""

    key: str
    kind: str  # as safetensors calls it
    dtype: np.dtype[Any]
    count: int

    @property
    def bytes(self) -> int:
        """How many it takes."""
        return self.count * self.dtype.itemsize


def storage_of(reference: Any) -> Storage:
    """What torch says of a storage: the word itself, its class, a key, the device it was on, how many numbers.

    Raises ValueError for one that is written otherwise.
    """
    said = reference.key if isinstance(reference, Reference) else ()
    if not isinstance(said, tuple) or len(said) < 5 or any(part is not None for part in said[5:]):
        raise ValueError("its storage is written in a way that is not known")
    _, kind, key, _, count = said[:5]
    if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in _FORMATS:
        raise ValueError(f"its numbers are of the kind {kind}")
    if not isinstance(key, str) or not _is_count(count):
        raise ValueError("its storage has no key or no size")
    called, dtype = _FORMATS[kind.name]
    return Storage(key, called, np.dtype(dtype), count)


def is_tensor(value: Any) -> bool:
    """Whether a value of a pickle would be a tensor of torch."""
    return isinstance(value, Call) and value.function in (_TENSOR, _PARAMETER)


def stored_tensor(name: str, made: Call, bytes_of: Callable[[Storage], bytes]) -> StoredTensor:
    """A tensor, and how to read it. Raises ValueError or TypeError for one that cannot be."""
    if made.function == _PARAMETER and made.arguments and is_tensor(made.arguments[0]):
        made = made.arguments[0]
    reference, offset, shape, strides = made.arguments[:4]
    storage = storage_of(reference)
    if not all(map(_is_count, (offset, *shape, *strides))):
        raise ValueError("its shape is none")
    furthest = offset + sum((side - 1) * step for side, step in zip(shape, strides, strict=True))
    if math.prod(shape) and furthest >= storage.count:
        raise ValueError("it reaches beyond its storage")

    def read() -> NDArray[Any]:
        try:
            content = bytes_of(storage)
        except UNREADABLE as cause:
            raise WeightsError(f"{name} cannot be read: {cause}") from cause
        if len(content) != storage.bytes:
            raise WeightsError(f"{name} cannot be read: the file is cut off")
        size = storage.dtype.itemsize
        steps = tuple(step * size for step in strides)
        return np.ndarray(tuple(shape), storage.dtype, content, offset * size, steps)

    return StoredTensor(shape=tuple(shape), kind=storage.kind, read=read)


def _is_count(number: Any) -> bool:
    return type(number) is int and number >= 0
