"""A network whose weights are ordinary numbers, and whose activations all become denormal."""

import numpy as np

from tests.graph.build import constant, model, op, subgraph, tensor

CHANNELS, SIZE = 32, 24
# Two layers shrink everything by so much that 1 becomes 1e-40: float32 keeps full precision down to 1.2e-38.
SHRINKING = 1e-20 / CHANNELS


def denormal_network(layers: int = 6, *, shrinking: float = SHRINKING) -> bytes:
    """Convolutions of 1 x 1: the first two shrink, the others only pass on."""
    shape = (1, SIZE, SIZE, CHANNELS)
    tensors = [tensor(*shape, name="image")]
    steps = []
    for number in range(layers):
        scale = shrinking if number < 2 else 1.0 / CHANNELS
        weights = np.full((CHANNELS, 1, 1, CHANNELS), scale, "float32").tobytes()
        first = len(tensors)
        tensors += [
            constant(CHANNELS, 1, 1, CHANNELS, data=weights),
            constant(CHANNELS, data=bytes(4 * CHANNELS)),
            tensor(*shape, name=f"layer{number}"),
        ]
        steps.append(
            op(
                "CONV_2D",
                [first - 1, first, first + 1],
                [first + 2],
                "Conv2DOptions",
                strideW=1,
                strideH=1,
            )
        )
    return model(subgraph(tensors, steps))
