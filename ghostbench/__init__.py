"""ghostbench: checks the accuracy-latency claims of mobile vision papers on your own device.

What a notebook needs is here; everything heavy is imported when it is used.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghostbench.core.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

    from ghostbench.zoo.ghost_layers import GhostBottleneck, GhostModule
    from ghostbench.zoo.ghostify import ghostify

__version__ = VERSION
__all__ = [
    "GhostBottleneck",
    "GhostModule",
    "__version__",
    "ghostify",
    "load_results",
    "load_samples",
]

# Where what needs Keras is; it is imported when it is asked for.
_IN_THE_ZOO = {
    "GhostBottleneck": "ghost_layers",
    "GhostModule": "ghost_layers",
    "ghostify": "ghostify",
}


def __getattr__(name: str) -> Any:
    if name not in _IN_THE_ZOO:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("ghostbench.zoo.keras_backend").import_keras()
    return getattr(import_module(f"ghostbench.zoo.{_IN_THE_ZOO[name]}"), name)


def load_results(
    where: Path | str | None = None, workspace: Path | None = None, *, each_session: bool = False
) -> "pd.DataFrame":
    """One row for each measured model of each campaign, times in milliseconds.

    `where` is one campaign, or a folder of campaigns; None stands for the `results/` of the workspace, which is the
    working directory unless given. Sessions of a plan join into one row, as in every report, unless `each_session`
    asks for each. Raises StoreError for a folder that cannot be read.
    """
    from ghostbench.store.query import load_results as load

    return load(where, workspace, each_session=each_session)


def load_samples(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each inference: campaign, job, round, phase, start and duration in nanoseconds, core."""
    from ghostbench.store.query import load_samples as load

    return load(where, workspace)
