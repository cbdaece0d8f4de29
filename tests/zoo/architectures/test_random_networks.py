"""With random weights, every network must react to its input, and stay in the range of ordinary numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ghostbench.zoo import random_weights, weights

pytestmark = pytest.mark.tensorflow

NAMES = (
    "ghostnet-0.5x",
    "ghostnet-1.3x",
    "ghostnet-tf-1.0x",
    "mobilenetv1-0.5x",
    "mobilenetv2-0.35x",
    "mobilenetv2-1.3x",
    "mobilenetv3-small-0.75x",
    "mobilenetv3-large-1.25x",
    "efficientnet-b0",
    "efficientnet-lite0",
    "resnet50",
)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_no_layer_dies_or_runs_away_and_outputs_differ(
    name: str, seed: int, network: Callable[[str], Any]
) -> None:
    import keras

    built = network(name)
    weights.randomise(built, seed)
    linear = [layer.output for layer in built.layers if hasattr(layer, "kernel")]
    probe = keras.Model(built.input, [*linear, built.output])
    one, other = (
        [np.asarray(output) for output in probe(random_weights.image(n, built.input_shape[1]))]
        for n in (1, 2)
    )
    deviations = [output.std() for output in one]
    assert min(deviations) > 0.02
    assert max(deviations) < 50
    assert (one[-1] - other[-1]).std() > 0.05 * one[-1].std()
