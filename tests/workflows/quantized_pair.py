"""A small network twice: in floats, and quantised by hand, so that a test knows which layer is bad."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ghostbench.zoo.own_model_inputs import made_input
from tests.graph.build import OperatorPlan, TensorPlan, constant, model, op, subgraph, tensor

WIDTH, LAYERS = 16, 5
Weights = list[npt.NDArray[np.float32]]


def weights() -> Weights:
    """Of each layer; rotations, so that no layer makes errors larger or smaller."""
    rng = np.random.default_rng(0)
    return [
        np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0].astype(np.float32) for _ in range(LAYERS)
    ]


def in_floats() -> bytes:
    """The network in floats."""
    return _network([constant(WIDTH, WIDTH, data=w.tobytes(), name=f"w{i}") for i, w in enumerate(weights())],
                    [tensor(1, WIDTH, name=f"x{i}") for i in range(LAYERS + 1)])  # fmt: skip


def quantised(*, coarse: int | None = None, float_ends: bool = False) -> bytes:
    """The same in int8; what layer `coarse` makes has steps 32 times too large."""
    steps = _steps()
    # The first step is that of the input.
    scales = [step * (32 if layer == coarse else 1) for layer, step in enumerate(steps, start=-1)]
    places = [
        tensor(1, WIDTH, dtype="int8", name=f"x{i}", scales=(scale,))
        for i, scale in enumerate(scales)
    ]
    constants = []
    for number, each in enumerate(weights()):
        step = float(np.abs(each).max() / 127)
        whole = np.round(each / step).astype(np.int8)
        constants.append(
            constant(
                WIDTH, WIDTH, dtype="int8", data=whole.tobytes(), name=f"w{number}", scales=(step,)
            )
        )
    return _network(constants, places, float_ends=float_ends)


def _steps() -> list[float]:
    """How large a step has to be for the numbers between the layers, from what the network makes of some inputs."""
    values = np.concatenate([made_input(f"steps:{n}", (1, WIDTH), (-1.0, 1.0)) for n in range(50)])
    found = [1 / 127]
    for each in weights():
        values = values @ each.T
        found.append(1.2 * float(np.abs(values).max()) / 127)  # other inputs may go beyond
    return found


def _network(
    constants: Sequence[TensorPlan], places: Sequence[TensorPlan], *, float_ends: bool = False
) -> bytes:
    tensors = [*places, *constants]
    layers: list[OperatorPlan] = [
        op("FULLY_CONNECTED", [i, len(places) + i, -1], [i + 1], "FullyConnectedOptions")
        for i in range(LAYERS)
    ]
    ends = (0, LAYERS)
    if float_ends:
        first = len(tensors)
        tensors += [tensor(1, WIDTH, name="given"), tensor(1, WIDTH, name="told")]
        layers = [op("QUANTIZE", [first], [0]), *layers, op("DEQUANTIZE", [LAYERS], [first + 1])]
        ends = (first, first + 1)
    return model(subgraph(tensors, layers, inputs=[ends[0]], outputs=[ends[1]]))
