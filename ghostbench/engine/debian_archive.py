"""Take files out of a Debian package, with nothing but Python."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60


def take_files(package: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The content of the files of these names, wherever they are in the package; links are followed.

    Raises ValueError when one is not there or the package cannot be read.
    """
    data = next((content for name, content in _members(package) if name.startswith("data.tar")), None)  # fmt: skip
    if data is None:
        raise ValueError(f"{package.name} holds no data")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        # Files after links: a link often has the name of the very file it leads to.
        ordered = sorted(archive.getmembers(), key=tarfile.TarInfo.isreg)
        members = {PurePosixPath(member.name).name: member for member in ordered}
        return {name: _content(archive, members, name) for name in names}


def _content(archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    seen = {name}
    member = members.get(name)
    while member is not None and member.issym():
        target = PurePosixPath(member.linkname).name
        if target in seen:
            raise ValueError(f"{name} is a link to itself")
        seen.add(target)
        member = members.get(target)
    file = archive.extractfile(member) if member is not None else None
    if file is None:
        raise ValueError(f"{name} is not in the package")
    return file.read()


def _members(package: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member of an `ar` archive."""
    whole = package.read_bytes()
    if not whole.startswith(_MAGIC):
        raise ValueError(f"{package.name} is no Debian package")
    at = len(_MAGIC)
    while at + _HEADER_BYTES <= len(whole):
        header = whole[at : at + _HEADER_BYTES]
        size = int(header[48:58])
        start = at + _HEADER_BYTES
        yield header[:16].decode("ascii").strip().rstrip("/"), whole[start : start + size]
        at = start + size + size % 2
