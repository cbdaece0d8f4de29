"""Open a file that should be a `.tflite`, or say in a sentence what it is instead."""

import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.flatbuffer import Source
from ghostbench.graph.schema import FILE_IDENTIFIER

LARGEST_BYTES = 16 * 2**30
# Up to here a file is read at once, so that all that is said of it is true of one moment. Larger ones are mapped.
_READ_AT_ONCE_BYTES = 64 * 2**20
_SMALLEST_BYTES = 8  # an offset and the identifier

_LOOKS = {
    b"version https://git-lfs": "a Git LFS pointer; fetch the file itself with `git lfs pull`",
    b"PK\x03\x04": "a zip archive, such as a .keras, .pt or .task file; a .tflite may lie inside",
    b"\x89HDF": "an HDF5 file, such as Keras weights; convert the model first",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\xfd7zXZ": "an xz archive; unpack it first",
    b"LITERTLM": "a LiteRT-LM bundle; a .tflite may lie inside",
    b"\x93NUMPY": "a numpy array",
    b"\x7fELF": "a program or library",
    b"%PDF": "a PDF document",
    b"\x80\x02": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"<": "a web page; the download may have failed",
    b"\0\0\0\0\0\0\0\0": "zeros; the download may not have finished",
}


@contextmanager
def open_model_file(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> Iterator[Source]:
    """The bytes of a `.tflite`. Raises ModelFileError when it cannot be one."""
    size = _size(path, largest_bytes)
    with ExitStack() as opened:
        try:
            file = opened.enter_context(path.open("rb"))
            source: Source
            if size > _READ_AT_ONCE_BYTES:
                source = opened.enter_context(mmap(file.fileno(), size, access=ACCESS_READ))
            else:
                source = file.read(size)
        except (OSError, ValueError) as cause:
            raise ModelFileError(path, _told(cause)) from cause
        _check_identifier(path, source[:64])
        yield source


def _size(path: Path, largest_bytes: int) -> int:
    try:
        found = path.stat()
    except (OSError, ValueError) as cause:
        raise ModelFileError(path, _told(cause)) from cause
    if stat.S_ISDIR(found.st_mode):
        raise ModelFileError(path, _told_of_folder(path))
    if not stat.S_ISREG(found.st_mode):  # a pipe or a device could block or never end
        raise ModelFileError(path, "this is not a regular file")
    if found.st_size == 0:
        raise ModelFileError(path, "this file is empty")
    if found.st_size > largest_bytes:
        raise ModelFileError(
            path, f"this file has {found.st_size:,} bytes, over the limit of {largest_bytes:,}"
        )
    return found.st_size


def _told(cause: OSError | ValueError) -> str:
    match cause:
        case FileNotFoundError() | NotADirectoryError():
            return "there is no such file"
        case PermissionError():
            return "this file may not be read; change its permissions"
        case OSError():
            return f"this file cannot be read: {cause.strerror or cause}"
        case _:
            return f"this file cannot be read: {cause}"


def _told_of_folder(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return "this is a TensorFlow SavedModel folder; convert it to a .tflite file first"
    return "this is a folder; name a .tflite file in it"


def _check_identifier(path: Path, head: bytes) -> None:
    if len(head) < _SMALLEST_BYTES:
        raise ModelFileError(path, f"this file is too small for a .tflite: {len(head)} bytes")
    if head[4:8] == FILE_IDENTIFIER:
        return
    look = _look(head)
    raise ModelFileError(
        path,
        "this is not a .tflite file: it lacks the identifier TFL3"
        + (f"; it looks like {look}" if look else ""),
    )


def _look(head: bytes) -> str | None:
    for start, look in _LOOKS.items():
        if head.startswith(start):
            return look
    if head[8:12] == FILE_IDENTIFIER:
        return "a .tflite with its size in front; drop the first 4 bytes"
    if head[4:7] == FILE_IDENTIFIER[:3]:
        return f"an older format, {head[4:8].decode('ascii', 'replace')!r}; convert the model again"
    if head[0] == 8 and head[2] == 0x12:  # protobuf: field 1 is a version, field 2 has a length
        return "a TensorFlow SavedModel" if head[1] == 1 else "an ONNX model; convert it first"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head):
        return "a text file"
    return None
