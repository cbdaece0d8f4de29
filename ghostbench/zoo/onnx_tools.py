"""What runs in the environment of the ONNX route's tools, as `python -I onnx_tools.py STEP FOLDER`.

It imports nothing of ghostbench but the files beside it. In the folder stands `job.json`, and one of these: `graph.pb`,
a TensorFlow graph with its weights as constants; `network.keras`; or nothing, when the job names an ONNX file. Step
`look`, for an ONNX file, simplifies it to `model.onnx` and says what it is in `report.json`. Step `convert` takes
`inputs.npy`, what to check with, and leaves `model.onnx`, its answers `onnx_outputs.npy` (and those of the file before
it was simplified, `source_outputs.npy`), `out/model_float32.tflite` and `out/model_float16.tflite`, where asked for
`converted.pb`, and `report.json`. What the user can understand of a failure is in `error.txt`.
"""

import ctypes
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np


def _beside(name: str) -> Any:
    """A file beside this one: as a script in isolation, this is of no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING or __package__:
    from ghostbench.zoo import onnx_checks as checks
    from ghostbench.zoo import onnx_counts as counts
else:
    checks, counts = _beside("onnx_checks"), _beside("onnx_counts")

OPSET = 17
TOOLS = ("onnx", "onnx2tf", "onnxruntime", "onnxslim", "tf2onnx")
# onnx2tf fetches this file from the network, to compare its layers, unless it stands in the working directory.
SAMPLE_FILE = "calibration_image_sample_data_20x128x128x3_float32.npy"
_SAMPLE_SHAPE = (20, 128, 128, 3)
_PR_SET_PDEATHSIG = 1


def main(step: str, folder: Path) -> None:
    """Do one step with what is in the folder."""
    die_with_parent()
    os.chdir(folder)
    job = json.loads(Path("job.json").read_text(encoding="utf-8"))
    try:
        told = _STEPS[step](job)
    except checks.Refused as cause:
        Path("error.txt").write_text(str(cause), encoding="utf-8")
        sys.exit(1)
    Path("report.json").write_text(json.dumps(told), encoding="utf-8")


def die_with_parent() -> None:
    """When the process that started this one dies, so shall this one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _look(job: dict[str, Any]) -> dict[str, Any]:
    """Read an ONNX file, fix its sizes, simplify it, and say what it is."""
    source = _read(job["source"])
    params = counts.count_params(source)
    checks.rename_ends(source)
    checks.fix_shape(source, job["input_shape"])
    layout = checks.layout_of(source, job["layout"])
    model = _simplified(source)
    checks.refuse_unsupported(model)
    importlib.import_module("onnx").save(model, "model.onnx")
    (value,) = checks.real_inputs(model)
    return {
        "input_shape": checks.shape_of(value),
        "layout": layout,
        "facts": {"params": params, **counts.count_model(model)},
    }


def _convert(job: dict[str, Any]) -> dict[str, Any]:
    """From the network to ONNX where it is not yet, and from there to `.tflite`."""
    seconds: dict[str, float] = {}
    if job["source"] is None:
        with _timed("to ONNX", seconds):
            model = _from_keras(job) if Path("network.keras").exists() else _from_graph()
        with _timed("simplifying", seconds):
            model = _simplified(model)
        checks.refuse_other_ends(model)
        checks.refuse_unsupported(model)
        importlib.import_module("onnx").save(model, "model.onnx")
    else:
        model = _read("model.onnx")
    layout = checks.layout_of(model, job["layout"])
    with _timed("onnx2tf", seconds):
        converted = _to_tflite(model, layout)
    with _timed("onnxruntime", seconds):
        np.save("onnx_outputs.npy", _answers("model.onnx", layout))
        if job["source"] is not None:
            np.save("source_outputs.npy", _answers(job["source"], layout))
    ends = _keep_graph(converted) if job["needs_graph"] else None
    return {
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
        "nodes": len(model.graph.node),
        "tools": {tool: version(tool) for tool in TOOLS},
        "graph_ends": ends,
        "output_shape": _output_shape(),
    }


_STEPS = {"look": _look, "convert": _convert}


@contextmanager
def _timed(stage: str, seconds: dict[str, float]) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - started


def _read(path: str) -> Any:
    try:
        return importlib.import_module("onnx").load(path)
    except Exception as cause:  # whatever it is, the file is at fault
        raise checks.Refused(f"it cannot be read as an ONNX file: {_first_line(cause)}") from cause


def _simplified(model: Any) -> Any:
    try:
        return importlib.import_module("onnxslim").slim(model)
    except Exception as cause:  # it fails in many ways on what it does not know
        checks.refuse_unsupported(model)  # a better reason, where that is one
        raise checks.Refused(f"onnxslim gave up: {_first_line(cause)}") from cause


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
    checks.rename_ends(model)
    return model


def _from_keras(job: dict[str, Any]) -> Any:
    """A Keras network as ONNX, by Keras' own export."""
    tensorflow, keras = map(importlib.import_module, ("tensorflow", "keras"))
    network = keras.saving.load_model("network.keras", compile=False)
    signature = [tensorflow.TensorSpec(job["input_shape"], tensorflow.float32, name="image")]
    network.export(
        "exported.onnx",
        format="onnx",
        input_signature=signature,
        opset_version=OPSET,
        verbose=False,
    )
    model = _read("exported.onnx")
    checks.rename_ends(model)
    return model


def _answers(path: str, layout: str) -> Any:
    """What an ONNX model says of each input, one row an input, in the order of what onnx2tf has made of it."""
    runtime = importlib.import_module("onnxruntime")
    try:
        session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        source = session.get_inputs()[0]
        rows = []
        for image in np.load("inputs.npy"):
            asked = image.transpose(0, 3, 1, 2) if layout == "nchw" else image
            rows.append(_as_converted(session.run(None, {source.name: asked})[0], layout).ravel())
    except Exception as cause:  # its errors have no common class
        raise checks.Refused(f"onnxruntime cannot run it: {_first_line(cause)}") from cause
    return np.stack(rows)


def _as_converted(output: Any, layout: str) -> Any:
    """The output with its channels last, where onnx2tf has moved them."""
    moved = np.moveaxis(output, 1, -1) if layout == "nchw" and output.ndim > 2 else output
    return moved if list(moved.shape) == _output_shape() else output


def _output_shape() -> list[int]:
    interpreter = importlib.import_module("ai_edge_litert.interpreter").Interpreter(
        model_path="out/model_float32.tflite"
    )
    return [int(size) for size in interpreter.get_output_details()[0]["shape"]]


def _to_tflite(model: Any, layout: str) -> Any:
    """The network that onnx2tf makes; its files are in `out`."""
    sample = np.random.default_rng(0).random(_SAMPLE_SHAPE, dtype=np.float32)
    np.save(SAMPLE_FILE, sample)
    name = checks.real_inputs(model)[0].name
    try:
        return importlib.import_module("onnx2tf").convert(
            input_onnx_file_path="model.onnx",
            output_folder_path="out",
            # Without these, onnx2tf takes any input for an image with its channels first.
            keep_nwc_or_nhwc_or_ndhwc_input_names=[name] if layout == "nhwc" else None,
            keep_shape_absolutely_input_names=[name] if layout == "plain" else None,
            not_use_onnxsim=True,  # simplified already; it would start another program
            non_verbose=True,
        )
    except (Exception, SystemExit) as cause:
        raise checks.Refused(f"onnx2tf gave up: {_first_line(cause)}") from cause


def _keep_graph(network: Any) -> list[str]:
    """Leave what onnx2tf has made as a TensorFlow graph, for precisions that it does not build; its two ends."""
    tensorflow = importlib.import_module("tensorflow")
    freezing = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    (image,) = network.inputs
    traced = tensorflow.function(
        lambda x: network(x, training=False),
        input_signature=[tensorflow.TensorSpec(image.shape, image.dtype)],
    ).get_concrete_function()
    frozen = freezing.convert_variables_to_constants_v2(traced)
    Path("converted.pb").write_bytes(frozen.graph.as_graph_def().SerializeToString())
    return [frozen.inputs[0].name, frozen.outputs[0].name]


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
