"""Records as flat tables: the columns of the Parquet files and of the frames made from them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ghostbench.core.record import Measurement, RunRecord, SampleColumns
from ghostbench.core.verdict import Severity
from ghostbench.judging.gather import blocks_that_count
from ghostbench.judging.judge import Judgement, judge_campaign
from ghostbench.store.results import block_summary

if TYPE_CHECKING:
    import duckdb

Cell = str | int | float | bool | list[str] | None
Column = npt.NDArray[np.int64]

_PHASES = ("first", "warmup", "timed")
_NUMBERS = (
    "started_ns",
    "duration_ns",
    "cpu_time_ns",
    "cpu_before",
    "cpu_after",
    "preemptions",
)

# Raised with every change of a column, or of what is written into one: files of older tables are made anew.
TABLES = 3

# One row for each block, measured or failed, as it is judged beside the other blocks of its campaign: `reasons` and
# `notes` are codes of judging/grades.py, `counts` says whether the block is in the figures of its job.
BLOCKS_TABLE = """CREATE TABLE blocks (
    campaign VARCHAR, record_id VARCHAR, job_id VARCHAR, round INTEGER, position INTEGER, attempt INTEGER,
    started_at VARCHAR, seconds DOUBLE, model VARCHAR, precision VARCHAR, quantization VARCHAR, model_sha256 VARCHAR,
    engine VARCHAR, engine_version VARCHAR, library_sha256 VARCHAR, device VARCHAR, device_kind VARCHAR,
    device_title VARCHAR, emulated BOOLEAN, virtual BOOLEAN, threads INTEGER, kernel_mode VARCHAR, cpu INTEGER,
    timed BIGINT, median_ns DOUBLE, min_ns BIGINT, first_ns BIGINT, init_ns BIGINT, peak_rss_bytes BIGINT,
    threads_seen INTEGER, fully_accelerated BOOLEAN, warmup_steady BOOLEAN, preemptions BIGINT,
    load_1min_before DOUBLE, load_1min_after DOUBLE, failure VARCHAR, verdict VARCHAR, reasons VARCHAR[],
    notes VARCHAR[], counts BOOLEAN, cautions VARCHAR[], argv VARCHAR[],
    ghostbench VARCHAR, schema_version INTEGER)"""

# One row for each inference.
SAMPLES_TABLE = """CREATE TABLE samples (
    campaign VARCHAR, record_id VARCHAR, job_id VARCHAR, round INTEGER, sample INTEGER, phase VARCHAR,
    started_ns BIGINT, duration_ns BIGINT, cpu_time_ns BIGINT, cpu_before INTEGER, cpu_after INTEGER,
    preemptions INTEGER)"""


def fill_tables(
    database: "duckdb.DuckDBPyConnection", campaigns: Iterable[Sequence[RunRecord]]
) -> None:
    """Make both tables and put every record of each campaign into them."""
    database.execute(BLOCKS_TABLE)
    database.execute(SAMPLES_TABLE)
    for records in campaigns:
        judged = judge_campaign(records)
        counted = {record.record_id for record in blocks_that_count(records, judged)}
        for record in records:
            verdict = _verdict_cells(judged[record.record_id], record.record_id in counted)
            _insert_block(database, {**block_row(record), **verdict})
            if record.measurement is not None:
                _insert_samples(database, record, record.measurement.samples)


def _insert_block(database: "duckdb.DuckDBPyConnection", row: Mapping[str, Cell]) -> None:
    places = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO blocks ({', '.join(row)}) VALUES ({places})", list(row.values()))


def _verdict_cells(judgement: Judgement, counts: bool) -> dict[str, Cell]:
    codes: dict[bool, list[str]] = {True: [], False: []}
    for reason in judgement.reasons:
        codes[reason.severity is Severity.NOTE].append(reason.code)
    return {
        "verdict": judgement.verdict.value,
        "reasons": codes[False],
        "notes": codes[True],
        "counts": counts,
    }


def block_row(record: RunRecord) -> dict[str, Cell]:
    """One row of the table of blocks, but for what the others of its campaign say of it."""
    job, settings, device = record.job, record.job.settings, record.device
    row: dict[str, Cell] = {
        "campaign": record.campaign,
        "record_id": record.record_id,
        "job_id": job.job_id,
        "round": record.block.round,
        "position": record.block.position,
        "attempt": record.attempt,
        "started_at": record.started_at,
        "seconds": record.seconds,
        "model": job.model,
        "precision": job.precision,
        "quantization": job.quantization,
        "model_sha256": job.model_sha256,
        "engine": record.engine.name,
        "engine_version": record.engine.version,
        "device": device.name,
        "device_kind": device.kind,
        "device_title": device.title,
        "emulated": device.emulated,
        "virtual": device.virtual,
        "threads": settings.threads,
        "kernel_mode": settings.kernel_mode,
        "cpu": settings.cpu,
        "load_1min_before": record.state_before.load_1min,
        "load_1min_after": record.state_after.load_1min if record.state_after else None,
        "failure": record.failure,
        "cautions": list(record.cautions),
        "argv": list(record.argv),
        "ghostbench": record.ghostbench,
        "schema_version": record.schema_version,
    }
    return row if record.measurement is None else {**row, **_measured(record, record.measurement)}


def _measured(record: RunRecord, measurement: Measurement) -> dict[str, Cell]:
    summary = block_summary(record, measurement)
    return {
        "library_sha256": measurement.loaded.library_sha256,
        "timed": summary.timed,
        "median_ns": summary.median_ns,
        "min_ns": summary.min_ns,
        "first_ns": summary.first_ns,
        "init_ns": summary.init_ns,
        "peak_rss_bytes": summary.peak_rss_bytes,
        "threads_seen": measurement.init.threads_seen,
        "fully_accelerated": measurement.init.fully_accelerated,
        "warmup_steady": measurement.end.warmup_steady,
        "preemptions": measurement.end.preemptions,
    }


def _insert_samples(
    database: "duckdb.DuckDBPyConnection", record: RunRecord, samples: SampleColumns
) -> None:
    # Text goes in as numbers and constants: a million Python strings would cost seconds.
    columns: dict[str, Column] = {
        "sample": np.arange(len(samples.phase)),
        "phase_number": np.array([_PHASES.index(phase) for phase in samples.phase]),
        **{name: np.array(getattr(samples, name)) for name in _NUMBERS},
    }
    database.register("block", columns)
    database.execute(
        f"""INSERT INTO samples BY NAME SELECT $campaign AS campaign, $record_id AS record_id, $job_id AS job_id,
            $round AS round, sample, $phases[phase_number + 1] AS phase, {", ".join(_NUMBERS)} FROM block""",
        {
            "campaign": record.campaign,
            "record_id": record.record_id,
            "job_id": record.job.job_id,
            "round": record.block.round,
            "phases": list(_PHASES),
        },
    )
    database.unregister("block")
