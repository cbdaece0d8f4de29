import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.errors import ConversionError, UnknownName, UsageError, WeightsError
from ghostbench.core.progress import Silence
from ghostbench.workflows.convert import convert
from ghostbench.zoo.cache import find_built
from ghostbench.zoo.calibration import synthetic_image

TINY = "mobilenetv1-0.25x:input_px=32,classes=10"
CANONICAL = "mobilenetv1-0.25x+classes=10+input_px=32"


class Notebook(Silence):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps = 0
        self.total = 0

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        self.total = steps

    def step(self, steps: int = 1) -> None:
        self.steps += steps

    def say(self, line: str) -> None:
        self.lines.append(line)


def in_fresh_process(workspace: Path, names: Sequence[str]) -> str:
    """Convert in a new interpreter and say which heavy packages it loaded."""
    code = (
        "import sys, pathlib\n"
        "from ghostbench.workflows.convert import convert\n"
        f"outcome = convert({list(names)!r}, workspace=pathlib.Path({str(workspace)!r}))\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'matplotlib', 'PIL'} & set(sys.modules)\n"
        "print([a.cached for a in outcome.artifacts], sorted(heavy))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_an_unknown_precision_is_told_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no precision 'fp8'"):
        convert([TINY], precisions=["fp8"], workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_network_is_told_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"did you mean .*ghostnet"):
        convert(["ghostnet"], workspace=tmp_path)


def test_an_unknown_route_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no route 'caffe'; known are keras"):
        convert([TINY], route="caffe", workspace=tmp_path)


def test_no_process_cannot_build(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one process"):
        convert([TINY], jobs=0, workspace=tmp_path)


def test_trained_weights_are_for_one_network(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name only one"):
        convert(["ghostnet-0.5x", "ghostnet-1.0x"], weights=tmp_path / "w", workspace=tmp_path)


def test_weights_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No such file"):
        convert([TINY], weights=tmp_path / "none.safetensors", workspace=tmp_path)


def test_an_empty_calibration_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(UsageError, match="no readable image"):
        convert([TINY], precisions=["int8"], calibration=tmp_path / "photos", workspace=tmp_path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "built").write_text("in the way")
    with pytest.raises(ConversionError, match="cannot build here"):
        convert([TINY], workspace=tmp_path)


@pytest.mark.tensorflow
def test_ghostnet_is_built_and_found_again_without_tensorflow(tmp_path: Path) -> None:
    notebook = Notebook()
    outcome = convert(
        ["ghostnet-0.5x"], precisions=["fp32", "int8"], workspace=tmp_path, progress=notebook
    )
    assert outcome.failures == ()
    fp32, int8 = outcome.artifacts
    assert [fp32.precision, int8.precision] == ["fp32", "int8"]
    assert (notebook.steps, notebook.total) == (2, 2)

    assert fp32.operators == {
        "CONV_2D": 54, "DEPTHWISE_CONV_2D": 41, "CONCATENATION": 32, "ADD": 16, "MUL": 14, "MEAN": 8,
        "FULLY_CONNECTED": 1,
    }  # fmt: skip
    assert (fp32.params, round(fp32.macs / 1e6, 2)) == (2_587_292, 42.33)
    assert (int8.params, int8.macs) == (fp32.params, fp32.macs)
    assert fp32.max_abs_diff is not None
    assert fp32.max_abs_diff < 1e-3
    assert not fp32.cached

    assert in_fresh_process(tmp_path, ["ghostnet-0.5x"]) == "[True] []"
    found = find_built("ghostnet-0.5x", "int8", workspace=tmp_path)
    assert found is not None
    assert found.path == int8.path
    assert sorted(p.suffix for p in (tmp_path / "models" / "built").iterdir()) == [
        ".json", ".json", ".tflite", ".tflite",
    ]  # fmt: skip


@pytest.mark.tensorflow
def test_one_networks_failure_leaves_the_others_and_a_damaged_file_is_built_anew(
    tmp_path: Path,
) -> None:
    specs = tmp_path / "models"
    specs.mkdir()
    (specs / "wrong.toml").write_text(
        'name = "wrong"\ntitle = "Wrong"\nfamily = "F"\narchitecture = "mobilenetv1"\n'
        "input_px = 32\nclasses = 11\noptions = { width = 0.25 }\n"
        'expected = { params = 1, macs = 1, source = "nowhere" }\n'
    )
    notebook = Notebook()
    names = ["wrong", TINY]
    outcome = convert(names, workspace=tmp_path, jobs=1, progress=notebook)
    (failure,) = outcome.failures
    assert failure.name == "wrong"
    assert "its spec says 1" in failure.error
    assert len(failure.reasons) == 2
    (artifact,) = outcome.artifacts
    assert artifact.name == CANONICAL
    assert find_built("wrong", "fp32", workspace=tmp_path) is None

    artifact.path.write_bytes(b"damaged")
    # Two names for one network: built once, told twice.
    outcome = convert([TINY, CANONICAL], workspace=tmp_path, jobs=1, progress=notebook)
    assert any("bytes and had" in line for line in notebook.lines)
    assert [a.cached for a in outcome.artifacts] == [False, False]
    assert notebook.total == 1
    assert outcome.artifacts[0].sha256 == artifact.sha256


@pytest.mark.tensorflow
def test_images_of_a_folder_calibrate_int8(tmp_path: Path) -> None:
    from PIL import Image

    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(24):
        pixels = (127.5 * (synthetic_image(f"photo {index}", 48)[0] + 1)).astype(np.uint8)
        Image.fromarray(pixels).save(photos / f"{index}.png")
    (photos / "broken.png").write_bytes(b"")
    notebook = Notebook()
    outcome = convert(
        [TINY],
        precisions=["int8"],
        calibration=photos,
        workspace=tmp_path,
        jobs=1,
        progress=notebook,
    )
    assert outcome.failures == ()
    (artifact,) = outcome.artifacts
    assert artifact.calibration is not None
    assert artifact.calibration.startswith(f"24 images of {photos}, sha256 ")
    assert [line for line in notebook.lines if "1 of 25 images cannot be read" in line]
