import numpy as np
import pytest

from ghostbench.zoo import random_weights
from ghostbench.zoo.random_weights import image, parameter, uniform

CONV = (64, 32, 3, 3)


def test_the_generator_gives_these_very_numbers_on_every_machine() -> None:
    assert uniform("x", 2).tolist() == [0.757420924319536, 0.8011203134562404]
    assert parameter("conv_stem.weight", (4, 3, 3, 3), 0).ravel()[:2].tolist() == [
        0.08085876703262329,
        -0.19327330589294434,
    ]
    assert parameter("bn1.running_var", (2,), 7).tolist() == [
        1.0380300283432007,
        0.7699072957038879,
    ]


def test_a_parameter_depends_on_its_name_and_the_seed_alone() -> None:
    assert np.array_equal(parameter("a.weight", CONV, 0), parameter("a.weight", CONV, 0))
    assert not np.array_equal(parameter("a.weight", CONV, 0), parameter("b.weight", CONV, 0))
    assert not np.array_equal(parameter("a.weight", CONV, 0), parameter("a.weight", CONV, 1))


def test_dots_and_underscores_in_names_are_the_same() -> None:
    assert np.array_equal(parameter("a.b_c.weight", CONV, 0), parameter("a_b_c_weight", CONV, 0))


@pytest.mark.parametrize("shape", [CONV, (64, 1, 5, 5), (64, 128, 1, 1), (1000, 1280)])
def test_weights_have_mean_0_and_a_variance_of_one_over_their_inputs(
    shape: tuple[int, ...],
) -> None:
    values = parameter("a.weight", shape, 0)
    inputs = np.prod(shape[1:])
    assert values.dtype == np.float32
    assert abs(values.mean()) < 0.05 * values.std()
    assert values.var() * inputs == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("shape", [(8, 6, 1, 1), (8, 6)])
def test_weights_of_1x1_layers_cancel_in_pairs(shape: tuple[int, ...]) -> None:
    values = parameter("a.weight", shape, 0).reshape(8, 6)
    assert np.array_equal(values[:, 1::2], -values[:, 0::2])
    assert values.sum(axis=1).tolist() == [0.0] * 8


def test_an_odd_input_of_a_1x1_layer_has_a_weight_of_its_own() -> None:
    values = parameter("a.weight", (8, 3, 1, 1), 0).reshape(8, 3)
    assert np.abs(values[:, 2]).min() > 0


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("bn1.running_var", 0.5, 1.5),
        ("bn1.running_mean", -0.1, 0.1),
        ("bn1.bias", -0.1, 0.1),
        ("bn1.weight", 1.45 * 0.8, 1.45 * 1.2),
        ("blocks.0.0.bn3.weight", 1.15 * 0.8, 1.15 * 1.2),
        ("blocks.0.0.ghost2.primary_conv.1.weight", 0.7 * 0.8, 0.7 * 1.2),
        ("blocks.0.0.shortcut.3.weight", 0.8, 1.2),
        ("blocks.0.0.se.conv_expand.bias", 1.0, 2.0),
        ("classifier.bias", -0.1, 0.1),
    ],
)
def test_values_of_one_dimension_fill_the_interval_of_their_role(
    name: str, low: float, high: float
) -> None:
    values = parameter(name, (4096,), 0)
    span = high - low
    assert low <= values.min() < low + 0.01 * span
    assert high - 0.01 * span < values.max() <= high


def test_images_lie_between_minus_1_and_1_and_differ() -> None:
    one, other = image(1, 224), image(2, 224)
    assert one.shape == (1, 224, 224, 3)
    assert one.dtype == np.float32
    assert -1 <= one.min() < -0.8
    assert 0.8 < one.max() <= 1
    assert (one - other).std() > 0.3
    assert np.array_equal(one, image(1, 224))


def test_the_means_of_images_differ_too_so_that_pooling_leaves_something() -> None:
    spots = [random_weights.image(seed, 56).reshape(7, 8, 7, 8, 3).mean((1, 3)) for seed in (1, 2)]
    assert (spots[0] - spots[1]).std() > 0.2
