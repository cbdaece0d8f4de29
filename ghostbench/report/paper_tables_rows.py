"""The rows of `compression.csv` and `detection.csv`."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ghostbench.core.errors import SpecError
from ghostbench.core.folders import find_files
from ghostbench.report.published import FOLDER

_COMPRESSION = (
    "table", "dataset", "base_model", "method", "s", "d", "params_m", "macs_m", "top1", "top5", "source",
)  # fmt: skip
_DETECTION = (
    "backbone", "width", "detector", "dataset", "input_px", "backbone_macs_m", "params_m", "ap", "ap50", "ap75",
    "latency_ms", "latency_device", "source",
)  # fmt: skip
_LAYERS = ("layer", "op", "in_px", "out_px", "in_ch", "exp", "out_ch")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedNetwork:
    """One row of compression.csv."""

    table: str
    dataset: str
    base_model: str
    method: str
    ratio: int | None
    dw_size: int | None
    params: int | None
    macs: int | None
    top1_percent: float | None
    top5_percent: float | None
    source: str

    @property
    def key(self) -> str:
        """What a paper's file calls the row: "VGG-16, Ghost, s=2, d=3"."""
        told = [self.base_model, self.method]
        told += [f"s={self.ratio}"] if self.ratio else []
        told += [f"d={self.dw_size}"] if self.dw_size else []
        return ", ".join(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionRow:
    """One row of detection.csv."""

    backbone: str
    width: str
    detector: str
    dataset: str
    backbone_macs: int | None
    ap: float | None
    ap50: float | None
    ap75: float | None
    source: str

    @property
    def backbone_key(self) -> str:
        """What a paper's file calls the backbone: "GhostNet 1.1x"."""
        return f"{self.backbone} {self.width}"

    @property
    def key(self) -> str:
        """What it calls the whole: "RetinaNet, GhostNet 1.1x"."""
        return f"{self.detector}, {self.backbone_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostModuleRow:
    """One of the two Ghost modules of a bottleneck of GhostNet 1.0x."""

    where: str  # "bneck1, expansion"
    inputs: int
    outputs: int
    out_px: int


def read_compression(workspace: Path | None = None) -> tuple[CompressedNetwork, ...]:
    """Every row. Raises SpecError with the line that is wrong."""
    return _read("compression.csv", _COMPRESSION, _compressed, workspace)


def read_detection(workspace: Path | None = None) -> tuple[DetectionRow, ...]:
    """Every row. Raises SpecError with the line that is wrong."""
    return _read("detection.csv", _DETECTION, _detected, workspace)


def read_ghost_modules(workspace: Path | None = None) -> tuple[GhostModuleRow, ...]:
    """The Ghost modules of GhostNet 1.0x, in their order. Raises SpecError with the line that is wrong."""
    pairs = _read("ghostnet_arch.csv", _LAYERS, _modules, workspace)
    return tuple(module for pair in pairs for module in pair)


def _compressed(cells: Mapping[str, str]) -> CompressedNetwork:
    return CompressedNetwork(
        table=cells["table"],
        dataset=cells["dataset"],
        base_model=cells["base_model"],
        method=cells["method"],
        ratio=_whole(cells["s"]),
        dw_size=_whole(cells["d"]),
        params=_millions(cells["params_m"]),
        macs=_millions(cells["macs_m"]),
        top1_percent=_number(cells["top1"]),
        top5_percent=_number(cells["top5"]),
        source=cells["source"],
    )


def _detected(cells: Mapping[str, str]) -> DetectionRow:
    return DetectionRow(
        backbone=cells["backbone"],
        width=cells["width"],
        detector=cells["detector"],
        dataset=cells["dataset"],
        backbone_macs=_millions(cells["backbone_macs_m"]),
        ap=_number(cells["ap"]),
        ap50=_number(cells["ap50"]),
        ap75=_number(cells["ap75"]),
        source=cells["source"],
    )


def _modules(cells: Mapping[str, str]) -> tuple[GhostModuleRow, ...]:
    if cells["op"] != "ghost bottleneck":
        return ()
    inputs, expanded, outputs = (int(cells[name]) for name in ("in_ch", "exp", "out_ch"))
    layer = cells["layer"]
    return (
        GhostModuleRow(
            where=f"{layer}, expansion", inputs=inputs, outputs=expanded, out_px=int(cells["in_px"])
        ),
        GhostModuleRow(
            where=f"{layer}, projection",
            inputs=expanded,
            outputs=outputs,
            out_px=int(cells["out_px"]),
        ),
    )


Row = TypeVar("Row")


def _read(
    name: str,
    columns: tuple[str, ...],
    to_row: Callable[[Mapping[str, str]], Row],
    workspace: Path | None,
) -> tuple[Row, ...]:
    path = find_files(FOLDER, "*.csv", workspace).get(name)
    if path is None:
        raise SpecError(f"{FOLDER}/{name} is missing; reinstall ghostbench or restore the file")
    rows = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if lacking := [c for c in columns if c not in (reader.fieldnames or ())]:
                raise SpecError(f"{path}: the columns {', '.join(lacking)} are missing")
            for cells in reader:
                if None in cells or None in cells.values():
                    raise SpecError(f"{path}, line {reader.line_num}: not one cell for each column")
                try:
                    rows.append(to_row(cells))
                except ValueError as cause:
                    raise SpecError(f"{path}, line {reader.line_num}: {cause}") from cause
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise SpecError(f"{path}: cannot be read as CSV: {cause}") from cause
    return tuple(rows)


def _number(text: str) -> float | None:
    number = float(text) if text.strip() else None
    if number is not None and not 0 <= number < float("inf"):
        raise ValueError(f"{text!r} is no plain number")
    return number


def _millions(text: str) -> int | None:
    number = _number(text)
    return None if number is None else round(number * 1e6)


def _whole(text: str) -> int | None:
    return int(text) if text.strip() else None
