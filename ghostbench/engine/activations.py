"""How large the numbers between operators get in one real inference, without XNNPACK, which keeps them to itself."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ghostbench.core.errors import ModelFileError
from ghostbench.core.plan import InputSettings
from ghostbench.engine.inputs import make_input


def largest_magnitudes(path: Path, settings: InputSettings) -> Mapping[int, float]:
    """Index of each float32 tensor of the first subgraph to the largest magnitude in it.

    Raises ModelFileError when the runtime cannot run the file.
    """
    try:
        interpreter = Interpreter(
            model_path=str(path),
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=True,
        )
        interpreter.allocate_tensors()
        for number, given in enumerate(interpreter.get_input_details()):
            shape = tuple(int(size) for size in given["shape"])
            content = make_input(settings, number, np.dtype(given["dtype"]).name, shape)
            interpreter.set_tensor(given["index"], content)
        interpreter.invoke()
        found = {}
        for tensor in interpreter.get_tensor_details():
            if (
                tensor["dtype"] is np.float32
                and (values := _content(interpreter, tensor["index"])).size
            ):
                found[int(tensor["index"])] = float(np.max(np.abs(values)))
    except (RuntimeError, ValueError, NotImplementedError) as cause:
        told = (str(cause).strip().splitlines() or ["it does not say why"])[0]
        raise ModelFileError(path, f"the runtime cannot run it: {told[:200]}") from cause
    return found


def _content(interpreter: Interpreter, index: int) -> np.ndarray:
    try:
        values: np.ndarray = interpreter.get_tensor(index)
    except ValueError:  # nothing was kept of it
        return np.zeros(0, np.float32)
    return values
