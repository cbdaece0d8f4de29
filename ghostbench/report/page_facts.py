"""The parts of the page that say how, on what and from where: method, device, hashes, sources."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.plan import RunSettings
from ghostbench.report.columns import SourceList
from ghostbench.report.describe import core_text, engine_text, input_text
from ghostbench.report.findings import weights_text
from ghostbench.report.html import Html, element, joined, listed
from ghostbench.report.quantities import (
    count_text,
    counted,
    megabytes_text,
    moment_text,
    span_text,
)
from ghostbench.report.study import Group, Study


def method_section(study: Study) -> Html:
    """How it was measured, in short."""
    group = study.groups[0]
    settings = group.settings
    lines = [
        f"Every block is a fresh process that loads one network, warms up until it is steady, and then times single "
        f"inferences with batch 1: at least {settings.min_runs} and at least {settings.min_ms} ms of them.",
        f"{counted(study.rounds, 'round')}: each round runs every network once, in an order drawn anew, so that a "
        "slow spell of the device does not fall on one network alone.",
        "The time of a network is the median of its blocks' medians. Its 95 % interval comes from how blocks differ, "
        "not from how inferences within one block do. No sample of a block that counts is left out, and blocks that do "
        "not count are listed with the reasons. The interval is of this session; the record of a network also tells "
        "the one for any other hour or day, which is wider by what sessions differ by.",
        "Networks are compared round by round: the ratio is the median of the rounds' ratios.",
        f"{weights_text(group)} The inputs were {input_text(settings)}.",
        "Multiply-adds (MACs; papers call them FLOPs) are counted in the .tflite files themselves: convolutions, "
        "fully connected layers and matrix products.",
        f"From the first block to the last: {moment_text(study.started_at)} to {moment_text(study.finished_at)}; "
        f"{span_text(study.busy_s)} of it were spent in blocks.",
    ]
    if study.paper:
        lines += list(study.paper.caveats)
    return joined(listed(lines), _failures(study))


def _failures(study: Study) -> Html:
    lines = [*study.failures]
    lines += [f"{f.job_id}: no block counts. {reasons_told(f.reasons)}" for f in study.unmeasured]
    return joined(element("h3", "What failed"), listed(lines)) if lines else Html("")


def reasons_told(reasons: Sequence[str]) -> str:
    """Reasons that differ in their numbers alone once, with how many more there are of the kind.

    >>> reasons_told(["it waited 12.5 % of its time.", "it waited 70 % of its time.", "the runner ended with 139"])
    'It waited 12.5 % of its time (and 1 more like this). The runner ended with 139.'
    """
    kinds: dict[str, list[str]] = {}
    for reason in reasons:
        kinds.setdefault(re.sub(r"[\d.,]+", "0", reason), []).append(reason)
    told = []
    for first, *others in kinds.values():
        more = f" (and {len(others)} more like this)" if others else ""
        told.append(f"{first[:1].upper()}{first[1:].removesuffix('.')}{more}.")
    return " ".join(told)


def facts_section(study: Study) -> Html:
    """Every device, engine and file, exactly."""
    return joined(*(_group_facts(group) for group in study.groups))


def _group_facts(group: Group) -> Html:
    return joined(
        element("h3", f"{group.device.title}, {group.precision}"),
        _pairs(_device_pairs(group.device) | _state_pairs(group.state_before)),
        _pairs(_engine_pairs(group)),
        element(
            "details",
            element("summary", "SHA-256 of every model file"),
            _pairs(_model_pairs(group)),
        ),
    )


def _device_pairs(device: DeviceInfo) -> dict[str, str]:
    clusters = {core.cluster for core in device.cores}
    told = {
        "Device": f"{device.title} ({device.name})",
        "Kind": device.kind
        + (", emulated" if device.emulated else "")
        + (", virtual machine" if device.virtual else ""),
        "Machine": device.machine,
        "System": f"{device.os}, kernel {device.kernel}",
        "Build": device.build or "",
        "Cores": ", ".join(_cluster_text(device, cluster) for cluster in sorted(clusters)),
        "Memory": f"{megabytes_text(device.memory_bytes)} MB" if device.memory_bytes else "",
        "Page size": f"{count_text(device.page_bytes)} bytes" if device.page_bytes else "",
    }
    return told | dict(device.facts)


def _cluster_text(device: DeviceInfo, cluster: str) -> str:
    cores = [core for core in device.cores if core.cluster == cluster]
    clocks = [core.max_mhz for core in cores if core.max_mhz]
    kind = "" if cluster == "all" else f" {cluster}"
    return f"{len(cores)}{kind}" + (f" up to {max(clocks):,.0f} MHz" if clocks else "")


def _state_pairs(state: DeviceState) -> dict[str, str]:
    warmest = max(state.temperatures_celsius.items(), key=lambda pair: pair[1], default=None)
    return {
        "Governor at the start": ", ".join(sorted(set(state.governors.values()))),
        "Load at the start": "" if state.load_1min is None else f"{state.load_1min:.2f}",
        "Warmest sensor at the start": f"{warmest[1]:.1f} °C ({warmest[0]})" if warmest else "",
    }


def _engine_pairs(group: Group) -> dict[str, str]:
    settings: RunSettings = group.settings
    return {
        "Engine": engine_text(group.engine, settings),
        "Threads": str(settings.threads),
        "Pinned to": core_text(settings),
        "Input": input_text(settings),
        **{f"SHA-256 of {name}": digest for name, digest in group.engine.files.items()},
    }


def _model_pairs(group: Group) -> dict[str, str]:
    return {network.result.job_id: network.result.model_sha256 for network in group.networks}


def _pairs(pairs: Mapping[str, str]) -> Html:
    told: Iterable[Html] = (
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs.items()
        if value
    )
    return element("dl", *told)


def sources_section(study: Study, sources: SourceList) -> Html:
    """Where the published numbers come from, numbered as in the tables."""
    items = [
        element("li", line, attributes={"id": f"source-{number}"})
        for number, line in enumerate(sources.lines(), 1)
    ]
    parts = [element("ol", *items)] if items else []
    if study.paper:
        figures = [
            f"{figure.title}: rows of {figure.table}.csv from “{figure.source}”"
            for figure in study.paper.figures
        ]
        parts += [
            element("p", f"{study.paper.citation} {study.paper.identifier}"),
            element("p", "Drawn again from it, with the tables that ghostbench carries:"),
            listed(figures),
        ]
    return joined(*parts)
