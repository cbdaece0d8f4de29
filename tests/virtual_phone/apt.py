"""Fetch Debian packages without touching the machine's own package lists: a private apt configuration."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

# The release whose adbd the shim knows.
SUITE = "trixie"
ADBD_VERSION = "34.0.5"
MIRROR_VARIABLE = "GHOSTBENCH_DEBIAN_MIRROR"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TIMEOUT_S = 300.0


class CannotFetch(Exception):
    """apt could not give us what the phone is made of."""


def debian_mirror() -> str | None:
    """The Debian mirror this machine's own apt uses, or the one that the environment names."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return named
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    mirrors = sorted(
        {line for line in result.stdout.split() if line.rstrip("/").endswith("/debian")}
    )
    return mirrors[0] if mirrors else None


def fetch_packages(folder: Path, architecture: str, packages: Sequence[str]) -> list[Path]:
    """Download packages and all they depend on into `folder`; apt checks their signatures."""
    configuration = open_archive(folder, architecture)
    _apt(configuration, "install", "--no-install-recommends", "--download-only", *packages)
    files = sorted((folder / "var/cache/apt/archives").glob("*.deb"))
    if "adbd" in packages and not any(f.name.startswith(f"adbd_{ADBD_VERSION}-") for f in files):
        raise CannotFetch(
            f"{SUITE} no longer has adbd {ADBD_VERSION}, which phone_shim.c was written for"
        )
    return files


def open_archive(folder: Path, architecture: str) -> Path:
    """Make a configuration for that architecture in `folder`, with the newest package lists. Raises CannotFetch."""
    mirror = debian_mirror()
    if mirror is None:
        raise CannotFetch(
            f"apt knows no Debian mirror on this machine: set {MIRROR_VARIABLE} to the address of one"
        )
    configuration = _write_configuration(folder, architecture, mirror)
    _apt(configuration, "update")
    return configuration


def download_one(folder: Path, package: str) -> Path:
    """Download one package, without what it depends on, with the configuration made before."""
    _apt(folder / "apt.conf", "download", package, cwd=folder)
    return next(folder.glob(f"{package}_*.deb"))


def dependencies(folder: Path, package: str) -> list[str]:
    """The names a package depends on."""
    text = _run(folder / "apt.conf", ["apt-cache", "depends", package], folder)
    return [line.split()[1] for line in text.splitlines() if line.strip().startswith("Depends:")]


def _write_configuration(folder: Path, architecture: str, mirror: str) -> Path:
    for name in (
        "etc/apt/apt.conf.d",
        "etc/apt/preferences.d",
        "etc/apt/sources.list.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/lib/dpkg",
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "var/lib/dpkg/status").touch()
    source = f"deb [arch={architecture} signed-by={KEYRING}] {mirror} {SUITE} main\n"
    (folder / "etc/apt/sources.list").write_text(source, encoding="utf-8")
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir "{folder}";\nDir::State::status "{folder}/var/lib/dpkg/status";\n'
        f'APT::Architecture "{architecture}";\nAPT::Architectures {{ "{architecture}"; }};\n'
        'Acquire::Languages "none";\nAcquire::Retries "3";\nAPT::Sandbox::User "";\n',
        encoding="utf-8",
    )
    return configuration


def _apt(configuration: Path, *arguments: str, cwd: Path | None = None) -> str:
    return _run(configuration, ["apt-get", "-qq", "-y", *arguments], cwd)


def _run(configuration: Path, command: Sequence[str], cwd: Path | None) -> str:
    environment = os.environ | {"APT_CONFIG": str(configuration), "LC_ALL": "C"}
    try:
        result = subprocess.run(
            command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError) as cause:
        raise CannotFetch(f"{' '.join(command)}: {cause}") from cause
    if result.returncode != 0:
        raise CannotFetch(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout
