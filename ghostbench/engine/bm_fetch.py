"""Fetches a program over http and keeps it under its SHA-256; a fetch that was cut goes on where it stopped.

Addresses move, so an address never stands for a program: it is asked each time, and what came is known by its content.
Only when the address cannot be reached is the last program from there used, and that is said.
"""

import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ghostbench.core.errors import RunnerError

PROGRAM = "benchmark_model"
TRIES = 4
PAUSE_S = 1.0
TIMEOUT_S = 20.0  # for the first byte and between any two; a slow link may take as long as it needs
LARGEST_BYTES = 512 * 1024 * 1024  # the largest published program has some 70 MB
_CHUNK_BYTES = 1 << 16
_SOURCE = "source.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A program in the cache."""

    path: Path
    sha256: str
    url: str
    warning: str | None = None  # when it is not fresh


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What came so far of one address."""

    file: Path
    tag: Path  # which version of the content it is a part of

    def size(self) -> int:
        return self.file.stat().st_size if self.file.is_file() else 0

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)


def program_cache() -> Path:
    """Where fetched programs are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ghostbench" / "benchmark_model"


def fetch(
    url: str,
    cache: Path,
    *,
    timeout_s: float = TIMEOUT_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Bring what an address gives today. Raises RunnerError when there is no way to it and nothing from before."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return _keep(_download(url, _part(url, cache), timeout_s, sleep), url, cache)
    except RunnerError as fault:
        if known := _last_from(url, cache):
            return Fetched(
                path=known,
                sha256=known.parent.name,
                url=url,
                warning=f"{fault}; the program fetched from there before is used (SHA-256 {known.parent.name[:12]})",
            )
        raise
    except OSError as cause:
        raise RunnerError(f"{url} cannot be kept in {cache}: {cause.strerror or cause}") from cause


def _download(url: str, part: _Part, timeout_s: float, sleep: Callable[[float], None]) -> _Part:
    for attempt in range(TRIES):
        if attempt:
            sleep(PAUSE_S * 2 ** (attempt - 1))
        try:
            _go_on(url, part, timeout_s)
        except urllib.error.HTTPError as fault:
            part.forget()
            if (
                fault.code == 416
            ):  # the part is as long as the whole, or another content is there now
                continue
            if fault.code < 500:
                raise RunnerError(
                    f"{url} cannot be fetched: the server says {fault.code} {fault.reason}"
                ) from fault
            reason: object = f"the server says {fault.code} {fault.reason}"
        except (OSError, http.client.HTTPException) as fault:
            reason = getattr(fault, "reason", None) or fault
        else:
            return part
    raise RunnerError(f"{url} cannot be fetched, tried {TRIES} times: {reason}")


def _go_on(url: str, part: _Part, timeout_s: float) -> None:
    """Fetch what is missing. Raises OSError or HTTPException when the connection breaks."""
    have = part.size()
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})
    if have and part.tag.is_file():
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", part.tag.read_text(encoding="utf-8"))
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        continued = answer.status == 206
        if continued and not str(answer.headers.get("Content-Range", "")).startswith(
            f"bytes {have}-"
        ):
            part.forget()
            raise ConnectionError("the server went on at another place than asked")
        tag = answer.headers.get("ETag")
        if not continued:
            part.forget()
            have = 0
            if tag and not tag.startswith("W/"):
                part.tag.write_text(tag, encoding="utf-8")
        length = answer.headers.get("Content-Length")
        with part.file.open("ab") as file:
            got = _copy(answer, file)
    if length is not None and got != int(length):
        raise ConnectionError(
            f"the connection ended after {have + got} of {have + int(length)} bytes"
        )


def _copy(answer: BinaryIO, file: BinaryIO) -> int:
    got = 0
    while chunk := answer.read(_CHUNK_BYTES):
        got += file.write(chunk)
        if file.tell() > LARGEST_BYTES:
            raise RunnerError("what the server sends is too large for a program")
    return got


def _keep(part: _Part, url: str, cache: Path) -> Fetched:
    with part.file.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    folder = cache / sha256
    folder.mkdir(exist_ok=True)
    part.file.chmod(0o755)
    part.file.replace(folder / PROGRAM)
    part.tag.unlink(missing_ok=True)
    told = json.dumps({"url": url, "sha256": sha256, "fetched_at_s": int(time.time())})
    fresh = folder / f"{_SOURCE}.{os.getpid()}"
    fresh.write_text(told + "\n", encoding="utf-8")
    fresh.replace(folder / _SOURCE)
    return Fetched(path=folder / PROGRAM, sha256=sha256, url=url)


def _part(url: str, cache: Path) -> _Part:
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return _Part(file=cache / f"{name}.part", tag=cache / f"{name}.tag")


def _last_from(url: str, cache: Path) -> Path | None:
    """The program that came from an address last, if it still is what it was."""
    found: list[tuple[int, Path]] = []
    for source in cache.glob(f"*/{_SOURCE}"):
        try:
            told = json.loads(source.read_text(encoding="utf-8"))
            path = source.with_name(PROGRAM)
            with path.open("rb") as file:
                sound = hashlib.file_digest(file, "sha256").hexdigest() == source.parent.name
            if sound and told["url"] == url:
                found.append((int(told["fetched_at_s"]), path))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # somebody else's file, or a damaged one
    return max(found, default=(0, None))[1]
