"""What the ONNX model has to say; needs none of its tools."""

import numpy as np
import pytest

from ghostbench.core.errors import GateRefused

pytestmark = pytest.mark.tensorflow

OUTPUTS = np.random.default_rng(0).standard_normal((4, 10)).astype(np.float32)


def check(said: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    from ghostbench.zoo.keras_backend import import_keras

    import_keras()
    from ghostbench.zoo.keras_to_onnx import check_onnx

    check_onnx("net", OUTPUTS, said)


def test_an_onnx_model_that_says_the_same_is_taken() -> None:
    check(OUTPUTS + np.float32(1e-6))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            OUTPUTS * np.float32(1.01),
            "as ONNX: its outputs differ from the Keras network's by 0.01",
        ),
        (OUTPUTS[::-1], "as ONNX: its outputs differ"),
        (np.full_like(OUTPUTS, 1.0), "as ONNX: the file says nearly the same of every image"),
        (np.where(OUTPUTS > 1, np.float32("nan"), OUTPUTS), "outputs are NaN or infinite"),
        (OUTPUTS[:, :9], "as ONNX it gives 9 numbers, not 10"),
    ],
)
def test_an_onnx_model_that_says_something_else_is_refused(
    said: np.ndarray[tuple[int, ...], np.dtype[np.float32]], why: str
) -> None:
    with pytest.raises(GateRefused, match=why):
        check(said)
