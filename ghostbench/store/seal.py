"""A finished campaign once more as Parquet, for questions over many campaigns. `records.jsonl` stays the truth."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ghostbench.core.errors import StoreError
from ghostbench.core.strict import from_json, to_json
from ghostbench.store.durable import make_whole, told_as_store_error, write_whole
from ghostbench.store.records import RECORDS, iterate_records
from ghostbench.store.tables import TABLES, fill_tables

BLOCKS_PARQUET = "records.parquet"
SAMPLES_PARQUET = "samples.parquet"
SEAL = "sealed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seal:
    records_bytes: int  # how much of records.jsonl the Parquet files hold
    tables: int = 1  # which tables they hold


def seal(folder: Path) -> None:
    """Write the Parquet files of a campaign. Sealing twice changes nothing; what was added since is taken in."""
    if is_sealed(folder):
        return
    records_bytes = _records_bytes(folder)  # before reading: what comes later makes the seal stale
    with told_as_store_error(f"unseal {folder}"):
        (folder / SEAL).unlink(missing_ok=True)  # between old and new files there is no seal
    with open_database() as database:
        fill_tables(database, [tuple(iterate_records(folder))])
        for table, name in (("blocks", BLOCKS_PARQUET), ("samples", SAMPLES_PARQUET)):
            _write_parquet(database, table, folder / name)
    write_whole(folder / SEAL, to_json(_Seal(records_bytes=records_bytes, tables=TABLES)) + b"\n")


def is_sealed(folder: Path) -> bool:
    """Whether the Parquet files hold everything that `records.jsonl` holds, in the tables of today."""
    try:
        sealed = from_json((folder / SEAL).read_bytes(), _Seal)
    except (FileNotFoundError, ValueError):
        return False
    there = all((folder / name).is_file() for name in (BLOCKS_PARQUET, SAMPLES_PARQUET))
    whole = sealed.tables == TABLES and sealed.records_bytes == _records_bytes(folder)
    return there and whole


def open_database() -> duckdb.DuckDBPyConnection:
    """A database in memory that never reaches for the network."""
    return duckdb.connect(config={"autoinstall_known_extensions": "false"})


def _write_parquet(database: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    def write(scratch: Path) -> None:
        try:
            database.table(table).write_parquet(str(scratch), compression="zstd")
        except duckdb.Error as cause:
            raise StoreError(f"cannot write {path}: {str(cause).splitlines()[0]}") from cause

    make_whole(path, write)


def _records_bytes(folder: Path) -> int:
    path = folder / RECORDS
    return path.stat().st_size if path.exists() else 0
