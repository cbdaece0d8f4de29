"""A network of timm, exported by torch to an ONNX file, when the user has installed both."""

import os
import sys
from pathlib import Path

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.limited_process import run_limited
from ghostbench.zoo.own_model import TIMM, OwnModel, export_tools
from ghostbench.zoo.recipe import WeightsSource

_SCRIPT = Path(__file__).with_name("own_model_timm_tools.py")
TIMEOUT_S = 600.0
MEMORY_BYTES = 8_000_000_000


def export_timm(own: OwnModel, weights: WeightsSource, folder: Path) -> Path:
    """The ONNX file of a timm network. Raises ConversionError with torch's or timm's reason when there is none.

    It runs in a process of its own: torch and TensorFlow do not go well together in one.
    """
    export_tools()
    name, result = str(own.path).removeprefix(TIMM), folder / "timm.onnx"
    shape = ",".join(map(str, own.input_shape or ()))
    source = str(weights.file or weights.seed)
    log = folder / "timm-log.txt"
    ended = run_limited(
        [sys.executable, "-P", str(_SCRIPT), name, shape, source, str(result)],
        what=f"{own.path}: the export through torch",
        log=log,
        # Nothing is fetched: weights are made from the seed, or read from a file.
        environment={**os.environ, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "-1"},
        timeout_s=TIMEOUT_S,
        memory_bytes=MEMORY_BYTES,
    )
    if ended.status != 0 or not result.exists():
        printed = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise ConversionError(
            f"torch cannot export it: {printed[-1] if printed else f'status {ended.status}'}"
        )
    return result
