"""Ghost modules for the convolutions of models that are not ours."""

import math
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import UsageError

pytestmark = pytest.mark.tensorflow


def parts() -> tuple[Any, Any]:
    from ghostbench.zoo.ghostify import ghostify
    from ghostbench.zoo.keras_backend import import_keras

    return import_keras(), ghostify


def params(model: Any) -> int:
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


def names(model: Any) -> set[str]:
    return {layer.name for layer in model.layers}


def users_model(keras: Any) -> Any:
    """What a user may have: branches, 1x1, grouped, depthwise, a fused activation, a bias."""
    layers = keras.layers
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False, name="stem")(image)
    x = layers.BatchNormalization(name="stem_norm")(x)
    x = layers.ReLU(name="stem_act")(x)
    y = layers.Conv2D(12, 1, activation="relu", name="pointwise")(x)
    y = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(y)
    y = layers.Conv2D(12, 3, padding="same", groups=3, name="grouped")(y)
    x = layers.Add(name="add")([x, y])
    x = layers.Conv2D(10, 3, dilation_rate=2, name="dilated")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(image, layers.Dense(5, name="logits")(x), name="users")


def ghost(inputs: int, out: int, kernel: int, ratio: int, dw_size: int, *, bias: bool) -> int:
    """Weights of a Ghost module by the paper's formula: n/s maps by convolution, (s-1) n/s by d x d."""
    intrinsic = math.ceil(out / ratio)
    made = intrinsic * (ratio - 1)
    return inputs * intrinsic * kernel**2 + made * dw_size**2 + bias * (intrinsic + made)


@pytest.mark.parametrize(("ratio", "dw_size"), [(2, 3), (4, 3), (3, 5), (2, 1)])
def test_parameters_are_those_of_the_papers_formula_and_shapes_are_kept(
    ratio: int, dw_size: int
) -> None:
    keras, ghostify = parts()
    before = users_model(keras)
    after = ghostify(before, ratio, dw_size)
    assert (after.input_shape, after.output_shape) == (before.input_shape, before.output_shape)
    for name in ("add", "mean"):
        assert after.get_layer(name).output.shape == before.get_layer(name).output.shape
    replaced = (
        ("stem", 3, 12, 3, False),
        ("pointwise", 12, 12, 1, True),
        ("dilated", 12, 10, 3, True),
    )
    expected = params(before)
    for name, inputs, out, kernel, bias in replaced:
        expected -= params(before.get_layer(name))
        expected += ghost(inputs, out, kernel, ratio, dw_size, bias=bias)
    norm = math.ceil(12 / ratio) * ratio
    expected += 2 * (norm - 12)  # batch-norm of the maps that are made before any is cut off
    assert params(after) == expected


def test_layers_have_the_names_of_what_they_stand_for() -> None:
    keras, ghostify = parts()
    after = names(ghostify(users_model(keras)))
    for name in ("stem", "pointwise", "dilated"):
        assert name not in after
        assert {f"{name}_primary_conv_0", f"{name}_cheap_operation_0", f"{name}_concat"} <= after
    assert {"depthwise", "grouped", "logits"} <= after
    assert {"stem_primary_conv_1", "stem_cheap_operation_2"} <= after  # batch-norm and ReLU of both
    assert not {"stem_norm", "stem_act"} & after


def test_strides_dilation_bias_activation_and_regularizer_go_over() -> None:
    keras, ghostify = parts()
    image = keras.Input((16, 16, 3))
    convolution = keras.layers.Conv2D(
        8, 3, strides=2, padding="same", activation="relu", kernel_regularizer="l2", name="c"
    )
    after = ghostify(keras.Model(image, convolution(image)))
    primary, cheap = after.get_layer("c_primary_conv_0"), after.get_layer("c_cheap_operation_0")
    assert (primary.strides, cheap.strides) == ((2, 2), (1, 1))
    assert primary.activation is cheap.activation is keras.activations.relu
    assert primary.use_bias
    assert cheap.use_bias
    assert cheap.depthwise_regularizer is not None
    dilated = ghostify(users_model(keras)).get_layer("dilated_primary_conv_0")
    assert dilated.dilation_rate == (2, 2)


def test_layers_that_stay_keep_their_weights_and_the_model_given_is_not_changed() -> None:
    keras, ghostify = parts()
    before = users_model(keras)
    kept = [variable.numpy() for variable in before.weights]
    after = ghostify(before, keep=("dilated",))
    for name in ("depthwise", "grouped", "dilated", "logits"):
        for one, other in zip(
            before.get_layer(name).get_weights(), after.get_layer(name).get_weights(), strict=True
        ):
            assert np.array_equal(one, other)
    assert all(np.array_equal(one, v.numpy()) for one, v in zip(kept, before.weights, strict=True))


def test_what_the_convolution_makes_is_still_an_output_where_it_was_one() -> None:
    keras, ghostify = parts()
    image = keras.Input((8, 8, 3))
    made = keras.layers.Conv2D(6, 3, padding="same", name="c")(image)
    normed = keras.layers.BatchNormalization(name="norm")(made)
    after = ghostify(keras.Model(image, [made, normed]))
    assert [tuple(output.shape) for output in after.outputs] == [(None, 8, 8, 6)] * 2
    one, other = map(np.asarray, after(np.ones((1, 8, 8, 3), np.float32)))
    assert other == pytest.approx(one / math.sqrt(1.001), rel=1e-4)


def test_a_convolution_that_is_called_twice_stays_as_it_is() -> None:
    keras, ghostify = parts()
    image = keras.Input((8, 8, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same", name="shared")
    after = ghostify(keras.Model(image, shared(shared(image))))
    assert "shared" in names(after)
    assert params(after) == 3 * 3 * 9 + 3


def test_models_within_the_model_are_treated_too() -> None:
    keras, ghostify = parts()
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(8, 3, name="c")], name="inner"
    )
    image = keras.Input((8, 8, 3))
    after = ghostify(keras.Model(image, inner(image)))
    assert "c_primary_conv_0" in names(after.get_layer("inner"))
    assert params(after) == ghost(3, 8, 3, 2, 3, bias=True)


def test_a_sequential_model_becomes_a_functional_one() -> None:
    keras, ghostify = parts()
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(8, 3, name="c"), keras.layers.Flatten()]
    )
    after = ghostify(model)
    assert after.output_shape == model.output_shape
    assert "c_cheap_operation_0" in names(after)


def test_other_models_that_share_the_layers_change_nothing() -> None:
    keras, ghostify = parts()
    model = users_model(keras)
    keras.layers.ReLU()(model.get_layer("stem").output)  # somebody looks at what the stem makes
    assert names(ghostify(model)) == names(ghostify(users_model(keras)))


def test_a_model_of_a_class_of_its_own_is_refused_with_what_to_do() -> None:
    keras, ghostify = parts()

    class Own(keras.Model):  # type: ignore[misc,name-defined]  # Keras has no types
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(UsageError, match=r"class Own; .* build it with keras\.Model"):
        ghostify(Own())


def test_a_sequential_model_without_an_input_is_refused() -> None:
    keras, ghostify = parts()
    with pytest.raises(UsageError, match="no input yet"):
        ghostify(keras.Sequential([keras.layers.Conv2D(4, 3)]))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"ratio": 0}, "ratio of at least 1"),
        ({"dw_size": 2}, "odd dw_size"),
        ({"keep": ("nothing",)}, "users has no convolution nothing"),
        ({"keep": ("grouped",)}, "users has no convolution grouped"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], complaint: str) -> None:
    keras, ghostify = parts()
    with pytest.raises(UsageError, match=complaint):
        ghostify(users_model(keras), **arguments)


def test_with_ratio_1_nothing_is_replaced() -> None:
    keras, ghostify = parts()
    model = users_model(keras)
    assert ghostify(model, ratio=1) is model


def test_a_network_of_keras_applications_is_converted_and_runs() -> None:
    keras, ghostify = parts()
    model = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=7)
    after = ghostify(model, keep=("conv1_conv",))
    assert after(np.zeros((1, 64, 64, 3), np.float32)).shape == (1, 7)
    assert params(after) < 0.56 * params(model)
