"""How differently the images of a batch switch the units of a network on and off. No Keras here."""

import numpy as np
from numpy.typing import NDArray


def log_determinant(maps: list[NDArray[np.float32]]) -> float:
    """Of the kernel over all units; -inf where two images have the same code."""
    count = maps[0].shape[0]
    kernel = np.zeros((count, count))
    for one in maps:
        active = (one.reshape(count, -1) > 0).astype(np.float32)
        kernel += active @ active.T + (1 - active) @ (1 - active).T
    sign, value = np.linalg.slogdet(kernel)
    return float(value) if sign > 0 else float("-inf")
