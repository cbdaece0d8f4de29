# ruff: noqa: E501 - lines that a user sees are not broken here either
"""`compare` and `check` as a user runs them: what they print, and with which exit code they end."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from inline_snapshot import snapshot

from ghostbench.cli.main import main
from tests.workflows.made_up_sides import stored

OLD = Path(__file__).resolve().parent.parent / "fixtures" / "records" / "v1"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def campaign(workspace: Path, seed: int, **times_ms: float) -> str:
    return stored(workspace, 8, seed, 0.005, **times_ms).folder.name


def test_compare_answers_in_words_and_puts_doubts_on_stderr(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = campaign(workspace, 1, fast=2.0, slow=2.2)
    assert main(["compare", f"{name}/fast-fp32", f"{name}/slow-fp32"]) == 0
    out, err = capsys.readouterr()
    assert out == snapshot("""\
fast-fp32 is 9.8 % faster than slow-fp32, 95 % interval 9.1-10.4 %; same device, same engine
signed-rank test, 8 rounds of both together: p = 0.0078; not the same within 2 %
""")
    assert err == snapshot("""\
! SUSPECT: 2026-11-22-simulated-1-1/fast-fp32, 2026-11-22-simulated-1-1/slow-fp32
! emulated: 2 of 2 records, 16 of 16 blocks: the device is emulated, so its times mean nothing. Use them to try things out, and a real device for figures.
""")


def test_compare_as_json_holds_the_ratio_and_the_conditions(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = campaign(workspace, 1, fast=2.0, slow=2.2)
    assert main(["compare", f"{name}/fast-fp32", f"{name}/slow-fp32", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert found["ratio"] < 1
    assert found["ci95"][0] < found["ratio"] < found["ci95"][1]
    assert found["a"]["conditions"]["engine_version"] == "2.3.0"


def test_unlike_campaigns_are_refused_in_one_line(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = workspace / "results" / "old"
    shutil.copytree(OLD, old)
    name = campaign(workspace, 1, steady=2.0)
    assert main(["compare", "old/steady-fp32", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "not measured alike: device differs: simulated:11 and simulated;" in err
    assert "--allow device" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("now_ms", "max_slowdown", "exit_code", "told"),
    [
        (2.0, "3%", 0, "a slowdown of more than 3% is ruled out"),
        (2.4, "3 %", 1, "a slowdown of more than 3 % is established"),
        (2.0, "0.1%", 3, "the data cannot tell whether there is a slowdown of more than 0.1%"),
    ],
)
def test_check_ends_with_what_the_data_tell(
    now_ms: float,
    max_slowdown: str,
    exit_code: int,
    told: str,
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, after = campaign(workspace, 1, net=2.0), campaign(workspace, 2, net=now_ms)
    assert main(["check", "--write-baseline", "base.json", before]) == 0
    command = ["check", "--baseline", "base.json", after, "--max-slowdown", max_slowdown]
    assert main([*command, "--junit", "junit.xml", "--github"]) == exit_code
    out, err = capsys.readouterr()
    assert out.startswith("net-fp32: ")
    assert told in err
    assert {0: "::notice", 1: "::error", 3: "::warning"}[exit_code] in err
    suite = Xml.parse("junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == {
        0: ("0", "0"), 1: ("1", "0"), 3: ("0", "1"),
    }[exit_code]  # fmt: skip


def test_annotations_come_by_themselves_on_github_only(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [
        "check",
        "--baseline",
        campaign(workspace, 1, net=2.0),
        campaign(workspace, 2, net=2.0),
    ]
    main(command)
    assert "::" not in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    main(command)
    assert "::notice title=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check"], "name a baseline"),
        (["check", "--baseline", "missing.json", "NAME"], "missing.json"),
        (["check", "--baseline", "broken.json", "NAME"], "broken.json"),
        (["check", "--baseline", "NAME"], "name what is to be checked"),
        (
            ["check", "--baseline", "NAME", "NAME", "--max-slowdown", "three"],
            "'three' is not a share",
        ),
        (["check", "--baseline", "NAME", "NAME", "--max-slowdown", "-3%"], "-3% is not a share"),
        (["check", "--baseline", "NAME", "NAME", "--allow", "weather"], "no condition 'weather'"),
        (["check", "--baseline", "NAME", "NAME/other-fp32"], "no measured job"),
        (["check", "--baseline", "NAME", "missing.tflite"], "missing.tflite"),
        (["check", "--write-baseline", "out.json", "nowhere"], "nowhere is not a campaign"),
        (["check", "--write-baseline", "no/folder/out.json", "NAME"], "no/folder"),
        (["compare", "NAME/net-fp32", "NAME/net-fp32"], "compared with itself"),
        (["compare", "NAME", "NAME", "--same-within", "0"], "between 0 and 100 %"),
    ],
)
def test_trouble_is_never_taken_for_a_slowdown(
    arguments: list[str], told: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = campaign(workspace, 1, net=2.0)
    Path("broken.json").write_text('{"kind": "ghostbench baseline", "sch')
    assert main([argument.replace("NAME", name) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.startswith("ghostbench: ")
    assert err.count("\n") == 1


def test_a_torn_record_is_told_and_the_finished_ones_are_used(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stored(workspace, seed=1, fast=2.0, slow=2.2)
    records = made.folder / "records.jsonl"
    records.write_bytes(records.read_bytes()[:-700])
    name = made.folder.name
    assert main(["compare", f"{name}/fast-fp32", f"{name}/slow-fp32"]) == 0
    out, err = capsys.readouterr()
    assert "7 rounds of both together" in out
    assert f"{name}: its last record is torn" in err
    assert "the 15 before it are read" in err


def test_a_newer_campaign_is_refused_everywhere(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stored(workspace, seed=1, fast=2.0, slow=2.2)
    plan = made.folder / "plan.json"
    plan.write_text(plan.read_text().replace('"schema_version": 1', '"schema_version": 99'))
    name = made.folder.name
    for command, exit_code in (
        (["compare", f"{name}/fast-fp32", f"{name}/slow-fp32"], 1),
        (["check", "--baseline", name, name], 2),
        (["report", name], 1),
    ):
        assert main(command) == exit_code
        err = capsys.readouterr().err
        assert "has schema 99, this ghostbench reads up to" in err
        assert err.count("\n") == 1


def test_a_defect_in_check_is_no_slowdown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr("ghostbench.workflows.guard.check", broken)
    assert main(["check", "--baseline", "base.json", "x"]) == 2
    _, err = capsys.readouterr()
    assert err.startswith("ghostbench: a defect in ghostbench: ZeroDivisionError: nobody thought")
    assert err.count("\n") == 1
