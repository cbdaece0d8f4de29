"""A campaign of a paper of which no block counts: what needs no time is told all the same, with the reason."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from ghostbench.core.errors import NothingMeasured
from ghostbench.report.papers import load_paper
from ghostbench.workflows.report import joint_report
from tests.report.samples import campaign, store

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x")
WHY = "the runner ended with status 139"


def failed(workspace: Path, *, with_paper: bool = True) -> Path:
    sample = campaign(names=NAMES, rounds=3, with_paper=with_paper)
    records = tuple(replace(r, measurement=None, failure=WHY) for r in sample.records)
    return store(replace(sample, records=records), workspace / "results")


def test_the_papers_tables_are_written_with_counts_and_no_times(tmp_path: Path) -> None:
    outcome = joint_report([failed(tmp_path)], workspace=tmp_path)
    assert outcome.files.page is None
    assert outcome.claims == ()
    tables = {path.name: path for path in outcome.files.tables}
    for table in load_paper("ghostnet-2020").tables:
        assert {f"{table.name}.csv", f"{table.name}.md"} <= set(tables)
    with tables["table7.csv"].open(encoding="utf-8") as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert rows["ghostnet-1.0x"]["macs_counted"].startswith("141")
    assert {row["median_ms"] for row in rows.values()} == {""}
    text = tables["table7.md"].read_text(encoding="utf-8")
    assert "Nothing was timed: no block of 2026-01-05-made-up-1 counts" in text
    assert WHY in text


def test_a_table_of_times_keeps_its_theory(tmp_path: Path) -> None:
    outcome = joint_report([failed(tmp_path)], workspace=tmp_path)
    path = next(path for path in outcome.files.tables if path.name == "modules.md")
    assert "Nothing was timed" in path.read_text(encoding="utf-8")


def test_a_campaign_of_no_paper_has_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(NothingMeasured, match=f"there is nothing to report: .*{WHY}"):
        joint_report([failed(tmp_path, with_paper=False)], workspace=tmp_path)


def test_the_command_says_that_there_are_counts_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = failed(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["report", folder.name]) == 0
    told = capsys.readouterr().err
    assert (
        "no block counts, so there is no report; the counted tables are tables/table7.csv" in told
    )
    assert not (folder / "report.html").exists()
