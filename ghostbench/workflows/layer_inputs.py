"""On what the layers of two files are compared: images of a folder or made ones, as the network takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ghostbench.core.artifact import Artifact
    from ghostbench.engine.tensor_values import TensorValues
    from ghostbench.graph.parts import Graph
    from ghostbench.zoo.calibration import Pixels
    from ghostbench.zoo.pixels import PixelScale, Triple

# Differences are averaged over all numbers of a layer, so a few images tell.
MADE_INPUTS, MOST_IMAGES = 8, 32
_KEY = "layer errors"  # what int8 is calibrated on has another


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInputs:
    """What is asked for."""

    images: Path | None = None  # a folder; None: made from a seed
    input_range: tuple[float, float] | None = None  # None: as it was built, or as its input holds


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInputs:
    """What is given to both files, one after the other."""

    content: "Iterator[Pixels]"
    told: str  # in words


def find_inputs(
    path: Path, graph: "Graph", values: "TensorValues", asked: ErrorInputs
) -> FoundInputs:
    """Images of the folder, or made ones that calibration has not seen.

    Their range is the one asked for; else the one that the file was built for, where the file beside it tells; else
    what its quantised input can hold, which is what it was calibrated on.
    """
    from ghostbench.workflows.inspect_network import built_artifact
    from ghostbench.zoo.pixels import scaled

    span, scale = asked.input_range, None
    if span is None and (built := built_artifact(path, graph.sha256)):
        scale, span = _recorded_scale(built), _recorded_range(built)
        if scale is None and built.source is None:
            span = (-1.0, 1.0)  # a network of the zoo with random weights
    if span is None and scale is None:
        span = _held_range(graph, values)
    low, high = span or (-1.0, 1.0)
    content, told = _images(asked.images, values.input_shape, (low, high))
    if scale is None:
        return FoundInputs(content=content, told=f"{told}, from {low:.4g} to {high:.4g}")
    return FoundInputs(content=(scaled(image, scale) for image in content), told=f"{told}, {scale}")


def _images(
    folder: Path | None, shape: tuple[int, ...], span: tuple[float, float]
) -> "tuple[Iterator[Pixels], str]":
    from ghostbench.zoo.calibration import folder_source
    from ghostbench.zoo.own_model_inputs import calibration_inputs, made_input
    from ghostbench.zoo.recipe import calibration_label

    if folder is None:
        made = (made_input(f"{_KEY}:{number}", shape, span) for number in range(MADE_INPUTS))
        return made, f"{MADE_INPUTS} made inputs"
    source = folder_source(folder, count=MOST_IMAGES, warn=lambda line: None)
    return calibration_inputs(source, shape, span), calibration_label(source)


def _recorded_scale(built: "Artifact") -> "PixelScale | None":
    from ghostbench.zoo.pixels import PixelScale

    mean, std = (str(built.options.get(f"input_{name}", "")) for name in ("mean", "std"))
    if not (mean and std):
        return None
    means, deviations = (cast("Triple", tuple(map(float, text.split(",")))) for text in (mean, std))
    return PixelScale(mean=means, std=deviations, source="as it was built")


def _recorded_range(built: "Artifact") -> tuple[float, float] | None:
    low, high = (built.options.get(f"input_{end}") for end in ("low", "high"))
    return None if low is None or high is None else (float(low), float(high))


def _held_range(graph: "Graph", values: "TensorValues") -> tuple[float, float] | None:
    """Of the input, or of what the operator that quantises it makes."""
    given = graph.main.inputs[0]
    quantised = [
        operator.outputs[0]
        for operator in graph.main.operators
        if operator.kind == "QUANTIZE" and operator.inputs[0] == given
    ]
    return values.range_of(given) or (values.range_of(quantised[0]) if quantised else None)
