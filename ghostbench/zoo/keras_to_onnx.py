"""The ONNX route: a traced Keras network through tf2onnx, onnxslim and onnx2tf to `.tflite`, the ONNX file kept.

The tools run in an environment of their own (`onnx_environment`), in a process with limits. The traced
graph is what both routes start from, so what differs between their files is the converters' doing.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghostbench.core.errors import ConversionError, GateRefused
from ghostbench.zoo.agreement import Values, compare_outputs, disagreements
from ghostbench.zoo.calibration import Pixels
from ghostbench.zoo.limited_process import run_limited
from ghostbench.zoo.onnx_environment import TOOLS_MEMORY_BYTES, environment_python

_TOOLS = Path(__file__).with_name("onnx_tools.py")
FILES = {"fp32": "model_float32.tflite", "fp16": "model_float16.tflite"}

# GhostNet 1.0x takes 47 s of one core; this is for a large network on a slow machine.
TIMEOUT_S = 600.0
MEMORY_BYTES = 2 * TOOLS_MEMORY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxBuild:
    """What came out of the ONNX tools."""

    content: bytes  # of the .tflite
    onnx: bytes
    tools: Mapping[str, str]
    peak_rss_bytes: int
    stage_seconds: Mapping[str, float]


def convert_traced(
    name: str,
    traced: Any,
    precision: str,
    images: list[Pixels],
    outputs: Values,
    *,
    scratch: Path,
    timeout_s: float = TIMEOUT_S,
    memory_bytes: int = MEMORY_BYTES,
) -> OnnxBuild:
    """Convert a traced network; `outputs` are what Keras says of the images.

    Raises ConversionError when a tool fails or goes beyond a limit, and GateRefused when the ONNX model does not say
    what Keras says.
    """
    if precision not in FILES:
        raise ConversionError(f"the ONNX route builds {' and '.join(FILES)}, not {precision}")
    with tempfile.TemporaryDirectory(prefix="onnx-", dir=scratch) as kept:
        folder = Path(kept)
        (folder / "graph.pb").write_bytes(traced.graph.as_graph_def().SerializeToString())
        build, said = run_tools(
            name, folder, precision, images, timeout_s=timeout_s, memory_bytes=memory_bytes
        )
    _check_onnx(name, outputs, said)
    return build


def run_tools(
    name: str,
    folder: Path,
    precision: str,
    images: list[Pixels],
    *,
    timeout_s: float,
    memory_bytes: int,
) -> tuple[OnnxBuild, Values]:
    """Run the tools on what is in the folder; also what the ONNX model says of the images."""
    np.save(folder / "inputs.npy", np.concatenate(images))
    ended = run_limited(
        [str(environment_python()), "-I", str(_TOOLS), str(folder)],
        what=f"{name}: the conversion through ONNX",
        log=folder / "log.txt",
        environment=_environment(folder),
        timeout_s=timeout_s,
        memory_bytes=memory_bytes,
    )
    if ended.status != 0:
        raise ConversionError(f"{name}: {_told(folder, ended.status)}")
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    build = OnnxBuild(
        content=(folder / "out" / FILES[precision]).read_bytes(),
        onnx=(folder / "model.onnx").read_bytes(),
        tools=told["tools"],
        peak_rss_bytes=ended.peak_rss_bytes,
        stage_seconds=told["seconds"],
    )
    said: Values = np.load(folder / "onnx_outputs.npy")
    return build, said


def _check_onnx(name: str, outputs: Values, said: Values) -> None:
    if not np.isfinite(said).all():
        raise GateRefused(name, ["the ONNX model's outputs are NaN or infinite"])
    if reasons := disagreements(compare_outputs(outputs, said), "fp32"):
        raise GateRefused(name, [f"as ONNX: {reason}" for reason in reasons])


def _environment(folder: Path) -> Mapping[str, str]:
    """As little as possible: what the user has set for other programs must not change what is built."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
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
