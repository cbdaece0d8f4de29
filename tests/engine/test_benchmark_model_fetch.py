"""Fetching benchmark_model, against a server of our own on this machine."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ghostbench.core.errors import RunnerError, UsageError
from ghostbench.device.host import HostDevice
from ghostbench.engine.benchmark_model import BenchmarkModelEngine
from ghostbench.engine.bm_fetch import TRIES, fetch
from ghostbench.engine.bm_sources import is_source, source_of

PROGRAM = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(PROGRAM).hexdigest()


class Bucket:
    """What a made-up server has, and how it misbehaves."""

    def __init__(self) -> None:
        self.content, self.tag = PROGRAM, '"one"'
        self.stop_after: list[
            int
        ] = []  # bytes of the coming answers after which the connection ends
        self.statuses: list[int] = []  # of the coming answers
        self.asked: list[str | None] = []  # the ranges
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.asked.append(asked)
        if self.statuses:
            handler.send_error(self.statuses.pop(0))
            return
        start = 0
        if asked and handler.headers.get("If-Range") == self.tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        body = self.content[start:]
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header(
                "Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
            )
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("ETag", self.tag)
        handler.end_headers()
        handler.wfile.write(body[: self.stop_after.pop(0)] if self.stop_after else body)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    made = Bucket()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.answer(self)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/benchmark_model"
    yield made
    server.shutdown()
    server.server_close()


def sleepless(_: float) -> None:
    """No pause between tries."""


def test_a_program_is_kept_under_its_sum_and_may_run(bucket: Bucket, tmp_path: Path) -> None:
    found = fetch(bucket.url, tmp_path, sleep=sleepless)
    assert (found.sha256, found.path) == (SHA256, tmp_path / SHA256 / "benchmark_model")
    assert found.path.read_bytes() == PROGRAM
    assert found.path.stat().st_mode & 0o100
    assert found.warning is None


def test_an_address_that_moved_gives_the_new_program_and_keeps_the_old(
    bucket: Bucket, tmp_path: Path
) -> None:
    old = fetch(bucket.url, tmp_path, sleep=sleepless)
    bucket.content, bucket.tag = b"another program", '"two"'
    new = fetch(bucket.url, tmp_path, sleep=sleepless)
    assert new.path.read_bytes() == b"another program"
    assert old.path.read_bytes() == PROGRAM


def test_a_fetch_that_was_cut_goes_on_where_it_stopped(bucket: Bucket, tmp_path: Path) -> None:
    bucket.stop_after = [100_000, 50_000]
    assert fetch(bucket.url, tmp_path, sleep=sleepless).sha256 == SHA256
    assert bucket.asked == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_fetch_goes_on_too(bucket: Bucket, tmp_path: Path) -> None:
    bucket.stop_after = [100_000, 0, 0, 0]
    with pytest.raises(RunnerError, match=f"tried {TRIES} times"):
        fetch(bucket.url, tmp_path, sleep=sleepless)
    bucket.asked.clear()
    assert fetch(bucket.url, tmp_path, sleep=sleepless).sha256 == SHA256
    assert bucket.asked == ["bytes=100000-"]


def test_parts_of_two_programs_are_never_joined(bucket: Bucket, tmp_path: Path) -> None:
    bucket.stop_after = [100_000, 0, 0, 0]
    with pytest.raises(RunnerError):
        fetch(bucket.url, tmp_path, sleep=sleepless)
    bucket.content, bucket.tag = PROGRAM[::-1], '"two"'
    assert fetch(bucket.url, tmp_path, sleep=sleepless).path.read_bytes() == PROGRAM[::-1]


def test_a_servers_bad_moment_is_waited_for(bucket: Bucket, tmp_path: Path) -> None:
    bucket.statuses = [503, 500]
    pauses: list[float] = []
    assert fetch(bucket.url, tmp_path, sleep=pauses.append).sha256 == SHA256
    assert pauses == [1.0, 2.0]


def test_what_is_not_there_is_said_at_once(bucket: Bucket, tmp_path: Path) -> None:
    bucket.statuses = [404]
    with pytest.raises(RunnerError, match="the server says 404"):
        fetch(bucket.url, tmp_path, sleep=sleepless)
    assert len(bucket.asked) == 1


def test_without_a_way_there_the_last_program_is_used_and_that_is_said(
    bucket: Bucket, tmp_path: Path
) -> None:
    fetch(bucket.url, tmp_path, sleep=sleepless)
    bucket.statuses = [404]
    found = fetch(bucket.url, tmp_path, sleep=sleepless)
    assert found.sha256 == SHA256
    assert found.warning is not None
    assert "fetched from there before" in found.warning


def test_a_kept_program_that_was_changed_is_not_used(bucket: Bucket, tmp_path: Path) -> None:
    fetch(bucket.url, tmp_path, sleep=sleepless).path.write_bytes(b"changed")
    bucket.statuses = [404]
    with pytest.raises(RunnerError, match="404"):
        fetch(bucket.url, tmp_path, sleep=sleepless)


def test_a_server_that_is_silent_does_not_hold_us_for_ever(tmp_path: Path) -> None:
    from socket import create_server

    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/benchmark_model"
        with pytest.raises(RunnerError, match="timed out"):
            fetch(url, tmp_path, timeout_s=0.05, sleep=sleepless)


def test_an_engine_fetches_its_program_and_names_where_from(bucket: Bucket, tmp_path: Path) -> None:
    bucket.content = b"#!/bin/sh\n# Inference timings in us\n"
    engine = BenchmarkModelEngine(bucket.url, cache=tmp_path)
    engine.choose_for(HostDevice())
    info = engine.info()
    assert info.files["benchmark_model"] == hashlib.sha256(bucket.content).hexdigest()
    assert info.source == f"{bucket.url} (a moving address)"


@pytest.mark.parametrize(
    ("word", "system", "machine", "end", "moving"),
    [
        ("classic", "android", "aarch64", "latest/android_aarch64_benchmark_model", True),
        ("classic", "linux", "x86_64", "latest/linux_x86-64_benchmark_model", True),
        ("compiled", "linux", "aarch64", "latest/linux_arm64/benchmark_model", True),
        ("compiled@nightly", "android", "aarch64", "nightly/android_arm64/benchmark_model", True),
        ("compiled@2.2.0", "linux", "x86_64", "2.2.0/linux_x86_64/benchmark_model", False),
    ],
)
def test_a_word_means_one_address(
    word: str, system: str, machine: str, end: str, moving: bool
) -> None:
    source = source_of(word, system=system, machine=machine)
    assert is_source(word)
    assert source.url.endswith(end)
    assert source.moving is moving


@pytest.mark.parametrize(
    ("word", "machine"),
    [("compiled", "armv7l"), ("classic@2.0", "x86_64"), ("compiled@../x", "x86_64")],
)
def test_what_is_not_published_is_refused(word: str, machine: str) -> None:
    with pytest.raises(UsageError):
        source_of(word, system="linux", machine=machine)
