"""What a user sees when something is wrong: one clear line, the right exit code, a traceback only when asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from ghostbench.cli.main import main


def ghostbench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ghostbench", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (["run", "ghostnet-1.0"], 2, "did you mean ghostnet-1.0x"),
        (["run"], 2, "name"),
        (["nothing"], 2, "No such command 'nothing'"),
        (["run", "ghostnet-1.0x", "--rounds", "0"], 2, "rounds"),
        (["run", "ghostnet-1.0x", "--rounds", "-3"], 2, "rounds"),
        (["run", "ghostnet-1.0x", "--min-runs", "0"], 2, "min_runs must be above zero"),
        (["run", "ghostnet-1.0x", "--rounds", "many"], 2, "--rounds"),
        (
            ["run", "ghostnet-1.0x", "--device", "nosuchphone", "--adb-server", "no host:x"],
            2,
            "no host:x",
        ),
        (["run", "missing.tflite"], 1, "missing.tflite"),
        (["run", "broken.tflite"], 1, "broken.tflite"),
        (["inspect", "broken.tflite"], 1, "broken.tflite"),
        (["convert"], 2, "--all"),
        (["convert", "ghostnet-1.0x", "--precision", "fp8"], 2, "fp8"),
        (["convert", "no-such-net"], 2, "no-such-net"),
        (["models", "mobilenet"], 2, "mobilenet"),
        (["reproduce", "ghostnet-2021"], 2, "ghostnet-2020"),
        (["reproduce", "ghostnet-2020", "--parts", "ablations"], 2, "ablation"),
        (["reproduce", "ghostnetv2-2022", "--parts", "all,x"], 2, "has no parts"),
        (["reproduce", "ghostnet-2020", "--networks", "fbnet-d"], 2, "fbnet-"),
        (["report", "nowhere"], 1, "nowhere"),
    ],
)
def test_a_mistake_gives_one_clear_line(
    arguments: list[str],
    exit_code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.tflite").write_bytes(b"not a model at all")
    assert main(arguments) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.startswith("ghostbench: ")
    assert err.count("\n") == 1
    assert not list(Path("results").glob("*")), "a request that cannot be leaves no campaign"


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    done = ghostbench("inspect", "missing.tflite", "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_the_module_runs_as_the_command_does(tmp_path: Path) -> None:
    done = ghostbench("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ghostbench ")
