"""A network with random weights is set so that its maps are as large as a trained network's."""

from typing import Any

import numpy as np
import pytest

from ghostbench.zoo.keras_backend import import_keras
from ghostbench.zoo.weights import randomise
from tests.zoo.recipes import TINY

pytestmark = pytest.mark.tensorflow


def built(**options: Any) -> Any:
    from dataclasses import replace

    from ghostbench.zoo.registry import build_network

    network = build_network(replace(TINY, **options))
    randomise(network, 0)
    return network


def conditioned(**options: Any) -> Any:
    network = built(**options)
    from ghostbench.zoo.conditioning import condition

    condition(network)
    return network


def norms(network: Any) -> list[Any]:
    return [layer for layer in network.layers if hasattr(layer, "moving_variance")]


def everything(network: Any) -> list[bytes]:
    return [np.asarray(variable).tobytes() for variable in network.weights]


def maps(network: Any, layers: list[Any]) -> list[Any]:
    """What each layer makes of all the images, a row a pixel."""
    from ghostbench.zoo.conditioning import conditioning_images

    keras = import_keras()
    probe = keras.Model(network.input, [layer.output for layer in layers])
    made = [probe(image, training=False) for image in conditioning_images(TINY.input_px)]
    return [
        np.concatenate([np.asarray(one[index]).reshape(-1, one[index].shape[-1]) for one in made])
        for index in range(len(layers))
    ]


def test_every_channel_is_as_large_as_its_batch_norm_says() -> None:
    network = conditioned()
    layers = norms(network)
    assert len(layers) > 20
    for layer, made in zip(layers, maps(network, layers), strict=True):
        gamma, beta = np.asarray(layer.gamma), np.asarray(layer.beta)
        assert np.abs((made.mean(axis=0) - beta) / gamma).max() < 0.1
        # Not above, but for rounding; below where a channel was nearly dead.
        spread = made.std(axis=0) / gamma
        assert spread.max() < 1.1
        assert np.median(spread) > 0.9


def test_the_images_of_a_set_give_the_largest_map_and_the_smallest_enough_values() -> None:
    from ghostbench.zoo.conditioning import conditioning_images

    assert [len(conditioning_images(px)) for px in (32, 224, 380, 800)] == [32, 4, 2, 2]


def test_its_images_are_not_those_that_files_are_checked_on_or_calibrated_with() -> None:
    from ghostbench.zoo.agreement import checked_images
    from ghostbench.zoo.calibration import calibration_images, synthetic_source
    from ghostbench.zoo.conditioning import conditioning_images

    px = TINY.input_px
    others = [*checked_images(px), *calibration_images(synthetic_source(), px)]
    own = {image.tobytes() for image in conditioning_images(px)}
    assert not own & {image.tobytes() for image in others}


def test_only_batch_norms_change_and_their_scales_do_not() -> None:
    before, after = built(), conditioned()
    for old, new in zip(before.weights, after.weights, strict=True):
        same = np.array_equal(np.asarray(old), np.asarray(new))
        assert same == (new.name not in ("moving_mean", "moving_variance", "beta"))


def test_what_an_activation_follows_is_shifted_by_its_scale_and_nothing_else_is() -> None:
    of: dict[str, Any] = {"architecture": "mobilenetv2"}
    before, after = built(**of), conditioned(**of)
    shifted = 0
    for old, new in zip(norms(before), norms(after), strict=True):
        difference = np.asarray(new.beta) - np.asarray(old.beta)
        if new.name.endswith("bn3") or difference.max() == 0:
            assert not difference.any()
            continue
        shifted += 1
        assert np.allclose(difference, np.asarray(new.gamma), atol=1e-6)
    linear = [layer.name for layer in norms(after)]
    assert 0 < shifted < len(linear)


def test_an_activation_after_an_addition_counts_and_an_addition_alone_does_not() -> None:
    keras = import_keras()
    from ghostbench.zoo.conditioning import condition

    image = keras.Input(batch_shape=(1, 32, 32, 3))
    one, other, last = (keras.layers.BatchNormalization(name=name) for name in "abc")
    x = keras.layers.ReLU()(keras.layers.Add()([one(image), other(image)]))
    condition(keras.Model(image, keras.layers.Add()([last(x), x])))
    shifts = [np.asarray(norm.beta).tolist() for norm in (one, other, last)]
    assert shifts == [[1.0] * 3, [1.0] * 3, [0.0] * 3]


def test_it_is_the_same_again() -> None:
    assert everything(conditioned()) == everything(conditioned())


def test_rounding_hides_what_another_order_of_sums_does() -> None:
    from ghostbench.zoo.conditioning import statistics

    rng = np.random.default_rng(5)
    one = rng.normal(3.0, 2.0, (4, 7, 7, 2000)).astype(np.float32)
    other = (one * (1 + rng.normal(0, 3e-7, one.shape))).astype(np.float32)
    for first, second in zip(statistics([one]), statistics([other]), strict=True):
        assert (first != second).sum() <= 1


def test_statistics_are_rounded_to_few_bits_and_near_the_truth() -> None:
    from ghostbench.zoo.conditioning import statistics

    rng = np.random.default_rng(6)
    values = rng.normal(rng.normal(0, 5, 300), rng.uniform(0.5, 50, 300), (1, 40, 40, 300))
    mean, variance = statistics([values.astype(np.float32)])
    truth = np.maximum(values.var(axis=(0, 1, 2)), values.var(axis=(0, 1, 2)).mean() / 16)
    assert np.abs(variance / truth - 1).max() <= 1 / 16 + 1e-6
    fraction, _ = np.frexp(variance)
    assert np.array_equal(fraction * 16, np.round(fraction * 16))
    assert np.abs(mean - values.mean(axis=(0, 1, 2))).max() < 50 / 8


def test_a_dead_channel_is_not_scaled_up() -> None:
    from ghostbench.zoo.conditioning import statistics

    values = np.random.default_rng(7).normal(0, 1, (1, 30, 30, 3)).astype(np.float32)
    values[..., 1] *= 1e-6
    _, variance = statistics([values])
    assert variance[1] == pytest.approx(variance.mean() / 16, rel=0.6)
    assert statistics([np.zeros((1, 4, 4, 2), np.float32)])[1].tolist() == [1.0, 1.0]


def test_a_batch_norm_that_several_maps_pass_keeps_the_first_ones_statistics() -> None:
    keras = import_keras()
    from ghostbench.zoo.conditioning import condition, conditioning_images, statistics

    image = keras.Input(batch_shape=(1, 32, 32, 3))
    norm = keras.layers.BatchNormalization(name="shared")
    double = keras.layers.Rescaling(2.0)
    model = keras.Model(image, keras.layers.Add()([norm(image), norm(double(image))]))
    condition(model)
    mean, variance = statistics(conditioning_images(32))
    found = (np.asarray(norm.moving_mean), np.asarray(norm.moving_variance))
    expected = ((mean, variance), statistics([2 * one for one in conditioning_images(32)]))
    assert any(np.array_equal(found[0], m) and np.array_equal(found[1], v) for m, v in expected)
