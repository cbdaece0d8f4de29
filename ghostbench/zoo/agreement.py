"""Same input, same output: a built file beside the Keras network it was made from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ghostbench.graph.whole_numbers import whole_numbers
from ghostbench.zoo.calibration import Pixels, synthetic_image

Values = NDArray[np.float32]

CHECKED_IMAGES = 4

# The largest error that is accepted, as a share of the signal. Both are root mean squares over all outputs; the signal
# is how far the outputs of an image lie from the mean over the images. What all images have in common does not
# count, or a file that ignores its input would look nearly right: it has an error of 1, and one that
# answers to another image of 1.4. Measured with conditioned random weights (docs/zoo.md has each file), fp32 over
# 61 networks, the others over 54 of them, Ghost-ResNet-50 not among them:
#
#     fp32     0.0000012 to 0.00004     rounding of sums
#     fp16     0.0027 to 0.012          11 bits for a weight
#     dynamic  0.029 to 0.16            8 bits for a weight
#     int8     0.068 to 0.36            8 bits for weights and data
#
# fp32 is the sharp test of a conversion. The others come from the same traced network.
LARGEST_ERROR = {"fp32": 1e-4, "fp16": 0.05, "dynamic": 0.5, "int8": 0.8}

# Below this share of the outputs' size, they are the same for all images: the network, or the file, is dead.
SMALLEST_SIGNAL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How two sets of outputs compare."""

    max_abs_diff: float
    error: float  # root mean square of the difference, as a share of the reference's signal
    reference_signal: float  # as a share of the reference's size
    file_signal: float  # of the file's outputs, as a share of their size


def checked_images(input_px: int) -> list[Pixels]:
    """The images that every file is checked on; none of them is among those for calibration."""
    return [synthetic_image(f"check:{index}", input_px) for index in range(CHECKED_IMAGES)]


def run_file(path: Path, images: Sequence[Pixels]) -> Values:
    """What a `.tflite` file says of each image, as real numbers, one row an image.

    Raises RuntimeError or ValueError when the runtime cannot run it.
    """
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images:
        interpreter.set_tensor(source["index"], _quantised(image, source))
        interpreter.invoke()
        rows.append(_real(interpreter.get_tensor(target["index"]), target).ravel())
    return np.stack(rows)


def compare_outputs(reference: Values, outputs: Values) -> Agreement:
    """Compare outputs, one row an image. All of them must be finite."""
    difference = outputs.astype(np.float64) - reference
    return Agreement(
        max_abs_diff=float(np.abs(difference).max()),
        error=_rms(difference) / (_rms(_signal(reference)) or math.nan),
        reference_signal=_share(reference),
        file_signal=_share(outputs),
    )


def disagreements(agreement: Agreement, precision: str, source: str = "Keras network") -> list[str]:
    """Why the file may not stand for the network; nothing when it may."""
    if not agreement.reference_signal >= SMALLEST_SIGNAL:
        return [
            f"the {source} itself says nearly the same of every image "
            f"(its outputs differ by {agreement.reference_signal:.2%} of their size)"
        ]
    if not agreement.file_signal >= SMALLEST_SIGNAL:
        return [
            "the file says nearly the same of every image "
            f"(its outputs differ by {agreement.file_signal:.2%} of their size)"
        ]
    limit = LARGEST_ERROR[precision]
    if not agreement.error <= limit:  # so written, a NaN is refused
        return [
            f"its outputs differ from the {source}'s by {agreement.error:.3g} of what the outputs "
            f"of different images differ by; {limit:g} is allowed for {precision}"
        ]
    return []


def _quantised(image: Pixels, tensor: dict[str, Any]) -> NDArray[Any]:
    kind: np.dtype[Any] = np.dtype(tensor["dtype"])
    if kind.kind == "f":
        return image.astype(kind)
    scale, zero_point = tensor["quantization"]
    return whole_numbers(image, kind, scale=scale, zero_point=zero_point)


def _real(values: NDArray[Any], tensor: dict[str, Any]) -> Values:
    real = values.astype(np.float32)
    if values.dtype.kind == "f":
        return real
    scale, zero_point = tensor["quantization"]
    return (real - np.float32(zero_point)) * np.float32(scale)


def _signal(outputs: Values) -> NDArray[np.float64]:
    wide = outputs.astype(np.float64)
    signal: NDArray[np.float64] = wide - wide.mean(axis=0, keepdims=True)
    return signal


def _share(outputs: Values) -> float:
    size = _rms(outputs.astype(np.float64))
    return _rms(_signal(outputs)) / size if size else 0.0


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
