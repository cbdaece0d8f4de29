"""What changes around and inside a phone while it works: heat, clocks, cores, battery, the time of day."""

from typing import Protocol

from tests.virtual_phone.hardware_files import cluster_cores, core_list
from tests.virtual_phone.personality import Personality

CPUS = "/sys/devices/system/cpu"
CPU, SKIN = 0, 3  # kinds of temperature sensor in Android's thermal service


class Phone(Protocol):
    """What weather needs of a phone."""

    personality: Personality

    def read(self, path: str) -> str:
        """The text of a file."""

    def write(self, path: str, content: str | bytes) -> None:
        """Change a file."""


class Weather:
    """The part of a virtual phone that changes its surroundings."""

    def heat(self: Phone, celsius: float, *, status: int = 0) -> None:
        """Its processor and skin are this warm, and the thermal service says this status."""
        lines = self.read("/phone/thermal/temperatures").splitlines()
        for number, line in enumerate(lines):
            _, kind, _, name = line.split(maxsplit=3)
            if int(kind) in (CPU, SKIN):
                lines[number] = f"{celsius:.1f} {kind} {status} {name}"
                self.write(
                    f"/sys/class/thermal/thermal_zone{number}/temp", f"{round(celsius * 1000)}\n"
                )
        self.write("/phone/thermal/temperatures", "\n".join(lines) + "\n")
        self.write("/phone/thermal/status", f"{status}\n")

    def slow_clock(self: Phone, mhz: float, *, cpu: int) -> None:
        """The cluster of that core is capped at this clock, and runs at it."""
        for _, cores in cluster_cores(self.personality):
            if cpu in cores:
                for name in "scaling_max_freq", "scaling_cur_freq":
                    path = f"{CPUS}/cpufreq/policy{cores[0]}/{name}"
                    self.write(path, f"{round(mhz * 1000)}\n")
                return
        raise ValueError(f"there is no cpu{cpu}")

    def take_core_offline(self: Phone, cpu: int) -> None:
        """The core is switched off."""
        _switch_core(self, cpu, "0")

    def bring_core_online(self: Phone, cpu: int) -> None:
        """The core is there again."""
        _switch_core(self, cpu, "1")

    def battery(
        self: Phone,
        *,
        level: int | None = None,
        celsius: float | None = None,
        charging: bool | None = None,
    ) -> None:
        """Its battery is so full, so warm, and on the charger or not."""
        values: dict[str, object] = {}
        if level is not None:
            values["level"] = level
        if celsius is not None:
            values["temperature"] = round(celsius * 10)
        if charging is not None:
            values |= {"usb": str(charging).lower(), "status": 2 if charging else 3}
        for name, value in values.items():
            self.write(f"/phone/battery/{name}", f"{value}\n")
            self.write(f"/phone/battery/real/{name}", f"{value}\n")

    def jump_clock(self: Phone, seconds: int) -> None:
        """Its date is wrong by this much."""
        self.write("/phone/clock_offset_s", f"{seconds}\n")


def _switch_core(phone: Phone, cpu: int, online: str) -> None:
    phone.write(f"{CPUS}/cpu{cpu}/online", f"{online}\n")
    cores = range(phone.personality.core_count)
    on = [core for core in cores if phone.read(f"{CPUS}/cpu{core}/online").strip() == "1"]
    phone.write(f"{CPUS}/online", core_list(on) + "\n")
    phone.write(f"{CPUS}/offline", core_list([core for core in cores if core not in on]) + "\n")
