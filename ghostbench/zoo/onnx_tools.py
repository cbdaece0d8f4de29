"""What runs in the environment of the ONNX route's tools, as `python -I onnx_tools.py FOLDER`.

It imports nothing of ghostbench. In the folder stand `graph.pb`, a TensorFlow graph with its weights as constants, and
`inputs.npy`, the images to check with. It leaves `model.onnx`, its answers `onnx_outputs.npy`,
`out/model_float32.tflite` and `out/model_float16.tflite`, and `report.json`. What the user can
understand of a failure is in `error.txt`.
"""

import ctypes
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

OPSET = 17
TOOLS = ("onnx", "onnx2tf", "onnxruntime", "onnxslim", "tf2onnx")
# onnx2tf fetches this file from the network, to compare its layers, unless it stands in the working directory.
SAMPLE_FILE = "calibration_image_sample_data_20x128x128x3_float32.npy"
_SAMPLE_SHAPE = (20, 128, 128, 3)
_PR_SET_PDEATHSIG = 1
_IMAGE_CHANNELS = (1, 3)


class Refused(Exception):
    """The model cannot be converted; the message says why."""


def main(folder: Path) -> None:
    """Convert what is in the folder."""
    die_with_parent()
    os.chdir(folder)
    seconds: dict[str, float] = {}
    try:
        with _timed("to ONNX", seconds):
            model = _from_graph()
        with _timed("simplifying", seconds):
            model = importlib.import_module("onnxslim").slim(model)
        refuse_open_sizes(model)
        refuse_unsupported(model)
        layout = layout_of(model)
        importlib.import_module("onnx").save(model, "model.onnx")
        with _timed("onnxruntime", seconds):
            _run_onnx(layout)
        with _timed("onnx2tf", seconds):
            _to_tflite(model, layout)
    except Refused as cause:
        Path("error.txt").write_text(str(cause), encoding="utf-8")
        sys.exit(1)
    told = {
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
        "nodes": len(model.graph.node),
        "tools": {tool: version(tool) for tool in TOOLS},
    }
    Path("report.json").write_text(json.dumps(told), encoding="utf-8")


def die_with_parent() -> None:
    """When the process that started this one dies, so shall this one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def _timed(stage: str, seconds: dict[str, float]) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - started


def _from_graph() -> Any:
    """TensorFlow's graph as ONNX, its input and output named without TensorFlow's ":0"."""
    tensorflow = importlib.import_module("tensorflow")
    graph = tensorflow.compat.v1.GraphDef()
    graph.ParseFromString(Path("graph.pb").read_bytes())
    sources = [f"{node.name}:0" for node in graph.node if node.op == "Placeholder"]
    used = {name.lstrip("^").split(":")[0] for node in graph.node for name in node.input}
    targets = [
        f"{node.name}:0" for node in graph.node if node.name not in used and node.op == "Identity"
    ]
    model, _ = importlib.import_module("tf2onnx").convert.from_graph_def(
        graph, input_names=sources, output_names=targets, opset=OPSET
    )
    rename_ends(model)
    return model


def rename_ends(model: Any) -> None:
    """Inputs and outputs without ":0", which means something else to TensorFlow."""
    graph = model.graph
    names = {value.name: value.name.split(":")[0] for value in (*graph.input, *graph.output)}
    for node in graph.node:
        for ends in (node.input, node.output):
            for index, name in enumerate(ends):
                ends[index] = names.get(name, name)
    for value in (*graph.input, *graph.output):
        value.name = names[value.name]


def real_inputs(model: Any) -> list[Any]:
    """The inputs that are not weights: old files list those among the inputs too."""
    stored = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in stored]


def shape_of(value: Any) -> list[int | str]:
    """Sizes; the name of one, or "?", where it is left open."""
    return [
        dim.dim_value
        if dim.WhichOneof("value") == "dim_value" and dim.dim_value > 0
        else dim.dim_param or "?"
        for dim in value.type.tensor_type.shape.dim
    ]


def refuse_open_sizes(model: Any) -> None:
    """Every size of the input has to be known: only then is one graph timed."""
    inputs = real_inputs(model)
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise Refused(
            f"it has {len(inputs)} inputs and {len(model.graph.output)} outputs; "
            "networks with one of each can be converted"
        )
    shape = shape_of(inputs[0])
    if any(isinstance(size, str) for size in shape):
        told = " x ".join(map(str, shape))
        raise Refused(
            f"its input {inputs[0].name} is {told} and leaves a size open; give the network a fixed size"
        )


def refuse_unsupported(model: Any) -> None:
    """Name the operators that onnx2tf has no translation for, with the layers that use them."""
    layers = defaultdict(list)
    for node in model.graph.node:
        if importlib.util.find_spec(f"onnx2tf.ops.{node.op_type}") is None:
            layers[node.op_type].append(node.name or (node.output[0] if node.output else "?"))
    if layers:
        listed = "; ".join(
            f"{kind} in {', '.join(names[:3])}"
            + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            for kind, names in sorted(layers.items())
        )
        raise Refused(f"onnx2tf does not know these ONNX operators: {listed}")


def layout_of(model: Any) -> str:
    """Whether its input is an image with its channels last ("nhwc") or first ("nchw")."""
    shape = shape_of(real_inputs(model)[0])
    if len(shape) != 4:
        raise Refused(
            f"its input has {len(shape)} dimensions; an image has 4: batch, height, width and channels"
        )
    first, last = shape[1] in _IMAGE_CHANNELS, shape[3] in _IMAGE_CHANNELS
    if first == last:
        told = " x ".join(map(str, shape))
        raise Refused(
            f"its input {told} does not show whether channels (1 or 3) come first or last"
        )
    return "nchw" if first else "nhwc"


def _run_onnx(layout: str) -> None:
    """What the ONNX model says of each image, one row an image."""
    session = importlib.import_module("onnxruntime").InferenceSession(
        "model.onnx", providers=["CPUExecutionProvider"]
    )
    (source,) = session.get_inputs()
    images = np.load("inputs.npy")
    if layout == "nchw":
        images = images.transpose(0, 3, 1, 2)
    rows = [session.run(None, {source.name: image[np.newaxis]})[0].ravel() for image in images]
    np.save("onnx_outputs.npy", np.stack(rows))


def _to_tflite(model: Any, layout: str) -> None:
    sample = np.random.default_rng(0).random(_SAMPLE_SHAPE, dtype=np.float32)
    np.save(SAMPLE_FILE, sample)
    # Without this, onnx2tf takes any image for one with its channels first.
    kept = [real_inputs(model)[0].name] if layout == "nhwc" else None
    try:
        importlib.import_module("onnx2tf").convert(
            input_onnx_file_path="model.onnx",
            output_folder_path="out",
            keep_nwc_or_nhwc_or_ndhwc_input_names=kept,
            not_use_onnxsim=True,  # simplified already; it would start another program
            non_verbose=True,
        )
    except (Exception, SystemExit) as cause:
        raise Refused(f"onnx2tf gave up: {_first_line(cause)}") from cause


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


if __name__ == "__main__":
    main(Path(sys.argv[1]))
