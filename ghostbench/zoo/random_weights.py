"""Weights made from a seed and a parameter's name, so that any framework makes the same ones.

Timing needs no trained weights, but checking a conversion needs outputs that say something: different inputs
must give clearly different outputs, and no activation may die out or run away on its way through a deep
network. With u drawn evenly from 0 to 1, separately for every element:

| parameter                  | value                                                                   |
|----------------------------|-------------------------------------------------------------------------|
| weights of n inputs each   | (2u - 1) * sqrt(3 / n): mean 0, variance 1 / n                          |
| the same, 1x1 or dense     | so for every first input of two; the second one has the opposite weight |
| batch-norm scale           | gain * (0.8 + 0.4u); what follows decides on the gain, see `GAINS`      |
| batch-norm shift, mean     | 0.1 * (2u - 1)                                                          |
| batch-norm variance        | 0.5 + u                                                                 |
| bias of a channel's gate   | 1 + u, so that it is open                                               |
| any other bias             | 0.1 * (2u - 1)                                                          |

The opposite weights cancel what all inputs have in common. Without them, what ReLU leaves (never below zero)
adds up to constants that are the same for every image and, some layers later, are all there is.

u comes from numpy's PCG64, seeded with SHA-256 of "seed:name", as the upper 53 bits of each draw: whole-number
arithmetic, the same on every machine. Names are timm's, with "_" for ".". Standard library and numpy only: the
reference implementations are given these very weights in an environment without Keras, for the golden logits of the
tests. What is built has its batch-norms set from images besides: `zoo.conditioning`.
"""

import hashlib
import math
import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# The first pattern found in the name holds. Found by trial on the networks of the zoo: the standard deviation
# of every layer's output stays between 0.06 and 90, two images differ in the logits by 8 % to 80 % of the
# logits' own deviation, and a small error in the input grows by no more than ten times what the logits do. FBNet, whose
# blocks are as wide as MobileNetV3's but lack its gates, goes up to 2,400, its logits and errors alike.
GAINS = (
    # The last ones of GhostNet's residual branches, each a sum of two: sums over many blocks must not run away.
    (re.compile(r"_(ghost2_(primary_conv|cheap_operation)_1|bn_dw)_weight$"), 0.7),
    # The last one of other residual branches. MobileNetV2 has no gates that calm its wide blocks: at 1.15 its int8
    # build was as far from its network as another image is, for no fault of the conversion.
    (re.compile(r"^mobilenetv2:.*_bn3_weight$"), 0.8),
    (re.compile(r"_unit\d_conv3_bn_weight$"), 0.5),
    (re.compile(r"_pw_conv_bn_weight$"), 0.7),
    (re.compile(r"_(bn3|b\d_conv3_bn)_weight$"), 1.15),
    # No activation follows.
    (
        re.compile(r"_((shortcut|downsample)_\d|downsample_bn|dw_bn2|branch1_1|branch2_4)_weight$"),
        1.0,
    ),
    (re.compile(r"_(short_conv_\d|unit\d_conv1_bn)_weight$"), 1.0),
    # An activation follows and takes away half of the variance or somewhat more.
    (re.compile(r""), 1.45),
)
SHIFT = 0.1

Weights = NDArray[np.float32]


def parameter(name: str, shape: Iterable[int], seed: int, network: str = "") -> Weights:
    """One parameter in torch's layout: (out, in / groups, height, width) for a convolution.

    `network` is the Keras model's name; it chooses gains alone, and only where a family needs its own.
    """
    shape = tuple(shape)
    key = name.replace(".", "_")
    u = uniform(f"{seed}:{key}", math.prod(shape)).reshape(shape)
    values = _linear(u) if u.ndim > 1 else _per_channel(f"{network}:{key}", u)
    return values.astype(np.float32)


def uniform(key: str, count: int) -> NDArray[np.float64]:
    """`count` numbers from 0 to 1, 1 excluded, that depend on the key alone."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")
    draws = np.asarray(np.random.PCG64(seed).random_raw(count), dtype=np.uint64)
    return np.ldexp((draws >> np.uint64(11)).astype(np.float64), -53)


def image(seed: int, input_px: int) -> Weights:
    """An input (1, height, width, 3) from -1 to 1: large soft spots under noise, as a photo has shapes and texture."""
    spots = uniform(f"spots:{seed}", 7 * 7 * 3).reshape(7, 7, 3)
    nearest = np.arange(input_px) * 7 // input_px
    noise = uniform(f"noise:{seed}", input_px * input_px * 3).reshape(input_px, input_px, 3)
    mixed = 0.6 * spots[nearest][:, nearest] + 0.4 * noise
    return (2.0 * mixed - 1.0).astype(np.float32)[np.newaxis]


def _linear(u: NDArray[np.float64]) -> NDArray[np.float64]:
    values = (2.0 * u - 1.0) * math.sqrt(3.0 / math.prod(u.shape[1:]))
    if math.prod(u.shape[2:]) == 1:
        paired = u.shape[1] // 2 * 2
        values[:, 1:paired:2] = -values[:, 0:paired:2]
    return values


def _per_channel(key: str, u: NDArray[np.float64]) -> NDArray[np.float64]:
    if key.endswith("_running_var"):
        return 0.5 + u
    if key.endswith("_weight"):
        return (0.8 + 0.4 * u) * next(gain for pattern, gain in GAINS if pattern.search(key))
    if key.endswith("_conv_expand_bias"):
        return 1.0 + u
    return SHIFT * (2.0 * u - 1.0)
