"""Weights from a file for detectors and the other networks that no package has: all of them, or a clear refusal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import WeightsError
from ghostbench.zoo import random_weights, weights
from ghostbench.zoo.specs import load_specs, resolve
from ghostbench.zoo.timm_names import timm_parameters

pytestmark = pytest.mark.tensorflow

NAMES = (
    "retinanet-ghostnet-1.1x:input_px=64",
    "faster-rcnn-mobilenetv2-1.0x:input_px=64",
    "ssd-ghostnet-1.3x",
    "fbnetv2-l1:input_px=64",
    "ghost-resnet56-cifar10",
    "ghostnet-b1:input_px=64",
)
DETECTOR = NAMES[0]
Network = Callable[[str], Any]
ROOT = Path(__file__).resolve().parents[3]


def values_of(network: Any) -> dict[str, Any]:
    return {
        p.name: np.ascontiguousarray(random_weights.parameter(p.name, p.shape, 7))
        for p in timm_parameters(network)
    }


def load(network: Any, name: str, values: dict[str, Any], folder: Path) -> None:
    import safetensors.numpy

    path = folder / "w.safetensors"
    safetensors.numpy.save_file(values, path)
    weights.load_weights(network, path, replace(resolve(name, load_specs(ROOT)), name="asked"))


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_name_of_its_own_and_can_come_from_a_file(
    name: str, network: Network, tmp_path: Path
) -> None:
    built = network(name)
    values = values_of(built)
    assert len(values) == len(built.weights)
    weights.randomise(built, 0)
    load(built, name, values, tmp_path)
    kept = {p.name: p.to_keras(values[p.name]) for p in timm_parameters(built)}
    for parameter in timm_parameters(built):
        assert np.array_equal(np.asarray(parameter.variable), kept[parameter.name])


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_another_network_are_refused_in_one_line(
    name: str, network: Network, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=r"does not fit asked: \d+ missing \(.*1 unknown") as why:
        load(network(name), name, {"x.weight": np.zeros(3, np.float32)}, tmp_path)
    assert "\n" not in str(why.value)


def test_weights_of_the_backbones_classifier_are_told_from_a_detectors(
    network: Network, tmp_path: Path
) -> None:
    values = values_of(network(DETECTOR))
    classifier = {n: v for n, v in values.items() if n.startswith(("blocks", "conv_stem", "bn1"))}
    classifier["classifier.weight"] = np.zeros((1000, 1280), np.float32)
    with pytest.raises(WeightsError, match=r"missing \(fpn.*; 1 unknown \(classifier\.weight\)"):
        load(network(DETECTOR), DETECTOR, classifier, tmp_path)
