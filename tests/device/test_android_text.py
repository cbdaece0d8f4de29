import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.device.android_text import (
    parse_cpu_list,
    parse_cpu_parts,
    parse_free_bytes,
    parse_getprop,
    parse_number,
    parse_page_bytes,
    parse_residency,
    parse_sha256,
    parse_stat,
    share_at_top,
)


def test_a_property_may_hold_brackets_and_lines() -> None:
    text = "[a]: [x [1] y]\n[b]: [one\ntwo]\n[c]: []\n"
    assert parse_getprop(text) == {"a": "x [1] y", "b": "one\ntwo", "c": ""}


@pytest.mark.parametrize(
    ("text", "free"),
    [
        (
            "Filesystem     1K-blocks    Used Available Use% Mounted on\n/dev/block/dm-5 113G 1 2 3% x\n",
            None,
        ),
        ("/dev/fuse  115609024 63428096  52049856  55% /storage/emulated", 52049856 * 1024),
        ("Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/a\n 10 9 1 90% /data", 1024),
        ("df: /data/local/tmp: Permission denied", None),
    ],
)
def test_free_space_is_read_or_unknown(text: str, free: int | None) -> None:
    assert parse_free_bytes(text) == free


def test_a_page_size_is_read_from_either_source() -> None:
    assert parse_page_bytes("16384\nKernelPageSize:       16 kB") == 16384
    assert parse_page_bytes("getconf: not found") is None


@given(st.sets(st.integers(0, 40), min_size=1))
def test_every_list_of_cores_is_read_back(cores: set[int]) -> None:
    assert parse_cpu_list(",".join(map(str, cores))) == tuple(sorted(cores))


@pytest.mark.parametrize("text", ["", "\n", "x-y", "-3", "0x7"])
def test_what_is_no_list_of_cores_gives_none(text: str) -> None:
    assert parse_cpu_list(text) == ()


def test_an_absurd_range_does_not_fill_the_memory() -> None:
    assert len(parse_cpu_list("0-99999999999")) == 4096


def test_cores_without_a_part_number_are_left_out() -> None:
    text = "processor : 0\nvendor_id : GenuineIntel\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n"
    assert parse_cpu_parts(text) == {1: (0x41, 0xD05)}


@pytest.mark.parametrize("text", ["", "cpu", "cpu  a b c", "cpu0 1 2 3 4", "cpu  1 2"])
def test_a_broken_stat_is_unknown(text: str) -> None:
    assert parse_stat(text) is None


def test_an_old_kernel_without_steal_has_none() -> None:
    times = parse_stat("cpu  10 0 10 70 10\n")
    assert times is not None
    assert (times.busy_s, times.steal_s, times.total_s) == (0.2, 0.0, 1.0)


@pytest.mark.parametrize("text", ["", "1e", "0x10", "1.2.3", "Permission denied", "null"])
def test_what_is_no_number_is_unknown(text: str) -> None:
    assert parse_number(text) is None


def test_digests_of_odd_names_are_read_back() -> None:
    text = f"{'a' * 64}  /d/x  y\n\\{'b' * 64}  /d/a\\nb\\\\c\nsha256sum: /d/z: No such file or directory\n"
    assert parse_sha256(text) == {"/d/x  y": "a" * 64, "/d/a\nb\\c": "b" * 64}


def test_residency_of_several_policies_is_read() -> None:
    text = "/sys/p/policy0\n300000 5\n1800000 7\n/sys/p/policy4\n600000 1\nbroken line\n"
    assert parse_residency(text) == {"policy0": {300000: 5, 1800000: 7}, "policy4": {600000: 1}}


def test_the_share_at_the_top_needs_time_that_passed() -> None:
    assert share_at_top({1: 5, 2: 5}, {1: 5, 2: 5}) is None
    assert share_at_top({1: 9, 2: 9}, {1: 5, 2: 50}) is None  # the phone restarted in between
    assert share_at_top({1: 5, 2: 5}, {1: 10, 2: 20}) == 0.75
