"""The networks of a study as tables: CSV for machines in full precision, Markdown for people."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from ghostbench.core.artifact import quantization_label
from ghostbench.core.result import NS_PER_MS, times_ms
from ghostbench.report.cautions import caution_kinds, excluded_blocks, withheld_lines
from ghostbench.report.claims import judge_claims
from ghostbench.report.claims_evidence import front_chances
from ghostbench.report.claims_text import claim_rows, claims_lines
from ghostbench.report.columns import Column, SourceList, people_columns
from ghostbench.report.comparisons import published_ms
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.study import Group, Network, Study

Cell = str | int | float | bool | None


def networks_csv(study: Study) -> str:
    """One line for each measured network; an empty cell is unknown."""
    rows = [
        _csv_row(study, group, network, chances.get(network.result.record_id))
        for group in study.groups
        for chances in (front_chances(group),)
        for network in group.networks
    ]
    return _csv(rows)


def claims_csv(study: Study) -> str:
    """One line for each claim of the paper on each device, with its verdict and statistics; empty without any."""
    return _csv(study_claim_rows(study))


def study_claim_rows(study: Study) -> list[dict[str, Cell]]:
    """The same as values."""
    return [
        row
        for group in study.groups
        if (claims := judge_claims(study, group))
        for row in claim_rows(study, group, claims)
    ]


def _csv(rows: Sequence[Mapping[str, Cell]]) -> str:
    if not rows:
        return ""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _csv_row(study: Study, group: Group, network: Network, chance: float | None) -> dict[str, Cell]:
    return {
        **_what(group, network),
        **_counts(network),
        **_accuracy(network),
        **_times(network, study),
        "front_probability": chance,
        **_trust(network),
        "campaign": network.result.campaign,
        "record": network.result.record_id,
    }


def _accuracy(network: Network) -> dict[str, Cell]:
    found = network.accuracy
    low, high = found.top1.ci95_percent if found else (None, None)
    return {
        "top1_measured_percent": found.top1.percent if found else None,
        "top1_measured_ci95_low": low,
        "top1_measured_ci95_high": high,
        "top1_measured_images": found.images if found else None,
    }


def _what(group: Group, network: Network) -> dict[str, Cell]:
    result = network.result
    return {
        "model": result.model,
        "title": network.title,
        "family": network.family,
        "precision": result.precision,
        "quantization": _quantization(network),
        "device": group.device.name,
        "device_kind": group.device.kind,
        "device_title": group.device.title,
        "emulated": group.device.emulated,
        "engine": group.engine.name,
        "engine_version": group.engine.version,
        "kernel_mode": group.settings.kernel_mode,
        "threads": result.threads,
        "cpu": group.settings.cpu,
        "model_sha256": result.model_sha256,
    }


def _quantization(network: Network) -> str | None:
    return quantization_label(network.artifact) if network.artifact else None


def _counts(network: Network) -> dict[str, Cell]:
    artifact, top1, macs = network.artifact, network.top1_source, network.published_macs_source
    return {
        "params": network.params,
        "size_bytes": artifact.size_bytes if artifact else None,
        "macs_counted": network.macs,
        "macs_published": network.published_macs,
        "macs_difference_percent": network.macs_change_percent,
        "macs_published_source": macs.text if macs else None,
        "operators_not_counted": sum(artifact.uncounted.values()) if artifact else None,
        "top1_published_percent": network.top1_percent,
        "top1_source": top1.text if top1 else None,
        "top1_obtained": top1.obtained if top1 else None,
    }


def _times(network: Network, study: Study) -> dict[str, Cell]:
    result, over = network.result, network.result.over_sessions
    return {
        **times_ms(result),
        "over_sessions_low_ms": over.ci95_ns[0] / NS_PER_MS if over else None,
        "over_sessions_high_ms": over.ci95_ns[1] / NS_PER_MS if over else None,
        "over_sessions_told": over.told if over else None,
        "paper_latency_ms": published_ms(network, study.paper) if study.paper else None,
        "peak_rss_bytes": result.peak_rss_bytes if result.peak_rss_bytes >= 0 else None,
        "samples": len(result.samples),
        "blocks": len(result.blocks),
        "excluded_blocks": len(result.excluded),
        "failed_blocks": result.failed_blocks,
    }


def _trust(network: Network) -> dict[str, Cell]:
    result = network.result
    return {
        "verdict": result.verdict.value,
        "reasons": "\n".join(f"{r.severity} {r.code}: {r.text}" for r in result.reasons),
        "withheld": "\n".join(f"{name}: {why}" for name, why in result.withheld.items()),
        "cautions": "\n".join(result.cautions),
    }


def networks_markdown(study: Study) -> str:
    """The tables of all groups, with sources and cautions below."""
    sources = SourceList()
    parts = [f"# {_plain(study.campaign)}: networks\n"]
    for group in study.groups:
        columns = people_columns(study, sources, group)
        parts.append(f"{_plain(device_text(group.device))}; {_plain(conditions_text(group))}\n")
        if group.made_up:
            parts.append("**SIMULATED: these times are made up and mean nothing.**\n")
        parts.append(_table(columns, group.networks))
        parts.append(_below(group))
    parts += [_claims_markdown(study, group) for group in study.groups]
    parts.append(f"{_accuracy_told(study)} Sources of published numbers:\n")
    parts.append("".join(f"{i}. {_plain(line)}\n" for i, line in enumerate(sources.lines(), 1)))
    return "\n".join(part for part in parts if part)


def _claims_markdown(study: Study, group: Group) -> str:
    """The claims of the paper with their verdicts; nothing without any."""
    claims = judge_claims(study, group)
    lines = claims_lines(claims) if claims else []
    if not lines:
        return ""
    return "The paper's claims on this device:\n\n" + "".join(
        f"- {_plain(line)}\n" for line in lines
    )


def _accuracy_told(study: Study) -> str:
    if any(network.accuracy for group in study.groups for network in group.networks):
        return "Accuracy is published where it is not called measured, latency was measured."
    return "Accuracy is published, latency was measured."


def _table(columns: Sequence[Column], networks: Iterable[Network]) -> str:
    lines = [
        [column.heading for column in columns],
        ["---:" if column.numeric else "---" for column in columns],
        *([_plain(column.cell(network)) for column in columns] for network in networks),
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _below(group: Group) -> str:
    """What the table leaves to be said: withheld quantiles, cautions, blocks that do not count."""
    cautions = [kind.told(len(group.networks)) for kind in caution_kinds(group)]
    excluded = [
        f"{one.title}, round {one.round}, attempt {one.attempt}, {one.verdict}: {one.why}"
        for one in excluded_blocks(group)
    ]
    return "\n".join(
        f"{heading}:\n\n" + "".join(f"- {_plain(line)}\n" for line in lines)
        for heading, lines in (
            ("Withheld", withheld_lines((n.title, n.result) for n in group.networks)),
            ("Cautions (networks.csv holds every one)", cautions),
            ("Blocks that do not count, which are kept", excluded),
        )
        if lines
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_|<>\[\]#~])", r"\\\1", " ".join(text.split()))
