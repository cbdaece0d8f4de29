"""Campaigns as pandas frames: one row for each job, each block, or each inference.

`where` is one campaign, or a folder of campaigns; None stands for the `results/` of the workspace.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ghostbench.core.artifact import Artifact, quantization_label
from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder
from ghostbench.core.record import RunRecord
from ghostbench.core.result import JobResult, times_ms
from ghostbench.store.campaign import PLAN, Campaign, campaign_folders, load_campaign, load_plan
from ghostbench.store.seal import BLOCKS_PARQUET, SAMPLES_PARQUET, is_sealed, open_database
from ghostbench.store.sessions import joined_results, session_folders, unlike_sessions
from ghostbench.store.tables import fill_tables

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


T = TypeVar("T")
Cell = str | int | float | bool | None

RESULT_COLUMNS = {
    **dict.fromkeys(("record_id", "campaign", "purpose", "created_at", "job_id"), "str"),
    **dict.fromkeys(("model", "title", "family", "route", "precision", "quantization"), "str"),
    "model_sha256": "str",
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
    **dict.fromkeys(("samples", "sessions"), "int64"),
    "verdict": "str",  # VALID or SUSPECT: what is INVALID is in no figure
    **dict.fromkeys(("reasons", "cautions", "withheld"), "str"),  # one a line
}

_ORDER = {
    "blocks": "campaign, round, position, started_at",
    "samples": "campaign, round, record_id, sample",
}
_CATEGORIES = {"blocks": (), "samples": ("campaign", "record_id", "job_id", "phase")}


def load_results(
    where: Path | str | None = None, workspace: Path | None = None, *, each_session: bool = False
) -> "pd.DataFrame":
    """One row for each measured job, with the facts of its model and the figures in milliseconds.

    Sessions of a plan join into one row, under the name of the first, as in every report; `each_session` gives each a
    row of its own. The name of a further session stands for that one alone. Sessions that were not measured alike stay
    apart, with a warning.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and only frames need it

    folders = _folders(where, workspace)
    groups = [(folder,) for folder in folders] if each_session else _by_plan(folders, where)
    rows = [
        _result_row(sessions, result)
        for group in groups
        for sessions in _alike(list(_readable(group, load_campaign, lone=len(groups) == 1)))
        for result in joined_results(sessions)
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


def _by_plan(folders: Sequence[Path], where: Path | str | None) -> list[tuple[Path, ...]]:
    """Each campaign with its further sessions; one that was named brings those that lie beside it."""
    if where is not None and folders == [Path(where)]:
        return [session_folders(Path(where))]
    groups: list[list[Path]] = []
    places: dict[str, int] = {}  # in them, by the name of the first session
    further: list[tuple[str, str, Path]] = []
    for folder in folders:
        try:
            plan = load_plan(folder)
        except StoreError:  # told when it is read
            groups.append([folder])
            continue
        if plan.joins:
            further.append((plan.created_at, plan.joins, folder))
        else:
            places.setdefault(plan.campaign, len(groups))
            groups.append([folder])
    for _, first, folder in sorted(further):
        if first in places:
            groups[places[first]].append(folder)
        else:  # the first session is not here, so this one stands for itself
            groups.append([folder])
    return [tuple(group) for group in groups]


def _alike(sessions: Sequence[Campaign]) -> Iterator[Sequence[Campaign]]:
    """The sessions that may be taken together, and every other one by itself."""
    apart = {s.plan.campaign: told for s, told in unlike_sessions(sessions)} if sessions else {}
    for name, differing in apart.items():
        told = "; ".join(map(str, differing))
        warnings.warn(f"{name} stands by itself, it was not measured alike: {told}", stacklevel=3)
    together = [session for session in sessions if session.plan.campaign not in apart]
    yield from ([together] if together else [])
    yield from ([session] for session in sessions if session.plan.campaign in apart)


def _readable(
    folders: Sequence[Path], read: Callable[[Path], T], *, lone: bool | None = None
) -> Iterator[T]:
    """What can be read; a broken campaign among many is told and left out, a lone one is an error."""
    lone = len(folders) == 1 if lone is None else lone
    for folder in folders:
        try:
            yield read(folder)
        except StoreError as cause:
            if lone and folder == folders[0]:
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


def _result_row(sessions: Sequence[Campaign], result: JobResult) -> dict[str, Cell]:
    records = (r for s in sessions for r in s.records if r.job.job_id == result.job_id)
    record, first = next(records), sessions[0]
    artifact = first.artifact(result.model_sha256)
    # Records did not always say it; the file's facts do.
    label = record.job.quantization or (quantization_label(artifact) if artifact else None)
    return {
        **_job_cells(first, record, result),
        **_model_cells(artifact),
        "quantization": label,
        **times_ms(result),
        "peak_rss_bytes": result.peak_rss_bytes,
        "blocks": len(result.blocks),
        "excluded_blocks": len(result.excluded),
        "failed_blocks": result.failed_blocks,
        "samples": len(result.samples),
        "sessions": max(1, len(result.sessions)),
        "verdict": result.verdict.value,
        "reasons": "\n".join(f"{r.severity.value} {r.code}: {r.text}" for r in result.reasons),
        "withheld": "\n".join(f"{name}: {why}" for name, why in result.withheld.items()),
        "cautions": "\n".join(result.cautions),
    }


def _job_cells(campaign: Campaign, record: RunRecord, result: JobResult) -> dict[str, Cell]:
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
