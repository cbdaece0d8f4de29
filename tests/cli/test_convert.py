"""What `ghostbench convert` says to a request that cannot be; nothing is built for it."""

from pathlib import Path

import pytest

from ghostbench.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.onnx"], "there is no such file or folder"),
        (["mine.onnx", "--input-shape", "1,a,3"], "an input shape is written as --input-shape"),
        (["mine.onnx", "--input-range", "1", "0"], "the smaller one first"),
        (["mine.onnx", "--precision", "int8"], "say which, for instance --input-range 0 1"),
        (["mine.onnx", "--route", "keras"], "this takes the onnx route"),
        (["mine.onnx", "--timeout", "soon"], "timeout must be above zero"),
        (["ghostnet-1.0x", "--onnx-export", "torch"], "there is no ONNX export 'torch'"),
        (["ghostnet-1.0x", "--layout", "nchw"], "for models of your own"),
        (["ghostnet-1.0x", "--device", "host"], "it goes with --route all"),
    ],
)
def test_a_request_that_cannot_be_is_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert main(["convert", *arguments]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "models").exists()
