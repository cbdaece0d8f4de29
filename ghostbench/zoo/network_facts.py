"""What a built file must match. `keras_counts` finds it on the Keras network."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """A network in numbers."""

    params: int  # trainable
    macs: int
    weights: int  # elements of all kernels; they are what a precision makes smaller
    channels: int  # outputs of all kernels; each has a bias once batch-norm is folded
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    moves: Mapping[
        str, int
    ]  # how many operators of each kind may move data about without computing
