"""Texts of other machines, as their kernels printed them."""

import pytest

from ghostbench.device.host_text import (
    arm_core_name,
    as_float,
    clocks_in_cpuinfo,
    has_hypervisor_flag,
    is_virtual_firmware,
    parse_cpu_list,
    parse_cpu_times,
    parse_cpuinfo,
    parse_meminfo,
    processor_title,
)

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: 12th Gen Intel(R)  Core(TM) i7-1260P
cpu MHz\t\t: 2095.143
flags\t\t: fpu vme de

processor\t: 1
model name\t: 12th Gen Intel(R)  Core(TM) i7-1260P
cpu MHz\t\t: 400.000
flags\t\t: fpu vme de
power management:
"""

PI = """processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x4
CPU part\t: 0xd0b
CPU revision\t: 1

Revision\t: c04170
Serial\t\t: 0000000000000000
Model\t\t: Raspberry Pi 5 Model B Rev 1.0
"""

SERVER = """processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd0c

processor\t: 1
CPU implementer\t: 0x41
CPU part\t: 0xd0c
"""

MIXED = """processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd05

processor\t: 1
CPU implementer\t: 0x48
CPU part\t: 0xd40
"""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (X86, "12th Gen Intel(R) Core(TM) i7-1260P"),
        (PI, "Raspberry Pi 5 Model B Rev 1.0"),
        (SERVER, "Neoverse-N1"),
        (MIXED, "Cortex-A55 + ARM core 0x48/0xd40"),
        ("", None),
        ("garbage\n\n:::\n", None),
    ],
)
def test_a_processor_is_called_by_the_best_name_there_is(text: str, title: str | None) -> None:
    assert processor_title(parse_cpuinfo(text)) == title


def test_clocks_are_read_where_the_kernel_prints_them() -> None:
    assert clocks_in_cpuinfo(parse_cpuinfo(X86)) == {"0": 2095.143, "1": 400.0}
    assert clocks_in_cpuinfo(parse_cpuinfo(PI)) == {}


def test_a_core_without_or_with_broken_numbers_has_no_name() -> None:
    assert arm_core_name({}) is None
    assert arm_core_name({"CPU implementer": "0x41", "CPU part": "what"}) is None


def test_only_the_flag_itself_means_a_hypervisor() -> None:
    assert not has_hypervisor_flag(parse_cpuinfo(X86))
    assert has_hypervisor_flag([{"flags": "fpu hypervisor"}])
    assert not has_hypervisor_flag([{"flags": "nohypervisor hypervisor2"}])


@pytest.mark.parametrize(
    ("vendor", "product", "virtual"),
    [
        ("QEMU", "Standard PC (Q35 + ICH9, 2009)", True),
        ("Microsoft Corporation", "Virtual Machine", True),
        ("Microsoft Corporation", "Surface Laptop 5", False),
        ("Google", "Google Compute Engine", True),
        ("Apple Inc.", "Apple Virtualization Generic Platform", True),
        ("Apple Inc.", "MacBookPro16,1", False),
        ("Hetzner", "vServer", True),
        ("Amazon EC2", "m5.metal", False),
        ("innotek GmbH", "VirtualBox", True),
        ("Dell Inc.", "PowerEdge R640", False),
        ("", "", False),
    ],
)
def test_firmware_tells_virtual_machines_from_real_ones(
    vendor: str, product: str, virtual: bool
) -> None:
    assert is_virtual_firmware(vendor, product) == virtual


@pytest.mark.parametrize(
    "text", ["", "cpu 1 2 3\n", "cpu0 1 2 3 4 5 6 7 8\n", "cpu  a b c d e f g h\n"]
)
def test_processor_times_that_are_not_there_are_absent(text: str) -> None:
    assert parse_cpu_times(text, 100) is None


def test_time_given_to_guests_is_not_counted_twice() -> None:
    # The kernel has guest time in user time already.
    times = parse_cpu_times("cpu  100 10 20 900 30 1 2 40 55 5\n", 100)

    assert times is not None
    assert times.busy_s == pytest.approx(1.33)
    assert times.steal_s == pytest.approx(0.4)


def test_memory_is_in_bytes() -> None:
    text = "MemTotal:       24684084 kB\nMemAvailable:   20000000 kB\nHugepagesize:       2048 kB\n"

    assert parse_meminfo(text)["MemTotal"] == 24684084 * 1024


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0", (0,)),
        ("0-3\n", (0, 1, 2, 3)),
        ("0,2-3", (0, 2, 3)),
        ("", ()),
        ("x", ()),
        ("1,x", (1,)),
    ],
)
def test_lists_of_cores_are_read(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize("text", ["nan", "inf", "1e5", "0x10", "", "4 2", "--1", "1."])
def test_what_is_no_plain_number_is_absent(text: str) -> None:
    assert as_float(text) is None
