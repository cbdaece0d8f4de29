"""Debian's kernel for 64-bit Arm, unpacked from its package and never installed, with the modules a phone needs."""

import hashlib
import lzma
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tests.virtual_phone.apt import (
    SUITE,
    CannotFetch,
    dependencies,
    download_one,
    open_archive,
)
from tests.virtual_phone.rootfs import cache_folder, only_one_builder

ARCHITECTURE = "arm64"
# By the size of a memory page. The cloud kernel is the small one; there is none with pages of 16 KB.
PACKAGES = {4096: "linux-image-cloud-arm64", 16384: "linux-image-arm64-16k"}
# What the machine has: disks, a network, a root console; and the file system of its disks.
MODULES = ("virtio_blk", "virtio_net", "virtio_console", "ext4")
# Asked for by name at run time, and in some versions built in or gone.
WELCOME_MODULES = ("crc32c_generic", "virtio_pci")
IMAGE_NAME, ORDER_NAME = "Image", "order"
# An arm64 Image says so here; a compressed one, which old versions of qemu cannot start, does not.
IMAGE_MAGIC, IMAGE_MAGIC_AT = b"ARMd", 56


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel on this computer's disk."""

    folder: Path
    page_bytes: int

    @property
    def image(self) -> Path:
        """What the machine starts."""
        return self.folder / IMAGE_NAME

    @property
    def modules(self) -> Path:
        """Modules, uncompressed, and a file that says in which order they go in."""
        return self.folder / "modules"


def have_kernel(page_bytes: int = 4096) -> Kernel:
    """The kernel for pages of this size, fetched now if nobody has yet. Raises CannotFetch."""
    folder = cache_folder() / f"kernel-{page_bytes // 1024}k-{_digest()}"
    if not folder.is_dir():
        with only_one_builder(folder.name):
            if not folder.is_dir():
                _build_aside(folder, page_bytes)
    return Kernel(folder=folder, page_bytes=page_bytes)


def _digest() -> str:
    inputs = [SUITE, *PACKAGES.values(), *MODULES, *WELCOME_MODULES]
    digest = hashlib.sha256("\0".join(inputs).encode())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:16]


def _build_aside(folder: Path, page_bytes: int) -> None:
    prefix = f"building-{folder.name}-"
    for abandoned in cache_folder().glob(f"{prefix}*"):
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=prefix) as name:
        work, new = Path(name), Path(name) / "kernel"
        (new / "modules").mkdir(parents=True)
        unpack_kernel(_package(work / "apt", PACKAGES[page_bytes]), new)
        new.rename(folder)


def _package(folder: Path, meta: str) -> Path:
    """The package that holds the newest kernel of this kind."""
    open_archive(folder, ARCHITECTURE)
    real = [name for name in dependencies(folder, meta) if name.startswith("linux-image-")]
    if len(real) != 1:
        raise CannotFetch(f"{SUITE} has no kernel {meta}")
    return download_one(folder, real[0])


def unpack_kernel(package: Path, folder: Path) -> None:
    """Put image and modules of a kernel package into `folder`."""
    image, modules, built_in = b"", dict[str, bytes](), set[str]()
    for path, content in _files_of(package):
        if path.name.startswith("vmlinuz-"):
            image = content
        elif path.name == "modules.builtin":
            built_in = {_module_name(line) for line in content.decode().split()}
        elif ".ko" in path.suffixes:
            modules[_module_name(path.name)] = content
    if image[IMAGE_MAGIC_AT:][: len(IMAGE_MAGIC)] != IMAGE_MAGIC:
        raise CannotFetch(f"{package.name} holds no kernel image that qemu can start")
    (folder / IMAGE_NAME).write_bytes(image)
    opened = {name: _opened(content) for name, content in _needed(modules).items()}
    # First: file systems ask for them as they are mounted.
    wanted = [*(name for name in WELCOME_MODULES if name in modules), *MODULES]
    order = load_order(opened, built_in, wanted)
    for name in order:
        (folder / "modules" / f"{name}.ko").write_bytes(opened[name])
    (folder / "modules" / ORDER_NAME).write_text("".join(f"{name}\n" for name in order))


def load_order(
    modules: Mapping[str, bytes], built_in: Iterable[str], wanted: Iterable[str]
) -> list[str]:
    """Names of modules, each after those that it needs; those in the kernel itself are left out.

    >>> needs = {"blk": b"\\0depends=ring\\0", "ring": b"\\0depends=\\0"}
    >>> load_order(needs, {"net"}, ["blk", "net"])
    ['ring', 'blk']
    """
    there, order = set(built_in), list[str]()

    def add(name: str) -> None:
        if name in there or name in order:
            return
        if name not in modules:
            raise CannotFetch(f"the kernel has no module {name}")
        for other in _depends_on(modules[name]):
            add(other)
        order.append(name)

    for name in wanted:
        add(name)
    return order


def _needed(modules: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those wanted and all that they may need, still compressed."""
    found: dict[str, bytes] = {}
    left = [*MODULES, *WELCOME_MODULES]
    while left:
        name = left.pop()
        if name in modules and name not in found:
            found[name] = modules[name]
            left += _depends_on(_opened(modules[name]))
    return found


def _depends_on(module: bytes) -> list[str]:
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [_module_name(name) for name in found[1].decode().split(",") if name] if found else []


def _module_name(path: str) -> str:
    r"""The name as the kernel writes it.

    >>> _module_name("kernel/lib/libcrc-32c.ko.xz")
    'libcrc_32c'
    """
    return PurePosixPath(path).name.partition(".ko")[0].replace("-", "_")


def _opened(content: bytes) -> bytes:
    return lzma.decompress(content) if content.startswith(b"\xfd7zXZ") else content


def _files_of(package: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of a package that are, or tell of, the kernel."""
    command = ["dpkg", "--fsys-tarfile", str(package)]
    environment = os.environ | {"LC_ALL": "C"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as unpacking:
        assert unpacking.stdout is not None
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                wanted = path.name.startswith("vmlinuz-") or "modules" in path.parts
                if wanted and member.isfile() and (file := archive.extractfile(member)):
                    yield path, file.read()
    if unpacking.returncode != 0:
        raise CannotFetch(f"{package.name} cannot be unpacked")
