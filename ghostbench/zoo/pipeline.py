"""From a spec, or a model of the user, to checked files: prepared once, then converted, judged and published."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, GhostbenchError
from ghostbench.core.model_spec import ModelSpec, OptionValue
from ghostbench.zoo import weights
from ghostbench.zoo.agreement import checked_images
from ghostbench.zoo.build_messages import TOOLS_TIMEOUT_S
from ghostbench.zoo.cache import file_stem, publish
from ghostbench.zoo.calibration import calibration_images
from ghostbench.zoo.conditioning import condition
from ghostbench.zoo.gate import Passed, Reference, check_file
from ghostbench.zoo.keras_counts import count_network
from ghostbench.zoo.keras_to_onnx import FILES, Limits, OnnxBuild, convert_traced
from ghostbench.zoo.keras_to_tflite import TracedNetwork, convert_network, trace_network
from ghostbench.zoo.own_model import DEFAULT_RANGE
from ghostbench.zoo.own_model_inputs import calibration_inputs
from ghostbench.zoo.own_model_preparing import prepare_loaded, prepare_onnx
from ghostbench.zoo.pixels import PixelScale, scaled
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
    """A network with its weights, and what its files are compared with."""

    traced: TracedNetwork | None  # None for a model that was ONNX already
    reference: Reference
    seconds: float  # how long that took
    model: Any = None  # of Keras, where it is one
    onnx: OnnxBuild | None = None  # on the ONNX route


def prepare(
    recipes: Sequence[Recipe], scratch: Path, tools_timeout_s: float = TOOLS_TIMEOUT_S
) -> PreparedNetwork:
    """Everything that the files of one network and route share, done once."""
    started, limits = time.monotonic(), Limits(timeout_s=tools_timeout_s)
    first = recipes[0]
    needs_graph = any(recipe.precision not in FILES for recipe in recipes)
    own = first.own
    if own is not None and own.kind in ("onnx", "timm"):
        build, reference = prepare_onnx(
            first.spec.name, own, first.weights, scratch, needs_graph=needs_graph, limits=limits
        )
        return PreparedNetwork(None, reference, time.monotonic() - started, onnx=build)
    if own is not None:
        network, reference = prepare_loaded(own)
        prepared = PreparedNetwork(network.traced, reference, 0.0, network.model)
    else:
        prepared = prepare_network(first.spec, first.weights, first.pixels)
    if first.route == "onnx":
        build = _to_onnx(prepared, first, scratch, limits, needs_graph=needs_graph)
        prepared = replace(prepared, onnx=build)
    return replace(prepared, seconds=time.monotonic() - started)


def prepare_network(
    spec: ModelSpec, source: WeightsSource, pixels: PixelScale | None = None
) -> PreparedNetwork:
    """A network of the zoo, built, filled and traced."""
    started = time.monotonic()
    model = build_network(spec)
    give_weights(model, source, spec)
    images = [scaled(image, pixels) for image in checked_images(spec.input_px)]
    # By Keras itself, layer after layer: a fault in tracing would show.
    # Detectors say several things of an image; they make one row all the same.
    outputs = np.stack([np.asarray(model(image, training=False)).ravel() for image in images])
    reference = Reference(count_network(model), images, outputs)
    return PreparedNetwork(trace_network(model), reference, time.monotonic() - started, model=model)


def give_weights(model: keras.Model, source: WeightsSource, spec: ModelSpec) -> None:
    """Trained weights from the file, or random ones that behave like them."""
    if source.file is None:
        weights.randomise(model, source.seed)
        condition(model)
    else:
        weights.load_weights(model, source.file, spec)


def _to_onnx(
    prepared: PreparedNetwork, recipe: Recipe, scratch: Path, limits: Limits, *, needs_graph: bool
) -> OnnxBuild:
    reference, by_keras = prepared.reference, recipe.onnx_export == "keras"
    if by_keras and prepared.model is None:
        raise ConversionError("Keras' own ONNX export is for Keras networks, and this is none")
    return convert_traced(
        recipe.spec.name,
        prepared.traced,
        reference.images,
        reference.outputs,
        scratch=scratch,
        keras_model=prepared.model if by_keras else None,
        needs_graph=needs_graph,
        limits=limits,
    )


def _directly(prepared: PreparedNetwork, recipe: Recipe) -> Converted:
    images = _images(recipe, prepared.reference)
    return Converted(convert_network(prepared.traced, recipe.precision, images, recipe.int8_io))


def _through_onnx(prepared: PreparedNetwork, recipe: Recipe) -> Converted:
    """What onnx2tf has built, or, where it builds no such precision, the direct route's quantisation of its network."""
    build = prepared.onnx
    if build is None:
        raise ConversionError(f"{recipe.spec.name}: it was not prepared for the ONNX route")
    content = build.files.get(recipe.precision)
    if content is None:
        images = _images(recipe, prepared.reference)
        content = convert_network(build.network, recipe.precision, images, recipe.int8_io)
    return Converted(content, build.onnx, build.tools)


# A way from a network to a `.tflite`, in the precision of the recipe.
Route = Callable[[PreparedNetwork, Recipe], Converted]
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
    converted = CONVERTERS[recipe.route](prepared, recipe)
    onnx = converted.onnx
    try:
        draft.write_bytes(converted.content)
        passed = check_file(
            draft, prepared.reference, recipe.spec, recipe.precision, recipe.int8_io
        )
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


def _images(recipe: Recipe, reference: Reference) -> Images:
    source, own = recipe.calibration, recipe.own
    if source is None:
        return lambda: ()
    if own is None:
        return lambda: (
            scaled(image, recipe.pixels)
            for image in calibration_images(source, recipe.spec.input_px)
        )
    return lambda: calibration_inputs(source, reference.network.input_shape, own.input_range)


def _artifact(
    recipe: Recipe, path: Path, prepared: PreparedNetwork, passed: Passed, seconds: float
) -> Artifact:
    spec, facts = recipe.spec, passed.facts
    return Artifact(
        name=spec.name,
        title=spec.title,
        family=spec.family or None,
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
        options=_options(recipe),
        weights=_weights(recipe),
        calibration=_calibration(recipe),
        quantization=facts.quantization,
        max_abs_diff=passed.agreement.max_abs_diff,
        error_share=passed.agreement.error,
        tools=recipe.tools,
        source=None if recipe.own is None else str(recipe.own),
        remarks=passed.remarks,
        seconds=round(seconds, 3),
    )


def _calibration(recipe: Recipe) -> str | None:
    """On which images, and what became of their pixels."""
    if recipe.calibration is None:
        return None
    low, high = recipe.own.input_range if recipe.own else DEFAULT_RANGE
    told = f"from {low:g} to {high:g}" if recipe.pixels is None else str(recipe.pixels)
    return f"{calibration_label(recipe.calibration)}, {told}"


def _options(recipe: Recipe) -> Mapping[str, OptionValue]:
    spec, own = recipe.spec, recipe.own
    if own is None:
        chosen = {"input_px": spec.input_px, "classes": spec.classes, **filled_options(spec)}
    else:
        low, high = own.input_range
        chosen = {"input_low": low, "input_high": high}
    if pixels := recipe.pixels:
        chosen["input_mean"] = ",".join(f"{value:.9g}" for value in pixels.mean)
        chosen["input_std"] = ",".join(f"{value:.9g}" for value in pixels.std)
    if recipe.precision == "int8":
        chosen["int8_io"] = recipe.int8_io
    if recipe.route == "onnx" and recipe.onnx_export != "tf2onnx":
        chosen["onnx_export"] = recipe.onnx_export
    return chosen


def _weights(recipe: Recipe) -> str:
    own = recipe.own
    return (
        weights_label(recipe.weights) if own is None or own.sha256 is None else "as in the source"
    )


def told(error: Exception) -> str:
    """One line for the user."""
    if isinstance(error, GhostbenchError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
