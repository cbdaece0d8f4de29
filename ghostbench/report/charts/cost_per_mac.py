"""The time of a million multiply-adds, one line for each network, by family."""

import pandas as pd
from matplotlib.figure import Figure

from ghostbench.core.errors import UsageError
from ghostbench.report.charts.style import INK, add_note, drawing, plain_text, watermark, wrapped
from ghostbench.report.cost_per_mac import PER_NETWORK
from ghostbench.report.families import look_of

_NOTE = (
    "If multiply-adds told the time, all would stand below each other. Bars are 95 % intervals of the median; "
    "the dotted line is the geometric mean of all networks."
)


def cost_per_mac_chart(networks: pd.DataFrame, *, title: str) -> Figure:
    """Draw what `cost_of_networks` gives. Raises UsageError where made-up times would stand beside real ones."""
    made_up = (networks["device_kind"] == "simulated") | networks["emulated"].fillna(False)
    if made_up.nunique() > 1:
        raise UsageError("made-up times cannot be drawn beside real ones; choose one device")
    middle, low, high = PER_NETWORK
    ordered = networks.sort_values(middle, ascending=False, kind="stable").reset_index(drop=True)
    with drawing():
        figure = Figure(figsize=(8.6, 1.6 + 0.27 * len(ordered)), layout="constrained")
        axes = figure.add_subplot()
        plain_text(axes.set_title(wrapped(title, 84)))
        axes.set_xlabel("Latency (measured) per million multiply-adds, ms")
        for place, (_, row) in enumerate(ordered.iterrows()):
            look = look_of(str(row["family"]))
            if row[low] == row[low]:  # not NaN: a network of few rounds has no interval
                axes.hlines(place, row[low], row[high], color=look.colour, linewidth=2.4, alpha=0.6)
            axes.plot([row[middle]], [place], marker=look.marker, color=look.colour, markersize=7)
        axes.set_yticks(range(len(ordered)), list(ordered["title"]))
        axes.set_xlim(left=0)
        axes.set_ylim(-0.7, len(ordered) - 0.3)
        axes.grid(axis="x")
        axes.axvline(_mean(ordered[middle]), color=INK, linewidth=0.9, linestyle=":")
        if made_up.any():
            watermark(axes, "SIMULATED")
        add_note(figure, _NOTE)
    return figure


def _mean(costs: "pd.Series[float]") -> float:
    product = 1.0
    for cost in costs:
        product *= float(cost) ** (1 / len(costs))
    return product
