"""What Linux says of a machine in `/proc` and `/sys`, as text: read here into values, without touching any file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Names by implementer and part of the main ID register, as the kernel prints them (Arm's and others' manuals).
_ARM_CORES = {
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD04): "Cortex-A35",
    (0x41, 0xD05): "Cortex-A55",
    (0x41, 0xD07): "Cortex-A57",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD09): "Cortex-A73",
    (0x41, 0xD0A): "Cortex-A75",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD0D): "Cortex-A77",
    (0x41, 0xD0E): "Cortex-A76AE",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD41): "Cortex-A78",
    (0x41, 0xD42): "Cortex-A78AE",
    (0x41, 0xD44): "Cortex-X1",
    (0x41, 0xD46): "Cortex-A510",
    (0x41, 0xD47): "Cortex-A710",
    (0x41, 0xD48): "Cortex-X2",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4A): "Neoverse-E1",
    (0x41, 0xD4B): "Cortex-A78C",
    (0x41, 0xD4D): "Cortex-A715",
    (0x41, 0xD4E): "Cortex-X3",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x41, 0xD80): "Cortex-A520",
    (0x41, 0xD81): "Cortex-A720",
    (0x41, 0xD82): "Cortex-X4",
    (0x41, 0xD83): "Neoverse-V3AE",
    (0x41, 0xD84): "Neoverse-V3",
    (0x41, 0xD85): "Cortex-X925",
    (0x41, 0xD87): "Cortex-A725",
    (0x41, 0xD8E): "Neoverse-N3",
    (0x43, 0x0AF): "ThunderX2",
    (0x46, 0x001): "A64FX",
    (0x48, 0xD01): "TaiShan v110",
    (0x4E, 0x004): "Carmel",
    (0x51, 0x001): "Oryon",
    (0x61, 0x022): "Apple M1 Icestorm",
    (0x61, 0x023): "Apple M1 Firestorm",
    (0x6D, 0xD49): "Azure Cobalt 100 (Neoverse-N2)",
    (0xC0, 0xAC3): "Ampere-1",
    (0xC0, 0xAC4): "Ampere-1A",
}

# How vendors and products of virtual machines call themselves in the firmware's tables.
_VIRTUAL_FIRMWARE = re.compile(
    r"qemu|kvm|vmware|virtualbox|innotek|xen|bochs|bhyve|parallels|hyper-v|virtual machine"
    r"|apple virtualization|kubevirt|tencent cloud|vserver"
    r"|google compute engine|amazon ec2|openstack|droplet|hvm domu|firecracker|cloud hypervisor|alibaba cloud ecs",
    re.IGNORECASE,
)
_BARE_METAL = re.compile(r"\.metal|bare ?metal", re.IGNORECASE)


def parse_cpuinfo(text: str) -> list[dict[str, str]]:
    r"""Read `/proc/cpuinfo`: one mapping for each block of lines.

    >>> parse_cpuinfo("processor\t: 0\nmodel name\t: A\n\nprocessor\t: 1\nmodel name\t: A\n")
    [{'processor': '0', 'model name': 'A'}, {'processor': '1', 'model name': 'A'}]
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    pairs = [
        [line.partition(":") for line in block.splitlines() if ":" in line] for block in blocks
    ]
    return [{key.strip(): value.strip() for key, _, value in block} for block in pairs if block]


def processor_title(cpuinfo: list[dict[str, str]]) -> str | None:
    """What the processor is called, or which cores it has where it has no name."""
    for block in cpuinfo:
        if name := block.get("model name") or block.get("Model"):
            return re.sub(r"\s+", " ", name)
    cores = dict.fromkeys(name for name in map(arm_core_name, cpuinfo) if name)
    return " + ".join(cores) or None


def arm_core_name(block: Mapping[str, str]) -> str | None:
    """The name of an ARM core.

    >>> arm_core_name({"CPU implementer": "0x41", "CPU part": "0xd0c"})
    'Neoverse-N1'
    """
    try:
        key = (int(block["CPU implementer"], 16), int(block["CPU part"], 16))
    except (KeyError, ValueError):
        return None
    return _ARM_CORES.get(key, f"ARM core {key[0]:#04x}/{key[1]:#05x}")


def clocks_in_cpuinfo(cpuinfo: list[dict[str, str]]) -> dict[str, float]:
    """Core index to MHz, where the kernel prints it (x86 alone does)."""
    found = {}
    for block in cpuinfo:
        if (mhz := as_float(block.get("cpu MHz"))) is not None and "processor" in block:
            found[block["processor"]] = mhz
    return found


def has_hypervisor_flag(cpuinfo: list[dict[str, str]]) -> bool:
    """The processor says that it is a virtual one (x86)."""
    return any("hypervisor" in block.get("flags", "").split() for block in cpuinfo)


def is_virtual_firmware(vendor: str, product: str) -> bool:
    """The firmware's tables name a virtual machine.

    >>> is_virtual_firmware("QEMU", "KVM Virtual Machine"), is_virtual_firmware("Amazon EC2", "m7g.metal")
    (True, False)
    """
    told = f"{vendor} {product}"
    return bool(_VIRTUAL_FIRMWARE.search(told)) and not _BARE_METAL.search(told)


def parse_meminfo(text: str) -> dict[str, int]:
    r"""Read `/proc/meminfo`: name to bytes.

    >>> parse_meminfo("MemTotal:       2048 kB\nHugePages_Total:  3\n")
    {'MemTotal': 2097152}
    """
    lines = re.findall(r"^(\S+):\s+(\d+) kB$", text, flags=re.MULTILINE)
    return {name: int(kilobytes) * 1024 for name, kilobytes in lines}


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """Seconds since boot, all cores together."""

    busy_s: float
    steal_s: float


def parse_cpu_times(text: str, ticks_per_s: int) -> CpuTimes | None:
    r"""Read the first line of `/proc/stat`.

    >>> parse_cpu_times("cpu  200 0 100 1000 50 0 0 30 0 0\ncpu0 ...\n", 100)
    CpuTimes(busy_s=3.0, steal_s=0.3)
    """
    match = re.match(r"cpu +(\d+(?: \d+){7,})", text)
    if not match:
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, match[1].split()[:8])
    busy = user + nice + system + irq + softirq
    return CpuTimes(busy_s=busy / ticks_per_s, steal_s=steal / ticks_per_s)


def parse_os_release(text: str) -> str | None:
    r"""The name of the distribution in `/etc/os-release`.

    >>> parse_os_release('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    'Debian GNU/Linux 12 (bookworm)'
    """
    match = re.search(r"^PRETTY_NAME=[\"']?(.*?)[\"']?$", text, flags=re.MULTILINE)
    return match[1] if match else None


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Read a list of cores as the kernel writes it.

    >>> parse_cpu_list("0-2,5")
    (0, 1, 2, 5)
    """
    found: list[int] = []
    for part in text.strip().split(","):
        if match := re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip()):
            found.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(found)


def as_float(text: str | None) -> float | None:
    """The number in a text, or None where there is none.

    >>> as_float(" 41 "), as_float("<not counted>"), as_float(None)
    (41.0, None, None)
    """
    if text is None or not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text):
        return None
    return float(text)
