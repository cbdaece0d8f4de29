"""The records behind the numbers: what was measured, how, on which file, block by block, and how far to trust it."""

from collections.abc import Iterator, Mapping

from matplotlib.figure import Figure

from ghostbench.core.artifact import quantization_label
from ghostbench.core.result import BlockSummary
from ghostbench.core.verdict import as_caution
from ghostbench.report.charts.style import svg_for_page
from ghostbench.report.claims_text import chance_text
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.html import Html, element, joined, listed
from ghostbench.report.page_accuracy import accuracy_pairs
from ghostbench.report.page_grid import GridCell, grid, words_cell
from ghostbench.report.quantities import (
    count_text,
    interval_text,
    megabytes_text,
    millions_text,
    ms_text,
)
from ghostbench.report.study import Group, Network, Study

Anchors = Mapping[str, str]  # from a record's name to its place on the page
_BLOCKS = (
    "Round", "Attempt", "Timed", "Median, ms", "Min, ms", "Init, ms", "First, ms", "Peak memory, MB",
    "Verdict", "Record",
)  # fmt: skip


def record_anchors(study: Study) -> dict[str, str]:
    """Where each record stands: `record-0-3` is the fourth network of the first group."""
    return {
        network.result.record_id: f"record-{place}-{number}"
        for place, group in enumerate(study.groups)
        for number, network in enumerate(group.networks)
    }


def records_section(
    study: Study, anchors: Anchors, profiles: Mapping[str, Figure], chances: Mapping[str, float]
) -> Html:
    """Every record, closed until somebody asks for it; it needs no script."""
    parts = [
        joined(
            element("h3", f"{group.device.title}, {group.precision}"),
            *(
                _record(group, network, anchors, profiles, chances)
                for network in group.networks
            ),
        )
        for group in study.groups
    ]  # fmt: skip
    return joined(*parts)


def _record(
    group: Group,
    network: Network,
    anchors: Anchors,
    profiles: Mapping[str, Figure],
    chances: Mapping[str, float],
) -> Html:
    result = network.result
    anchor = anchors[result.record_id]
    pairs = {
        **_identity(group, network),
        **_times(network),
        **_chance(chances.get(result.record_id)),
    }
    told = ((name, value) for name, value in pairs.items() if value)
    body = element(
        "div",
        element("dl", *(element("div", element("dt", n), element("dd", v)) for n, v in told)),
        _verdict(network),
        _blocks(network),
        _profile(network, anchor, profiles.get(result.record_id)),
        attributes={"class": "facts"},
    )
    summary = element("summary", f"{network.title}: {_in_short(network)}")
    return element("details", summary, body, attributes={"id": anchor, "class": "record"})


def _in_short(network: Network) -> str:
    result = network.result
    return f"{ms_text(result.median_ns, result.ci95_ns)} ms, {result.verdict}"


def _identity(group: Group, network: Network) -> dict[str, str]:
    result, artifact = network.result, network.artifact
    return {
        "Record": result.record_id,
        "Campaign": result.campaign,
        "Job": result.job_id,
        "Measured on": device_text(group.device),
        "Conditions": conditions_text(group),
        "Device build": group.device.build or "",
        "SHA-256 of the model file": result.model_sha256,
        "Quantisation": (quantization_label(artifact) if artifact else None) or "",
        "Size of the file": f"{megabytes_text(artifact.size_bytes)} MB" if artifact else "",
        "Built by": f"{artifact.route} route, weights {artifact.weights or 'unknown'}"
        if artifact
        else "",
        "MACs counted": f"{millions_text(network.macs)} million",
        **accuracy_pairs(network),
    }


def _times(network: Network) -> dict[str, str]:
    result, over = network.result, network.result.over_sessions
    return {
        "Median": f"{ms_text(result.median_ns, result.ci95_ns)} ms",
        "95 % interval": f"{interval_text(result.ci95_ns, around_ns=result.median_ns)} ms"
        if result.ci95_ns
        else result.withheld.get("interval", "too few blocks"),
        "At any other time, too": f"{interval_text(over.ci95_ns, around_ns=result.median_ns)} ms: {over.told}"
        if over
        else "",
        "p90": _quantile(network, "p90", result.p90_ns, result.p90_ci95_ns),
        "p95": _quantile(network, "p95", result.p95_ns, result.p95_ci95_ns),
        "Samples, blocks": f"{count_text(len(result.samples))}, {len(result.blocks)}",
        "Blocks left out": f"{len(result.excluded)} measured, {result.failed_blocks} failed",
        "Peak memory": f"{megabytes_text(result.peak_rss_bytes)} MB",
    }


def _quantile(
    network: Network, name: str, ns: float | None, interval_ns: tuple[float, float] | None
) -> str:
    if ns is None:
        why = network.result.withheld.get(name)
        return f"withheld: {why}" if why else ""
    interval = f" ({interval_text(interval_ns, around_ns=ns)})" if interval_ns else ""
    return f"{ms_text(ns, interval_ns or network.result.ci95_ns)} ms{interval}"


def _chance(chance: float | None) -> dict[str, str]:
    return {} if chance is None else {"Probability of the Pareto front": chance_text(chance)}


def _verdict(network: Network) -> Html:
    result = network.result
    reasons = [f"{reason.severity}: {as_caution(reason)}" for reason in result.reasons]
    return joined(
        element("h4", f"Verdict: {result.verdict}"),
        listed(reasons) if reasons else element("p", "Nothing speaks against these times."),
    )


def _blocks(network: Network) -> Html:
    result = network.result
    rows = [[*_block_cells(block)] for block in (*result.blocks, *result.excluded)]
    return joined(element("h4", "Blocks"), grid(_BLOCKS, rows, f"Blocks of {network.title}"))


def _block_cells(block: BlockSummary) -> Iterator[GridCell]:
    where = f"{block.round + 1}" + (f" (session {block.session + 1})" if block.session else "")
    yield GridCell(where, block.round)
    yield GridCell(str(block.attempt), block.attempt)
    yield GridCell(count_text(block.timed), block.timed)
    for ns in (block.median_ns, block.min_ns, block.init_ns, block.first_ns):
        yield GridCell(ms_text(ns), ns)
    memory = block.peak_rss_bytes
    yield GridCell(megabytes_text(memory), memory if memory >= 0 else None)
    codes = ", ".join(dict.fromkeys(reason.code for reason in block.reasons))
    yield words_cell(f"{block.verdict}: {codes}" if codes else block.verdict.value)
    yield words_cell(block.record_id)


def _profile(network: Network, anchor: str, picture: Figure | None) -> Html:
    if picture is None or network.profile is None:
        return Html("")
    caption = f"Time per operator of this very file, from a profile of {network.profile.rounds} processes of its own"
    svg = svg_for_page(picture, name=f"profile-{anchor}", title=caption)
    return joined(
        element("h4", "Where the time goes"),
        element(
            "figure",
            element("div", Html(svg), attributes={"class": "picture", "tabindex": "0"}),
            element("figcaption", caption),
        ),
    )
