"""Rules: heat, clocks, battery and build, where a device tells of them."""

from collections.abc import Iterator

import numpy as np

from ghostbench.core.device import DeviceState
from ghostbench.judging.facts import BlockFacts
from ghostbench.judging.grades import Seen

LOW_BATTERY_PERCENT = 25.0
_SAVER_ON = ("1", "true", "on", "yes")


def about_phone(block: BlockFacts) -> Iterator[Seen]:
    """Everything that a phone, or a machine with such sensors, tells before and after."""
    yield from _about_heat(block)
    yield from _about_clocks(block)
    yield from _about_power(block)
    kind = block.record.device.facts.get("build_type", "user")
    if kind != "user":
        yield Seen(
            code="build-type",
            evidence={"build_type": kind},
            text=f"the phone runs a {kind} build of Android, which is not what users have. Use a user build.",
        )


def _about_heat(block: BlockFacts) -> Iterator[Seen]:
    facts = block.phone_facts
    status = max((_whole(f.get("thermal_status")) for f in facts), default=0)
    yield Seen(
        code="thermal-status",
        value=status,
        evidence={"status": status},
        text=f"Android reported thermal status {status}, so it was holding clocks back. Let the phone cool.",
    )
    if any(f.get("thermal_override") == "yes" for f in facts):
        yield Seen(
            code="thermal-override",
            evidence={"thermal_override": "yes"},
            text="somebody overrides the phone's thermal status, so nobody knows how warm it is. "
            "Run `adb shell cmd thermalservice reset`.",
        )
    waited = block.record.state_before.facts
    if waited.get("cooling_reached") == "no":
        yield Seen(
            code="not-cooled",
            evidence={
                "seconds": waited.get("cooling_s", ""),
                "celsius": waited.get("cooling_to_celsius", ""),
            },
            text="the phone did not get as cool as it was to be before this block, so it may be slower than others. "
            "Lay it on something cool, end its other programs, and wait.",
        )
    before, after = _skin(block.record.state_before), _skin(block.after)
    for key, celsius in (after or before).items():
        yield Seen(
            code="hot",
            value=max(celsius, before.get(key, celsius)),
            evidence={"sensor": key, "celsius": celsius},
            text=f"{key} was at {celsius:.0f} °C, where phones begin to hold clocks back. Let the phone cool.",
        )
        if key in before:
            yield Seen(
                code="heated",
                value=celsius - before[key],
                evidence={"sensor": key, "before": before[key], "after": celsius},
                text=f"{key} rose from {before[key]:.0f} to {celsius:.0f} °C within the block. Let the phone cool.",
            )


def _skin(state: DeviceState | None) -> dict[str, float]:
    """The sensors that say how warm a phone is as a whole; chips are hot by nature."""
    readings = state.temperatures_celsius if state else {}
    return {key: c for key, c in readings.items() if key == "battery" or key.startswith("skin:")}


def _about_clocks(block: BlockFacts) -> Iterator[Seen]:
    used = core_used(block)
    top = next((c.max_mhz for c in block.record.device.cores if c.index == used), None)
    before, after = block.phone_facts
    caps = [_pairs(facts.get("allowed_mhz", "")).get(used) for facts in (before, after)]
    known = [cap for cap in caps if cap]
    if top and known:
        yield Seen(
            code="clock-capped",
            value=100 * (1 - min(known) / top),
            evidence={"core": used, "allowed_mhz": min(known), "max_mhz": top},
            text=f"core {used} was allowed {min(known):.0f} MHz of its {top:.0f}, so the time is that of a slower "
            "core. Let the phone cool, and look for power saving.",
        )


def mean_mhz(block: BlockFacts) -> float | None:
    """The mean clock of the block's core between the two readings, by the kernel's own account.

    Idle time at both ends counts too, so that only blocks of one campaign can be set against each other.
    """
    before, after = block.phone_facts
    policies = {
        int(name.removeprefix("residency_policy")): name
        for name in after
        if name in before and name.removeprefix("residency_policy").isdecimal()
    }
    # A policy is named by the first of its cores.
    first = max((core for core in policies if core <= core_used(block)), default=None)
    if first is None:
        return None
    earlier, later = _pairs(before[policies[first]]), _pairs(after[policies[first]])
    spent = {khz: time - earlier.get(khz, 0) for khz, time in later.items()}
    total = sum(spent.values())
    if total <= 0 or min(spent.values()) < 0:
        return None
    return sum(khz * time for khz, time in spent.items()) / total / 1000


def core_used(block: BlockFacts) -> int:
    """The core that most inferences ended on; where that is not told, the one asked for."""
    if not len(block.cpu_after):
        return block.record.job.settings.cpu or 0
    return int(np.bincount(np.maximum(block.cpu_after, 0)).argmax())


def _about_power(block: BlockFacts) -> Iterator[Seen]:
    facts = block.phone_facts
    if any(f.get("battery_saver", "").lower() in _SAVER_ON for f in facts):
        yield Seen(
            code="battery-saver",
            evidence={"battery_saver": "on"},
            text="the battery saver was on, which lowers clocks. Switch it off.",
        )
    levels = [float(f["battery_percent"]) for f in facts if f.get("battery_percent")]
    if levels:
        yield Seen(
            code="low-battery",
            value=LOW_BATTERY_PERCENT - min(levels),
            evidence={"percent": min(levels)},
            text=f"the battery was at {min(levels):.0f} %, where phones save power. Charge it to "
            f"{LOW_BATTERY_PERCENT:.0f} % or more.",
        )
    if any(f.get("battery_faked") for f in facts):
        yield Seen(
            code="battery-faked",
            evidence={"battery_faked": "yes"},
            text="the battery's level is made up (`dumpsys battery` says so), so nobody knows it. "
            "Run `adb shell dumpsys battery reset`.",
        )
    if any(f.get("wakefulness", "Awake") not in ("Awake", "") for f in facts):
        yield Seen(
            code="screen-off",
            evidence={"wakefulness": facts[1].get("wakefulness") or facts[0]["wakefulness"]},
            text="the phone slept, and runs such processes on slower cores. Keep its screen on.",
        )


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _pairs(text: str) -> dict[int, float]:
    return {int(k): float(v) for k, _, v in (item.partition(":") for item in text.split())}
