"""What exactly is built, and the key under which the result is cached: equal recipes give the same file.

No heavy imports: a cached file is found without TensorFlow.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.int8_ends import DEFAULT_ENDS
from ghostbench.zoo.own_model import OwnModel
from ghostbench.zoo.pixels import PixelScale
from ghostbench.zoo.registry import filled_options

# Raised when the meaning of a key changes, so that no file built before is taken for a new one.
KEY_FORMAT = 1
KEY_DIGITS = 12

# The precisions whose files depend on images.
CALIBRATED = frozenset({"int8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsSource:
    """Where a network's weights come from: a seed, or a file."""

    seed: int = 0
    file: Path | None = None
    sha256: str | None = None  # of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSource:
    """Which images int8 is calibrated on: made from a seed, or files of a folder."""

    count: int
    seed: int | None = None  # None for files
    folder: Path | None = None
    files: tuple[Path, ...] = ()
    sha256: str | None = None  # over the content of all the files, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One file to build."""

    spec: ModelSpec
    precision: str
    route: str
    weights: WeightsSource
    calibration: CalibrationSource | None = None  # only where the precision needs it
    tools: Mapping[str, str] = field(default_factory=dict)  # package to version
    sources_sha256: str  # of ghostbench's own code that takes part
    own: OwnModel | None = (
        None  # instead of a network of the zoo; the spec then holds its name only
    )
    onnx_export: str = "tf2onnx"  # on the ONNX route: who writes the ONNX file of a Keras network
    int8_io: str = DEFAULT_ENDS  # what an int8 file takes and gives, of `int8_ends.ENDS`
    pixels: PixelScale | None = None  # what the network takes for an image; None: from -1 to 1


def weights_label(weights: WeightsSource) -> str:
    """As it stands in the artifact."""
    return weights.sha256 or f"random(seed={weights.seed})"


def calibration_label(source: CalibrationSource) -> str:
    """As it stands in the artifact."""
    if source.folder is None:
        return f"{source.count} synthetic images (seed {source.seed})"
    return f"{source.count} images of {source.folder}, sha256 {source.sha256}"


def recipe_key(recipe: Recipe) -> str:
    """A digest of everything that decides what the built file is and whether the gate accepts it.

    The title, the family and the published numbers do not: a corrected title builds nothing anew.
    """
    spec, expected = recipe.spec, recipe.spec.expected
    calibration = recipe.calibration
    parts = {
        "format": KEY_FORMAT,
        "architecture": spec.architecture,
        "input_px": spec.input_px,
        "classes": spec.classes,
        "options": {} if recipe.own else filled_options(spec),
        "expected": expected and [expected.params, expected.macs, expected.tolerance_percent],
        "weights": weights_label(recipe.weights),
        "precision": recipe.precision,
        "route": recipe.route,
        "calibration": calibration and [calibration.count, calibration.seed, calibration.sha256],
        "tools": dict(recipe.tools),
        "sources": recipe.sources_sha256,
    }
    if own := recipe.own:
        identity = own.sha256 or str(own.path)
        parts["own"] = [own.kind, identity, own.input_range, own.input_shape, own.layout]
    if recipe.onnx_export != "tf2onnx":
        parts["onnx export"] = recipe.onnx_export
    if recipe.int8_io != DEFAULT_ENDS:
        parts["int8 io"] = recipe.int8_io
    if pixels := recipe.pixels:
        parts["pixels"] = [pixels.mean, pixels.std]
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:KEY_DIGITS]
