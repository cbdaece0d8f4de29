"""Every number between the operators of a file in an inference, as real numbers; without XNNPACK, which hides them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.whole_numbers import whole_numbers

Reals = npt.NDArray[np.float64]


class TensorValues:
    """A loaded file that keeps what its operators make."""

    def __init__(self, path: Path) -> None:
        """Load it. Raises ModelFileError when the runtime cannot, or when it has more than one input."""
        self._path = path
        try:
            self._interpreter: Any = Interpreter(
                model_path=str(path),
                num_threads=1,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
                experimental_preserve_all_tensors=True,
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError, NotImplementedError) as cause:
            raise self._cannot_run(cause) from cause
        given = self._interpreter.get_input_details()
        if len(given) != 1:
            raise ModelFileError(path, f"it has {len(given)} inputs; layers are compared on one")
        self._input = given[0]
        self._tensors = {one["index"]: one for one in self._interpreter.get_tensor_details()}

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of its input."""
        return tuple(int(size) for size in self._input["shape"])

    def range_of(self, tensor: int) -> tuple[float, float] | None:
        """The least and the largest number that a quantised tensor can hold; None for floats."""
        found = self._tensors[tensor]
        scale, zero_point = found["quantization"]
        kind: np.dtype[Any] = np.dtype(found["dtype"])
        if kind.kind == "f" or not scale:
            return None
        limits = np.iinfo(kind)
        return (limits.min - zero_point) * scale, (limits.max - zero_point) * scale

    def run(self, real: npt.NDArray[np.float32]) -> None:
        """One inference; real numbers are quantised where the file takes whole ones."""
        kind: np.dtype[Any] = np.dtype(self._input["dtype"])
        content: npt.NDArray[Any] = real.astype(kind) if kind.kind == "f" else self._whole(real)
        try:
            self._interpreter.set_tensor(self._input["index"], content)
            self._interpreter.invoke()
        except (RuntimeError, ValueError) as cause:
            raise self._cannot_run(cause) from cause

    def real(self, tensor: int) -> Reals:
        """What the last inference left in a tensor."""
        found = self._tensors[tensor]
        try:
            values = self._interpreter.get_tensor(tensor)
        except ValueError as cause:
            raise self._cannot_run(cause) from cause
        wide: Reals = values.astype(np.float64)
        scale, zero_point = found["quantization"]
        if values.dtype.kind != "f" and scale:
            wide = (wide - zero_point) * scale
        return wide

    def _whole(self, real: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        scale, zero_point = self._input["quantization"]
        kind = self._input["dtype"]
        return whole_numbers(real, kind, scale=scale or 1.0, zero_point=zero_point)

    def _cannot_run(self, cause: Exception) -> ModelFileError:
        told = (str(cause).strip().splitlines() or ["it does not say why"])[0]
        return ModelFileError(self._path, f"the runtime cannot run it: {told[:200]}")
