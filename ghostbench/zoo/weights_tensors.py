"""A tensor as a file of weights holds it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """Its shape and format, which cost nothing, and its values, read when they are wanted."""

    shape: tuple[int, ...]
    kind: str  # as safetensors calls it: "F32"
    read: Callable[[], NDArray[Any]]
