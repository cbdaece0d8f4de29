"""The C runtime out of Debian's arm64 packages: through the machine's apt, or straight from a mirror.

apt gets a configuration of its own in a scratch folder, so the machine's package lists stay as they are; it checks
Debian's signatures. Without apt, only the very packages whose digests are pinned are taken.
"""

import os
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from ghostbench.engine.bundle_pieces import PACKAGES, SUITE, DebianPackage
from ghostbench.engine.bundle_wheel import CannotFetch
from ghostbench.engine.runner_binary import sha256_of

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TIMEOUT_S = 300.0
_FOLDERS = (
    "etc/apt/apt.conf.d",
    "etc/apt/preferences.d",
    "etc/apt/sources.list.d",
    "var/lib/apt/lists/partial",
    "var/cache/apt/archives/partial",
    "var/lib/dpkg",
)
OTHER_WAYS = (
    "give the address of a Debian mirror (--mirror), or a folder that holds these files from any 64-bit Arm Linux "
    "with glibc 2.34 or newer (--runtime-dir)"
)


def fetch_packages(scratch: Path, *, mirror: str | None = None) -> dict[DebianPackage, Path]:
    """Download the packages of the C runtime. Raises CannotFetch saying what else could be done."""
    address = mirror or apt_mirror()
    if address is None:
        raise CannotFetch(
            f"the C runtime for phones cannot be had: apt is not here, or knows no Debian mirror; {OTHER_WAYS}"
        )
    address = address.rstrip("/") + "/"
    if shutil.which("apt-get") and KEYRING.exists():
        return _through_apt(scratch, address)
    return {package: _from_mirror(scratch, address, package) for package in PACKAGES}


def apt_mirror() -> str | None:
    """The Debian mirror that this machine's apt uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    try:
        told = _run(command, None)
    except CannotFetch:
        return None
    mirrors = {line for line in told.split() if line.rstrip("/").endswith("/debian")}
    return min(mirrors, default=None)


def _through_apt(scratch: Path, mirror: str) -> dict[DebianPackage, Path]:
    configuration = _configure(scratch, mirror)
    _run(["apt-get", "-qq", "update"], configuration)
    _run(["apt-get", "-qq", "download", *(p.name for p in PACKAGES)], configuration)
    found = {p: next(iter(scratch.glob(f"{p.name}_*.deb")), None) for p in PACKAGES}
    if missing := [package.name for package, path in found.items() if path is None]:
        raise CannotFetch(f"apt did not download {', '.join(missing)}; {OTHER_WAYS}")
    return {package: path for package, path in found.items() if path is not None}


def _configure(scratch: Path, mirror: str) -> Path:
    for name in _FOLDERS:
        (scratch / name).mkdir(parents=True, exist_ok=True)
    (scratch / "var/lib/dpkg/status").touch()
    source = f"deb [arch=arm64 signed-by={KEYRING}] {mirror} {SUITE} main\n"
    (scratch / "etc/apt/sources.list").write_text(source, encoding="utf-8")
    configuration = scratch / "apt.conf"
    lines = (
        f'Dir "{scratch}";',
        f'Dir::State::status "{scratch}/var/lib/dpkg/status";',
        'Dir::Etc::netrc "/etc/apt/auth.conf";',
        'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";',
        'APT::Architecture "arm64";',
        'APT::Architectures { "arm64"; };',
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
        'APT::Sandbox::User "";',
        *_network_settings(),
    )
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return configuration


def _network_settings() -> list[str]:
    """How this machine's apt reaches its mirror: proxies, certificates."""
    try:
        told = _run(["apt-config", "dump"], None)
    except CannotFetch:
        return []
    wanted = ("Acquire::http::", "Acquire::https::")
    return [line for line in told.splitlines() if line.startswith(wanted) and '"' in line]


def _run(command: Sequence[str], configuration: Path | None) -> str:
    environment = os.environ | {"LC_ALL": "C"}
    if configuration:
        environment["APT_CONFIG"] = str(configuration)
    try:
        ended = subprocess.run(
            command,
            env=environment,
            cwd=configuration.parent if configuration else None,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as cause:
        raise CannotFetch(f"{command[0]} does not work here: {cause}; {OTHER_WAYS}") from cause
    if ended.returncode:
        told = ended.stderr.strip().splitlines()
        raise CannotFetch(
            f"{command[0]} could not fetch the C runtime for phones: {told[-1] if told else ended.returncode}; "
            + OTHER_WAYS
        )
    return ended.stdout


def _from_mirror(scratch: Path, mirror: str, package: DebianPackage) -> Path:
    if urllib.parse.urlsplit(mirror).scheme not in ("http", "https", "file"):
        raise CannotFetch(
            f"{mirror} is no address of a Debian mirror; write http://..., ending in debian"
        )
    target = scratch / f"{package.name}.deb"
    url = mirror + urllib.parse.quote(package.pool_path)
    try:
        with urllib.request.urlopen(url, timeout=60.0) as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except OSError as cause:
        raise CannotFetch(
            f"the mirror does not give {package.pool_path} ({cause}): it may have a newer version only, which needs "
            f"apt and {KEYRING} (package debian-archive-keyring) to be checked; or use --runtime-dir"
        ) from cause
    digest = sha256_of(target)
    if digest != package.sha256:
        raise CannotFetch(
            f"{package.pool_path} of the mirror is not the package that is pinned "
            f"(SHA-256 {digest[:12]}, not {package.sha256[:12]})"
        )
    return target
