"""Draw the pictures of docs/measuring.md into docs/images/. All times in them are made up from fixed seeds.

python tools/draw_measuring.py
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ghostbench.stats.compare import paired_ratio
from ghostbench.stats.intervals import median_interval
from ghostbench.stats.summary import Numbers

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
TEAL, ORANGE, GREY, RED = "#1f7a8c", "#d1701f", "#8a8f98", "#b3261e"
TRUE_MS, BETWEEN, WITHIN = 5.0, 0.02, 0.006


def main() -> None:
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    IMAGES.mkdir(parents=True, exist_ok=True)
    for draw in (blocks, interleaved, intervals, verdicts):
        figure = draw()
        # Without the date and the version of matplotlib, so that the same picture gives the same file.
        path = IMAGES / f"measuring-{draw.__name__}.png"
        figure.savefig(path, dpi=130, metadata={"Software": None})
        plt.close(figure)


def blocks() -> Figure:
    """Samples of six processes, and what two kinds of interval make of them."""
    rng = np.random.default_rng(7)
    levels = TRUE_MS * np.exp(rng.normal(0, BETWEEN, 6))
    samples = [level * np.exp(np.abs(rng.normal(0, WITHIN, 120))) for level in levels]
    medians = np.array([np.median(block) for block in samples])
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), width_ratios=(3, 1), sharey=True)
    for number, block in enumerate(samples):
        left.plot(
            number + np.linspace(0.05, 0.95, len(block)), block, ".", color=TEAL, markersize=2
        )
        left.plot([number, number + 1], [medians[number]] * 2, color="black", linewidth=1.2)
    left.set_xlabel("process after process, 120 inferences in each")
    left.set_ylabel("ms (made up)")
    left.set_xticks(np.arange(6) + 0.5, [str(n + 1) for n in range(6)])
    first = samples[0]
    half = 1.96 * first.std(ddof=1) / len(first) ** 0.5
    _bar(right, 0, (first.mean() - half, first.mean() + half), first.mean(), ORANGE)
    _bar(right, 1, median_interval(medians), float(np.median(medians)), TEAL)
    right.axhline(TRUE_MS, color=GREY, linewidth=1, linestyle="--")
    right.set_xlim(-0.6, 1.6)
    right.set_xticks([0, 1], ["samples of\nprocess 1", "six\nprocesses"])
    right.set_title("95 % intervals; dashed: truth", fontsize=9)
    figure.tight_layout()
    return figure


def interleaved() -> Figure:
    """The same drift hits two networks one after the other, and in turns."""
    rng = np.random.default_rng(3)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
    place = np.arange(24)
    drift = 1 + 0.06 * place / place[-1]
    noise = np.exp(rng.normal(0, 0.006, len(place)))
    for axis, is_a, title in (
        (axes[0], place < 12, "one after the other"),
        (axes[1], _in_turns(rng), "in rounds, order drawn by lot"),
    ):
        times = np.where(is_a, 5.0, 5.0 / 1.02) * drift * noise  # A takes 2 % more than B
        axis.plot(place[is_a], times[is_a], "o", color=TEAL, label="A, truly 2 % slower")
        axis.plot(place[~is_a], times[~is_a], "s", color=ORANGE, label="B")
        ratio = paired_ratio(times[is_a], times[~is_a])
        low, high = ratio.interval or (float("nan"), float("nan"))
        found = f"A takes {100 * (low - 1):+.1f} to {100 * (high - 1):+.1f} % more"
        axis.set_title(f"{title}: {found}", fontsize=9)
        axis.set_xlabel("block, in the order of time")
    axes[0].set_ylabel("ms (made up)")
    axes[1].legend(frameon=False, loc="lower right")
    figure.tight_layout()
    return figure


def _in_turns(rng: np.random.Generator) -> "np.typing.NDArray[np.bool_]":
    first = rng.integers(0, 2, 12).astype(bool)
    return np.stack([first, ~first], axis=1).ravel()


def intervals() -> Figure:
    """Forty campaigns of the same network on the same device."""
    rng = np.random.default_rng(11)
    figure, axis = plt.subplots(figsize=(8, 2.8))
    missed = 0
    for number in range(40):
        medians = TRUE_MS * np.exp(rng.normal(0, BETWEEN, 8))
        interval = median_interval(medians)
        assert interval is not None
        holds = interval[0] <= TRUE_MS <= interval[1]
        missed += not holds
        _bar(axis, number, interval, float(np.median(medians)), TEAL if holds else RED)
    axis.axhline(TRUE_MS, color=GREY, linewidth=1, linestyle="--")
    told = f"forty campaigns of eight blocks: {40 - missed} of 40 intervals hold the truth (dashed)"
    axis.set_title(told, fontsize=9)
    axis.set_xlabel("campaign")
    axis.set_ylabel("ms (made up)")
    figure.tight_layout()
    return figure


def verdicts() -> Figure:
    """Three answers of `ghostbench check`, and why each."""
    rng = np.random.default_rng(5)
    figure, axis = plt.subplots(figsize=(8, 2.4))
    cases = (
        (1.0, 0.006, 12, "ruled out: exit 0"),
        (1.08, 0.012, 12, "established: exit 1"),
        (1.025, 0.02, 6, "cannot tell: exit 3"),
    )
    for row, (truth, spread, rounds, told) in enumerate(cases):
        base = np.exp(rng.normal(0, spread, rounds))
        ratio = paired_ratio(truth * np.exp(rng.normal(0, spread, rounds)), base)
        low, high = ratio.interval or (float("nan"), float("nan"))
        ends = _percent(np.array([low, ratio.value, high]))
        axis.plot([ends[0], ends[2]], [row, row], color=TEAL, linewidth=3, solid_capstyle="butt")
        axis.plot(ends[1], row, "o", color="black", markersize=4)
        axis.text(12.5, row, told, va="center")
    axis.axvline(3, color=RED, linewidth=1.2, linestyle="--")
    axis.text(3.1, 2.55, "--max-slowdown 3%", color=RED)
    axis.axvline(0, color=GREY, linewidth=0.8)
    axis.set_xlim(-4, 19)
    axis.set_ylim(2.9, -0.6)
    axis.set_yticks([])
    axis.set_xlabel("slower than the baseline by so many percent, with 95 % interval (made up)")
    figure.tight_layout()
    return figure


def _percent(ratios: Numbers) -> Numbers:
    return 100 * (ratios - 1)


def _bar(
    axis: Axes, place: float, ends: tuple[float, float] | None, middle: float, colour: str
) -> None:
    assert ends is not None
    axis.plot([place, place], ends, color=colour, linewidth=2.5, solid_capstyle="butt")
    axis.plot(place, middle, "o", color="black", markersize=3)


if __name__ == "__main__":
    main()
