import ast
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.report.samples import campaign, store

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x", "mobilenetv3-large-0.75x")


def executed(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    monkeypatch.setenv("GHOSTBENCH_WORKSPACE", str(workspace))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns of its own future
    notebook = nbformat.read(FOLDER / "pareto.ipynb", as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    return NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    ).execute()


def outputs(notebook: nbformat.NotebookNode, cell_id: str) -> list[nbformat.NotebookNode]:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return list(cell.outputs)


def test_the_notebook_draws_the_networks_of_a_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(campaign(names=NAMES, rounds=3), tmp_path / "results")
    notebook = executed(tmp_path, monkeypatch)
    (chart,) = outputs(notebook, "chart")
    assert chart.data["image/png"].startswith("iVBOR")
    printed = json.dumps(outputs(notebook, "load"))
    assert "4 networks on Example CPU (made up)" in printed
    assert "GhostNet 1.0x" in json.dumps(outputs(notebook, "macs"))


def test_without_a_campaign_the_notebook_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CellExecutionError) as stopped:
        executed(tmp_path, monkeypatch)
    assert stopped.value.ename == "SystemExit"
    assert stopped.value.evalue.startswith(f"There is no campaign in {tmp_path / 'results'} yet.")
    assert "ghostbench reproduce ghostnet-2020" in stopped.value.evalue


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_stored_notebook_holds_no_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_holds_no_logic_of_its_own(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While)
    assert not [node for node in ast.walk(ast.parse(code)) if isinstance(node, logic)]
