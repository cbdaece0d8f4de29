"""A tiny network through the real tools. Making their environment takes a while, so these run where it is made already
(`ghostbench convert NAME --route onnx` makes it), or with GHOSTBENCH_ONNX_TESTS=1, which makes it.
"""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError
from ghostbench.zoo import onnx_tools
from ghostbench.zoo.cache import look_up
from ghostbench.zoo.onnx_environment import environment_python, make_environment
from ghostbench.zoo.recipe import Recipe
from tests.zoo.recipes import images, recipe

if TYPE_CHECKING:
    from ghostbench.zoo.pipeline import PreparedNetwork

pytestmark = [
    pytest.mark.tensorflow,
    # Keras' own, when it writes a file.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

PRECISIONS = ("fp32", "fp16", "dynamic", "int8")


def through_onnx(precision: str) -> Recipe:
    # With a width of 0.25, most kernels are too small to be quantised in the dynamic precision.
    calibration = images() if precision == "int8" else None
    return recipe(
        route="onnx", precision=precision, calibration=calibration, options={"width": 0.5}
    )


@pytest.fixture(scope="module")
def python() -> Path:
    if os.environ.get("GHOSTBENCH_ONNX_TESTS") == "1":
        return make_environment(print)
    try:
        return environment_python()
    except ConversionError:
        pytest.skip(
            "the environment of the ONNX tools is not made; GHOSTBENCH_ONNX_TESTS=1 makes it"
        )


@pytest.fixture(scope="module")
def prepared(python: Path, tmp_path_factory: pytest.TempPathFactory) -> "PreparedNetwork":
    from ghostbench.zoo.keras_backend import import_keras

    import_keras()
    from ghostbench.zoo.pipeline import prepare

    scratch = tmp_path_factory.mktemp("scratch")
    made = prepare([through_onnx(precision) for precision in PRECISIONS], scratch)
    assert list(scratch.iterdir()) == []
    return made


@pytest.fixture(scope="module")
def built(
    prepared: "PreparedNetwork", tmp_path_factory: pytest.TempPathFactory
) -> tuple[Artifact, Path]:
    from ghostbench.zoo.pipeline import build_file

    folder = tmp_path_factory.mktemp("built")
    scratch = folder / "scratch"
    scratch.mkdir()
    artifact = build_file(prepared, through_onnx("fp32"), folder=folder, scratch=scratch)
    assert list(scratch.iterdir()) == []
    return artifact, folder


@pytest.mark.parametrize("precision", ["fp16", "dynamic", "int8"])
def test_every_precision_passes_the_gate_through_onnx(
    prepared: "PreparedNetwork", precision: str, tmp_path: Path
) -> None:
    from ghostbench.zoo.pipeline import build_file

    of = through_onnx(precision)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    artifact = build_file(prepared, of, folder=tmp_path, scratch=scratch)
    assert artifact.path.is_file()
    assert (artifact.route, artifact.precision) == ("onnx", precision)
    assert artifact.macs == prepared.reference.network.macs
    assert artifact.inputs[0].dtype == ("int8" if precision == "int8" else "float32")


def test_a_network_passes_the_gate_through_onnx(
    built: tuple[Artifact, Path], prepared: "PreparedNetwork"
) -> None:
    artifact, _ = built
    assert artifact.route == "onnx"
    assert artifact.macs == prepared.reference.network.macs
    assert "TRANSPOSE" not in artifact.operators
    assert artifact.inputs[0].shape == (1, 32, 32, 3)
    assert artifact.tools["onnx2tf"]


def test_keras_own_export_makes_the_same_network(
    prepared: "PreparedNetwork", python: Path, tmp_path: Path
) -> None:
    from ghostbench.zoo.pipeline import build_file, prepare

    of = replace(through_onnx("fp32"), onnx_export="keras")
    artifact = build_file(prepare([of], tmp_path), of, folder=tmp_path, scratch=tmp_path)
    assert artifact.options["onnx_export"] == "keras"
    assert artifact.macs == prepared.reference.network.macs
    assert "TRANSPOSE" not in artifact.operators


def test_the_onnx_file_is_kept_beside_it_and_found_again(built: tuple[Artifact, Path]) -> None:
    artifact, folder = built
    content = artifact.path.with_suffix(".onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() == artifact.onnx_sha256
    again = look_up(through_onnx("fp32"), folder, print)
    assert again == replace(artifact, cached=True)


def test_a_file_whose_onnx_file_is_gone_is_built_anew(
    built: tuple[Artifact, Path], tmp_path: Path
) -> None:
    artifact, _ = built
    for suffix in (".tflite", ".json"):
        shutil.copy(artifact.path.with_suffix(suffix), tmp_path)
    said: list[str] = []
    assert look_up(through_onnx("fp32"), tmp_path, said.append) is None
    assert "the ONNX file that was kept beside it is gone" in said[0]


def test_a_conversion_beyond_its_time_is_ended_and_leaves_nothing(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    from ghostbench.zoo.keras_to_onnx import Limits, convert_traced

    reference = prepared.reference
    with pytest.raises(
        ConversionError, match=r"through ONNX was ended: it did not end within 0\.5 s"
    ):
        convert_traced(
            "tiny",
            prepared.traced,
            reference.images,
            reference.outputs,
            scratch=tmp_path,
            limits=Limits(timeout_s=0.5),
        )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_while_converting(
    prepared: "PreparedNetwork", python: Path, tmp_path: Path
) -> None:
    import numpy as np

    unshare = shutil.which("unshare")
    alone = [unshare or "", "-rn"]
    if not unshare or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a process be cut off from the network")
    assert prepared.traced is not None
    (tmp_path / "graph.pb").write_bytes(prepared.traced.graph.as_graph_def().SerializeToString())
    np.save(tmp_path / "inputs.npy", np.stack(prepared.reference.images))
    job = {"source": None, "input_shape": None, "layout": "nhwc", "needs_graph": True}
    (tmp_path / "job.json").write_text(json.dumps(job))
    tools = [str(python), "-I", onnx_tools.__file__, "convert", str(tmp_path)]
    done = subprocess.run([*alone, *tools], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "model_float32.tflite").stat().st_size > 10_000


def test_unsupported_operators_are_named_with_their_layers(python: Path) -> None:
    place = str(Path(onnx_tools.__file__).parent)
    code = (
        f"import sys; sys.path.insert(0, {place!r}); import onnx_checks, onnx\n"
        "nodes = [onnx.helper.make_node(k, ['x'], ['y'], name=n)"
        " for k, n in (('Relu', 'act'), ('Quux', 'one'), ('Quux', 'two'))]\n"
        "model = onnx.helper.make_model(onnx.helper.make_graph(nodes, 'g', [], []))\n"
        "try: onnx_checks.refuse_unsupported(model)\n"
        "except onnx_checks.Refused as cause: print(cause)"
    )
    done = subprocess.run(
        [str(python), "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == (
        "onnx2tf does not know these ONNX operators: Quux in one, two"
    ), done.stderr[-2000:]
