"""Write a cpio archive of the kind that Linux unpacks as its first root file system; everything in it is root's."""

import os
import stat
from pathlib import Path

_FIELDS = "070701" + "{:08X}" * 13
_FOLDER, _FILE, _LINK, _DEVICE = stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK, stat.S_IFCHR
_WHOLE = 512  # archives that follow each other begin at a multiple of this


class Cpio:
    """An archive that grows entry by entry. A folder comes before what is in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._entries = 0
        self._folders: set[str] = set()

    def folder(self, name: str, mode: int = 0o755) -> None:
        """A folder; those above it too, where they were not named yet."""
        self._parents(name)
        self._folders.add(name)
        self._entry(name, _FOLDER | mode)

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """A file with this content."""
        self._parents(name)
        self._entry(name, _FILE | mode, content)

    def link(self, name: str, target: str) -> None:
        """A symbolic link."""
        self._parents(name)
        self._entry(name, _LINK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int, mode: int = 0o600) -> None:
        """A character device."""
        self._parents(name)
        self._entry(name, _DEVICE | mode, device=(major, minor))

    def tree(self, top: Path) -> None:
        """Everything below a folder of this computer."""
        for folder, folders, names in os.walk(top):
            folders.sort()
            here = Path(folder)
            if here != top:
                self.folder(str(here.relative_to(top)), here.stat().st_mode & 0o7777)
            links = [name for name in folders if (here / name).is_symlink()]
            for name in sorted([*links, *names]):
                path, entry = here / name, str((here / name).relative_to(top))
                if path.is_symlink():
                    self.link(entry, str(path.readlink()))
                else:
                    self.file(entry, path.read_bytes(), path.stat().st_mode & 0o7777)

    def content(self) -> bytes:
        """The archive, ended; another may follow it."""
        self._entry("TRAILER!!!", 0)
        return b"".join(self._pieces) + bytes(-self._bytes % _WHOLE)

    def _parents(self, name: str) -> None:
        above = str(Path(name).parent)
        if above != "." and above not in self._folders:
            self.folder(above)

    def _entry(
        self, name: str, mode: int, content: bytes = b"", *, device: tuple[int, int] = (0, 0)
    ) -> None:
        self._entries += 1
        ended = name.encode() + b"\0"
        # inode, mode, user, group, links, time, size, device of the file (2), device that it is (2), name, checksum
        numbers = (self._entries, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(ended), 0)
        header = _FIELDS.format(*numbers).encode() + ended
        for piece in header, content:
            padded = piece + bytes(-len(piece) % 4)
            self._pieces.append(padded)
            self._bytes += len(padded)
