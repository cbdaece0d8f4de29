"""Real numbers as a quantised tensor stores them."""

import numpy as np
from numpy.typing import DTypeLike, NDArray


def whole_numbers(
    real: NDArray[np.float32], kind: DTypeLike, *, scale: float, zero_point: int
) -> NDArray[np.integer]:
    """Each number in steps of the scale from the zero point, rounded, and cut off at the ends of the type.

    >>> whole_numbers(np.array([-1, 0.26, 9], np.float32), np.int8, scale=0.5, zero_point=-1).tolist()
    [-3, 0, 17]
    """
    limits = np.iinfo(kind)
    steps = np.round(real.astype(np.float64) / scale + zero_point)
    whole: NDArray[np.integer] = steps.clip(limits.min, limits.max).astype(kind)
    return whole
