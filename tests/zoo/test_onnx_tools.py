"""What of the ONNX tools' script needs none of the tools."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from ghostbench.zoo import onnx_tools


class Dim:
    """A dimension as ONNX stores it: a number or a name."""

    def __init__(self, size: int | str) -> None:
        self.dim_value = size if isinstance(size, int) else 0
        self.dim_param = size if isinstance(size, str) else ""

    def WhichOneof(self, group: str) -> str:  # noqa: N802  ONNX's name
        return "dim_param" if self.dim_param else group and "dim_value"


def model(*sizes: int | str, extra_inputs: int = 0) -> Any:
    shape = SimpleNamespace(dim=[Dim(size) for size in sizes])
    value = SimpleNamespace(
        name="image", type=SimpleNamespace(tensor_type=SimpleNamespace(shape=shape))
    )
    graph = SimpleNamespace(
        input=[value] * (1 + extra_inputs), output=[value], node=[], initializer=[]
    )
    return SimpleNamespace(graph=graph)


@pytest.mark.parametrize(
    ("sizes", "layout"),
    [((1, 224, 224, 3), "nhwc"), ((1, 3, 224, 224), "nchw"), ((1, 1, 28, 28), "nchw")],
)
def test_the_layout_is_seen_from_where_the_channels_stand(
    sizes: tuple[int, ...], layout: str
) -> None:
    assert onnx_tools.layout_of(model(*sizes)) == layout


@pytest.mark.parametrize("sizes", [(1, 3, 224, 3), (1, 32, 32, 32)])
def test_a_shape_that_shows_no_layout_is_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(onnx_tools.Refused, match="does not show whether channels"):
        onnx_tools.layout_of(model(*sizes))


def test_an_input_that_is_no_image_is_refused() -> None:
    with pytest.raises(onnx_tools.Refused, match="has 2 dimensions"):
        onnx_tools.layout_of(model(1, 1000))


def test_an_open_size_is_refused_and_shown() -> None:
    with pytest.raises(onnx_tools.Refused, match="image is batch x 3 x 224 x 224"):
        onnx_tools.refuse_open_sizes(model("batch", 3, 224, 224))


def test_several_inputs_are_refused() -> None:
    with pytest.raises(onnx_tools.Refused, match="2 inputs and 1 outputs"):
        onnx_tools.refuse_open_sizes(model(1, 3, 224, 224, extra_inputs=1))


def test_the_tools_die_with_the_process_that_started_them() -> None:
    place = str(Path(onnx_tools.__file__).parent)
    tool = (
        f"import sys, time; sys.path.insert(0, {place!r}); import onnx_tools\n"
        "onnx_tools.die_with_parent(); print('ready', flush=True); time.sleep(600)"
    )
    starter = (
        "import subprocess, sys, time\n"
        f"tool = subprocess.Popen([sys.executable, '-c', {tool!r}], stdout=subprocess.PIPE)\n"
        "tool.stdout.readline(); print(tool.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=30)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
