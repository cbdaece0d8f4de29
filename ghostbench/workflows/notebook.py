"""What every notebook begins with: where results are, and the newest campaign of them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder

if TYPE_CHECKING:
    import pandas as pd

    from ghostbench.report.study import Study

_HOW = "make one with `ghostbench reproduce ghostnet-2020`, or `ghostbench run NAME...` for networks of your choice"


def notebook_workspace() -> Path:
    """The folder that holds `results/`: GHOSTBENCH_WORKSPACE, or the working directory, or the one above it."""
    here = Path.cwd()
    return Path(
        os.environ.get("GHOSTBENCH_WORKSPACE", here if (here / "results").is_dir() else here.parent)
    )


def of_the_comparison(frame: "pd.DataFrame", workspace: Path | None = None) -> "pd.DataFrame":
    """The frame without what a campaign timed for one of its paper's tables alone: a layer is no network."""
    from ghostbench.workflows.report import timed_for_tables

    apart = {purpose: timed_for_tables(purpose, workspace) for purpose in frame["purpose"].unique()}
    rows = zip(frame["model"], frame["purpose"], strict=True)
    return frame[[model not in apart[purpose] for model, purpose in rows]]


def newest_networks(workspace: Path, campaign: str | None = None) -> "pd.DataFrame":
    """The networks of a campaign, of the newest one unless named, with their published accuracy; fastest first.

    Raises StoreError when there is none, saying how to make one.
    """
    from ghostbench.store.query import load_results
    from ghostbench.workflows.report import with_published

    folder = results_folder(workspace) / campaign if campaign is not None else None
    found = load_results(folder, workspace)
    if found.empty:
        raise StoreError(f"there is no campaign in {results_folder(workspace)} yet; {_HOW}")
    chosen = found.sort_values("created_at")["campaign"].iloc[-1]
    frame = of_the_comparison(found[found["campaign"] == chosen], workspace)
    return with_published(frame, workspace).sort_values("median_ms").reset_index(drop=True)


def newest_study(workspace: Path, campaign: str | None = None) -> "Study":
    """The same as a report is made of: with the paper's own numbers and curves, where the campaign is of a paper."""
    from ghostbench.workflows.report import load_study

    name = campaign or str(newest_networks(workspace)["campaign"].iloc[0])
    return load_study(results_folder(workspace) / name, workspace=workspace)
