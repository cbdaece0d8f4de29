"""Maps are enlarged exactly, by operators that XNNPACK takes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.graph.delegation import delegation
from ghostbench.graph.reader import read_graph
from ghostbench.zoo.keras_backend import import_keras

pytestmark = pytest.mark.tensorflow

# Doubled, as it is, GhostNetV2's last maps, and more than one step joins.
SIZES = ((2, 4), (3, 3), (3, 7), (3, 19))


def enlarging(before: int, size: int) -> Any:
    keras = import_keras()
    from ghostbench.zoo.architectures.moving import enlarge_nearest

    image = keras.Input(batch_shape=(1, before, before, 3))
    x = keras.layers.ReLU()(image)
    return keras.Model(image, keras.layers.ReLU()(enlarge_nearest(x, size, size, "larger")))


@pytest.mark.parametrize(("before", "size"), SIZES)
def test_every_pixel_comes_from_its_place(before: int, size: int) -> None:
    image = np.arange(before * before * 3, dtype=np.float32).reshape(1, before, before, 3)
    made = np.asarray(enlarging(before, size)(image))
    places = np.arange(size) * before // size
    assert np.array_equal(made, image[:, places][:, :, places])


@pytest.mark.parametrize(("before", "size"), SIZES)
def test_xnnpack_takes_all_of_it(before: int, size: int, tmp_path: Path) -> None:
    network = enlarging(before, size)
    from ghostbench.zoo.keras_to_tflite import convert_network, trace_network

    path = tmp_path / "enlarging.tflite"
    path.write_bytes(convert_network(trace_network(network), "fp32", list))
    found = delegation(read_graph(path))
    assert found is not None
    assert found.own == {}
    assert found.xnnpack_parts == 1
