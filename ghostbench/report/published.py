"""The literature's numbers, as `results/published/*.csv` holds them, each with its source."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ghostbench.core.errors import SpecError
from ghostbench.core.folders import find_files
from ghostbench.core.model_spec import ModelSpec, PublishedRef

FOLDER = "results/published"
ACCURACY_COLUMNS = (
    "model", "family", "width_or_variant", "input_px", "params_m", "macs_m", "top1", "top5", "source",
)  # fmt: skip
LATENCY_COLUMNS = (
    "model", "variant", "device", "soc", "runtime", "threads", "precision", "latency_ms", "top1",
    "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a published number comes from, and how it was read there."""

    text: str
    obtained: str  # "transcribed", "digitised", "counted", "predicted", "derived", "unverified"
    error_ms: float | None = None  # of a time read off a figure, where the error is known


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAccuracy:
    """One row of accuracy.csv: what a network weighs and how well it classifies ImageNet."""

    model: str
    family: str
    variant: str
    input_px: int | None
    params: int | None
    macs: int | None
    top1_percent: float | None
    top5_percent: float | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLatency:
    """One row of latency.csv: how long a network takes on a device, as somebody reported it."""

    model: str
    variant: str
    device: str
    soc: str
    runtime: str
    threads: str  # as stated: "1", "1 (large core)", "not stated"
    precision: str  # as stated
    latency_ms: float | None  # None where only a bound is known
    top1_percent: float | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Both tables, or the rows of both that speak of one network."""

    accuracy: tuple[PublishedAccuracy, ...] = ()
    latency: tuple[PublishedLatency, ...] = ()


def read_published(workspace: Path | None = None) -> Published:
    """Read both tables from the nearest `results/published/`."""
    files = find_files(FOLDER, "*.csv", workspace)
    for name in ("accuracy.csv", "latency.csv"):
        if name not in files:
            raise SpecError(f"{FOLDER}/{name} is missing; reinstall ghostbench or restore the file")
    return Published(
        accuracy=read_accuracy(files["accuracy.csv"]), latency=read_latency(files["latency.csv"])
    )


def read_accuracy(path: Path) -> tuple[PublishedAccuracy, ...]:
    """Read one accuracy table. Raises SpecError with the line that is wrong."""
    return _read(path, ACCURACY_COLUMNS, _accuracy_row)


def read_latency(path: Path) -> tuple[PublishedLatency, ...]:
    """Read one latency table. Raises SpecError with the line that is wrong."""
    return _read(path, LATENCY_COLUMNS, _latency_row)


def read_source(text: str) -> Source:
    """Tell from the words of a source how its numbers were obtained.

    >>> read_source("A paper Fig 7, digitised (+-0.1 ms) from fig/latency.png")
    Source(text='A paper Fig 7, digitised (+-0.1 ms) from fig/latency.png', obtained='digitised', error_ms=0.1)
    >>> read_source("counted by us: timm 1.0.31").obtained
    'counted'
    """
    error = re.search(r"digitised \(\+-(\d+(?:\.\d+)?) ms\)", text)
    return Source(
        text=text,
        obtained=next((how for mark, how in _MARKS if re.search(mark, text)), "transcribed"),
        error_ms=float(error.group(1)) if error else None,
    )


# The first that fits: a source may say in passing that one of its other columns was counted by us.
_MARKS = (
    (r"digitised", "digitised"),
    (r"^counted by us", "counted"),
    (r"PREDICTED", "predicted"),
    (r"^derived", "derived"),
    (r"^unverified$", "unverified"),
)


def matches(ref: PublishedRef, *, model: str, variant: str, source: Source) -> bool:
    """Whether a row with these values is one that the reference means."""
    return (
        model == ref.model and ref.variant in (None, variant) and source.text.startswith(ref.source)
    )


def rows_for(spec: ModelSpec, published: Published) -> Published:
    """The rows that the spec refers to, in the order of its references.

    Raises SpecError when a reference leads nowhere: a row that is missed silently would look like "not published".
    """
    accuracy: list[PublishedAccuracy] = []
    latency: list[PublishedLatency] = []
    for ref in spec.published:
        found = _rows_of(ref, published)
        if not found.accuracy and not found.latency:
            raise SpecError(
                f"{spec.name}: no row of {FOLDER}/{ref.table}.csv has model {ref.model!r}, "
                f"variant {ref.variant or 'any'!r} and a source starting with {ref.source!r}"
            )
        accuracy += [row for row in found.accuracy if row not in accuracy]
        latency += [row for row in found.latency if row not in latency]
    return Published(accuracy=tuple(accuracy), latency=tuple(latency))


def _rows_of(ref: PublishedRef, published: Published) -> Published:
    def is_meant(row: PublishedAccuracy | PublishedLatency) -> bool:
        return matches(ref, model=row.model, variant=row.variant, source=row.source)

    if ref.table == "accuracy":
        return Published(accuracy=tuple(filter(is_meant, published.accuracy)))
    if ref.table == "latency":
        return Published(latency=tuple(filter(is_meant, published.latency)))
    raise SpecError(f"a published reference names table {ref.table!r}; known are accuracy, latency")


Row = TypeVar("Row")


def _read(
    path: Path, columns: tuple[str, ...], to_row: Callable[[Mapping[str, str]], Row]
) -> tuple[Row, ...]:
    rows = []
    for number, cells in _lines(path, columns):
        try:
            rows.append(to_row(cells))
        except ValueError as cause:
            raise SpecError(f"{path}, line {number}: {cause}") from cause
    return tuple(rows)


def _lines(path: Path, columns: tuple[str, ...]) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if tuple(header) != columns:
                raise SpecError(f"{path}: the columns must be {', '.join(columns)}")
            for cells in reader:
                if len(cells) != len(columns):
                    raise SpecError(
                        f"{path}, line {reader.line_num}: {len(cells)} cells instead of {len(columns)}"
                    )
                yield reader.line_num, dict(zip(columns, cells, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise SpecError(f"{path}: cannot be read as CSV: {cause}") from cause


def _number(cells: Mapping[str, str], column: str) -> float | None:
    text = cells[column].strip()
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"{column} must be a plain number or empty, not {text!r}")
    return float(text)


def _count(cells: Mapping[str, str], column: str, unit: int = 1) -> int | None:
    number = _number(cells, column)
    return None if number is None else round(number * unit)


def _percent(cells: Mapping[str, str], column: str) -> float | None:
    number = _number(cells, column)
    if number is not None and number > 100:
        raise ValueError(f"{column} must be a percentage, not {number:g}")
    return number


def _text(cells: Mapping[str, str], column: str) -> str:
    if not cells[column].strip():
        raise ValueError(f"{column} must not be empty")
    return cells[column]


def _accuracy_row(cells: Mapping[str, str]) -> PublishedAccuracy:
    return PublishedAccuracy(
        model=_text(cells, "model"),
        family=_text(cells, "family"),
        variant=cells["width_or_variant"],
        input_px=_count(cells, "input_px"),
        params=_count(cells, "params_m", 1_000_000),
        macs=_count(cells, "macs_m", 1_000_000),
        top1_percent=_percent(cells, "top1"),
        top5_percent=_percent(cells, "top5"),
        source=read_source(_text(cells, "source")),
    )


def _latency_row(cells: Mapping[str, str]) -> PublishedLatency:
    return PublishedLatency(
        model=_text(cells, "model"),
        variant=cells["variant"],
        device=_text(cells, "device"),
        soc=cells["soc"],
        runtime=cells["runtime"],
        threads=cells["threads"],
        precision=cells["precision"],
        latency_ms=_number(cells, "latency_ms"),
        top1_percent=_percent(cells, "top1"),
        source=read_source(_text(cells, "source")),
    )
