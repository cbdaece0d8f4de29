"""Two pictures of a paper's tables: what ratio and kernel cost, and what Ghost modules save in theory and in truth."""

from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ghostbench.report.charts.style import FAINT, INK, SOFT, add_note, drawing, watermark, wrapped
from ghostbench.report.paper_tables import PaperTable

# Told apart by people who cannot tell red from green (Okabe and Ito, 2008).
_BLUE, _ORANGE = "#0072b2", "#d55e00"
Row = dict[str, str | int | float | None]


def draw_tables(tables: Sequence[PaperTable]) -> Iterator[tuple[str, Figure]]:
    """Each picture that some table has the numbers for, with the name of its file."""
    for table in tables:
        rows = rows_of(table)
        if any(row.get("speed_up_measured") for row in rows):
            yield f"{table.name}-speed-up", modules_figure(table)
        elif len([row for row in rows if row.get("s") and row.get("macs_counted")]) > 2:
            yield f"{table.name}-cost", ablation_figure(table)


def rows_of(table: PaperTable) -> list[Row]:
    """The values of a table by the names of their columns."""
    columns = [heading.column for heading in table.headings]
    return [dict(zip(columns, (cell.value for cell in row), strict=True)) for row in table.rows]


def ablation_figure(table: PaperTable) -> Figure:
    """Multiply-adds, and times where they were measured: left by ratio, right by the size of the cheap kernel."""
    rows = [row for row in rows_of(table) if row["s"]]
    timed = any(row["median_ms"] for row in rows)
    with drawing():
        figure = Figure(figsize=(10.0, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_by(left, [r for r in rows if r["d"] == 3], "s", "ratio s, with d = 3", timed=timed)
        _draw_by(right, [r for r in rows if r["s"] == 2], "d", "kernel d, with s = 2", timed=timed)
        most = max(_number(row["macs_published"]) for row in rows) / 1e6
        for axes in (left, right):  # the same height means the same
            axes.set_ylim(0, 1.2 * most)
        left.set_ylabel("M multiply-adds")
        note = "Published: as the paper prints them. Counted: in the file, the specification or by formula."
        if timed:
            note += (
                " Times: medians measured here, on a scale of their own that begins at zero too."
            )
        add_note(figure, note)
        if table.warning:
            watermark(left, "SIMULATED")
            watermark(right, "SIMULATED")
    return figure


def _draw_by(axes: Axes, rows: Sequence[Row], by: str, label: str, *, timed: bool) -> None:
    rows = sorted(rows, key=lambda row: _number(row[by]))
    xs = [_number(row[by]) for row in rows]
    for column, words, style in (
        ("macs_counted", "counted", {"marker": "s", "markersize": 4, "linestyle": "-"}),
        (
            "macs_published",
            "published",
            {"marker": "s", "markersize": 10, "fillstyle": "none", "linestyle": "none"},
        ),
    ):
        ys = [_number(row[column]) / 1e6 for row in rows]
        axes.plot(xs, ys, color=_BLUE, label=f"multiply-adds, {words}", **style)  # type: ignore[arg-type]  # by name
    axes.set_xticks(xs)
    axes.set_xlabel(label)
    axes.grid(visible=True, axis="y")
    handles, names = axes.get_legend_handles_labels()
    told = [row for row in rows if row["median_ms"]]
    if timed and told:
        other = axes.twinx()
        other.plot(
            [_number(row[by]) for row in told],
            [_number(row["median_ms"]) for row in told],
            color=_ORANGE, marker="o", label="median, measured",
        )  # fmt: skip
        other.set_ylim(0, 1.2 * max(_number(row["median_ms"]) for row in told))
        other.set_ylabel("ms (measured)", color=_ORANGE)
        other.spines["right"].set_visible(True)
        more = other.get_legend_handles_labels()
        handles, names = handles + more[0], names + more[1]
    axes.legend(handles, names, loc="lower left")


def modules_figure(table: PaperTable) -> Figure:
    """Each measured layer: the speed-up of theory, and the measured one with its interval."""
    rows = [row for row in rows_of(table) if row["speed_up_measured"]]
    with drawing():
        figure = Figure(figsize=(9.0, 1.6 + 0.52 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for place, row in enumerate(rows):
            theory, measured = _number(row["speed_up_theory"]), _number(row["speed_up_measured"])
            axes.plot([theory, measured], [place, place], color=FAINT, linewidth=2, zorder=1)
            if isinstance(row["speed_up_interval"], str):
                ends = [float(end) for end in row["speed_up_interval"].split(" to ")]
                axes.plot(ends, [place, place], color=INK, linewidth=1.4)
            axes.plot(theory, place, "D", color=_BLUE, fillstyle="none", linestyle="none")
            axes.plot(measured, place, "o", color=_ORANGE, linestyle="none")
        axes.plot([], [], "D", color=_BLUE, fillstyle="none", label="theory, r_s")
        axes.plot([], [], "o", color=_ORANGE, label="measured, with 95 % interval")
        axes.axvline(1, color=SOFT, linewidth=1)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([_layer_text(row) for row in rows], parse_math=False)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel("times as fast as the ordinary convolution (left of 1: slower)")
        axes.grid(visible=True, axis="x")
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.16), ncols=2)
        add_note(figure, "Each pair was timed as two networks of one layer, in the same rounds.")
        if table.warning:
            watermark(axes, "SIMULATED")
    return figure


def _layer_text(row: Row) -> str:
    where = str(row["layer"]).partition(",")[0]
    shape = (
        f"{row['kernel']}x{row['kernel']}, {row['inputs']} to {row['outputs']}, {row['out_px']} px"
    )
    return wrapped(f"{where}: {shape}", 40)


def _number(value: str | int | float | None) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
