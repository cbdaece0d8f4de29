"""The idea of GhostNet, looked at: how alike feature maps are, and how well a small kernel makes one of another.

The paper shows it on the maps behind ResNet-50's first residual block (its figure 1) and, for pairs of them, on the
error of a depthwise convolution of size 1, 3, 5 and 7. That convolution is found here exactly, by least squares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import UsageError
from ghostbench.zoo.calibration import load_image, synthetic_image
from ghostbench.zoo.keras_backend import import_keras
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs
from ghostbench.zoo.weights import load_weights, randomise

Map = NDArray[np.float32]  # (height, width)
Maps = NDArray[np.float32]  # (height, width, channels)

KERNEL_SIZES = (1, 3, 5, 7)
_NETWORK, _LAYER = "resnet50", "layer1_0_act"
_INPUT_PX = 224
# A map that hardly varies is like any other.
_LEAST_SHARE_OF_SPREAD = 0.1
# Padding marks the edges of every map in the same way, which makes maps alike that say nothing else.
_EDGE_PX = 3
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two maps, and how they go together: 1 or -1 when one is a multiple of the other, plus a constant."""

    source: int
    target: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the best kernel of a size makes the target of a pair from its source."""

    pair: Pair
    kernel_px: int
    mse: float
    unexplained_percent: float  # the same as a share of the target's mean square


@dataclass(frozen=True, slots=True)
class FeatureMaps:
    """The maps, and what they were made with."""

    maps: Maps
    weights: str  # in words
    image: str


def first_block_maps(weights: Path | None = None, image: Path | None = None) -> FeatureMaps:
    """What comes out of the first residual block of ResNet-50.

    `weights` is a .safetensors or .pth file of timm or torchvision; without one they are random, and the maps show what
    any convolutions make of an image, not what training does. `image` is a photo; without one an image is made up.
    """
    keras = import_keras()
    spec = load_specs()[_NETWORK]
    network = build_network(spec)
    if weights is None:
        randomise(network, seed=0)
    else:
        load_weights(network, weights, spec)
    trunk: Any = keras.Model(network.inputs, network.get_layer(_LAYER).output)
    pixels = load_image(image, _INPUT_PX) if image else synthetic_image("first block", _INPUT_PX)
    normal = ((pixels + 1) / 2 - np.array(_MEAN, np.float32)) / np.array(_STD, np.float32)
    return FeatureMaps(
        maps=np.asarray(trunk([normal], training=False))[0],
        weights="random weights, not trained ones" if weights is None else f"weights of {weights}",
        image="a made-up image" if image is None else str(image),
    )


def most_similar_pairs(maps: Maps, count: int = 3) -> list[Pair]:
    """The pairs that go together most away from the edges, no map in two of them.

    Raises UsageError when there are not so many.
    """
    inside = maps[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX]
    flat = inside.reshape(-1, maps.shape[-1]).astype(np.float64)
    spread = flat.std(axis=0)
    lively = np.flatnonzero(spread > _LEAST_SHARE_OF_SPREAD * np.median(spread))
    if not 1 <= count <= len(lively) // 2:
        raise UsageError(f"{count} pairs cannot be made of {len(lively)} maps that vary")
    together = np.atleast_2d(np.corrcoef(flat[:, lively], rowvar=False))
    strength = np.triu(np.abs(together), k=1)
    pairs: list[Pair] = []
    while len(pairs) < count:
        row, column = np.unravel_index(int(strength.argmax()), strength.shape)
        pairs.append(Pair(int(lively[row]), int(lively[column]), float(together[row, column])))
        for used in (row, column):
            strength[used, :] = strength[:, used] = -1.0
    return pairs


def fit_kernels(
    maps: Maps, pairs: Sequence[Pair], sizes: Sequence[int] = KERNEL_SIZES
) -> list[Fit]:
    """The best depthwise convolution of each size for each pair, without bias and padded with zeros, as the paper's."""
    return [_fit(maps, pair, size) for pair in pairs for size in sizes]


def best_kernel(source: Map, target: Map, size: int) -> tuple[NDArray[np.float64], Map]:
    """The kernel with the least squared error, and what it makes of the source."""
    if size < 1 or size % 2 == 0:
        raise UsageError(f"a kernel's size is odd, not {size}")
    padded = np.pad(source.astype(np.float64), size // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    columns = windows.reshape(-1, size * size)
    kernel, *_ = np.linalg.lstsq(columns, target.astype(np.float64).ravel(), rcond=None)
    made: Map = (columns @ kernel).reshape(target.shape).astype(np.float32)
    return np.asarray(kernel.reshape(size, size), np.float64), made


def _fit(maps: Maps, pair: Pair, size: int) -> Fit:
    target = maps[..., pair.target]
    _, made = best_kernel(maps[..., pair.source], target, size)
    mse = float(((made - target) ** 2).mean())
    return Fit(pair, size, mse, 100 * mse / float((target**2).mean()))
