"""What a bundle for phones is made of, and which of it is pinned. Values alone."""

from collections.abc import Mapping
from dataclasses import dataclass

MACHINE = "aarch64"
RUNNER = "ghostbench-runner"
LIBRARY = "libLiteRt.so"
LOADER = "ld-linux-aarch64.so.1"
# What the loader finds beside it; libdl and libpthread are part of libc since glibc 2.34.
COMPANIONS = ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1")
C_RUNTIME = (LOADER, *COMPANIONS)
FILES = (RUNNER, LIBRARY, *C_RUNTIME)

# Android 15 may run with pages of 16 KB and then loads nothing that is aligned to less.
LARGEST_PAGE_BYTES = 16 * 1024

# The wheel is one and the same whatever Python this is: the library inside is the same in all of them, and a digest
# can be pinned for one. It is among the digests of requirements/*.txt.
LITERT_VERSION = "2.3.0"
WHEEL_PYTHON = "311"
WHEEL_PLATFORM = "manylinux_2_27_aarch64"
WHEEL_SHA256 = "853fc608f96da87bd5f3458465dfb9abbf18d5ae6b94eceacead407146f175ae"
LIBRARY_SHA256 = "b57687dc234d2b8b0598aef5a9c961ed24263df8f8b3f56adbee1cff618e544b"
LIBRARY_IN_WHEEL = "ai_edge_litert/libLiteRt.so"

# The Debian release of the C runtime; libLiteRt.so asks for glibc 2.34 at least.
SUITE = "trixie"


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianPackage:
    """A package, the version of it that was tried, and the files that are taken from it."""

    name: str
    pool_path: str  # below the mirror's address
    sha256: str
    files: tuple[str, ...]


# A mirror drops a version when a newer one comes. What apt then fetches is signed by Debian, and its digests are
# recorded; it is just not the version that was tried.
PACKAGES = (
    DebianPackage(
        name="libc6",
        pool_path="pool/main/g/glibc/libc6_2.41-12+deb13u4_arm64.deb",
        sha256="8784eda966b189c777a384dac5ce009e8fc9b52d006926c5a013e7fa8aa688cc",
        files=(LOADER, "libc.so.6", "libm.so.6"),
    ),
    DebianPackage(
        name="libstdc++6",
        pool_path="pool/main/g/gcc-14/libstdc++6_14.2.0-19_arm64.deb",
        sha256="6669b0c52a2e7c6af9adfdabce3ff6e286065cdfbc7b85280862b5f799daebee",
        files=("libstdc++.so.6",),
    ),
    DebianPackage(
        name="libgcc-s1",
        pool_path="pool/main/g/gcc-14/libgcc-s1_14.2.0-19_arm64.deb",
        sha256="1108bc87879833d6d9a145f22a4a15cddb34e065b4b5f4b97bee586adbac2851",
        files=("libgcc_s.so.1",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of a bundle, as it was when the bundle was made."""

    sha256: str
    bytes: int
    source: str  # where it came from, without the address of any server
    pinned: bool  # its digest, or that of the package it was in, is one that this ghostbench knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`bundle.json`, beside the files."""

    schema_version: int
    machine: str
    litert: str
    made_at: str  # ISO 8601, UTC
    ghostbench: str
    pieces: Mapping[str, Piece]


SCHEMA_VERSION = 1
MANIFEST = "bundle.json"
