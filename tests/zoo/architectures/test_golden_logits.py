"""The networks against those of others, with the same weights: the logits that tools/reference_check.py wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ghostbench.zoo import random_weights, weights
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs, resolve

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
SPECS = load_specs(ROOT)
GOLDEN = {
    path.stem: golden
    for path in sorted((ROOT / "tests" / "fixtures" / "golden").glob("*.json"))
    if "logits" in (golden := json.loads(path.read_text(encoding="utf-8")))
}
# In units of the logits' own deviation, or 1 where that is less.
TOLERANCE = 1e-4
# What a mistake in the network must move the logits by to be seen for sure.
VISIBLE = 1e-3

# GhostNet has torch's epsilon and no other; pytorchcv gives ProxylessNAS TensorFlow's, as its authors did.
WITH_THE_EPSILON_OF_THE_REFERENCE = ("ghostnet", "ghostnetv2", "proxylessnas")

Golden = dict[str, Any]


# What timm has of these is TensorFlow's network, padding and epsilon too.
AS_IN_TENSORFLOW = ("efficientnet-lite",)


def as_trained_in_torch(name: str) -> str:
    """The variant that does what the reference does."""
    if SPECS[name].architecture in AS_IN_TENSORFLOW:
        return name
    own_epsilon = SPECS[name].architecture in WITH_THE_EPSILON_OF_THE_REFERENCE
    return f"{name}:padding=symmetric{'' if own_epsilon else ',bn_epsilon=1e-5'}"


def build(name: str, golden: Golden) -> Any:
    network = build_network(resolve(name, SPECS))
    weights.randomise(network, golden["weights_seed"])
    return network


def logits(network: Any, golden: Golden) -> NDArray[np.float64]:
    images = [random_weights.image(seed, network.input_shape[1]) for seed in golden["input_seeds"]]
    return np.array([np.asarray(network(image))[0, :: golden["every"]] for image in images], float)


def distance(network: Any, golden: Golden) -> float:
    return float(np.abs(logits(network, golden) - np.array(golden["logits"])).max())


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
def test_logits_are_those_of_the_reference(golden: Golden) -> None:
    network = build(as_trained_in_torch(golden["network"]), golden)
    assert distance(network, golden) < TOLERANCE * max(1.0, float(np.std(golden["logits"])))


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
def test_golden_logits_say_something(golden: Golden) -> None:
    one, other = np.array(golden["logits"])
    assert one.std() > 0.2
    assert (one - other).std() > 0.1 * one.std()
    assert len(set(one.tolist())) == len(one)


def test_the_logits_of_ghostnet_agree_within_a_ten_thousandth() -> None:
    golden = GOLDEN["ghostnet_100"]
    assert golden["every"] == 1
    assert distance(build(as_trained_in_torch("ghostnet-1.0x"), golden), golden) < 1e-4


def test_every_architecture_that_others_have_has_golden_logits() -> None:
    covered = {SPECS[golden["network"]].architecture for golden in GOLDEN.values()}
    ours_alone = {"fbnetv2", "ghostnet-enlarged", "resnet56", "vgg16"}
    detectors = {"faster-rcnn", "retinanet", "ssd-ghostnet"}
    assert covered == {spec.architecture for spec in SPECS.values()} - ours_alone - detectors


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
def test_padding_of_the_other_framework_would_be_noticed(golden: Golden) -> None:
    right = as_trained_in_torch(golden["network"])
    symmetric = f"{right}:padding=symmetric"
    name = right.replace("symmetric", "same") if "symmetric" in right else symmetric
    assert distance(build(name, golden), golden) > VISIBLE


def wrong_epsilon(network: Any) -> None:
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.epsilon = 1e-3


def no_relu_after_the_cheap_operation(network: Any) -> None:
    network.get_layer("blocks_4_0_ghost1_cheap_operation_1_act").max_value = 0.0


def wrong_order_in_a_concatenation(network: Any) -> None:
    layer = network.get_layer("blocks_6_2_ghost2_concat")
    join = layer.call
    layer.call = lambda parts: join(parts[::-1])


def wrong_gate(network: Any) -> None:
    import keras

    network.get_layer("blocks_8_3_se_gate").activation = keras.activations.sigmoid


@pytest.mark.parametrize(
    "spoil",
    [
        wrong_epsilon,
        no_relu_after_the_cheap_operation,
        wrong_order_in_a_concatenation,
        wrong_gate,
    ],
)
def test_a_mistake_in_ghostnet_would_be_noticed(spoil: Callable[[Any], None]) -> None:
    golden = GOLDEN["ghostnet_100"]
    network = build(as_trained_in_torch(golden["network"]), golden)
    spoil(network)
    assert distance(network, golden) > VISIBLE
