"""From a spec to checked files: build the network once, then convert, judge and publish it in each precision."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, GhostbenchError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo import weights
from ghostbench.zoo.agreement import checked_images
from ghostbench.zoo.cache import file_stem, publish
from ghostbench.zoo.calibration import calibration_images
from ghostbench.zoo.gate import Passed, Reference, check_file
from ghostbench.zoo.keras_counts import count_network
from ghostbench.zoo.keras_to_onnx import convert_traced
from ghostbench.zoo.keras_to_tflite import TracedNetwork, convert_network, trace_network
from ghostbench.zoo.quantize import Images
from ghostbench.zoo.recipe import Recipe, WeightsSource, calibration_label, weights_label
from ghostbench.zoo.registry import build_network, filled_options


@dataclass(frozen=True, slots=True)
class Converted:
    """What a route makes of a network."""

    content: bytes  # of the `.tflite`
    onnx: bytes | None = None  # of the ONNX file on the way, which is kept
    tools: Mapping[str, str] = field(default_factory=dict)  # beside those of the recipe


@dataclass(frozen=True, slots=True)
class PreparedNetwork:
    """A network with its weights, traced, and what its files are compared with."""

    traced: TracedNetwork
    reference: Reference
    seconds: float  # how long that took


def prepare_network(spec: ModelSpec, source: WeightsSource) -> PreparedNetwork:
    """Everything that the files of one network share, done once."""
    started = time.monotonic()
    model = build_network(spec)
    give_weights(model, source, spec)
    images = checked_images(spec.input_px)
    # By Keras itself, layer after layer: a fault in tracing would show.
    outputs = np.concatenate([np.asarray(model(image, training=False)) for image in images])
    reference = Reference(count_network(model), images, outputs)
    return PreparedNetwork(trace_network(model), reference, time.monotonic() - started)


def give_weights(model: keras.Model, source: WeightsSource, spec: ModelSpec) -> None:
    """Trained weights from the file, or random ones."""
    if source.file is None:
        weights.randomise(model, source.seed)
    else:
        weights.load_safetensors(model, source.file, spec)


def _directly(prepared: PreparedNetwork, recipe: Recipe, scratch: Path) -> Converted:
    return Converted(convert_network(prepared.traced, recipe.precision, _images(recipe)))


def _through_onnx(prepared: PreparedNetwork, recipe: Recipe, scratch: Path) -> Converted:
    reference = prepared.reference
    build = convert_traced(
        recipe.spec.name,
        prepared.traced,
        recipe.precision,
        list(reference.images),
        reference.outputs,
        scratch=scratch,
    )
    return Converted(build.content, build.onnx, build.tools)


# A way from a network to a `.tflite`, in the precision of the recipe.
Route = Callable[[PreparedNetwork, Recipe, Path], Converted]
CONVERTERS: Mapping[str, Route] = {"keras": _directly, "onnx": _through_onnx}


def build_file(
    prepared: PreparedNetwork, recipe: Recipe, *, folder: Path, scratch: Path
) -> Artifact:
    """Convert to one precision, judge the file, and publish it in `folder`.

    `scratch` is a folder on the same file system; a file that is refused does not outlive this call. The time given in
    the artifact is what this file would have taken alone.
    """
    started = time.monotonic()
    draft = scratch / f"{file_stem(recipe)}.tflite"
    converted = CONVERTERS[recipe.route](prepared, recipe, scratch)
    onnx = converted.onnx
    try:
        draft.write_bytes(converted.content)
        passed = check_file(draft, prepared.reference, recipe.spec, recipe.precision)
        if onnx is not None:
            draft.with_suffix(".onnx").write_bytes(onnx)
        seconds = prepared.seconds + time.monotonic() - started
        artifact = replace(
            _artifact(recipe, draft, prepared, passed, seconds),
            tools={**recipe.tools, **converted.tools},
            onnx_sha256=None if onnx is None else hashlib.sha256(onnx).hexdigest(),
        )
        return publish(artifact, recipe, folder)
    except OSError as cause:  # a full disk, for one
        raise ConversionError(f"{folder}: cannot keep the built file: {cause.strerror}") from cause
    finally:
        draft.unlink(missing_ok=True)
        draft.with_suffix(".onnx").unlink(missing_ok=True)


def _images(recipe: Recipe) -> Images:
    source = recipe.calibration
    if source is None:
        return lambda: ()
    return lambda: calibration_images(source, recipe.spec.input_px)


def _artifact(
    recipe: Recipe, path: Path, prepared: PreparedNetwork, passed: Passed, seconds: float
) -> Artifact:
    spec, facts = recipe.spec, passed.facts
    return Artifact(
        name=spec.name,
        title=spec.title,
        family=spec.family,
        route=recipe.route,
        precision=recipe.precision,
        path=path,
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        params=prepared.reference.network.params,
        macs=facts.macs,
        operators=facts.operators,
        uncounted=facts.uncounted,
        inputs=facts.inputs,
        outputs=facts.outputs,
        options={"input_px": spec.input_px, "classes": spec.classes, **filled_options(spec)},
        weights=weights_label(recipe.weights),
        calibration=calibration_label(recipe.calibration) if recipe.calibration else None,
        max_abs_diff=passed.agreement.max_abs_diff,
        tools=recipe.tools,
        seconds=round(seconds, 3),
    )


def told(error: Exception) -> str:
    """One line for the user."""
    if isinstance(error, GhostbenchError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
