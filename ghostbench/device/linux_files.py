"""The files in which Linux describes a machine. A file that is not there, or cannot be read, is an absent value."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ghostbench.core.device import Core
from ghostbench.device import host_text
from ghostbench.device.clusters import name_clusters

_CPUS = "sys/devices/system/cpu"
_DMI = "sys/class/dmi/id"


class LinuxFiles:
    """`/proc`, `/sys` and `/etc` below a root; another root than `/` is for captured files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def text(self, path: str) -> str | None:
        """A file's text, or None."""
        try:
            content = (self._root / path).read_bytes()
        except OSError:
            return None
        return content.decode(errors="replace")

    def cpuinfo(self) -> list[dict[str, str]]:
        """The blocks of `/proc/cpuinfo`."""
        return host_text.parse_cpuinfo(self.text("proc/cpuinfo") or "")

    def cores(self, allowed: Iterable[int], machine: str) -> tuple[Core, ...]:
        """The cores that this process may use, with what the system says of each."""
        indices = sorted(allowed)
        capacity = {index: self._cpu_number(index, "cpu_capacity") for index in indices}
        clock = {index: self._cpu_number(index, "cpufreq/cpuinfo_max_freq") for index in indices}
        clusters = name_clusters(_levels(capacity, clock, machine) or dict.fromkeys(indices, 0.0))
        return tuple(
            Core(
                index=index,
                cluster=clusters[index],
                max_mhz=_thousandth(clock[index]),
                capacity=None if capacity[index] is None else int(capacity[index] or 0),
            )
            for index in indices
        )

    def core_mhz(self) -> dict[str, float]:
        """Core index to its clock now."""
        found = {
            name: kilohertz / 1000
            for name, path in self._cpu_folders()
            if (kilohertz := host_text.as_float(self.text(f"{path}/cpufreq/scaling_cur_freq")))
        }
        return found or host_text.clocks_in_cpuinfo(self.cpuinfo())

    def governors(self) -> dict[str, str]:
        """Core index to what chooses its clock."""
        return {
            name: governor.strip()
            for name, path in self._cpu_folders()
            if (governor := self.text(f"{path}/cpufreq/scaling_governor"))
        }

    def temperatures_celsius(self) -> dict[str, float]:
        """Sensor to temperature, of thermal zones and of hardware monitors."""
        found = {}
        for zone in self._names("sys/class/thermal", "thermal_zone*"):
            folder = f"sys/class/thermal/{zone}"
            kind = (self.text(f"{folder}/type") or zone).strip()
            found[f"{zone}:{kind}"] = _thousandth(host_text.as_float(self.text(f"{folder}/temp")))
        for monitor in self._names("sys/class/hwmon", "hwmon*"):
            folder = f"sys/class/hwmon/{monitor}"
            chip = (self.text(f"{folder}/name") or monitor).strip()
            for sensor in self._names(folder, "temp*_input"):
                value = host_text.as_float(self.text(f"{folder}/{sensor}"))
                found[f"{monitor}:{chip}:{sensor.removesuffix('_input')}"] = _thousandth(value)
        return {name: value for name, value in found.items() if value is not None}

    def is_virtual(self) -> bool:
        """Something says that this machine is a virtual one."""
        return (
            host_text.has_hypervisor_flag(self.cpuinfo())
            or host_text.is_virtual_firmware(*self._firmware())
            or self.text("sys/hypervisor/type") is not None
            or self._is_virtual_device_tree()
        )

    def emulated_because(self, machine: str) -> str | None:
        """Why times here mean nothing: each step of programs for `machine` is translated for another one's kernel."""
        kernel = (self.text("proc/sys/kernel/arch") or "").strip()
        if (
            not kernel
            and machine == "aarch64"
            and any("flags" in block for block in self.cpuinfo())
        ):
            kernel = "x86_64"  # kernels before 6.1 do not say it; those for Arm print no `flags`
        foreign = {machine, kernel} == {"x86_64", "aarch64"}
        return f"its kernel is one for {kernel}" if foreign else None

    def board(self) -> str | None:
        """The name of a board, where the device tree has one."""
        text = self.text("proc/device-tree/model") or self.text(f"{_DMI}/product_name")
        return text.strip("\0\n ") or None if text else None

    def facts(self) -> dict[str, str]:
        """Whatever else tells machines apart."""
        vendor, product = self._firmware()
        cpuinfo = self.cpuinfo()
        told = {
            "vendor": vendor,
            "product": product,
            "microcode": cpuinfo[0].get("microcode", "") if cpuinfo else "",
            "smt": (self.text(f"{_CPUS}/smt/control") or "").strip(),
            "boost": (self.text(f"{_CPUS}/cpufreq/boost") or "").strip(),
            "no_turbo": (self.text(f"{_CPUS}/intel_pstate/no_turbo") or "").strip(),
            "online": (self.text(f"{_CPUS}/online") or "").strip(),
            "isolated": (self.text(f"{_CPUS}/isolated") or "").strip(),
        }
        return {name: value for name, value in told.items() if value}

    def _firmware(self) -> tuple[str, str]:
        vendor = self.text(f"{_DMI}/sys_vendor") or ""
        product = self.text(f"{_DMI}/product_name") or ""
        return vendor.strip(), product.strip()

    def _is_virtual_device_tree(self) -> bool:
        tree = self._root / "proc/device-tree"  # of Arm machines without tables of the firmware
        compatible = (self.text("proc/device-tree/compatible") or "").split("\0")
        return (
            (tree / "hypervisor").exists()
            or any(tree.glob("fw-cfg@*"))
            or not {"linux,dummy-virt", "qemu,virt"}.isdisjoint(compatible)
        )

    def _cpu_number(self, index: int, name: str) -> float | None:
        return host_text.as_float(self.text(f"{_CPUS}/cpu{index}/{name}"))

    def _cpu_folders(self) -> Iterator[tuple[str, str]]:
        names = self._names(_CPUS, "cpu[0-9]*")
        for name in sorted(names, key=lambda name: int(name.removeprefix("cpu"))):
            yield name.removeprefix("cpu"), f"{_CPUS}/{name}"

    def _names(self, folder: str, pattern: str) -> list[str]:
        return sorted(path.name for path in (self._root / folder).glob(pattern))


def _levels(
    capacity: dict[int, float | None], clock: dict[int, float | None], machine: str
) -> dict[int, float] | None:
    """What tells fast cores from slow ones; None where nothing does.

    Clocks come second, since kernels without an energy model give every core the same capacity. On x86 they do not
    count: of equal cores a favourite one may be allowed a higher boost.
    """
    for source in (capacity, clock) if machine == "aarch64" else (capacity,):
        known = {index: value for index, value in source.items() if value is not None}
        if len(known) == len(source) and len(set(known.values())) > 1:
            return known
    return None


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000
