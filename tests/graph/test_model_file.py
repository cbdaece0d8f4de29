import os
import stat
from pathlib import Path

import pytest

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.reader import read_graph

FIXTURES = Path(__file__).parent.parent / "fixtures"


def reason(path: Path, **options: int) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_graph(path, **options)
    assert caught.value.path == path
    assert "\n" not in caught.value.reason
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "this file is empty"),
        (b"\x1c\0\0", "this file is too small for a .tflite: 3 bytes"),
        (b"PK\x03\x04" + b"\0" * 60, "it looks like a zip archive, such as a .keras"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 60, "it looks like an HDF5 file"),
        (b"\x08\x08\x12\x07pytorch" + b"\0" * 60, "it looks like an ONNX model; convert it first"),
        (b"\x08\x01\x12\xb0" + b"\0" * 60, "it looks like a TensorFlow SavedModel"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "fetch the file itself with"),
        (b"<!DOCTYPE html><html>", "a web page; the download may have failed"),
        (b"\x1f\x8b\x08" + b"\0" * 60, "a gzip archive; unpack it first"),
        (b"import this\nprint(1)\n", "it looks like a text file"),
        (b"\x1c\0\0\0TFL2" + b"\0" * 60, "it looks like an older format, 'TFL2'"),
        (b"\x10\0\0\0\x1c\0\0\0TFL3" + b"\0" * 60, "a .tflite with its size in front"),
        (b"\0" * 64, "it looks like zeros; the download may not have finished"),
    ],
)
def test_what_is_no_tflite_is_told_by_its_looks(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert told in reason(path)


def test_unknown_bytes_are_told_as_what_they_lack(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"\xde\xad\xbe\xef" * 20)
    assert reason(path) == "this is not a .tflite file: it lacks the identifier TFL3"


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert reason(tmp_path) == "this is a folder; name a .tflite file in it"
    (tmp_path / "saved_model.pb").touch()
    assert "a TensorFlow SavedModel folder" in reason(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert reason(tmp_path / "none.tflite") == "there is no such file"
    (tmp_path / "file").touch()
    assert reason(tmp_path / "file" / "none.tflite") == "there is no such file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3")
    path.chmod(0)
    assert reason(path) == "this file may not be read; change its permissions"


def test_a_pipe_does_not_make_it_wait(tmp_path: Path) -> None:
    path = tmp_path / "pipe.tflite"
    os.mkfifo(path, stat.S_IRUSR | stat.S_IWUSR)
    assert reason(path) == "this is not a regular file"


def test_an_endless_device_is_not_read() -> None:
    assert reason(Path("/dev/zero")) == "this is not a regular file"


def test_a_name_that_cannot_be_one_is_told() -> None:
    assert "cannot be read" in reason(Path("a\0b.tflite"))
    assert "cannot be read" in reason(Path("x" * 5000))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    with path.open("wb") as file:
        file.truncate(2**41)  # takes no space
    assert "over the limit of 17,179,869,184" in reason(path)
    assert reason(FIXTURES / "tiny_conv.tflite", largest_bytes=1000).endswith(
        "over the limit of 1,000"
    )


def test_a_file_that_was_cut_is_told_apart_from_a_foreign_one() -> None:
    assert reason(FIXTURES / "tiny_broken.tflite").startswith("this file is cut short or damaged: ")
