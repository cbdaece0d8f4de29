"""Weights with torchvision's names: the fixture is what torchvision itself calls its parameters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import WeightsError
from ghostbench.zoo import random_weights, weights
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs
from ghostbench.zoo.timm_names import timm_parameters
from ghostbench.zoo.torchvision_names import torchvision_names

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[2]
SPECS = load_specs(ROOT)
GOLDEN = ROOT / "tests" / "fixtures" / "golden" / "torchvision.json"
TORCHVISION = json.loads(GOLDEN.read_text(encoding="utf-8"))["parameters"]
SMALL = "mobilenetv3-small-1.0x"
Tensors = dict[str, np.ndarray[Any, Any]]


def renamed(network: Any, name: str) -> dict[str, str]:
    names = [parameter.name for parameter in timm_parameters(network)]
    return torchvision_names(SPECS[name].architecture, names)


@pytest.fixture(scope="module")
def build() -> Callable[[str], Any]:
    built: dict[str, Any] = {}
    return lambda name: built.setdefault(name, build_network(SPECS[name]))


@pytest.mark.parametrize("name", TORCHVISION)
def test_names_shapes_and_order_are_those_of_torchvision(
    name: str, build: Callable[[str], Any]
) -> None:
    network = build(name)
    names = renamed(network, name)
    ours = []
    for parameter in timm_parameters(network):
        dense = names[parameter.name] == "classifier.0.weight"
        shape = parameter.shape[:2] if dense else parameter.shape
        ours.append(f"{names[parameter.name]} {shape}")
    assert sorted(ours) == sorted(TORCHVISION[name])
    # RegNet's shortcut comes first in torchvision, and elsewhere in the order of Keras.
    assert without_shortcuts(ours) == without_shortcuts(TORCHVISION[name])


def without_shortcuts(rows: list[str]) -> list[str]:
    return [row for row in rows if ".proj." not in row]


def test_networks_that_torchvision_does_not_have_keep_their_names() -> None:
    assert torchvision_names("ghostnet", ["conv_stem.weight"]) == {}
    # MnasNet-A1 has squeeze-excite, which no MnasNet of torchvision has.
    assert torchvision_names("mnasnet", ["blocks.2.0.se.conv_reduce.weight"]) == {}


def torchvision_tensors(network: Any) -> Tensors:
    names = renamed(network, SMALL)
    tensors: Tensors = {}
    for parameter in timm_parameters(network):
        value = random_weights.parameter(parameter.name, parameter.shape, 3)
        name = names[parameter.name]
        tensors[name] = value.reshape(value.shape[:2]) if name == "classifier.0.weight" else value
    return tensors


def write(path: Path, tensors: Tensors) -> Path:
    import safetensors.numpy

    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path
    )
    return path


def test_a_file_of_torchvision_gives_what_the_same_tensors_give_under_timms_names(
    build: Callable[[str], Any], tmp_path: Path
) -> None:
    network = build(SMALL)
    timm = {p.name: random_weights.parameter(p.name, p.shape, 3) for p in timm_parameters(network)}
    weights.load_weights(network, write(tmp_path / "timm.safetensors", timm), SPECS[SMALL])
    expected = [np.asarray(variable).tobytes() for variable in network.weights]
    weights.randomise(network, 0)
    path = write(tmp_path / "torchvision.safetensors", torchvision_tensors(network))
    weights.load_weights(network, path, SPECS[SMALL])
    assert [np.asarray(variable).tobytes() for variable in network.weights] == expected


def test_what_is_missing_from_a_file_of_torchvision_bears_torchvisions_name(
    build: Callable[[str], Any], tmp_path: Path
) -> None:
    network = build(SMALL)
    tensors = torchvision_tensors(network)
    del tensors["features.1.block.1.fc2.bias"]
    path = write(tmp_path / "torchvision.safetensors", tensors)
    with pytest.raises(WeightsError, match=r"1 missing \(features\.1\.block\.1\.fc2\.bias\)"):
        weights.load_weights(network, path, SPECS[SMALL])
