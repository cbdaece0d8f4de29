"""Models of one's own through the real tools of the ONNX route; see test_onnx_route.py for when these run."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, GhostbenchError
from ghostbench.zoo.own_model import OwnModel, Wishes
from ghostbench.zoo.planning import Asked, plan_recipes
from tests.zoo.test_onnx_route import python  # noqa: F401  a fixture

pytestmark = pytest.mark.tensorflow

# Written by the tools' own onnx: a small convolutional network, its channels first, in several states.
MAKE = """
import sys
import numpy as np
import onnx
from onnx import helper, numpy_helper
rng = np.random.default_rng(0)
def weight(name, *shape):
    values = rng.standard_normal(shape) / np.sqrt(max(1, np.prod(shape[1:])))
    return numpy_helper.from_array(values.astype("f4"), name)
def save(name, shape, kind=onnx.TensorProto.FLOAT, strange=False, rows=1):
    node = helper.make_node
    nodes = [
        node("Conv", ["image", "w1", "b1"], ["c1"], name="stem", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"], name="relu"),
        node("Conv", ["r1", "w2"], ["c2"], name="depthwise", group=16, pads=[1, 1, 1, 1]),
        node("Conv", ["c2", "w3"], ["c3"], name="pointwise"),
    ]
    if strange:
        nodes.append(node("Quux", ["c3"], ["q"], name="strange", domain="my.own"))
    nodes += [
        node("GlobalAveragePool", ["q" if strange else "c3"], ["g"], name="pool"),
        node("Flatten", ["g"], ["f"], name="flatten"),
        node("Gemm", ["f", "w4"], ["out"], name="head", transB=1),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "net", [value("image", kind, shape)], [value("out", onnx.TensorProto.FLOAT, [rows, 10])],
        [weight("w1", 16, 3, 3, 3), weight("b1", 16), weight("w2", 16, 1, 3, 3), weight("w3", 96, 16, 1, 1),
         weight("w4", 10, 96)])
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("my.own", 1)]
    onnx.save(helper.make_model(graph, opset_imports=sets, ir_version=8), sys.argv[1] + "/" + name)
save("net.onnx", ["n", 3, 48, 64], rows="n")
save("open.onnx", [1, 3, "h", "w"])
save("strange.onnx", [1, 3, 32, 32], strange=True)
save("bytes.onnx", [1, 3, 32, 32], kind=onnx.TensorProto.UINT8)
open(sys.argv[1] + "/broken.onnx", "wb").write(b"no model" * 9)
"""
MACS = 24 * 32 * (16 * 27 + 16 * 9 + 96 * 16) + 96 * 10


@pytest.fixture(scope="module")
def models(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    folder = tmp_path_factory.mktemp("models")
    subprocess.run([str(python), "-I", "-c", MAKE, str(folder)], check=True, capture_output=True)
    return folder


def built(
    model: Path, folder: Path, precisions: tuple[str, ...] = ("fp32",), **wishes: Any
) -> list[Artifact]:
    """What the worker does, in this process."""
    from ghostbench.zoo.keras_backend import import_keras

    import_keras()
    from ghostbench.zoo.pipeline import build_file, prepare

    own = Wishes(**{"input_range": (0.0, 1.0), **wishes})
    asked = Asked(precisions=precisions, own=own)
    recipes = plan_recipes([str(model)], asked, workspace=folder, warn=print)
    scratch = folder / "scratch"
    scratch.mkdir()
    try:
        prepared = prepare(recipes, scratch)
        return [build_file(prepared, recipe, folder=folder, scratch=scratch) for recipe in recipes]
    finally:
        scratch.rmdir()  # which fails if anything is left in it


def test_an_onnx_file_becomes_a_checked_tflite_in_every_precision(
    models: Path, tmp_path: Path
) -> None:
    made = built(models / "net.onnx", tmp_path, ("fp32", "fp16", "int8"))
    digest = hashlib.sha256((models / "net.onnx").read_bytes()).hexdigest()
    for artifact in made:
        assert (artifact.name, artifact.route, artifact.macs) == ("net", "onnx", MACS)
        assert artifact.inputs[0].shape == (1, 48, 64, 3)
        assert artifact.source == f"net.onnx, sha256 {digest}"
        ends = {"int8_io": "int8"} if artifact.precision == "int8" else {}
        assert artifact.options == {"input_low": 0.0, "input_high": 1.0, **ends}
        assert "takes 1 x 3 x 48 x 64, channels first" in artifact.remarks[0]
        assert artifact.tools["onnx2tf"]
        assert artifact.path.with_suffix(".onnx").is_file()
    assert [artifact.precision for artifact in made] == ["fp32", "fp16", "int8"]
    assert made[0].params == 16 * 27 + 16 + 16 * 9 + 96 * 16 + 96 * 10
    assert made[0].max_abs_diff is not None
    assert made[0].max_abs_diff < 1e-5


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("strange.onnx", "onnx2tf does not know these ONNX operators: Quux in strange"),
        ("open.onnx", r"is 1 x 3 x h x w and leaves a size open; say the size: --input-shape 1,3,"),
        ("bytes.onnx", "its input image takes uint8"),
        ("broken.onnx", "it cannot be read as an ONNX file"),
    ],
)
def test_a_bad_model_is_refused_with_the_reason_and_leaves_nothing(
    models: Path, tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(GhostbenchError, match=why) as caught:
        built(models / name, tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_conversion_beyond_its_memory_is_ended_and_leaves_nothing(
    models: Path, tmp_path: Path
) -> None:
    from ghostbench.zoo.keras_to_onnx import Limits
    from ghostbench.zoo.own_model_preparing import prepare_onnx
    from ghostbench.zoo.recipe import WeightsSource

    own = OwnModel(kind="onnx", path=models / "net.onnx", sha256="0")
    limits = Limits(memory_bytes=50_000_000)
    with pytest.raises(
        ConversionError, match=r"was ended: it took .* more than the 0\.1 GB it may"
    ):
        prepare_onnx("net", own, WeightsSource(), tmp_path, needs_graph=False, limits=limits)
    assert list(tmp_path.iterdir()) == []
