"""Runs a notebook as a reader would, on a workspace of its own."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"


def executed(name: str, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """The notebook with its outputs."""
    monkeypatch.setenv("GHOSTBENCH_WORKSPACE", str(workspace))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns of its own future
    notebook = nbformat.read(FOLDER / name, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    return NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    ).execute()


def outputs(notebook: nbformat.NotebookNode, cell_id: str) -> list[nbformat.NotebookNode]:
    """What a cell printed and showed."""
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return list(cell.outputs)


def picture_of(notebook: nbformat.NotebookNode, cell_id: str) -> str:
    """The one picture of a cell, in base 64."""
    (chart,) = outputs(notebook, cell_id)
    return str(chart.data["image/png"])
