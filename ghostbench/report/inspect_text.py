"""Findings in words: a verdict in one line, then what was found by cost."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ghostbench.core.profile import ModelProfile
from ghostbench.graph.delegation import Delegation
from ghostbench.graph.explanations import BROKEN, SLOW, SUSPECT
from ghostbench.graph.findings import Finding
from ghostbench.report.profile_text import ms_with_interval
from ghostbench.report.quantities import counted, megabytes_text, millions_text, share_text

MOST_NAMED = 3  # operators of one finding; `--json` has all
_VERBS = {
    BROKEN: ("keeps it from running right", "keep it from running right"),
    SLOW: ("costs time", "cost time"),
    SUSPECT: ("should be looked at", "should be looked at"),
}


def verdict(findings: Sequence[Finding], profile: ModelProfile | None) -> str:
    """The whole in one line."""
    if not findings:
        return "clean: nothing in it that a good graph would not hold"
    counts = Counter(finding.severity for finding in findings)
    parts = [f"{counts[one]} {_VERBS[one][counts[one] > 1]}" for one in _VERBS if counts[one]]
    return f"{counted(len(findings), 'finding')}: {', '.join(parts)}{_saving(findings, profile)}"


def _saving(findings: Sequence[Finding], profile: ModelProfile | None) -> str:
    if profile is None:
        return ""
    gone = {
        index for one in findings if one.vanishes and not one.subgraph for index in one.operators
    }
    ns = sum(one.time.ns for one in profile.operators if one.index in gone)
    if not ns:
        return ""
    whole = profile.sum.ns
    return (
        f"; {ns / 1e6:.3f} of {whole / 1e6:.3f} ms ({share_text(ns / whole)}) would go when mended"
    )


def finding_lines(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    """Each finding as lines with what stands before them."""
    for number, one in enumerate(findings, start=1):
        bullet = f"{number}. "
        space = " " * len(bullet)
        yield bullet, f"{one.message}."
        yield f"{space}Cost: ", cost_text(one)
        yield f"{space}To do: ", f"{one.advice}."
        if one.operators:
            yield f"{space}Where: ", places_text(one)


def cost_text(one: Finding) -> str:
    """What it costs: time if a profile tells, else work or bytes."""
    if one.ns is not None:
        interval = (
            f" ({one.ci95_ns[0] / 1e6:.3f} to {one.ci95_ns[1] / 1e6:.3f})" if one.ci95_ns else ""
        )
        share = f", {share_text(one.share)} of the time of all operators" if one.share else ""
        return f"{one.ns / 1e6:.3f} ms{interval}{share}."
    if one.severity == BROKEN:
        return "the whole model."
    told = []
    if one.macs:
        what = "multiply-adds more or less" if one.kind == "macs-differ" else "multiply-adds in it"
        told.append(
            f"{millions_text(one.macs)} million {what}"
            if one.macs >= 1e5
            else f"{one.macs:,} {what}"
        )
    if one.bytes:
        moved = "bytes moved" if one.operators else "bytes"
        large = one.bytes >= 1e6
        told.append(
            f"{megabytes_text(one.bytes)} MB moved"
            if large and one.operators
            else f"{one.bytes:,} {moved}"
        )
    return f"{', '.join(told)}." if told else "none that can be counted."


def places_text(one: Finding) -> str:
    """The first operators by index, kind and name, and how many more there are."""
    where = f" of subgraph {one.subgraph}" if one.subgraph else ""
    named = [f"{index} {name}" for index, name in zip(one.operators, one.names, strict=False)][
        :MOST_NAMED
    ]
    more = len(one.operators) - len(named)
    rest = f"; and {more:,} more" if more > 0 else ""
    word = "operator" if len(one.operators) == 1 else "operators"
    return f"{word}{where} {'; '.join(named)}{rest}."


def runs_where_lines(divided: Delegation | None, needed: str | None) -> Iterator[str]:
    """Who runs the operators, and which runtime loads them."""
    if divided is not None and (divided.taken or divided.own):
        total = divided.taken + len(divided.own)
        parts = counted(divided.xnnpack_parts, "part")
        if not divided.own:
            yield f"XNNPACK takes all {total:,} operators, in {parts}."
        elif not divided.taken:
            yield f"XNNPACK takes none of its {counted(total, 'operator')}."
        else:
            yield f"XNNPACK takes {divided.taken:,} of {total:,} operators, in {parts}."
    if needed is not None:
        yield f"It loads from TensorFlow Lite {needed} on."


def profile_lines(profile: ModelProfile | None, findings: Sequence[Finding]) -> Iterator[str]:
    """Where the milliseconds come from, or how to get them."""
    if profile is not None:
        yield (
            f"Times are from a profile of this very file on {profile.device.title}: "
            f"{ms_with_interval(profile.sum)} in all operators."
        )
    elif any(one.operators and one.severity != BROKEN for one in findings):
        yield "For costs in milliseconds, profile it first: ghostbench profile FILE"
