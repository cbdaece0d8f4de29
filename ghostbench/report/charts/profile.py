"""Where the time goes: kinds of operators as bars, and every operator under the roof of the core."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ghostbench.core.profile import ModelProfile, OperatorTime, Roof
from ghostbench.report.charts.style import INK, SOFT, add_note, plain_text, wrapped

# Told apart by people who cannot tell red from green (Okabe and Ito, 2008).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", SOFT)
_MOST_BARS = 10


def profile_figure(profile: ModelProfile) -> Figure:
    """Two panels: time by kind, and the roofline where there is one."""
    figure = Figure(figsize=(10.5, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    colours = {
        one.kind: _COLOURS[min(place, len(_COLOURS) - 1)] for place, one in enumerate(profile.kinds)
    }
    _draw_kinds(left, profile, colours)
    if profile.roof is not None:
        _draw_roof(right, profile.roof, profile.operators, colours)
    else:
        right.set_axis_off()
    title = f"{profile.model} ({profile.precision}) on {profile.device.title}: time per operator"
    plain_text(figure.suptitle(wrapped(title, 100), x=0.01, ha="left", fontsize=11))
    add_note(figure, _note(profile))
    return figure


def _draw_kinds(axes: Axes, profile: ModelProfile, colours: dict[str, str]) -> None:
    kinds = profile.kinds[:_MOST_BARS]
    for place, one in enumerate(kinds):
        low, high = one.time.ci95_ns or (one.time.ns, one.time.ns)
        axes.barh(place, one.time.ns / 1e6, color=colours[one.kind], height=0.7)
        axes.plot([low / 1e6, high / 1e6], [place, place], color=INK, linewidth=1.2)
        axes.annotate(
            f" {100 * one.share:.1f} %", (max(high, one.time.ns) / 1e6, place),
            va="center", fontsize=8, color=SOFT,
        )  # fmt: skip
    axes.set_yticks(range(len(kinds)))
    axes.set_yticklabels([f"{one.count} x {one.kind}" for one in kinds], parse_math=False)
    axes.invert_yaxis()
    axes.margins(x=0.18)
    axes.set_xlim(left=0)
    axes.set_xlabel("ms of an inference (95 % interval over processes)")
    axes.set_title("By kind of operator")


def _draw_roof(
    axes: Axes, roof: Roof, operators: Sequence[OperatorTime], colours: dict[str, str]
) -> None:
    counted = [one for one in operators if one.macs and one.moved_bytes]
    intensities = [(one.macs or 0) / one.moved_bytes for one in counted] or [1.0]
    left, right = min(*intensities, 0.1) / 2, max(*intensities, 10.0) * 2
    sizes = sorted(roof.read_gb_per_s)
    for size, dashes in ((sizes[0], ":"), (sizes[-1], "-")):
        rate = roof.read_gb_per_s[size]
        ridge = roof.gmac_per_s / rate
        xs = [left, ridge, right] if left < ridge < right else [left, right]
        ys = [min(roof.gmac_per_s, x * rate) for x in xs]
        where = "memory" if size == sizes[-1] else "nearest cache"
        axes.plot(
            xs, ys, color=INK, linewidth=1.1, linestyle=dashes, label=f"{rate:.0f} GB/s, {where}"
        )
    for one, intensity in zip(counted, intensities, strict=False):
        axes.plot(
            intensity, one.gmac_per_s or 0.0, marker="o", linestyle="none", alpha=0.7, markeredgewidth=0,
            color=colours[one.kind], markersize=3 + 14 * one.share**0.5,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("multiply-adds per byte moved")
    axes.set_ylabel("GMAC/s achieved")
    axes.set_title(f"Under the roof of one core: {roof.gmac_per_s:.0f} GMAC/s ({roof.kernel})")
    axes.grid(visible=True, which="major")
    axes.legend(loc="lower right")


def _note(profile: ModelProfile) -> str:
    text = (
        "Profiled: a pass of its own, not a latency record. Larger dots take more of the time; operators without "
        "multiply-adds are not among the dots. The roof is what our own loops reached in float32."
    )
    if profile.not_explained is not None and profile.latency is not None:
        text += (
            f" Latency without the profiler {profile.latency.ns / 1e6:.2f} ms, sum of operators "
            f"{profile.sum.ns / 1e6:.2f} ms."
        )
    return text
