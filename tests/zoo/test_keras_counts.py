from typing import Any

import pytest

pytestmark = pytest.mark.tensorflow


def network(*, input_px: int = 8) -> tuple[Any, Any]:
    """An input, and the module to build on it."""
    from ghostbench.zoo.keras_backend import import_keras

    keras = import_keras()
    return keras, keras.Input(batch_shape=(1, input_px, input_px, 4), name="image")


def test_a_network_is_counted_by_hand() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    layers = keras.layers
    x = layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(5)(x)
    found = count_network(keras.Model(image, x))
    assert found.macs == 4 * 4 * 6 * (3 * 3 * 4) + 4 * 4 * 12 * (3 * 3) + 12 * 5
    assert found.params == 6 * 3 * 3 * 4 + 2 * 6 + 12 * 3 * 3 + 12 * 5 + 5
    assert found.weights == 6 * 3 * 3 * 4 + 12 * 3 * 3 + 12 * 5
    assert found.channels == 6 + 12 + 5
    assert (found.input_shape, found.output_shape) == ((1, 8, 8, 4), (1, 5))
    assert not found.moves


def test_grouped_convolutions_do_the_multiply_adds_of_their_groups() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    x = keras.layers.Conv2D(8, 1, groups=2)(image)
    assert count_network(keras.Model(image, x)).macs == 8 * 8 * 8 * 2


def test_networks_within_networks_are_counted() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    inner_input = keras.Input(batch_shape=(1, 8, 8, 4))
    inner = keras.Model(inner_input, keras.layers.Conv2D(8, 1)(inner_input))
    found = count_network(keras.Model(image, inner(image)))
    assert found.macs == 8 * 8 * 8 * 4


def test_what_moves_data_in_the_network_may_move_it_in_the_file() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    layers = keras.layers
    x = layers.ZeroPadding2D(1)(image)
    x = layers.Reshape((10, 10, 2, 2))(x)
    x = layers.Permute((1, 2, 4, 3))(x)
    x = layers.Reshape((10, 10, 4))(x)
    x = layers.Flatten()(x[..., :3])
    found = count_network(keras.Model(image, x))
    assert found.moves == {"PAD": 1, "RESHAPE": 3, "TRANSPOSE": 1, "STRIDED_SLICE": 1}


def test_the_mean_of_a_single_pixel_may_become_a_reshape() -> None:
    from ghostbench.zoo.keras_counts import count_network

    for input_px, moves in ((1, {"RESHAPE": 1}), (2, {})):
        keras, image = network(input_px=input_px)
        x = keras.layers.GlobalAveragePooling2D(keepdims=True)(image)
        assert count_network(keras.Model(image, x)).moves == moves


def test_a_layer_that_cannot_be_counted_is_named() -> None:
    from ghostbench.core.errors import ConversionError
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    x = keras.layers.Conv2DTranspose(4, 3, name="up")(image)
    with pytest.raises(ConversionError, match=r"a Conv2DTranspose \(up\) are not known"):
        count_network(keras.Model(image, x))


def test_an_operation_that_cannot_be_counted_is_named() -> None:
    from ghostbench.core.errors import ConversionError
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    x = keras.ops.matmul(image, keras.ops.ones((4, 4)))
    with pytest.raises(ConversionError, match="a Matmul"):
        count_network(keras.Model(image, x))


def test_a_layer_that_looks_at_several_maps_has_its_weights_once_and_computes_each_time() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    shared = keras.layers.Conv2D(6, 3, padding="same")
    small = keras.layers.MaxPooling2D(2)(image)
    layers = keras.layers
    x = layers.Concatenate(axis=1)(
        [layers.Reshape((-1, 6))(shared(image)), layers.Reshape((-1, 6))(shared(small))]
    )
    found = count_network(keras.Model(image, x))
    assert found.macs == (8 * 8 + 4 * 4) * 6 * 3 * 3 * 4
    assert found.weights == 6 * 3 * 3 * 4
    assert (found.params, found.channels) == (found.weights + 6, 6)
    assert found.moves == {"RESHAPE": 2}


def test_what_other_models_do_with_a_layer_is_not_counted() -> None:
    from ghostbench.zoo.keras_counts import count_network

    keras, image = network()
    layer = keras.layers.Conv2D(8, 1)
    model = keras.Model(image, layer(image))
    layer(keras.Input(batch_shape=(1, 64, 64, 4)))
    assert count_network(model).macs == 8 * 8 * 8 * 4
