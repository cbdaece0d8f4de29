from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import WeightsError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo import random_weights, weights
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.timm_names import timm_parameters

pytestmark = pytest.mark.tensorflow

SPEC = ModelSpec(
    name="tiny",
    title="Tiny",
    family="GhostNet",
    architecture="ghostnet",
    input_px=64,
    classes=5,
    options={"width": 0.1},
)
Tensors = dict[str, np.ndarray[Any, Any]]


@pytest.fixture(scope="module")
def network() -> Any:
    return build_network(SPEC)


@pytest.fixture(scope="module")
def timm_tensors(network: Any) -> Tensors:
    """What a file of timm for this network holds."""
    tensors: Tensors = {
        parameter.name: random_weights.parameter(parameter.name, parameter.shape, seed=3)
        for parameter in timm_parameters(network)
    }
    counters = [name for name in tensors if name.endswith("running_mean")]
    return tensors | {
        name.replace("running_mean", "num_batches_tracked"): np.array(7) for name in counters
    }


def write(path: Path, tensors: Tensors) -> Path:
    import safetensors.numpy

    safetensors.numpy.save_file(tensors, path)
    return path


def state(network: Any) -> list[bytes]:
    return [np.asarray(variable).tobytes() for variable in network.weights]


def test_random_weights_reach_every_parameter(network: Any) -> None:
    weights.randomise(network, 0)
    before = state(network)
    weights.randomise(network, 1)
    assert all(one != other for one, other in zip(before, state(network), strict=True))


def test_random_weights_are_the_same_again(network: Any) -> None:
    weights.randomise(network, 5)
    before = state(network)
    weights.randomise(network, 5)
    assert state(network) == before


def test_a_file_gives_what_the_same_tensors_give_directly(
    network: Any, timm_tensors: Tensors, tmp_path: Path
) -> None:
    weights.randomise(network, 3)
    expected = state(network)
    weights.randomise(network, 0)
    weights.load_weights(network, write(tmp_path / "w.safetensors", timm_tensors), SPEC)
    assert state(network) == expected


def test_kernels_change_from_torchs_layout_to_keras(
    network: Any, timm_tensors: Tensors, tmp_path: Path
) -> None:
    weights.load_weights(network, write(tmp_path / "w.safetensors", timm_tensors), SPEC)
    stem = np.asarray(network.get_layer("conv_stem").kernel)
    assert stem[2, 1, 0, 3] == timm_tensors["conv_stem.weight"][3, 0, 2, 1]
    depthwise = np.asarray(network.get_layer("blocks_1_0_conv_dw").kernel)
    assert depthwise[2, 1, 3, 0] == timm_tensors["blocks.1.0.conv_dw.weight"][3, 0, 2, 1]
    dense = np.asarray(network.get_layer("classifier").kernel)
    assert dense[7, 2] == timm_tensors["classifier.weight"][2, 7]


def test_a_depthwise_kernel_with_several_outputs_keeps_them_in_torchs_order() -> None:
    network = build_network(replace(SPEC, options={"width": 0.1, "ratio": 3}))
    name = "blocks_0_0_ghost1_cheap_operation_0"
    cheap = next(p for p in timm_parameters(network) if p.variable.path.startswith(name))
    values = np.arange(np.prod(cheap.shape), dtype=np.float32).reshape(cheap.shape)
    cheap.assign(values)
    kernel = np.asarray(network.get_layer(name).kernel)
    channels, multiplier = kernel.shape[2:]
    assert multiplier == 2
    for channel in range(channels):
        for copy in range(multiplier):
            assert np.array_equal(
                kernel[:, :, channel, copy], values[channel * multiplier + copy, 0]
            )


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_other_floating_point_formats_are_converted(
    network: Any, timm_tensors: Tensors, tmp_path: Path, kind: type
) -> None:
    tensors: Tensors = {name: tensor.astype(kind) for name, tensor in timm_tensors.items()}
    weights.load_weights(network, write(tmp_path / "w.safetensors", tensors), SPEC)
    bias = np.asarray(network.get_layer("classifier").bias)
    assert np.array_equal(bias, timm_tensors["classifier.bias"].astype(kind).astype(np.float32))


def without(name: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: value for key, value in tensors.items() if key != name}


def with_(name: str, value: np.ndarray[Any, Any]) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {**tensors, name: value}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (without("bn1.bias"), r"does not fit tiny: 1 missing \(bn1\.bias\)"),
        (with_("x.weight", np.zeros(3, np.float32)), r"1 unknown \(x\.weight\)"),
        (
            with_("conv_stem.weight", np.zeros((4, 3, 5, 5), np.float32)),
            r"1 of another shape \(conv_stem\.weight is 4x3x5x5, not 4x3x3x3\)",
        ),
        (with_("bn1.bias", np.array(1, np.float32)), r"bn1\.bias is a single number, not 4"),
        (with_("bn1.bias", np.zeros(4, np.int32)), r"other than F32, F16, F64 \(bn1\.bias: I32\)"),
        (with_("bn1.bias", np.full(4, np.nan, np.float32)), "bn1.bias holds values that are inf"),
        (with_("bn1.bias", np.full(4, 1e300)), "bn1.bias holds values that are infinite"),
        (lambda tensors: {}, r"missing \(conv_stem\.weight, bn1\.weight, bn1\.bias \.\.\.\)"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_naming_what_is_wrong_and_changes_nothing(
    network: Any,
    timm_tensors: Tensors,
    tmp_path: Path,
    change: Callable[[Tensors], Tensors],
    complaint: str,
) -> None:
    before = state(network)
    path = write(tmp_path / "w.safetensors", change(timm_tensors))
    with pytest.raises(WeightsError, match=complaint) as raised:
        weights.load_weights(network, path, SPEC)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert state(network) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 64,
        (2**62).to_bytes(8, "little") + b"{}",
        (16).to_bytes(8, "little") + b'{"a":{"dtype":"F',
        (64).to_bytes(8, "little")
        + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'.ljust(64),
    ],
)
def test_a_broken_file_is_refused_with_one_line(
    network: Any, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="cannot be read as a safetensors file") as raised:
        weights.load_weights(network, path, SPEC)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_truncated_file_is_refused(network: Any, timm_tensors: Tensors, tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", timm_tensors)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match="cannot be read"):
        weights.load_weights(network, path, SPEC)


@pytest.mark.parametrize("name", ["absent.safetensors", "."])
def test_a_file_that_is_not_there_is_refused(network: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        weights.load_weights(network, tmp_path / name, SPEC)


def test_a_layer_for_whose_weights_there_is_no_name_is_refused_by_name() -> None:
    import keras

    image = keras.Input(batch_shape=(1, 8, 8, 3))
    model = keras.Model(image, keras.layers.PReLU(name="curved")(image), name="own")
    with pytest.raises(WeightsError, match=r"own: no name is known for alpha of curved, a PReLU"):
        weights.randomise(model, 0)
