"""The ONNX route: a traced Keras network through ONNX, onnxslim and onnx2tf to `.tflite`, the ONNX file kept.

The tools run in an environment of their own (`onnx_environment`), in a process with limits. The traced
graph is what both routes start from, so what differs between their files is the converters' doing.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghostbench.core.errors import ConversionError, GateRefused
from ghostbench.zoo.agreement import Values, compare_outputs, disagreements
from ghostbench.zoo.build_messages import TOOLS_TIMEOUT_S
from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.capacity import available_memory_bytes
from ghostbench.zoo.keras_to_tflite import TracedNetwork, graph_network
from ghostbench.zoo.limited_process import run_limited
from ghostbench.zoo.onnx_environment import TOOLS_MEMORY_BYTES, environment_python

_TOOLS = Path(__file__).with_name("onnx_tools.py")
FILES = {"fp32": "model_float32.tflite", "fp16": "model_float16.tflite"}

MEMORY_BYTES = 2 * TOOLS_MEMORY_BYTES
# Of the memory that is free: the rest is for the worker, and for what else runs.
_MEMORY_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long the tools may take, and how much memory."""

    timeout_s: float = TOOLS_TIMEOUT_S
    memory_bytes: int = MEMORY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxBuild:
    """What came out of the ONNX tools."""

    files: Mapping[str, bytes]  # the .tflite of each precision of FILES
    network: TracedNetwork | None  # what onnx2tf made, to build the other precisions from
    onnx: bytes
    said: Values  # by the ONNX model that is kept
    source_said: Values | None  # by the ONNX file that was given
    output_shape: tuple[int, ...]
    tools: Mapping[str, str]
    stage_seconds: Mapping[str, float]


def convert_traced(
    name: str,
    traced: TracedNetwork,
    images: Sequence[Pixels],
    outputs: Values,
    *,
    scratch: Path,
    keras_model: Any = None,
    needs_graph: bool = False,
    limits: Limits | None = None,
) -> OnnxBuild:
    """Convert a traced network; `outputs` are what Keras says of the images.

    With `keras_model`, Keras itself writes the ONNX file. `needs_graph` for other precisions than FILES has.
    Raises ConversionError when a tool fails or goes beyond a limit, and GateRefused when the ONNX model does not say
    what Keras says.
    """
    with tools_folder(scratch) as folder:
        if keras_model is None:
            content = traced.graph.as_graph_def().SerializeToString()
            (folder / "graph.pb").write_bytes(content)
        else:
            keras_model.save(folder / "network.keras")
        shape = list(traced.inputs[0].shape)
        layout = "nhwc" if len(shape) == 4 else None  # Keras has its channels last
        job = {"source": None, "input_shape": shape, "layout": layout, "needs_graph": needs_graph}
        build = run_convert(name, folder, job, images, limits or Limits())
    check_onnx(name, outputs, build.said)
    return build


@contextmanager
def tools_folder(scratch: Path) -> Iterator[Path]:
    """A folder for the tools, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="onnx-", dir=scratch) as kept:
        yield Path(kept)


def run_convert(
    name: str, folder: Path, job: Mapping[str, Any], images: Sequence[Pixels], limits: Limits
) -> OnnxBuild:
    """Convert what is in the folder."""
    np.save(folder / "inputs.npy", np.stack(images))
    told = run_step("convert", name, folder, job, limits)
    ends, source = told["graph_ends"], folder / "source_outputs.npy"
    return OnnxBuild(
        files={kind: (folder / "out" / file).read_bytes() for kind, file in FILES.items()},
        network=ends and graph_network((folder / "converted.pb").read_bytes(), *ends),
        onnx=(folder / "model.onnx").read_bytes(),
        said=np.load(folder / "onnx_outputs.npy"),
        source_said=np.load(source) if source.exists() else None,
        output_shape=tuple(told["output_shape"]),
        tools=told["tools"],
        stage_seconds=told["seconds"],
    )


def run_step(
    step: str, name: str, folder: Path, job: Mapping[str, Any], limits: Limits
) -> dict[str, Any]:
    """Run one step of the tools; what it reports. Raises ConversionError with the reason when it fails."""
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    ended = run_limited(
        [str(environment_python()), "-I", str(_TOOLS), step, str(folder)],
        what=f"{name}: the conversion through ONNX",
        log=folder / "log.txt",
        environment=_environment(folder),
        timeout_s=limits.timeout_s,
        memory_bytes=min(limits.memory_bytes, int(_MEMORY_SHARE * available_memory_bytes())),
    )
    if ended.status != 0:
        raise ConversionError(f"{name}: {_told(folder, ended.status)}")
    told: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return told


def check_onnx(name: str, outputs: Values, said: Values, source: str = "Keras network") -> None:
    """Whether the ONNX model says what its source does. Raises GateRefused."""
    if said.shape != outputs.shape:
        raise GateRefused(
            name, [f"as ONNX it gives {said.shape[1]} numbers, not {outputs.shape[1]}"]
        )
    if not np.isfinite(said).all():
        raise GateRefused(name, ["the ONNX model's outputs are NaN or infinite"])
    if reasons := disagreements(compare_outputs(outputs, said), "fp32", source):
        raise GateRefused(name, [f"as ONNX: {reason}" for reason in reasons])


def _environment(folder: Path) -> Mapping[str, str]:
    """As little as possible: what the user has set for other programs must not change what is built."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "CUDA_VISIBLE_DEVICES": "-1",
        # Whatever tries to fetch something fails at once instead of doing so.
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
    }


def _told(folder: Path, status: int) -> str:
    """Why the tools failed; what they printed goes to the worker's log."""
    error = folder / "error.txt"
    if error.exists():
        return error.read_text(encoding="utf-8")
    printed = (
        (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    )
    return f"the tools of the ONNX route ended with status {status}" + (
        f": {printed[-1]}" if printed else ""
    )
