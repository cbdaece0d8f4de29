"""One layer as a network of its own, a `.keras` file each: an ordinary convolution, and the Ghost module in its place.

They are made in a process of their own, so that whoever asks for layers does not load TensorFlow, and are then
converted like any model of the user.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import ConversionError
from ghostbench.core.strict import to_json

_PROCESS = "ghostbench.zoo.single_layers_process"
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleLayer:
    """A convolution, batch-norm and ReLU; with a ratio above 1 the Ghost module that `ghostify` makes of them."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    px: int
    ratio: int = 1
    dw_size: int = 3


def layer_files(layers: Sequence[SingleLayer], folder: Path) -> list[Path]:
    """The file of each layer, in their order; those that are there already are not made again.

    Raises ConversionError when they cannot be made.
    """
    paths = [folder / f"{layer.name}.keras" for layer in layers]
    missing = [layer for layer, path in zip(layers, paths, strict=True) if not path.is_file()]
    if missing:
        _make(missing, folder)
    return paths


def _make(layers: Sequence[SingleLayer], folder: Path) -> None:
    command = [sys.executable, "-m", _PROCESS, str(folder)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            command,
            input=to_json(tuple(layers)),
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
            check=False,
        )
    except OSError as cause:
        raise ConversionError(
            f"{folder}: single layers cannot be made: {cause.strerror}"
        ) from cause
    except subprocess.TimeoutExpired as cause:
        raise ConversionError(f"single layers were not made within {_TIMEOUT_S:g} s") from cause
    if ended.returncode:
        told = ended.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        raise ConversionError(f"single layers cannot be made: {told[-1]}")
