"""What of the checks of an ONNX model needs no ONNX."""

from types import SimpleNamespace
from typing import Any

import pytest

from ghostbench.zoo import onnx_checks


class Dim:
    """A dimension as ONNX stores it: a number or a name."""

    def __init__(self, size: int | str) -> None:
        self.dim_value = size if isinstance(size, int) else 0
        self.dim_param = size if isinstance(size, str) else ""

    def WhichOneof(self, group: str) -> str:  # noqa: N802  ONNX's name
        return group and ("dim_value" if self.dim_value else "dim_param")


class Forgetful:
    """The type of an output, whose shape is found anew."""

    def ClearField(self, name: str) -> None:  # noqa: N802  protobuf's name
        pass


def model(*sizes: int | str, extra_inputs: int = 0) -> Any:
    shape = SimpleNamespace(dim=[Dim(size) for size in sizes])
    tensor = SimpleNamespace(shape=shape, elem_type=1)
    value = SimpleNamespace(name="image", type=SimpleNamespace(tensor_type=tensor))
    graph = SimpleNamespace(
        input=[value] * (1 + extra_inputs), output=[], node=[], initializer=[], value_info=[]
    )
    graph.output.append(SimpleNamespace(name="y", type=SimpleNamespace(tensor_type=Forgetful())))
    return SimpleNamespace(graph=graph)


def fixed(asked: tuple[int, ...] | None, *sizes: int | str) -> list[int | str]:
    """The shape of the input, once it is fixed."""
    made = model(*sizes)
    onnx_checks.fix_shape(made, asked)
    return onnx_checks.shape_of(onnx_checks.real_inputs(made)[0])


@pytest.mark.parametrize(
    ("sizes", "layout"),
    [
        ((1, 224, 224, 3), "nhwc"),
        ((1, 3, 224, 224), "nchw"),
        ((1, 1, 28, 28), "nchw"),
        ((1, 1000), "plain"),
    ],
)
def test_the_layout_is_seen_from_where_the_channels_stand(
    sizes: tuple[int, ...], layout: str
) -> None:
    assert onnx_checks.layout_of(model(*sizes)) == layout


@pytest.mark.parametrize("sizes", [(1, 3, 224, 3), (1, 32, 32, 32)])
def test_a_shape_that_shows_no_layout_is_taken_as_the_user_says(sizes: tuple[int, ...]) -> None:
    with pytest.raises(
        onnx_checks.Refused, match=r"does not show whether channels .* --layout nchw"
    ):
        onnx_checks.layout_of(model(*sizes))
    assert onnx_checks.layout_of(model(*sizes), "nhwc") == "nhwc"


def test_a_layout_that_the_shape_gainsays_is_refused() -> None:
    with pytest.raises(onnx_checks.Refused, match="its channels first, and --layout nhwc says"):
        onnx_checks.layout_of(model(1, 3, 224, 224), "nhwc")
    with pytest.raises(onnx_checks.Refused, match="no image, so it has no layout"):
        onnx_checks.layout_of(model(1, 10), "nhwc")


def test_an_open_size_is_asked_for() -> None:
    with pytest.raises(
        onnx_checks.Refused,
        match="image is n x 3 x h x w and leaves a size open; say the size: --input-shape 1,3,224,224",
    ):
        fixed(None, "n", 3, "h", "w")


def test_an_open_batch_is_one_and_a_size_that_is_told_is_taken() -> None:
    assert fixed(None, "n", 3, 64, 64) == [1, 3, 64, 64]
    assert fixed((2, 3, 48, 64), "n", 3, "h", "w") == [2, 3, 48, 64]
    assert fixed(None, 1, 3, 64, 64) == [1, 3, 64, 64]


def test_a_size_that_does_not_fit_is_refused_and_swapped_channels_are_explained() -> None:
    with pytest.raises(
        onnx_checks.Refused, match=r"--input-shape 1 x 3 x 32 x 32 does not fit it$"
    ):
        fixed((1, 3, 32, 32), "n", 3, 64, 64)
    with pytest.raises(onnx_checks.Refused, match="channels first, so write 1,3,48,64"):
        fixed((1, 48, 64, 3), "n", 3, "h", "w")
    with pytest.raises(onnx_checks.Refused, match="channels last, so write 1,48,64,3"):
        fixed((1, 3, 48, 64), "n", "h", "w", 3)


def test_several_inputs_are_refused() -> None:
    with pytest.raises(onnx_checks.Refused, match="2 inputs and 1 outputs"):
        onnx_checks.fix_shape(model(1, 3, 224, 224, extra_inputs=1), None)
