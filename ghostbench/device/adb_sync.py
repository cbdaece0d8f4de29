"""The file transfer of adb: one file there, one file back."""

import hashlib
import struct
from pathlib import Path

from ghostbench.core.errors import DeviceError
from ghostbench.device.adb_link import CHUNK_BYTES, Link, LinkLost

_REGULAR_FILE = 0o100000
# From adb's own file_sync_protocol: longer names are refused, on some versions by closing the connection.
LONGEST_PATH_BYTES = 1024


def send_file(link: Link, serial: str, local: Path, remote: str, mode: int) -> None:
    """Write a file on the phone, unverified. Raises DeviceError with the phone's reason."""
    _open_sync(link, serial)
    path = f"{remote},{_REGULAR_FILE | mode}".encode("utf-8", "surrogateescape")
    if len(path) > LONGEST_PATH_BYTES:
        raise DeviceError(f"{link.who}: the path on the phone is too long: {len(path)} bytes")
    link.send(b"SEND" + struct.pack("<I", len(path)) + path)
    try:
        with local.open("rb") as source:
            while chunk := source.read(CHUNK_BYTES):
                link.send(b"DATA" + struct.pack("<I", len(chunk)) + chunk)
        link.send(b"DONE" + struct.pack("<I", int(local.stat().st_mtime) & 0xFFFFFFFF))
    except LinkLost:
        # A phone that cannot store the file may say why and hang up before it has read everything.
        _read_status(link)
        raise
    _read_status(link)


def receive_file(link: Link, serial: str, remote: str, local: Path) -> str:
    """Read a file from the phone into `local`, whole or not at all; gives its SHA-256 as received."""
    _open_sync(link, serial)
    path = remote.encode("utf-8", "surrogateescape")
    link.send(b"RECV" + struct.pack("<I", len(path)) + path)
    digest = hashlib.sha256()
    partial = local.with_name(local.name + ".partial")
    try:
        with partial.open("wb") as target:
            while (kind := link.receive_exactly(4)) == b"DATA":
                chunk = link.receive_exactly(_length(link))
                digest.update(chunk)
                target.write(chunk)
        _check(link, kind, b"DONE")
        partial.replace(local)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()


def _open_sync(link: Link, serial: str) -> None:
    link.request(f"host:transport:{serial}")
    link.request("sync:")


def _read_status(link: Link) -> None:
    _check(link, link.receive_exactly(4), b"OKAY")


def _check(link: Link, kind: bytes, wanted: bytes) -> None:
    if kind == b"FAIL":
        reason = link.receive_exactly(_length(link)).decode("utf-8", "replace").strip()
        raise DeviceError(f"{link.who}: {link.step} failed: {reason or 'no reason given'}")
    if kind != wanted:
        raise link.lost()


def _length(link: Link) -> int:
    length: int = struct.unpack("<I", link.receive_exactly(4))[0]
    return length
