"""A built or given model file, and the facts about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PRECISIONS = ("fp32", "fp16", "dynamic", "int8")


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFacts:
    """An input or an output of a model file."""

    name: str
    dtype: str
    shape: tuple[int, ...]  # -1 where the file leaves the size open


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One `.tflite` file. The sidecar JSON beside a built file holds exactly these fields."""

    name: str
    title: str
    family: str | None  # None for a file that was given, not built
    route: str  # "keras", "onnx", or "given"
    precision: str  # one of PRECISIONS, or "as given"
    path: Path
    sha256: str
    size_bytes: int
    params: int  # trainable parameters of the network; for a given file, the weights stored in it
    macs: int
    operators: Mapping[str, int]  # operator name to count
    uncounted: Mapping[str, int] = field(default_factory=dict)  # operators whose MACs are unknown
    inputs: tuple[TensorFacts, ...] = ()
    outputs: tuple[TensorFacts, ...] = ()
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    weights: str | None = None  # "random(seed=0)", or the SHA-256 of the weights file
    calibration: str | None = None  # what int8 was calibrated on
    max_abs_diff: float | None = (
        None  # largest output difference to the source network, over all checked inputs
    )
    tools: Mapping[str, str] = field(default_factory=dict)  # package to version
    onnx_sha256: str | None = None  # of the ONNX file kept beside it, where the route made one
    source: str | None = None  # the model file of the user that it was made of; None for a network of the zoo
    remarks: tuple[str, ...] = ()  # what to tell the user of such a model
    seconds: float | None = None  # how long building took
    cached: bool = False  # True when this call built nothing
