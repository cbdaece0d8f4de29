"""A profile in words and rows."""

from collections.abc import Iterator, Sequence

from ghostbench.core.profile import (
    Figure,
    KindDifference,
    ModelProfile,
    OperatorTime,
    ProfileComparison,
)
from ghostbench.report.quantities import UNKNOWN, counted, share_text

OPERATOR_COLUMNS = (
    "operator", "output", "kernels", "us", "95 % interval", "share", "M MACs", "kB", "GMAC/s", "GB/s", "of roof",
)  # fmt: skip
KIND_COLUMNS = ("kind", "count", "us", "95 % interval", "share", "M MACs", "GMAC/s")
_WITHOUT_KERNELS = {"litert": "LiteRT's own", "nothing": "none: folded"}


def operator_rows(operators: Sequence[OperatorTime]) -> list[list[str]]:
    """One row for each operator."""
    return [
        [
            f"{operator.index} {operator.kind}" + ("" if operator.matched else " ?"),
            "x".join(map(str, operator.shape)),
            " + ".join(_short(kernel) for kernel in operator.kernels)
            or _WITHOUT_KERNELS[operator.ran_by],
            us_text(operator.time.ns),
            interval_us_text(operator.time),
            share_text(operator.share),
            "?" if operator.macs is None else f"{operator.macs / 1e6:,.2f}",
            f"{operator.moved_bytes / 1e3:,.0f}",
            f"{operator.gmac_per_s:,.1f}" if operator.gmac_per_s else "-",
            f"{operator.gb_per_s:,.1f}",
            UNKNOWN
            if operator.roof_share is None
            else f"{100 * operator.roof_share:.0f} % {(operator.bound or '')[:3]}",
        ]
        for operator in operators
    ]


def slowest(profile: ModelProfile, count: int) -> list[OperatorTime]:
    """The operators that take longest."""
    return sorted(profile.operators, key=lambda one: -one.time.ns)[:count]


def kind_rows(profile: ModelProfile) -> list[list[str]]:
    """One row for each kind of operator."""
    return [
        [
            one.kind,
            str(one.count),
            us_text(one.time.ns),
            interval_us_text(one.time),
            share_text(one.share),
            f"{one.macs / 1e6:,.1f}" if one.macs else "-",
            f"{one.macs / one.time.ns:,.1f}" if one.macs else "-",
        ]
        for one in profile.kinds
    ]


def summary_lines(profile: ModelProfile) -> Iterator[str]:
    """What was measured, and what its operators do not explain."""
    yield (
        f"{profile.model} ({profile.precision}) on {profile.device.title}: profiled, not a latency record. "
        f"{counted(profile.rounds, 'process', 'processes')} of {min(profile.repetitions)} inferences."
    )
    yield f"Sum over {counted(len(profile.operators), 'operator')}: {ms_with_interval(profile.sum)}."
    if profile.latency is not None and profile.not_explained is not None:
        share = profile.not_explained.ns / profile.latency.ns
        yield (
            f"Latency without the profiler: {ms_with_interval(profile.latency)}; "
            f"not explained by operators: {profile.not_explained.ns / 1e6:.3f} ms ({share_text(share)})."
        )
    if profile.roof is not None:
        far = max(profile.roof.read_gb_per_s)
        near = min(profile.roof.read_gb_per_s)
        yield (
            f"Roof of one core, measured with {profile.roof.kernel}: {profile.roof.gmac_per_s:.1f} GMAC/s in float32; "
            f"reading {profile.roof.read_gb_per_s[near]:.0f} GB/s from the nearest cache, "
            f"{profile.roof.read_gb_per_s[far]:.0f} GB/s from memory."
        )


def comparison_lines(comparison: ProfileComparison) -> Iterator[str]:
    """The answer first; then what it rests on."""
    named = [one for one in comparison.kinds if one.named]
    yield _verdict(comparison, named)
    low, high = (f"{end:.3f}" for end in comparison.ratio_ci95)
    yield f"Latency without the profiler, B over A: {comparison.ratio:.3f} (95 % interval {low} to {high})."
    yield from _explained(comparison)
    for one in named:
        low, high = (_signed_ms(end) for end in one.ci95_ns)
        shapes = "; ".join(
            f"{_signed_ms(ns)} ms at {shape}" for shape, ns in list(one.shapes.items())[:3]
        )
        yield f"{_cause(one)}: 95 % interval {low} to {high} ms; {shapes}."


def _explained(comparison: ProfileComparison) -> Iterator[str]:
    """How much of a difference in latency is in operators; the rest is other programs, or what runs between them."""
    a, b = comparison.a, comparison.b
    if not comparison.differs or a.latency is None or b.latency is None:
        return
    whole, inside = b.latency.ns - a.latency.ns, b.sum.ns - a.sum.ns
    yield f"Of {_signed_ms(whole)} ms in latency, operators explain {_signed_ms(inside)} ms."


def _verdict(comparison: ProfileComparison, named: Sequence[KindDifference]) -> str:
    percent = 100 * (comparison.ratio - 1)
    a, b = comparison.a.model, comparison.b.model
    causes = ", ".join(_cause(one) for one in named)
    if not comparison.differs:
        told = f"No difference in latency between A ({a}) and B ({b}) can be told"
        return (
            f"{told}; operators differ all the same: {causes}."
            if named
            else f"{told}, nor any in its operators."
        )
    told = f"B ({b}) is {abs(percent):.1f} % {'slower' if percent > 0 else 'faster'} than A ({a})"
    if named:
        return f"{told}: {causes}."
    return f"{told}, but no kind of operator stands out as the cause."


def _cause(one: KindDifference) -> str:
    count = f"{one.count_b}" if one.count_a == one.count_b else f"{one.count_b} (A: {one.count_a})"
    return f"{_signed_ms(one.ns)} ms in {count} {one.kind}"


def us_text(ns: float) -> str:
    """Microseconds, with the digits that a clock of whole microseconds allows after averaging."""
    return f"{ns / 1e3:,.1f}"


def interval_us_text(time: Figure) -> str:
    """Both ends."""
    if time.ci95_ns is None:
        return UNKNOWN
    return f"{us_text(time.ci95_ns[0])}-{us_text(time.ci95_ns[1])}"


def ms_with_interval(time: Figure) -> str:
    """Milliseconds with their interval."""
    text = f"{time.ns / 1e6:.3f} ms"
    if time.ci95_ns is None:
        return text
    low, high = (end / 1e6 for end in time.ci95_ns)
    return f"{text} ({low:.3f} to {high:.3f})"


def _signed_ms(ns: float) -> str:
    return f"{ns / 1e6:+.2f}"


def _short(kernel: str) -> str:
    return kernel.replace(" (NC)", "").replace(" (ND)", "")
