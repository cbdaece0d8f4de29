"""What a phone is, from the sections of `INFO_SCRIPT`."""

from collections.abc import Mapping

from ghostbench.core.device import DeviceInfo
from ghostbench.device.android_cores import read_cores
from ghostbench.device.android_text import (
    parse_getprop,
    parse_kilobytes,
    parse_page_bytes,
    parse_paths,
)

# What Google's emulators call their hardware.
_EMULATED_HARDWARE = ("goldfish", "ranchu", "cutf_cvm", "vsoc_arm64", "vsoc_x86_64")
_MARKETING_NAMES = (
    "ro.config.marketing_name",
    "ro.product.marketname",
    "ro.vendor.product.display",
)
_FACTS = {
    "manufacturer": ("ro.product.manufacturer",),
    "model": ("ro.product.model",),
    "product": ("ro.product.name",),
    "soc": ("ro.soc.model", "ro.hardware.chipname", "ro.board.platform", "ro.hardware"),
    "soc_manufacturer": ("ro.soc.manufacturer",),
    "hardware": ("ro.hardware",),
    "abi": ("ro.product.cpu.abi",),
    "abis_64_bit": ("ro.product.cpu.abilist64",),
    "android": ("ro.build.version.release",),
    "api": ("ro.build.version.sdk",),
    "security_patch": ("ro.build.version.security_patch",),
    "build_type": ("ro.build.type",),
    "debuggable": ("ro.debuggable",),
}


def build_info(serial: str, sections: Mapping[str, str]) -> DeviceInfo:
    """The values of a phone; what it does not say is absent."""
    props = parse_getprop(sections.get("getprop", ""))
    facts = {name: value for name, keys in _FACTS.items() if (value := _first(props, keys))}
    found = read_cores(parse_paths(sections.get("cores", "")), sections.get("cpuinfo", ""))
    uname = [*sections.get("uname", "").split("\n"), "", "", ""]
    facts |= {
        "clusters_from": found.clusters_from,
        "cores_offline": ",".join(map(str, found.offline)),
        "core_designs": ", ".join(f"{i} {name}" for i, name in sorted(found.designs.items())),
        "tools": " ".join(sections.get("tools", "").split()),
        "emulated_because": _why_emulated(serial, props, uname, sections.get("kernel", "")),
    }
    machine = "aarch64" if "arm64-v8a" in _abis(props) else uname[2].strip() or "unknown"
    return DeviceInfo(
        name=serial,
        kind="android",
        title=_title(props) or serial,
        machine=machine,
        os=f"Android {facts['android']}" if "android" in facts else "Android",
        kernel=uname[1].strip(),
        cores=found.cores,
        memory_bytes=parse_kilobytes(sections.get("meminfo", ""), "MemTotal"),
        page_bytes=parse_page_bytes(sections.get("page", "")),
        emulated=bool(facts["emulated_because"]),
        build=props.get("ro.build.fingerprint") or None,
        facts={name: value for name, value in facts.items() if value},
    )


def _first(props: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((props[key].strip() for key in keys if props.get(key, "").strip()), None)


def _abis(props: Mapping[str, str]) -> str:
    return props.get("ro.product.cpu.abilist", "") + "," + props.get("ro.product.cpu.abi", "")


def _title(props: Mapping[str, str]) -> str:
    model = _first(props, (*_MARKETING_NAMES, "ro.product.model")) or ""
    maker = _first(props, ("ro.product.manufacturer",)) or ""
    if not model or model.lower().startswith(maker.lower()):
        return model
    # "samsung" and "HUAWEI" as their makers write them look odd beside a model.
    return f"{maker if len(maker) <= 3 else maker.capitalize()} {model}"


def _why_emulated(serial: str, props: Mapping[str, str], uname: list[str], kernel: str) -> str:
    if serial.startswith("emulator-"):
        return "its serial is an emulator's"
    for key in ("ro.kernel.qemu", "ro.boot.qemu"):
        if props.get(key) == "1":
            return f"{key} is 1"
    if props.get("ro.hardware") in _EMULATED_HARDWARE:
        return f"its hardware is {props['ro.hardware']}"
    release, machine, *_ = [*kernel.split(), "", ""]
    if release and release != uname[1].strip():
        return f"its kernel is {release}, though `uname` says {uname[1].strip()}"
    if machine and "arm64-v8a" in _abis(props) and machine != "aarch64":
        return f"its kernel is one for {machine}"
    return ""
