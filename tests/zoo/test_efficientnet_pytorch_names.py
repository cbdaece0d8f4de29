"""Weights with the names of the package efficientnet-pytorch. The whole file of such weights is in tests/accuracy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.zoo import random_weights, weights
from ghostbench.zoo.efficientnet_pytorch_names import efficientnet_pytorch_names
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs, resolve
from ghostbench.zoo.timm_names import timm_parameters

pytestmark = pytest.mark.tensorflow

SPECS = load_specs(Path(__file__).resolve().parents[2])


@pytest.fixture(scope="module", params=["efficientnet-b0", "efficientnet-lite0"])
def name(request: pytest.FixtureRequest) -> str:
    return f"{request.param}:input_px=32,depth=0.5"


@pytest.fixture(scope="module")
def network(name: str) -> Any:
    return build_network(resolve(name, SPECS))


def renamed(name: str, parameters: Iterable[str]) -> dict[str, str]:
    return efficientnet_pytorch_names(resolve(name, SPECS).architecture, parameters)


def test_blocks_are_counted_through_all_stages_and_batch_norms_by_their_place(
    name: str, network: Any
) -> None:
    names = renamed(name, [parameter.name for parameter in timm_parameters(network)])
    assert len(set(names.values())) == len(names)
    assert names["conv_stem.weight"] == "_conv_stem.weight"
    assert names["bn1.running_var"] == "_bn0.running_var"
    # The first block has no expansion, and so no first batch-norm.
    assert names["blocks.0.0.conv_dw.weight"] == "_blocks.0._depthwise_conv.weight"
    assert names["blocks.0.0.bn1.bias"] == "_blocks.0._bn1.bias"
    assert names["blocks.0.0.conv_pw.weight"] == "_blocks.0._project_conv.weight"
    assert names["blocks.1.0.conv_pw.weight"] == "_blocks.1._expand_conv.weight"
    assert names["blocks.1.0.bn1.bias"] == "_blocks.1._bn0.bias"
    assert names["blocks.3.1.bn3.bias"] == "_blocks.4._bn2.bias"
    assert names["bn2.weight"] == "_bn1.weight"
    assert names["classifier.bias"] == "_fc.bias"
    if name.startswith("efficientnet-b0"):
        assert names["blocks.1.0.se.conv_reduce.bias"] == "_blocks.1._se_reduce.bias"


def test_a_file_with_these_names_gives_what_the_same_tensors_give_under_timms(
    name: str, network: Any, tmp_path: Path
) -> None:
    import safetensors.numpy

    values = {
        p.name: np.ascontiguousarray(random_weights.parameter(p.name, p.shape, 3))
        for p in timm_parameters(network)
    }
    names = renamed(name, values)
    states = []
    for called in ({n: n for n in values}, names):
        weights.randomise(network, 0)
        path = tmp_path / "w.safetensors"
        safetensors.numpy.save_file({called[n]: value for n, value in values.items()}, path)
        weights.load_weights(network, path, resolve(name, SPECS))
        states.append([np.asarray(variable).tobytes() for variable in network.weights])
    assert states[0] == states[1]


def test_networks_that_the_package_does_not_have_keep_their_names() -> None:
    assert efficientnet_pytorch_names("mobilenetv2", ["conv_stem.weight"]) == {}
