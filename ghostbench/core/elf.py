"""How a program or library is aligned: Android with 16 KB pages loads nothing that is aligned to less."""

import struct
from pathlib import Path

_MAGIC = b"\x7fELF"
_CLASS_64 = 2
_LITTLE_ENDIAN = 1
_LOAD = 1
_AARCH64 = 183


def load_alignment(path: Path) -> int | None:
    """The smallest alignment of the segments to load; None when it is no 64-bit little-endian ELF file."""
    with path.open("rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:6] != _MAGIC + bytes([_CLASS_64, _LITTLE_ENDIAN]):
            return None
        (table_at,) = struct.unpack_from("<Q", header, 32)
        entry_bytes, count = struct.unpack_from("<HH", header, 54)
        file.seek(table_at)
        table = file.read(entry_bytes * count)
    alignments = [
        struct.unpack_from("<Q", table, start + 48)[0]
        for start in range(0, len(table) - 55, max(entry_bytes, 56))
        if struct.unpack_from("<I", table, start)[0] == _LOAD
    ]
    return min(alignments, default=None)


def is_aarch64(path: Path) -> bool:
    """Whether it is a 64-bit program or library for Arm."""
    with path.open("rb") as file:
        header = file.read(20)
    return (
        len(header) == 20
        and header[:6] == _MAGIC + bytes([_CLASS_64, _LITTLE_ENDIAN])
        and struct.unpack_from("<H", header, 18)[0] == _AARCH64
    )
