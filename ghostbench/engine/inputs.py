"""The inputs that the runner makes, made here: byte for byte the same, on every machine.

So a model's outputs under the runner can be checked against any other program. `native/input_fill.c` is the twin.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import InputSettings

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_PER_INPUT = 0xD1B54A32D192ED03
_MASK = (1 << 64) - 1

_Bits = npt.NDArray[np.uint64]


def make_input(
    settings: InputSettings, index: int, dtype: str, shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Content of input number `index`, as the runner fills it."""
    count = int(np.prod(shape, dtype=np.int64))
    if settings.distribution == "file":
        return _from_file(Path(settings.files[index]), dtype, shape)
    if settings.distribution == "zeros":
        return np.zeros(shape, dtype)
    if settings.distribution not in ("uniform", "normal"):
        raise UsageError(f"unknown distribution {settings.distribution!r}")
    base = _mixed(np.array([(settings.seed + index * _PER_INPUT) & _MASK], np.uint64))
    if np.dtype(dtype).kind == "f":
        with np.errstate(
            over="ignore"
        ):  # half precision ends at 65504; beyond is infinity, there as here
            return _reals(settings, base, count).astype(dtype).reshape(shape)
    return _integers(_draws(base, count), dtype).reshape(shape)


def _from_file(path: Path, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    content = path.read_bytes()
    expected = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if len(content) != expected:
        raise UsageError(f"{path} must hold exactly {expected} bytes, not {len(content)}")
    return np.frombuffer(content, dtype).reshape(shape)


def _mixed(bits: _Bits) -> _Bits:
    """The output function of SplitMix64: counts in, well-mixed bits out."""
    bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return bits ^ bits >> np.uint64(31)


def _draws(base: _Bits, count: int) -> _Bits:
    return _mixed(base + np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN)


def _reals(settings: InputSettings, base: _Bits, count: int) -> npt.NDArray[np.float32]:
    if settings.distribution == "normal":
        # The sum of twelve uniform numbers less six; each draw holds four of 16 bits.
        parts = _draws(base, 3 * count).view(np.uint16).reshape(count, 12)
        sums = parts.sum(axis=1, dtype=np.int64).astype(np.float64)
        wide = (sums + 6.0) / 65536.0 - 6.0
    else:
        share = (_draws(base, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        wide = settings.low + (settings.high - settings.low) * share
    return np.asarray(wide, np.float32)


def _integers(bits: _Bits, dtype: str) -> npt.NDArray[Any]:
    """8 and 16 bits: the whole range. Wider: 0 to 127, which is safe as an index of an embedding."""
    size = np.dtype(dtype).itemsize
    if dtype == "bool":
        return (bits >> np.uint64(63)).astype(np.bool_)
    if size <= 2:
        top = bits >> np.uint64(64 - 8 * size)
        return top.astype(f"uint{8 * size}").view(dtype)
    return (bits >> np.uint64(57)).astype(dtype)
