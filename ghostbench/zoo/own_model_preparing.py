"""A model of one's own made ready to be built: read, traced, and what its files are compared with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.agreement import Values
from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.gate import Reference
from ghostbench.zoo.keras_to_onnx import (
    Limits,
    OnnxBuild,
    check_onnx,
    run_convert,
    run_step,
    tools_folder,
)
from ghostbench.zoo.network_facts import NetworkFacts
from ghostbench.zoo.own_model import OwnModel
from ghostbench.zoo.own_model_counts import count_graph
from ghostbench.zoo.own_model_inputs import checked_inputs
from ghostbench.zoo.own_model_loading import LoadedNetwork, load_network
from ghostbench.zoo.own_model_timm import export_timm
from ghostbench.zoo.recipe import WeightsSource


def prepare_loaded(own: OwnModel) -> tuple[LoadedNetwork, Reference]:
    """A Keras file or a SavedModel, and what it says of the inputs that its files are checked on."""
    network = load_network(own)
    images = checked_inputs(network.input_shape, own.input_range)
    outputs = [network.ask(image) for image in images]
    counted = count_graph(network.traced.graph, network.input_shape, outputs[0].shape)
    facts = counted.facts
    if network.params is not None:
        facts = replace(facts, params=network.params)
    source = {"keras": "Keras network", "saved_model": "SavedModel"}[own.kind]
    return network, Reference(
        facts, images, _rows(outputs), is_own=True, uncounted=counted.uncounted, source=source
    )


def prepare_onnx(
    name: str,
    own: OwnModel,
    weights: WeightsSource,
    scratch: Path,
    *,
    needs_graph: bool,
    limits: Limits,
) -> tuple[OnnxBuild, Reference]:
    """An ONNX file, or a network of timm, converted, and what onnxruntime says of the file as it was given."""
    with tools_folder(scratch) as folder:
        file = export_timm(own, weights, folder) if own.kind == "timm" else own.path
        asked = None if own.kind == "timm" else own.input_shape
        job: dict[str, Any] = {
            "source": str(file),
            "input_shape": asked,
            "layout": own.layout,
            "needs_graph": needs_graph,
        }
        seen = run_step("look", name, folder, job, limits)
        shape = _as_built(seen["input_shape"], seen["layout"])
        images = checked_inputs(shape, own.input_range)
        build = run_convert(name, folder, {**job, "layout": _layout(seen)}, images, limits)
    if build.source_said is None:
        raise ConversionError(f"{name}: the ONNX file was not run")
    facts, uncounted = _facts(seen["facts"], shape, build.output_shape)
    check_onnx(name, build.source_said, build.said, "ONNX model as it was given")
    remarks = (_told_layout(seen["input_shape"], shape),) if seen["layout"] == "nchw" else ()
    return build, Reference(
        facts,
        images,
        build.source_said,
        is_own=True,
        uncounted=uncounted,
        remarks=remarks,
        source="ONNX model",
    )


def _layout(seen: dict[str, Any]) -> str | None:
    return None if seen["layout"] == "plain" else seen["layout"]


def _as_built(shape: list[int], layout: str) -> tuple[int, ...]:
    """The shape of the input of the `.tflite`: channels last."""
    return (shape[0], *shape[2:], shape[1]) if layout == "nchw" else tuple(shape)


def _told_layout(given: list[int], built: tuple[int, ...]) -> str:
    before, after = (" x ".join(map(str, shape)) for shape in (given, built))
    return (
        f"the ONNX model takes {before}, channels first; the .tflite takes {after}, channels last"
    )


def _facts(
    seen: dict[str, Any], input_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> tuple[NetworkFacts, tuple[str, ...]]:
    uncounted = tuple(seen.pop("uncounted"))
    return NetworkFacts(**seen, input_shape=input_shape, output_shape=output_shape), uncounted


def _rows(outputs: list[Pixels]) -> Values:
    rows: Values = np.stack([output.ravel() for output in outputs])
    return rows
