"""Campaigns as pandas frames: one row for each job, each block, or each inference.

`where` is one campaign, or a folder of campaigns; None stands for the `results/` of the workspace.
"""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder
from ghostbench.core.result import JobResult, times_ms
from ghostbench.store.campaign import PLAN, Campaign, campaign_folders, load_campaign
from ghostbench.store.results import job_results
from ghostbench.store.seal import BLOCKS_PARQUET, SAMPLES_PARQUET, is_sealed, open_database
from ghostbench.store.tables import fill_tables

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


T = TypeVar("T")
Cell = str | int | float | bool | None

RESULT_COLUMNS = {
    **dict.fromkeys(("record_id", "campaign", "purpose", "created_at", "job_id"), "str"),
    **dict.fromkeys(("model", "title", "family", "route", "precision", "model_sha256"), "str"),
    **dict.fromkeys(("params", "macs", "size_bytes"), "Int64"),
    **dict.fromkeys(("device", "device_kind", "device_title"), "str"),
    **dict.fromkeys(("emulated", "virtual"), "bool"),
    **dict.fromkeys(("engine", "engine_version", "kernel_mode"), "str"),
    "threads": "int64",
    "cpu": "Int64",
    **dict.fromkeys(
        ("median_ms", "ci95_low_ms", "ci95_high_ms", "p90_ms", "p95_ms", "min_ms"), "float64"
    ),
    **dict.fromkeys(("init_ms", "first_ms"), "float64"),
    **dict.fromkeys(("peak_rss_bytes", "blocks", "excluded_blocks", "failed_blocks"), "int64"),
    "samples": "int64",
    "verdict": "str",  # VALID or SUSPECT: what is INVALID is in no figure
    **dict.fromkeys(("reasons", "cautions", "withheld"), "str"),  # one a line
}

_ORDER = {
    "blocks": "campaign, round, position, started_at",
    "samples": "campaign, round, record_id, sample",
}
_CATEGORIES = {"blocks": (), "samples": ("campaign", "record_id", "job_id", "phase")}


def load_results(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each measured job, with the facts of its model and the figures in milliseconds."""
    import pandas as pd  # noqa: PLC0415 - heavy, and only frames need it

    rows = [
        _result_row(campaign, result)
        for campaign in _readable(_folders(where, workspace), load_campaign)
        for result in job_results(campaign)
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS)).astype(RESULT_COLUMNS)


def load_blocks(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each block, measured or failed."""
    return _load_table("blocks", BLOCKS_PARQUET, _folders(where, workspace))


def load_samples(where: Path | str | None = None, workspace: Path | None = None) -> "pd.DataFrame":
    """One row for each inference, the first and the warm-up ones too: see `phase`."""
    return _load_table("samples", SAMPLES_PARQUET, _folders(where, workspace))


def _folders(where: Path | str | None, workspace: Path | None) -> list[Path]:
    folder = results_folder(workspace) if where is None else Path(where)
    if (folder / PLAN).is_file():
        return [folder]
    if where is not None and not folder.is_dir():
        raise StoreError(f"there is no campaign and no folder of campaigns at {folder}")
    return list(campaign_folders(folder))


def _readable(folders: list[Path], read: Callable[[Path], T]) -> Iterator[T]:
    """What can be read; a broken campaign among many is told and left out, a single one is an error."""
    for folder in folders:
        try:
            yield read(folder)
        except StoreError as cause:
            if len(folders) == 1:
                raise
            warnings.warn(f"left out: {cause}", stacklevel=3)


def _load_table(table: str, parquet: str, folders: list[Path]) -> "pd.DataFrame":
    sealed = [folder for folder in folders if is_sealed(folder)]
    unsealed = _readable([folder for folder in folders if folder not in sealed], load_campaign)
    with open_database() as database:
        fill_tables(database, (campaign.records for campaign in unsealed))
        relation = database.table(table)
        if sealed:
            files = [str(folder / parquet) for folder in sealed]
            stored = database.read_parquet(files, union_by_name=True)
            relation = stored.select(*relation.columns).union(relation)
        return _frame(database, relation, table)


def _frame(
    database: "duckdb.DuckDBPyConnection", relation: "duckdb.DuckDBPyRelation", table: str
) -> "pd.DataFrame":
    """Texts that millions of samples share become categories: a tenth of the time and of the memory."""
    relation.create_view("found")
    for name in _CATEGORIES[table]:
        database.execute(
            f"CREATE TYPE {name}_kind AS ENUM (SELECT DISTINCT {name} FROM found ORDER BY 1)"
        )
    replaced = ", ".join(f"{name}::{name}_kind AS {name}" for name in _CATEGORIES[table])
    columns = f"* REPLACE ({replaced})" if replaced else "*"
    frame: pd.DataFrame = database.sql(f"SELECT {columns} FROM found ORDER BY {_ORDER[table]}").df()
    return frame


def _result_row(campaign: Campaign, result: JobResult) -> dict[str, Cell]:
    return {
        **_job_cells(campaign, result),
        **_model_cells(campaign.artifact(result.model_sha256)),
        **times_ms(result),
        "peak_rss_bytes": result.peak_rss_bytes,
        "blocks": len(result.blocks),
        "excluded_blocks": len(result.excluded),
        "failed_blocks": result.failed_blocks,
        "samples": len(result.samples),
        "verdict": result.verdict.value,
        "reasons": "\n".join(f"{r.severity.value} {r.code}: {r.text}" for r in result.reasons),
        "withheld": "\n".join(f"{name}: {why}" for name, why in result.withheld.items()),
        "cautions": "\n".join(result.cautions),
    }


def _job_cells(campaign: Campaign, result: JobResult) -> dict[str, Cell]:
    record = next(r for r in campaign.records if r.job.job_id == result.job_id)
    return {
        "record_id": result.record_id,
        "campaign": result.campaign,
        "purpose": campaign.plan.purpose,
        "created_at": campaign.plan.created_at,
        "job_id": result.job_id,
        "model": result.model,
        "precision": result.precision,
        "model_sha256": result.model_sha256,
        "device": result.device,
        "device_kind": record.device.kind,
        "device_title": record.device.title,
        "emulated": record.device.emulated,
        "virtual": record.device.virtual,
        "engine": result.engine,
        "engine_version": record.engine.version,
        "kernel_mode": record.job.settings.kernel_mode,
        "threads": result.threads,
        "cpu": record.job.settings.cpu,
    }


def _model_cells(artifact: Artifact | None) -> dict[str, Cell]:
    if artifact is None:
        return {}  # a file whose facts nobody wrote down: its cells stay empty
    return {
        "title": artifact.title,
        "family": artifact.family,
        "route": artifact.route,
        "params": artifact.params,
        "macs": artifact.macs,
        "size_bytes": artifact.size_bytes,
    }
