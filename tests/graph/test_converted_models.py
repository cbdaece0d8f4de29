"""What TensorFlow's converter writes, counted by hand and by the reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.graph.facts import FileFacts, facts_of
from ghostbench.graph.findings import find_in_graph
from ghostbench.graph.reader import read_graph

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own
]


def converted(
    path: Path, function: Callable[..., Any], *shapes: tuple[int | None, ...], half: bool = False
) -> FileFacts:
    import tensorflow as tf

    wrapped = tf.function(function, input_signature=[tf.TensorSpec(s, tf.float32) for s in shapes])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([wrapped.get_concrete_function()])
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    path.write_bytes(converter.convert())
    return facts_of(read_graph(path))


def weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.tflite"


def test_convolutions_of_every_sort_are_counted_as_by_hand(path: Path) -> None:
    import tensorflow as tf

    def network(image: Any) -> Any:
        x = tf.nn.conv2d(image, weights(3, 3, 4, 8), strides=2, padding="SAME")
        x = tf.nn.relu6(x * weights(8) + weights(8))
        x = tf.nn.depthwise_conv2d(x, weights(3, 3, 8, 2), [1, 1, 1, 1], "SAME")
        x = tf.nn.conv2d(x, weights(1, 1, 8, 6), strides=1, padding="VALID")  # two groups
        x = tf.nn.conv2d_transpose(x, weights(2, 2, 5, 6), [1, 16, 16, 5], 2, "VALID")
        return tf.reduce_mean(x, (1, 2)) @ weights(5, 7)

    found = converted(path, network, (1, 16, 16, 4))
    assert found.macs_by_operator == {
        "CONV_2D": 64 * 8 * 9 * 4 + 64 * 6 * 8,
        "TRANSPOSE_CONV": 64 * 6 * 4 * 5,
        "DEPTHWISE_CONV_2D": 64 * 16 * 9,
        "FULLY_CONNECTED": 35,
    }
    assert (found.uncounted, found.precision) == ({}, "fp32")
    kinds = {finding.kind for finding in find_in_graph(read_graph(path))}
    assert kinds <= {"grouped-conv"}  # the scale, the shift and the activation were folded


def test_batched_products_and_open_batches_are_counted_as_by_hand(path: Path) -> None:
    import tensorflow as tf

    def attention(queries: Any, keys: Any) -> Any:
        return tf.matmul(queries, keys, transpose_b=True)

    found = converted(path, attention, (None, 6, 8), (None, 5, 8))
    assert found.operators["BATCH_MATMUL"] == 1
    assert found.macs == 6 * 5 * 8
    assert found.dynamic
    assert found.inputs[0].shape[0] == -1


def test_a_loop_over_a_cell_is_named_as_not_counted(path: Path) -> None:
    import tensorflow as tf

    def repeated(value: Any) -> Any:
        return tf.while_loop(
            lambda v: tf.reduce_sum(v) < 100.0, lambda v: [v @ weights(4, 4) + 1.0], [value]
        )[0]

    found = converted(path, repeated, (1, 4))
    assert found.uncounted == {"WHILE": 1}
    assert found.params >= 16


def test_half_precision_weights_are_seen_through_their_expansion(path: Path) -> None:
    def product(value: Any) -> Any:
        return value @ weights(64, 64)

    found = converted(path, product, (1, 64), half=True)
    assert (found.precision, found.params, found.macs) == ("fp16", 4096, 4096)
    assert find_in_graph(read_graph(path)) == ()


def test_a_recurrent_layer_that_became_a_loop_is_named_as_not_counted(path: Path) -> None:
    import keras

    layer = keras.layers.LSTM(8)
    layer.build((1, 5, 4))
    found = converted(path, lambda x: layer(x), (1, 5, 4))
    assert (found.macs, found.uncounted) == (0, {"WHILE": 1})
    assert found.operators["FULLY_CONNECTED"] == 2  # inside the loop
