"""A zero-cost proxy: NASWOT, "Neural Architecture Search without Training" (Mellor et al., ICML 2021).

It looks at an untrained network. For each image of a small batch, every activation either lets its value through or
not; that gives each image a code of zeros and ones. The kernel K counts for each two images the units on which their
codes agree, and the score is log |det K|: high when the network, as it was initialised, tells the images apart.

It is a stand-in for accuracy and no measurement of it. Its authors tried it within search spaces of networks of one
input size and similar cost; how well it ranks the shapes that a search compares here is not known. It grows with the
number of units, so that between candidates of equal multiply-adds it favours wide early stages and larger images,
whether they help or not.
"""

import keras
import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.calibration import synthetic_image
from ghostbench.zoo.enlarge_codes import log_determinant
from ghostbench.zoo.enlarge_context import ScoreContext, to_floats

# As many images as the cost of one candidate allows; the authors use 128 on a GPU.
BATCH = 16
# Above zero exactly where what goes in is: the sign of either is the code.
_GATING = ("hard_swish", "silu")


def naswot(network: keras.Model, context: ScoreContext) -> float:
    """The proxy on the user's images, or on made-up ones where there are none."""
    units = [layer.output for layer in network.layers if _is_unit(layer)]
    if not units:
        raise ConversionError(
            f"{context.spec.name}: it has no ReLU-like activation to take codes from"
        )
    codes = keras.Model(network.inputs, units)
    # Batch-norm by the batch: at their initial values its statistics would let nothing but the first layers differ.
    found = codes([_batch(context)], training=True)
    return log_determinant([np.asarray(maps) for maps in keras.tree.flatten(found)])


def _is_unit(layer: keras.Layer) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return True
    return isinstance(layer, keras.layers.Activation) and layer.activation.__name__ in _GATING


def _batch(context: ScoreContext) -> NDArray[np.float32]:
    if context.training:
        chosen = context.training[:BATCH]
        return to_floats(context.pictures(chosen)[0])
    keys = [f"naswot:{context.seed}:{index}" for index in range(BATCH)]
    return np.concatenate([synthetic_image(key, context.spec.input_px) for key in keys])
