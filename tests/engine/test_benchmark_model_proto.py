"""Result files of benchmark_model, decoded by hand."""

import random
import struct

import pytest

from ghostbench.core.errors import RunnerError
from ghostbench.engine.bm_proto import parse_result


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def real(field: int, value: float) -> bytes:
    return varint(field << 3 | 5) + struct.pack("<f", value)


def message(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


LATENCY = b"".join(
    real(field, value)
    for field, value in enumerate((13.5, 12.0, 18.0, 0.9, 13.4, 12.5, 15.5, 12.75, 14.7), start=1)
)
WHOLE = (
    message(1, b"m")
    + message(2, LATENCY)
    + message(3, number(1, 9185) + number(2, -1) + real(3, 21.25))
    + message(4, real(1, 14.0) + number(2, 74) + number(3, 37))
)


def test_every_part_is_read() -> None:
    found = parse_result(WHOLE)
    assert found.name == "m"
    assert (found.values["avg_ms"], found.values["p95_ms"], found.values["peak_mem_mb"]) == (
        13.5,
        15.5,
        21.25,
    )
    assert found.counts == {
        "init_footprint_kb": 9185,
        "overall_footprint_kb": -1,
        "num_runs": 74,
        "num_warmup_runs": 37,
    }


def test_what_is_missing_is_missing() -> None:
    found = parse_result(message(2, real(1, 2.5)))
    assert found.name is None
    assert dict(found.values) == {"avg_ms": 2.5}
    assert parse_result(b"").values == {}


def test_fields_of_later_programs_are_passed_over() -> None:
    later = number(77, 3) + message(99, b"more") + message(2, real(1, 2.5) + real(66, 1.0))
    assert dict(parse_result(later).values) == {"avg_ms": 2.5}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (WHOLE[:-1], "cut"),
        (b"\xff" * 11, "cut"),
        (varint(1 << 3 | 3), "kind 3"),
        (number(1, 5), "no text"),
        (message(1, b"\xff"), "no text"),
        (number(2, 5), "no message"),
        (message(2, number(1, 5)), "another kind"),
        (message(2, real(1, 5) + real(1, 6)), "twice"),
        (message(2, real(1, float("nan"))), "avg_ms is nan"),
        (message(2, real(1, -1)), "avg_ms is -1"),
        (message(2, real(1, 5) + real(2, 6) + real(3, 7)), "outside"),
        (message(2, real(5, 5) + real(6, 6)), "out of order"),
        (message(4, number(2, -3)), "num_runs is -3"),
    ],
)
def test_what_is_damaged_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(RunnerError, match=reason):
        parse_result(content)


def test_no_bytes_at_all_bring_it_down() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        content = bytearray(WHOLE)
        for _ in range(rng.choice((1, 3, 20))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        try:
            parse_result(bytes(content[: rng.randrange(len(content) + 1)]))
        except RunnerError:
            continue
