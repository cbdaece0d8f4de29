"""What all pictures share: sizes, colours, letters, and how they become files that are the same every time."""

import io
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from ghostbench.core.errors import StoreError

INK = "#1f2328"
SOFT = "#59636e"
FAINT = "#d8dee4"
PAPER = "#fefefe"
BAND = "#c9d1d9"  # behind the Pareto front

_PARAMETERS: dict[Any, object] = {  # newer matplotlibs list every key in its type
    "axes.edgecolor": SOFT,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "figure.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so a picture is the same everywhere
    "font.size": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": True,  # curves may run behind it; networks do not
    "legend.framealpha": 0.92,
    "legend.facecolor": PAPER,
    "legend.edgecolor": FAINT,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
}
PNG_DPI = 200  # twice the 100 dots that a figure's inch has on a page


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with our parameters and leave the reader's own as they were."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_PARAMETERS)
        yield


def watermark(axes: Axes, word: str) -> None:
    """Write across a picture that its numbers mean nothing."""
    axes.text(
        0.5, 0.5, word, transform=axes.transAxes, rotation=24, ha="center", va="center",
        fontsize=44, fontweight="bold", color="#b00020", alpha=0.22, zorder=9,
    )  # fmt: skip


def plain_text(text: Text) -> Text:
    """Keep matplotlib from reading `$` in a name as mathematics."""
    text.set_parse_math(False)
    return text


def wrapped(text: str, width: int = 66) -> str:
    """Break each line of a title before it leaves its panel."""
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in text.splitlines())


def add_note(figure: Figure, note: str) -> None:
    """Small words below everything, broken before they leave the picture."""
    letters = int(figure.get_figwidth() * 16.5)  # that many of this size fit into an inch
    plain_text(figure.supxlabel(wrapped(note, letters), fontsize=8, color=SOFT, x=0.01, ha="left"))


def png_bytes(figure: Figure) -> bytes:
    """The picture at twice its size in dots, with nothing in it that changes from day to day."""
    stream = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        figure.savefig(
            stream, format="png", dpi=PNG_DPI, facecolor=PAPER, metadata={"Software": None}
        )
    return stream.getvalue()


def svg_text(figure: Figure, *, name: str) -> str:
    """The picture as SVG, with the same identifiers every time and no date."""
    stream = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": f"ghostbench-{name}", "svg.fonttype": "path"})
        figure.savefig(
            stream, format="svg", facecolor=PAPER,
            metadata={"Date": None, "Creator": None, "Type": None, "Format": None},
        )  # fmt: skip
    return stream.getvalue()


def svg_for_page(figure: Figure, *, name: str, title: str) -> str:
    """The picture as an element of a page: names of its own, and colours that follow light and dark."""
    svg = svg_text(figure, name=name)
    svg = svg[svg.index("<svg") :]
    # A style element would hold for the whole page; page.css says the same for pictures alone.
    svg = re.sub(r"<(metadata|style)\b.*?</\1>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\1{name}-", svg)
    svg = _COLOUR.sub(lambda found: f"var(--{_variable(found.group())}, {found.group()})", svg)
    # Not blown up to the width of a screen: letters of a picture should not outgrow those of the text.
    widest = figure.get_figwidth() * 7
    opening = f'<svg role="img" aria-label="{escape(title)}" style="max-width:{widest:.0f}rem" '
    svg = svg.replace("<svg ", opening, 1)
    return re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace("xlink:href=", "href=")


_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def _variable(colour: str) -> str:
    return {INK: "ink", SOFT: "soft", FAINT: "faint", PAPER: "paper", BAND: "band"}.get(
        colour, f"c{colour[1:]}"
    )


def write_picture(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write `NAME.png` and `NAME.svg` and say where."""
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        png.write_bytes(png_bytes(figure))
        svg.write_text(svg_text(figure, name=name), encoding="utf-8")
    except OSError as cause:
        raise StoreError(f"cannot write the figures to {folder}: {cause.strerror}") from cause
    return png, svg
