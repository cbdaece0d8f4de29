"""The file that `--result_file_path` writes: a BenchmarkResult of tflite.tools.benchmark, decoded by hand.

It is small: four messages of floats and whole numbers. Floats have seven digits.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ghostbench.core.errors import RunnerError

_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_LONGEST_VARINT = 10

_LATENCY = {
    1: "avg_ms",
    2: "min_ms",
    3: "max_ms",
    4: "stddev_ms",
    5: "median_ms",
    6: "p5_ms",
    7: "p95_ms",
    8: "init_ms",
    9: "first_inference_ms",
    10: "average_warm_up_ms",
}
_MEMORY = {1: "init_footprint_kb", 2: "overall_footprint_kb", 3: "peak_mem_mb"}
_MISC = {
    1: "model_size_mb",
    2: "num_runs",
    3: "num_warmup_runs",
    4: "model_throughput_in_mb_per_sec",
}
_WHOLE = ("init_footprint_kb", "overall_footprint_kb", "num_runs", "num_warmup_runs")
_PARTS = {2: _LATENCY, 3: _MEMORY, 4: _MISC}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkResult:
    """The result as written. Every value may be missing."""

    name: str | None  # empty where LiteRT's program wrote it
    values: Mapping[str, float]  # by the names of the fields
    counts: Mapping[str, int]


def parse_result(content: bytes) -> BenchmarkResult:
    """Read one file. Raises RunnerError when it is cut, damaged or contradicts itself."""
    name: str | None = None
    values: dict[str, float] = {}
    counts: dict[str, int] = {}
    for number, value in _fields(content):
        if number == 1:
            name = _text(value)
        elif number in _PARTS:
            if not isinstance(value, bytes):
                raise RunnerError("benchmark_model's result file is damaged: a part is no message")
            _read_part(value, _PARTS[number], values, counts)
    if reason := _contradiction(values, counts):
        raise RunnerError(f"benchmark_model's result file contradicts itself: {reason}")
    return BenchmarkResult(name=name, values=values, counts=counts)


def _read_part(
    content: bytes, names: Mapping[int, str], values: dict[str, float], counts: dict[str, int]
) -> None:
    for number, value in _fields(content):
        name = names.get(number)
        if name is None:
            continue  # a later program may tell more
        if isinstance(value, int) != (name in _WHOLE) or isinstance(value, bytes):
            raise RunnerError(
                f"benchmark_model's result file is damaged: {name} is of another kind"
            )
        if name in values or name in counts:
            raise RunnerError(f"benchmark_model's result file is damaged: {name} stands twice")
        if isinstance(value, int):
            counts[name] = value
        else:
            values[name] = value


def _fields(content: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a message."""
    place = 0
    while place < len(content):
        key, place = _varint(content, place)
        number, kind = key >> 3, key & 7
        value: int | float | bytes
        if kind == _VARINT:
            value, place = _varint(content, place)
            value = value - (1 << 64) if value >= 1 << 63 else value
        elif kind in (_BYTES, _FIXED32):
            length, place = _varint(content, place) if kind == _BYTES else (4, place)
            piece = content[place : place + length]
            if len(piece) != length:
                raise RunnerError("benchmark_model's result file is cut")
            value = piece if kind == _BYTES else struct.unpack("<f", piece)[0]
            place += length
        else:
            raise RunnerError(f"benchmark_model's result file is damaged: a field of kind {kind}")
        yield number, value


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for step, byte in enumerate(content[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            return value & (1 << 64) - 1, place + step + 1
    raise RunnerError("benchmark_model's result file is cut")


def _text(value: float | bytes) -> str:
    if not isinstance(value, bytes):
        raise RunnerError("benchmark_model's result file is damaged: its name is no text")
    try:
        return value.decode()
    except UnicodeDecodeError as cause:
        raise RunnerError(
            "benchmark_model's result file is damaged: its name is no text"
        ) from cause


def _contradiction(values: Mapping[str, float], counts: Mapping[str, int]) -> str | None:
    for name, value in values.items():
        if not math.isfinite(value) or (value < 0 and name.endswith("_ms")):
            return f"{name} is {value:g}"
    for name in ("num_runs", "num_warmup_runs"):
        if counts.get(name, 0) < 0:
            return f"{name} is {counts[name]}"
    low, high = values.get("min_ms"), values.get("max_ms")
    for name in ("avg_ms", "median_ms", "p5_ms", "p95_ms"):
        if low is None or high is None or name not in values:
            continue
        if not low * (1 - 1e-6) <= values[name] <= high * (1 + 1e-6):
            return f"{name} is outside min and max"
    quantiles = [values[name] for name in ("p5_ms", "median_ms", "p95_ms") if name in values]
    return None if quantiles == sorted(quantiles) else "p5, median and p95 are out of order"
