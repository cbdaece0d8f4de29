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
class Quantization:
    """How the weights of a file are quantised and what stays in floats; read from the file itself."""

    per_channel: int  # operators whose weights have a scale for each channel
    per_tensor: int  # operators with one scale for all their weights
    takes: str  # the type of what goes in
    gives: str  # of what comes out
    # Operators that compute in floats, "12 ADD name": where the data are whole numbers all of them, else those with
    # weights.
    float_layers: tuple[str, ...] = ()


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
    quantization: Quantization | None = None  # None where no weights are quantised
    max_abs_diff: float | None = (
        None  # largest output difference to the source network, over all checked inputs
    )
    # Root mean square of that difference, as a share of how far the network's outputs differ from image to image.
    error_share: float | None = None
    tools: Mapping[str, str] = field(default_factory=dict)  # package to version
    onnx_sha256: str | None = None  # of the ONNX file kept beside it, where the route made one
    source: str | None = (
        None  # the model file of the user that it was made of; None for a network of the zoo
    )
    remarks: tuple[str, ...] = ()  # what to tell the user of such a model
    seconds: float | None = None  # how long building took
    cached: bool = False  # True when this call built nothing


def quantization_label(artifact: Artifact) -> str | None:
    """Which quantisation a file has, in words; None where its weights are not quantised.

    It is what a record of a measurement says, so it names only what changes the file.
    """
    if artifact.quantization is None:
        return None
    told = quantization_text(artifact.quantization, artifact.precision)
    return f"{told}; calibrated on {artifact.calibration}" if artifact.calibration else told


def quantization_text(found: Quantization, precision: str) -> str:
    """What a file says of its quantisation.

    >>> quantization_text(Quantization(per_channel=28, per_tensor=0, takes="int8", gives="int8"), "int8")
    'int8: 28 operators with one scale for each channel; int8 in, int8 out; no operator in floats'
    """
    weights = " and ".join(
        f"{count} operator{'s' if count > 1 else ''} with one scale for {each}"
        for count, each in ((found.per_channel, "each channel"), (found.per_tensor, "all weights"))
        if count
    )
    count = len(found.float_layers)
    floats = f"{count or 'no'} operator{'s' if count > 1 else ''} in floats"
    return f"{precision}: {weights}; {found.takes} in, {found.gives} out; {floats}"
