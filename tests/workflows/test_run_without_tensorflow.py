"""A machine that only measures needs no TensorFlow: names mean the files that were built before."""

import subprocess
import sys
from pathlib import Path

import pytest

from ghostbench.zoo.cache import publish, scratch_folder
from tests.zoo.recipes import artifact_at, recipe

# As if TensorFlow were not installed: no such distribution is found, and importing it fails.
WITHOUT_TENSORFLOW = """
import importlib.metadata as metadata, sys
from pathlib import Path
installed = metadata.version
def version(name):
    if name.startswith("tensorflow"):
        raise metadata.PackageNotFoundError(name)
    return installed(name)
metadata.version = version
sys.modules["tensorflow"] = sys.modules["keras"] = None
from ghostbench.core.errors import MissingExtra
from ghostbench.core.progress import Silence
from ghostbench.workflows.run import find_artifacts
class Said(Silence):
    def say(self, line): print("said", line)
try:
    for artifact in find_artifacts(
        sys.argv[3:], precision=sys.argv[2], workspace=Path(sys.argv[1]), progress=Said()
    ):
        print("found", artifact.path.read_text())
except MissingExtra as error:
    print("refused", error)
"""


def found(workspace: Path, precision: str, *names: str) -> list[str]:
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, str(workspace), precision, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "built"
    with scratch_folder(folder) as scratch:
        for name in ("ghostnet-0.5x", "ghostnet-1.0x"):
            of = recipe(name=name)
            draft = artifact_at(scratch / "draft.tflite", f"is {name}".encode(), name=name)
            publish(draft, of, folder)
    return tmp_path


def test_names_mean_files_that_were_built_before_and_that_is_said(workspace: Path) -> None:
    # The second name is a way to write the first network.
    first, second, *rest = found(workspace, "fp32", "ghostnet-1.0x", "GhostNet-0.5x")
    assert first.startswith("said ghostnet-1.0x: without TensorFlow it cannot be built here; ghost")
    assert first.endswith("built before by keras, weights random(seed=0)")
    assert second.startswith("said GhostNet-0.5x: ")
    assert rest == ["found is ghostnet-1.0x", "found is ghostnet-0.5x"]


@pytest.mark.parametrize(
    ("precision", "names"),
    [("int8", ["ghostnet-1.0x"]), ("fp32", ["ghostnet-1.0x", "mobilenetv1-1.0x"])],
)
def test_what_was_never_built_needs_tensorflow_and_says_so(
    workspace: Path, precision: str, names: list[str]
) -> None:
    (line,) = found(workspace, precision, *names)
    assert line.startswith("refused this needs tensorflow")
    assert "ghostbench[convert]" in line
