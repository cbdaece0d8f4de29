import json
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError

from tests.notebooks.running import executed, outputs, picture_of
from tests.report.samples import campaign, store

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x", "resnet50")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    store(campaign(names=NAMES, rounds=3), tmp_path / "results")
    return tmp_path


def test_the_papers_figures_are_drawn_from_a_campaign(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed("paper_figures.ipynb", workspace, monkeypatch)
    assert picture_of(notebook, "macs").startswith("iVBOR")
    assert picture_of(notebook, "latency").startswith("iVBOR")
    assert "4 networks" in json.dumps(outputs(notebook, "setup"))


def test_ones_own_model_stands_among_the_others_with_the_accuracy_that_was_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GHOSTBENCH_MODEL", "mobilenetv2-1.0x")
    monkeypatch.setenv("GHOSTBENCH_TOP1", "60.5")
    notebook = executed("own_model.ipynb", workspace, monkeypatch)
    assert "top-1 60.5 % as told here, not measured" in json.dumps(outputs(notebook, "choose"))
    assert picture_of(notebook, "chart").startswith("iVBOR")
    assert "beats it" in json.dumps(outputs(notebook, "beside"))  # GhostNet, faster and better


def test_the_time_of_a_million_multiply_adds_is_told_by_family(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed("latency_against_macs.ipynb", workspace, monkeypatch)
    told = json.dumps(outputs(notebook, "families"))
    assert "A million multiply-adds of GhostNet take" in told
    assert "as of ResNet" in told
    assert picture_of(notebook, "chart").startswith("iVBOR")


@pytest.mark.tensorflow
def test_the_idea_is_shown_and_says_that_its_weights_are_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed("ghost_idea.ipynb", tmp_path, monkeypatch)
    assert "random weights, not trained ones" in json.dumps(outputs(notebook, "setup"))
    assert picture_of(notebook, "pairs").startswith("iVBOR")
    assert picture_of(notebook, "fits-chart").startswith("iVBOR")
    assert "unexplained_percent" in json.dumps(outputs(notebook, "fits"))


def test_without_a_campaign_a_notebook_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CellExecutionError) as stopped:
        executed("latency_against_macs.ipynb", tmp_path, monkeypatch)
    assert "make one with `ghostbench reproduce ghostnet-2020`" in stopped.value.evalue
