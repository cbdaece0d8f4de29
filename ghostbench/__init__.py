"""ghostbench: checks the accuracy-latency claims of mobile vision papers on your own device.

What a notebook needs is here; everything heavy is imported when it is used.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

__version__ = VERSION
__all__ = ["__version__", "load_results", "load_samples"]


def load_results(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each measured model of each campaign, times in milliseconds.

    `where` is one campaign, or a folder of campaigns; None stands for the `results/` of the workspace, which is the
    working directory unless given. Raises StoreError for a folder that cannot be read.
    """
    from ghostbench.store.query import load_results as load

    return load(where, workspace)


def load_samples(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each inference: campaign, job, round, phase, start and duration in nanoseconds, core."""
    from ghostbench.store.query import load_samples as load

    return load(where, workspace)
