"""Plans and their sessions as a user runs them: what is printed, and what is refused."""

import json
from pathlib import Path

import pytest

from ghostbench.cli.main import main

TINY = Path(__file__).resolve().parents[1] / "fixtures" / "tiny_conv.tflite"
PLAN = f"""
models = ["{TINY}"]
device = "simulated"
rounds = 3
[settings]
min_ms = 20
warmup_min_ms = 5
"""


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


def test_a_plan_that_is_run_again_prints_one_result_and_each_session_beside_it(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--plan", "plan.toml"]) == 0
    assert "joined of" not in capsys.readouterr().err
    assert main(["run", "--plan", "plan.toml"]) == 0
    out, err = capsys.readouterr()
    first, second = sorted(path.name for path in (workspace / "results").iterdir())
    head = out.splitlines()[2].split()
    assert head == ["model", "precision", first, second, "%", "apart"]
    assert f"a further session of {first}, which has the same plan; --new begins anew" in err
    assert "joined of 2 sessions; the median of each, in ms:" in err
    assert "interval is withheld for tiny_conv-fp32: two sessions, " in err
    assert main(["run", "--join", second, "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["record_id"] == f"{first}/tiny_conv-fp32"
    assert [each["blocks"] for each in result["sessions"]] == [3, 3, 3]
    assert len(result["blocks"]) == 9
    assert main(["report", first, "--each-session"]) == 0
    assert "<h3>Sessions</h3>" in (workspace / "results" / first / "report.html").read_text()
    alone = workspace / "results" / first / "sessions" / first / "report.html"
    assert "<h3>Sessions</h3>" not in alone.read_text()


def test_what_a_plan_or_a_campaign_decides_is_not_taken_from_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments, told in (
        (["--plan", "plan.toml", "--rounds", "3"], "the file; leave out --rounds"),
        (["--plan", "plan.toml", "--core", "1"], "the file; leave out --core"),
        (["--plan", "plan.toml", "--threads", "2"], "the file; leave out settings"),
        (["--plan", "plan.toml", str(TINY)], "the file; leave out models"),
        (["--join", "x", "--engine", "benchmark_model"], "the campaign; leave out --engine"),
        (["--join", "x", "--plan", "plan.toml"], "the campaign; leave out --plan"),
        (["--join", "x", "--new"], "the campaign; leave out --new"),
        (["--join", "x", "--allow", "weather"], "no condition 'weather'"),
    ):
        assert main(["run", *arguments]) == 2
        err = capsys.readouterr().err
        assert told in err
        assert err.count("\n") == 1


def test_a_dry_run_names_the_jobs_and_refuses_what_cannot_be(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--plan", "plan.toml", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split() == ["1", "tiny_conv-fp32"]
    assert "3 rounds, about " in err
    assert not (workspace / "results").exists()
    for arguments, exit_code, told in (
        (["nowhere.tflite"], 1, "nowhere.tflite"),
        (["ghstnet-1.0x"], 2, "there is no model 'ghstnet-1.0x'"),
        (["ghostnet-9.9x"], 2, "ghostnet-9.9x: width cannot be 9.9"),
        ([str(TINY), "--device", "hst"], 2, "there is no device 'hst'"),
        ([str(TINY), "--engine", "tflite"], 2, "there is no engine 'tflite'"),
        ([str(TINY), "--ratio", "a/b"], 2, "there is no job in this plan 'a'"),
        ([], 2, "there is nothing to measure"),
    ):
        assert main(["run", *arguments, "--dry-run"]) == exit_code
        err = capsys.readouterr().err
        assert told in err
        assert err.count("\n") == 1
    assert not (workspace / "results").exists()


def test_a_ratio_of_jobs_that_are_not_there_leaves_no_campaign_behind(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(TINY), "--device", "simulated", "--ratio", "a/b"]) == 2
    assert "there is no job 'a' in this plan" in capsys.readouterr().err
    assert not (workspace / "results").exists()


def test_a_dry_run_says_which_earlier_session_it_would_join_and_when_not(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*options: str) -> str:
        assert main(["run", "--plan", "plan.toml", "--dry-run", *options]) == 0
        return capsys.readouterr().err

    assert "further session" not in told()
    assert main(["run", "--plan", "plan.toml"]) == 0
    (first,) = (path.name for path in (workspace / "results").iterdir())
    capsys.readouterr()
    assert f"as a further session of {first}; nothing is built, reached or written now" in told()
    assert f"{first} has the same plan; it is joined unless what it was measured under" in told()
    assert "further session" not in told("--new")
    assert f"going on with {first}" in told("--resume")
    assert main(["run", "--plan", "plan.toml", "--dry-run", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["joins"], shown["joins_if_alike"]) == (first, True)
    assert main(["run", str(TINY), "--device", "simulated", "--dry-run"]) == 0
    assert "further session" not in capsys.readouterr().err  # without a plan file nothing joins
    (workspace / "plan.toml").write_text(PLAN.replace("rounds = 3", "rounds = 4"))
    assert "further session" not in told()
    assert [path.name for path in (workspace / "results").iterdir()] == [first]


def test_what_a_dry_run_foresees_is_what_the_run_does(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded = PLAN.replace("rounds = 3", "rounds = 3\nseed = 5")
    (workspace / "copy.tflite").write_bytes(TINY.read_bytes() + b"\0")
    files = f'["{TINY}", "{workspace / "copy.tflite"}"]'
    (workspace / "plan.toml").write_text(seeded.replace(f'["{TINY}"]', files))
    assert main(["run", "--plan", "plan.toml", "--dry-run", "--json"]) == 0
    order = json.loads(capsys.readouterr().out)["order"]
    assert main(["run", "--plan", "plan.toml"]) == 0
    (folder,) = (workspace / "results").iterdir()
    blocks = json.loads((folder / "plan.json").read_text())["plan"]["blocks"]
    assert order == [[b["job_id"] for b in blocks if b["round"] == number] for number in range(3)]


def test_a_dry_run_knows_every_name_that_a_run_knows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "ghostnet-1.43x", "--dry-run"]) == 0
    assert "ghostnet-1.43x-fp32" in capsys.readouterr().out
    options = "ghostnet-1.0x:padding=symmetric"
    assert main(["run", options, "--dry-run"]) == 0
    assert "padding=symmetric" in capsys.readouterr().out
