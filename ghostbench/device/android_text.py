"""Texts of Android and its kernel to values. Pure functions; what a text does not say is None or absent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


def parse_getprop(text: str) -> dict[str, str]:
    r"""Read `getprop`; a value may go over several lines.

    >>> parse_getprop("[ro.soc.model]: [SM8550]\n[ro.debuggable]: [0]")
    {'ro.soc.model': 'SM8550', 'ro.debuggable': '0'}
    """
    return dict(re.findall(r"^\[(.+?)\]: \[(.*?)\]$", text, flags=re.MULTILINE | re.DOTALL))


def parse_paths(text: str) -> dict[str, str]:
    r"""Read lines of `path=value`.

    >>> parse_paths("/sys/a=1\n/sys/b=x=y")
    {'/sys/a': '1', '/sys/b': 'x=y'}
    """
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Read the kernel's way to list cores.

    >>> parse_cpu_list("0-3,6 8")
    (0, 1, 2, 3, 6, 8)
    """
    found: set[int] = set()
    for word in re.split(r"[,\s]+", text.strip()):
        if match := re.fullmatch(r"(\d+)(?:-(\d+))?", word):
            first, last = int(match[1]), int(match[2] or match[1])
            found.update(range(first, min(last, first + 4095) + 1))
    return tuple(sorted(found))


def parse_kilobytes(text: str, key: str) -> int | None:
    """A line of /proc/meminfo or of smaps, in bytes.

    >>> parse_kilobytes("MemTotal:        7834212 kB", "MemTotal")
    8022233088
    """
    match = re.search(rf"^{re.escape(key)}:\s+(\d+) kB", text, flags=re.MULTILINE)
    return int(match[1]) * 1024 if match else None


def parse_page_bytes(text: str) -> int | None:
    """The page size, from `getconf PAGE_SIZE` or from a line of smaps.

    >>> parse_page_bytes("16384"), parse_page_bytes("KernelPageSize:        4 kB"), parse_page_bytes("")
    (16384, 4096, None)
    """
    match = re.search(r"^\d+$", text, flags=re.MULTILINE)
    return int(match[0]) if match else parse_kilobytes(text, "KernelPageSize")


def parse_free_bytes(text: str) -> int | None:
    r"""What `df -k FOLDER` says is available; a long device name may push the numbers to the next line.

    >>> parse_free_bytes("Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/x\n 100 40 60 40% /data")
    61440
    """
    match = re.search(r"\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s+/", text)
    return int(match[3]) * 1024 if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """Where all cores together spent their time since boot."""

    busy_s: float
    steal_s: float
    total_s: float


def parse_stat(text: str, ticks_per_s: int = 100) -> CpuTimes | None:
    """Read the line `cpu` of /proc/stat. Android's kernels count 100 ticks a second for user space.

    >>> parse_stat("cpu  100 0 100 700 100 0 0 0 0 0")
    CpuTimes(busy_s=2.0, steal_s=0.0, total_s=10.0)
    """
    match = re.search(r"^cpu\s+([\d ]+)$", text, flags=re.MULTILINE)
    if not match:
        return None
    ticks = [int(word) for word in match[1].split()][:8]
    if len(ticks) < 4:
        return None
    ticks += [0] * (8 - len(ticks))
    idle, waiting, steal = ticks[3], ticks[4], ticks[7]
    return CpuTimes(
        busy_s=(sum(ticks) - idle - waiting - steal) / ticks_per_s,
        steal_s=steal / ticks_per_s,
        total_s=sum(ticks) / ticks_per_s,
    )


def parse_number(text: str) -> float | None:
    """The first number of a text, or None.

    >>> parse_number("1.25 0.98 0.7 2/1234 999"), parse_number("Permission denied")
    (1.25, None)
    """
    match = re.match(r"\s*(-?\d+(?:\.\d+)?)(?![\w.])", text)
    return float(match[1]) if match else None


def parse_setting(text: str) -> str | None:
    r"""What `settings get` printed: None where nothing is set or the phone does not tell.

    >>> parse_setting("1\n"), parse_setting("null"), parse_setting("")
    ('1', None, None)
    """
    value = text.strip()
    return None if value in ("", "null") else value


def parse_cpu_parts(text: str) -> dict[int, tuple[int, int]]:
    r"""Core to implementer and part of /proc/cpuinfo. Cores that are off are not in it.

    >>> parse_cpu_parts("processor\t: 4\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n")
    {4: (65, 3339)}
    """
    parts: dict[int, tuple[int, int]] = {}
    for paragraph in re.split(r"\n(?=processor\s*:)", "\n" + text):
        number = re.search(r"^processor\s*:\s*(\d+)", paragraph, flags=re.MULTILINE)
        maker = re.search(r"^CPU implementer\s*:\s*(0x[0-9a-fA-F]+)", paragraph, flags=re.MULTILINE)
        part = re.search(r"^CPU part\s*:\s*(0x[0-9a-fA-F]+)", paragraph, flags=re.MULTILINE)
        if number and maker and part:
            parts[int(number[1])] = (int(maker[1], 16), int(part[1], 16))
    return parts


def parse_sha256(text: str) -> dict[str, str]:
    r"""Path to digest, as `sha256sum` prints; a name with odd characters is marked by a backslash and escaped.

    >>> parse_sha256("a" * 64 + "  /data/x y\n\\" + "b" * 64 + "  /data/a\\nb") == {
    ...     "/data/x y": "a" * 64, "/data/a\nb": "b" * 64}
    True
    """
    digests = {}
    for marked, digest, name in re.findall(
        r"^(\\?)([0-9a-f]{64}) [ *](.*)$", text, flags=re.MULTILINE
    ):
        if marked:
            name = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), name)
        digests[name] = digest
    return digests


def parse_residency(text: str) -> dict[str, dict[int, int]]:
    r"""Policy to clock in kHz to time in units of 10 ms, from several `time_in_state`.

    >>> parse_residency("/sys/x/policy4\n300000 12\n2600000 40\n")
    {'policy4': {300000: 12, 2600000: 40}}
    """
    policies: dict[str, dict[int, int]] = {}
    current: dict[int, int] = {}
    for line in text.splitlines():
        if line.startswith("/"):
            current = policies.setdefault(line.rpartition("/")[2], {})
        elif match := re.fullmatch(r"(\d+)\s+(\d+)", line.strip()):
            current[int(match[1])] = int(match[2])
    return policies


def share_at_top(before: Mapping[int, int], after: Mapping[int, int]) -> float | None:
    """Which part of the time between two readings a cluster ran at its highest clock.

    >>> share_at_top({300: 10, 2600: 0}, {300: 20, 2600: 30})
    0.75
    """
    spent = {clock: after[clock] - before.get(clock, 0) for clock in after}
    total = sum(spent.values())
    if total <= 0 or min(spent.values()) < 0:
        return None
    return spent[max(spent)] / total
