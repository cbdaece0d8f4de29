"""What a model file says of images: the five likeliest classes of each."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghostbench.accuracy.dataset import LabelledImage
from ghostbench.accuracy.preprocessing import prepare
from ghostbench.core.accuracy import Prediction, Preprocessing
from ghostbench.core.errors import ModelFileError
from ghostbench.graph.facts import read_facts
from ghostbench.graph.whole_numbers import whole_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What a classifier takes and gives."""

    input_px: int
    classes: int


def shapes_of(path: Path) -> Shapes:
    """Sizes of a classifier. Raises ModelFileError for a file that is none."""
    facts = read_facts(path)
    inputs, outputs = [t.shape for t in facts.inputs], [t.shape for t in facts.outputs]
    square = len(inputs) == 1 and len(inputs[0]) == 4 and inputs[0][1] == inputs[0][2]
    if not square or inputs[0][0] != 1 or inputs[0][3] != 3:
        raise ModelFileError(
            path, f"its inputs are {inputs}; one square image (1, side, side, 3) is needed"
        )
    if len(outputs) != 1 or int(np.prod(outputs[0])) != outputs[0][-1]:
        raise ModelFileError(path, f"its outputs are {outputs}; one row of class scores is needed")
    return Shapes(input_px=inputs[0][1], classes=outputs[0][-1])


class Answerer:
    """A loaded model file and the recipe its images are prepared by."""

    def __init__(self, model: Path, recipe: Preprocessing) -> None:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415  heavy

        self._path, self._recipe = model, recipe
        try:
            with _quiet_stderr():
                self._interpreter: Any = Interpreter(model_path=str(model), num_threads=1)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as cause:
            raise ModelFileError(model, f"the runtime cannot load it: {cause}") from cause
        (self._source,) = self._interpreter.get_input_details()
        (self._target,) = self._interpreter.get_output_details()

    def answer(self, image: LabelledImage) -> Prediction:
        """The five likeliest classes; of equal scores, the lower class first."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow warns of what it then reads well enough
                pixels = prepare(image.path, self._recipe)
        except Exception as broken:  # noqa: BLE001  Pillow's readers raise nearly anything for a broken file
            told = str(broken).replace(str(image.path), image.key) or type(broken).__name__
            return Prediction(image=image.key, label=image.label, unreadable=told)
        self._interpreter.set_tensor(self._source["index"], _stored(pixels, self._source))
        self._interpreter.invoke()
        scores = self._interpreter.get_tensor(self._target["index"]).ravel()
        if scores.dtype.kind == "f" and not np.isfinite(scores).all():
            raise ModelFileError(self._path, f"its answer to {image.key} holds NaN or infinity")
        order = np.argsort(-scores.astype(np.float64), kind="stable")
        return Prediction(image=image.key, label=image.label, top5=tuple(map(int, order[:5])))


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """While the runtime tells which delegate it takes, from C and past Python's own streams."""
    kept = os.dup(2)
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silence, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(silence)
        os.close(kept)


def _stored(pixels: NDArray[np.float32], tensor: dict[str, Any]) -> NDArray[Any]:
    """Real numbers as the input tensor stores them."""
    kind: np.dtype[Any] = np.dtype(tensor["dtype"])
    if kind.kind == "f":
        return pixels.astype(kind)
    scale, zero_point = tensor["quantization"]
    return whole_numbers(pixels, kind, scale=scale or 1.0, zero_point=zero_point)


_answerer: Answerer | None = None


def start_worker(model: Path, recipe: Preprocessing) -> None:
    """Load the model once in a process of the pool."""
    global _answerer
    _answerer = Answerer(model, recipe)


def answer_all(images: Iterable[LabelledImage]) -> list[Prediction]:
    """Work of one process of the pool."""
    assert _answerer is not None, "the pool starts every process with start_worker"
    return [_answerer.answer(image) for image in images]
