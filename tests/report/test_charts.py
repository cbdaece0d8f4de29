import json
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from ghostbench.core.errors import UsageError
from ghostbench.core.verdict import Verdict
from ghostbench.report.charts.latency import latency_figure
from ghostbench.report.charts.macs import macs_figure
from ghostbench.report.charts.panel import draw_front
from ghostbench.report.charts.pareto import pareto_chart
from ghostbench.report.charts.points import ChartPoint, latency_points, points_from_frame, series_of
from ghostbench.report.charts.style import png_bytes, svg_for_page, svg_text, write_picture
from ghostbench.report.families import look_of
from tests.report.samples import EMULATED, SIMULATED, accuracy_of, campaign

STUDY = campaign().study()
GROUP = STUDY.groups[0]
REAL = ChartPoint(title="A 1.0x", family="A", x=10.0, y=70.0, x_low=9.5, x_high=10.5)


def names_in(axes: Axes) -> list[Annotation]:
    return [t for t in axes.texts if isinstance(t, Annotation) and t.get_text()]


def legend_of(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize(
    "figure",
    [macs_figure(STUDY), latency_figure(STUDY, GROUP), pareto_chart(latency_points(GROUP))],
)
def test_no_name_in_a_chart_covers_another_or_leaves_its_axes(figure: Figure) -> None:
    figure.draw_without_rendering()
    for axes in figure.axes:
        inside = axes.get_window_extent()
        boxes = {id(name): name.get_window_extent() for name in names_in(axes)}
        assert boxes
        for one, other in combinations(boxes.values(), 2):
            assert not one.overlaps(other)
        for box in boxes.values():
            assert inside.x0 <= box.x0
            assert box.x1 <= inside.x1 + 0.5
            assert inside.y0 <= box.y0
            assert box.y1 <= inside.y1


@pytest.mark.parametrize("figure", [macs_figure(STUDY), latency_figure(STUDY, GROUP)])
def test_nothing_of_a_chart_is_cut_off_at_the_edge(figure: Figure) -> None:
    figure.draw_without_rendering()
    canvas = figure.bbox
    for text in [t for axes in figure.axes for t in (axes.title, axes._left_title)] + figure.texts:  # type: ignore[attr-defined]
        if text.get_text():
            box = text.get_window_extent()
            assert canvas.x0 <= box.x0
            assert box.x1 <= canvas.x1, text.get_text()


def test_every_measured_network_of_the_paper_is_named() -> None:
    right = latency_figure(STUDY, GROUP).axes[1]
    assert len(names_in(right)) == len(latency_points(GROUP))


def test_both_panels_share_the_accuracy_axis() -> None:
    left, right = latency_figure(STUDY, GROUP).axes
    assert left.get_ylim() == right.get_ylim()


def test_the_titles_name_device_engine_threads_and_precision() -> None:
    left, right = latency_figure(STUDY, GROUP).axes
    said = left.get_title(loc="left")
    for words in ("Huawei P30 Pro", "Kirin 980", "TensorFlow Lite", "1 thread", "not stated"):
        assert words in said
    said = right.get_title(loc="left")
    for words in ("Example CPU", "virtual", "LiteRT 2.3.0", "1 thread", "fp32", "core 2"):
        assert words in said


def test_the_picture_says_that_accuracy_is_published_and_latency_measured() -> None:
    figure = latency_figure(STUDY, GROUP)
    assert "Accuracy is published, latency was measured here." in figure.get_supxlabel()


def test_published_points_are_hollow_and_say_their_error() -> None:
    left = latency_figure(STUDY, GROUP).axes[0]
    marks = [line for line in left.lines if line.get_marker() not in ("None", "", "|")]
    assert {line.get_markerfacecolor() for line in marks} == {"#fefefe"}
    assert "read off the figure, within ±0.1 ms" in legend_of(left)


def test_a_caution_is_drawn_lighter_and_the_legend_says_so() -> None:
    right = latency_figure(STUDY, GROUP).axes[1]
    (cautioned,) = [line for line in right.lines if line.get_label() == "_cautioned"]
    assert cautioned.get_markerfacecolor() != look_of("MobileNetV2").colour
    assert any("caution" in text for text in legend_of(right))
    clean = campaign(cautious=()).study()
    assert not any(
        "caution" in t for t in legend_of(latency_figure(clean, clean.groups[0]).axes[1])
    )


def test_the_front_joins_exactly_what_nothing_beats() -> None:
    points = [
        replace(REAL, title=name, x=x, y=y)
        for name, x, y in (("a", 1.0, 50.0), ("b", 2.0, 49.0), ("c", 3.0, 60.0), ("d", 4.0, 60.0))
    ]
    axes = Figure().add_subplot()
    draw_front(axes, points)
    assert list(map(tuple, axes.lines[0].get_xydata())) == [(1.0, 50.0), (3.0, 60.0)]  # type: ignore[arg-type]


def test_a_curve_runs_by_accuracy_so_that_a_wider_network_measured_faster_turns_it_back() -> None:
    points = [
        replace(REAL, title=f"A {width}x", x=x, y=y)
        for width, x, y in ((1.0, 9.0, 60.0), (0.5, 10.0, 50.0), (1.5, 12.0, 70.0))
    ]
    assert [[p.x for p in curve] for curve in series_of(points)] == [[10.0, 9.0, 12.0]]


@pytest.mark.parametrize("device", [SIMULATED, EMULATED])
def test_made_up_times_stand_alone_under_a_watermark(device: object) -> None:
    study = campaign(device=device).study()  # type: ignore[arg-type]
    figure = latency_figure(study, study.groups[0])
    (axes,) = figure.axes
    assert "SIMULATED" in [text.get_text() for text in axes.texts]
    assert "mean nothing" in figure.get_supxlabel()


def test_made_up_times_are_never_drawn_beside_real_ones() -> None:
    with pytest.raises(UsageError, match="never drawn together with real ones"):
        pareto_chart([REAL, replace(REAL, made_up=True)])


def test_an_empty_chart_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="no network has both a time and an accuracy"):
        pareto_chart([])


def frame(**columns: object) -> pd.DataFrame:
    row = {"title": "A 1.0x", "family": "A", "median_ms": 10.0, "top1_published_percent": 70.0}
    return pd.DataFrame([row | columns])


def test_a_frame_becomes_points() -> None:
    (point,) = points_from_frame(frame(ci95_low_ms=9.5, ci95_high_ms=10.5, cautions=""))
    assert point == REAL


def test_a_row_without_an_accuracy_has_no_place_in_the_chart() -> None:
    assert points_from_frame(frame(top1_published_percent=float("nan"))) == []


@pytest.mark.parametrize("told", [{"emulated": True}, {"device_kind": "simulated"}])
def test_a_frame_says_which_of_its_times_are_made_up(told: dict[str, object]) -> None:
    assert points_from_frame(frame(**told))[0].made_up


def test_a_frame_without_a_needed_column_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match="the frame lacks the columns top1_published_percent"):
        pareto_chart(frame().drop(columns="top1_published_percent"))


def test_a_chart_is_the_same_file_every_time(tmp_path: Path) -> None:
    pictures = [write_picture(macs_figure(STUDY), tmp_path / n, "flops") for n in ("a", "b")]
    for one, other in zip(*pictures, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_picture_holds_no_date_and_no_program() -> None:
    figure = pareto_chart([REAL])
    svg, png = svg_text(figure, name="x"), png_bytes(figure)
    assert "dc:date" not in svg
    assert mpl.__version__ not in svg
    assert b"Software" not in png


def test_a_png_has_twice_the_dots_of_its_size_on_a_page() -> None:
    png = png_bytes(pareto_chart([REAL]))
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1720, 1120)


def test_two_pictures_on_one_page_share_no_name() -> None:
    figure = pareto_chart([REAL])
    one, other = (svg_for_page(figure, name=name, title="t") for name in ("one", "other"))
    assert "var(--ink" in one
    assert not ({part.split('"')[0] for part in one.split(' id="')[1:]} & {
        part.split('"')[0] for part in other.split(' id="')[1:]
    })  # fmt: skip


@pytest.mark.parametrize(
    "title", ["$x_{1}$ 1.0x", r"\alpha", "<svg onload=1>", "名前 net", "x" * 300]
)
@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # no font holds every script
def test_no_name_of_a_network_or_family_breaks_a_chart(title: str) -> None:
    figure = pareto_chart([replace(REAL, title=title, family=title), REAL], title=title)
    svg = svg_for_page(figure, name="x", title=title)
    assert "<svg onload" not in svg


def test_drawing_leaves_the_readers_own_settings_alone() -> None:
    with mpl.rc_context({"font.size": 23.0}):
        png_bytes(pareto_chart([REAL]))
        assert mpl.rcParams["font.size"] == 23.0


def test_drawing_needs_neither_pyplot_nor_a_display() -> None:
    script = (
        "import json, sys\n"
        "from ghostbench.report.charts.pareto import pareto_chart\n"
        "from ghostbench.report.charts.points import ChartPoint\n"
        "from ghostbench.report.charts.style import png_bytes\n"
        "png_bytes(pareto_chart([ChartPoint(title='A', family='A', x=1.0, y=70.0)]))\n"
        "print(json.dumps([m for m in ('matplotlib.pyplot', 'tkinter') if m in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_a_point_is_doubtful_by_its_verdict() -> None:
    sample = campaign(cautious=())
    first, *others = sample.results
    suspect = replace(first, verdict=Verdict.SUSPECT)
    study = replace(sample, results=(suspect, *others)).study()
    doubted = [p.title for p in latency_points(study.groups[0]) if p.cautioned]
    assert doubted == [sample.specs[first.model].title]
    frame = pd.DataFrame(
        {
            "title": ["a", "b"],
            "family": ["x", "x"],
            "median_ms": [1.0, 2.0],
            "top1_published_percent": [70.0, 71.0],
            "cautions": ["a note", ""],
            "verdict": ["VALID", "SUSPECT"],
        }
    )
    assert [p.cautioned for p in points_from_frame(frame)] == [False, True]
    assert [p.cautioned for p in points_from_frame(frame.drop(columns="verdict"))] == [True, False]


def test_a_measured_accuracy_is_drawn_with_its_interval_in_place_of_the_published_one() -> None:
    first, *others = GROUP.networks
    asked = replace(first, accuracy=accuracy_of(first.result.model_sha256, right=3300, of=5000))
    group = replace(GROUP, networks=(asked, *others))
    (point,) = (p for p in latency_points(group) if p.title == first.title)
    assert point.y == 66.0
    assert point.y_low == pytest.approx(64.8)
    figure = latency_figure(replace(STUDY, groups=(group,)), group)
    right = figure.axes[1]
    assert sum(line.get_label() == "_accuracy" for line in right.lines) == 1
    assert any("accuracy measured" in text for text in legend_of(right))
    assert "but where a dot says measured" in figure.get_supxlabel()
    assert not any(
        "accuracy measured" in t for t in legend_of(latency_figure(STUDY, GROUP).axes[1])
    )


def test_a_legend_moves_away_from_networks_and_makes_room_where_it_cannot() -> None:
    crowded = [
        ChartPoint(title=f"A {x}.{y}x", family="A", x=float(x), y=60.0 + 2 * y, x_low=x - 0.4, x_high=x + 0.4)
        for x in (1, 2, 3, 4) for y in range(6)
    ]  # fmt: skip
    for points in ([REAL, replace(REAL, x=2.0, y=75.0)], crowded):
        figure = pareto_chart(points)
        figure.draw_without_rendering()
        (axes,) = figure.axes
        legend = axes.get_legend()
        assert legend is not None
        box = legend.get_window_extent()
        for point in points:
            assert point.x_low is not None
            assert point.x_high is not None
            ends = [
                axes.transData.transform((x, point.y)) for x in (point.x_low, point.x, point.x_high)
            ]
            assert not any(box.contains(*end) for end in ends)
        for name in names_in(axes):
            assert not box.overlaps(name.get_window_extent())
