"""The bundle for phones, from made-up pieces: no network."""

import hashlib
import io
import json
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.engine import bundle_build, bundle_debian, bundle_pieces, bundle_wheel
from ghostbench.engine.bundle import Bundle, BundleError, bundle_folder, find_flaws, load_bundle
from ghostbench.engine.bundle_build import BundleSources, build_bundle, have_bundle
from ghostbench.engine.bundle_pieces import C_RUNTIME, FILES, LIBRARY, RUNNER
from ghostbench.engine.debian_archive import take_files

REPOSITORY = Path(__file__).parents[2]
_EVERY_VERSION = b"\0GLIBC_2.34\0GLIBCXX_3.4.30\0"


def elf(*, machine: int = 183, alignment: int = 65536, content: bytes = b"") -> bytes:
    """The least of a 64-bit ELF file that has one segment to load."""
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    rest = struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0, 0, alignment)
    return ident + rest + segment + content


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with a made-up library, whose digest is the pinned one."""
    library = elf(content=b"\0GLIBC_2.34\0")
    monkeypatch.setattr(bundle_wheel, "LIBRARY_SHA256", hashlib.sha256(library).hexdigest())
    path = tmp_path / "ai_edge_litert-2.3.0.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(bundle_pieces.LIBRARY_IN_WHEEL, library)
    return path


@pytest.fixture
def runtime_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in C_RUNTIME:
        (folder / name).write_bytes(elf(content=_EVERY_VERSION))
    return folder


def build(folder: Path, wheel: Path, runtime_dir: Path) -> Bundle:
    return build_bundle(BundleSources(wheel=wheel, runtime_dir=runtime_dir), folder=folder)


def test_a_bundle_is_made_of_given_pieces_and_loads(
    tmp_path: Path, wheel: Path, runtime_dir: Path
) -> None:
    made = build(tmp_path / "bundle", wheel, runtime_dir)
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded == made
    assert {path.name for path in loaded.files} == set(FILES)
    assert loaded.manifest.pieces[LIBRARY].pinned
    assert not loaded.manifest.pieces["libc.so.6"].pinned
    assert loaded.runtime().loader == tmp_path / "bundle" / "ld-linux-aarch64.so.1"
    assert (tmp_path / "bundle" / RUNNER).stat().st_mode & 0o111


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_changed_is_named(
    tmp_path: Path, wheel: Path, runtime_dir: Path, name: str
) -> None:
    folder = build(tmp_path / "bundle", wheel, runtime_dir).folder
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{name.replace('+', '.')} was changed"):
        load_bundle(folder)


def test_a_missing_bundle_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="make it with: ghostbench bundle build"):
        load_bundle(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("libc.so.6", elf(machine=62, content=_EVERY_VERSION), "not for 64-bit Arm"),
        ("libm.so.6", elf(alignment=4096, content=_EVERY_VERSION), "less than 16 KB"),
        ("libm.so.6", b"text", "not for 64-bit Arm"),
    ],
)
def test_a_piece_that_would_not_work_on_a_phone_is_refused(
    tmp_path: Path, wheel: Path, runtime_dir: Path, name: str, content: bytes, told: str
) -> None:
    (runtime_dir / name).write_bytes(content)
    with pytest.raises(BundleError, match=told):
        build(tmp_path / "bundle", wheel, runtime_dir)
    assert not (tmp_path / "bundle").exists()


def test_a_c_runtime_that_is_too_old_is_refused(
    tmp_path: Path, wheel: Path, runtime_dir: Path
) -> None:
    for name in C_RUNTIME:
        (runtime_dir / name).write_bytes(elf(content=b"\0GLIBC_2.17\0"))
    with pytest.raises(BundleError, match=r"too old .* needs GLIBC_2\.34"):
        build(tmp_path / "bundle", wheel, runtime_dir)


def test_a_build_that_fails_leaves_the_old_bundle(
    tmp_path: Path, wheel: Path, runtime_dir: Path
) -> None:
    old = build(tmp_path / "bundle", wheel, runtime_dir)
    (runtime_dir / "libc.so.6").unlink()
    with pytest.raises(GhostbenchError, match=r"does not hold libc\.so\.6"):
        build(tmp_path / "bundle", wheel, runtime_dir)
    assert load_bundle(tmp_path / "bundle") == old
    assert {path.name for path in tmp_path.glob(".bundle*")} == set()


def test_a_folder_with_other_files_is_not_overwritten(
    tmp_path: Path, wheel: Path, runtime_dir: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="holds other files"):
        build(tmp_path / "mine", wheel, runtime_dir)
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_a_library_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, wheel: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_wheel, "LIBRARY_SHA256", "0" * 64)
    with pytest.raises(GhostbenchError, match="not the one that is pinned"):
        build(tmp_path / "bundle", wheel, runtime_dir)


def test_the_wheel_that_is_pinned_is_in_the_lock() -> None:
    locked = (REPOSITORY / "requirements/reproduce.txt").read_text()
    assert f"ai-edge-litert=={bundle_pieces.LITERT_VERSION} " in locked
    assert bundle_pieces.WHEEL_SHA256 in locked


def test_the_bundle_is_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert bundle_folder() == Path("/somewhere/ghostbench/bundle-aarch64-litert-2.3.0")


def test_a_bundle_with_an_old_runner_gets_the_new_one_without_fetching_anything(
    tmp_path: Path, wheel: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "bundle", wheel, runtime_dir).folder
    old = elf(content=b"old")
    (folder / RUNNER).write_bytes(old)
    manifest = (folder / "bundle.json").read_text()
    digest = load_bundle_runner_digest(manifest)
    old_digest = hashlib.sha256(old).hexdigest()
    (folder / "bundle.json").write_text(manifest.replace(digest, old_digest))
    with pytest.raises(BundleError, match="its runner is that of another ghostbench"):
        load_bundle(folder)
    monkeypatch.setattr(bundle_build, "fetch_library", None)  # nothing may be fetched
    assert have_bundle(folder).manifest.pieces[RUNNER].sha256 == digest
    assert load_bundle(folder).manifest.pieces[RUNNER].sha256 == digest


def load_bundle_runner_digest(manifest: str) -> str:
    digest: str = json.loads(manifest)["pieces"][RUNNER]["sha256"]
    return digest


def test_an_empty_folder_has_every_flaw(tmp_path: Path) -> None:
    (flaw,) = find_flaws(tmp_path)
    assert all(name in flaw for name in FILES)


# Debian's packages.


def debian_package(path: Path, files: dict[str, bytes], links: dict[str, str]) -> Path:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    members = {"debian-binary": b"2.0\n", "data.tar.xz": data.getvalue()}
    whole = b"!<arch>\n"
    for name, content in members.items():
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        whole += header + content + b"\n" * (len(content) % 2)
    path.write_bytes(whole)
    return path


def test_files_are_taken_from_a_package_through_links_of_the_same_name(tmp_path: Path) -> None:
    package = debian_package(
        tmp_path / "x.deb",
        {"./usr/lib/arm/ld.so.1": b"loader", "./usr/lib/libx.so.6.0.1": b"library"},
        {"./lib/ld.so.1": "../usr/lib/arm/ld.so.1", "./usr/lib/libx.so.6": "libx.so.6.0.1"},
    )
    assert take_files(package, ["ld.so.1", "libx.so.6"]) == {
        "ld.so.1": b"loader",
        "libx.so.6": b"library",
    }


@pytest.mark.parametrize("content", [b"", b"no package", b"!<arch>\nshort"])
def test_what_is_no_package_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.deb").write_bytes(content)
    with pytest.raises(ValueError, match=r"package|data"):
        take_files(tmp_path / "x.deb", ["a"])


def test_a_mirror_without_apt_gives_only_the_packages_that_are_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    mirror, scratch = tmp_path / "debian", tmp_path / "scratch"
    scratch.mkdir()
    for package in bundle_pieces.PACKAGES:
        path = mirror / package.pool_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"another version")
    with pytest.raises(GhostbenchError, match="not the package that is pinned"):
        bundle_debian.fetch_packages(scratch, mirror=mirror.as_uri())
    with pytest.raises(GhostbenchError, match="no address of a Debian mirror"):
        bundle_debian.fetch_packages(scratch, mirror="ftp://x/debian")


def test_without_apt_and_mirror_other_ways_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_debian, "apt_mirror", lambda: None)
    with pytest.raises(GhostbenchError, match=r"--mirror.*--runtime-dir"):
        bundle_debian.fetch_packages(tmp_path)


def test_a_wheel_that_cannot_be_downloaded_is_told_with_the_command_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('no network here')"]
    monkeypatch.setattr(bundle_wheel, "_commands", lambda listed, scratch: [failing])
    with pytest.raises(GhostbenchError, match=r"no network here.*pip download.*--wheel"):
        bundle_wheel.fetch_library(tmp_path, tmp_path)


def test_the_command_says_where_the_bundle_is() -> None:
    command = [sys.executable, "-m", "ghostbench", "bundle", "where"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(bundle_folder())
