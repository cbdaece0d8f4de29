import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError
from ghostbench.core.folders import find_files
from ghostbench.report.comparisons import ratio
from ghostbench.report.paper_tables import (
    Counted,
    PaperTable,
    paper_tables_section,
    table_csv,
    table_markdown,
)
from ghostbench.report.paper_tables_accuracy import accuracy_table
from ghostbench.report.paper_tables_compression import compression_table
from ghostbench.report.paper_tables_detection import detection_table
from ghostbench.report.paper_tables_modules import modules_table
from ghostbench.report.paper_tables_rows import read_compression, read_detection, read_ghost_modules
from ghostbench.report.papers import Paper, TableOutline, load_paper
from ghostbench.report.published import read_published
from ghostbench.workflows.paper_tables import from_specifications
from ghostbench.zoo.specs import load_specs
from tests.report.samples import campaign

SPECS = load_specs()
COUNTED = from_specifications(SPECS)
PAPER = load_paper("ghostnet-2020")


def outline(name: str, paper: Paper = PAPER) -> TableOutline:
    return next(table for table in paper.tables if table.name == name)


def published_csv(name: str) -> list[dict[str, str]]:
    with find_files("results/published", "*.csv")[name].open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def records(table: PaperTable) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table_csv(table))))


def table7() -> PaperTable:
    return accuracy_table(outline("table7"), PAPER, read_published(), SPECS, COUNTED)


def compressed(name: str, counted: Callable[[str], Counted | None] = COUNTED) -> PaperTable:
    return compression_table(outline(name), read_compression(), counted)


def with_times(name: str) -> Counted | None:
    """The baseline and one Ghost network, with made-up times."""
    results = dict(zip(("vgg16-cifar10", "ghost-vgg16-cifar10"), campaign().results, strict=False))
    found = COUNTED(name)
    return replace(found, result=results.get(name)) if found else None


def test_table_7_prints_every_number_of_the_csv() -> None:
    rows = [
        row
        for row in published_csv("accuracy.csv")
        if row["source"].startswith("GhostNet CVPR2020 Table 7")
    ]
    told = records(table7())
    assert [row["network"] for row in told] == [row["model"] for row in rows]
    for mine, row in zip(told, rows, strict=True):
        assert float(mine["params_published"]) == pytest.approx(float(row["params_m"]) * 1e6)
        assert float(mine["macs_published"]) == pytest.approx(float(row["macs_m"]) * 1e6)
        assert mine["top1_published_percent"] == str(float(row["top1"]))
        assert mine["top5_published_percent"] == (str(float(row["top5"])) if row["top5"] else "")


def test_every_network_of_table_7_is_counted_but_the_one_that_nobody_defined() -> None:
    lacking = [row["network"] for row in records(table7()) if not row["macs_counted"]]
    assert lacking == ["FE-Net 1.0x"]
    assert "no source was found that defines its layers" in table_markdown(table7())


def test_differences_are_those_of_the_two_numbers_beside_them() -> None:
    for row in records(table7()):
        if row["macs_counted"]:
            for what in ("params", "macs"):
                counted, published = float(row[f"{what}_counted"]), float(row[f"{what}_published"])
                told = float(row[f"{what}_difference_percent"])
                assert told == pytest.approx(100 * (counted / published - 1))


def test_another_published_number_gives_another_difference() -> None:
    published = read_published()
    changed = replace(
        published,
        accuracy=tuple(
            replace(row, macs=282_000_000) if row.macs == 141_000_000 else row
            for row in published.accuracy
        ),
    )
    table = accuracy_table(outline("table7"), PAPER, changed, SPECS, COUNTED)
    row = next(row for row in records(table) if row["model"] == "ghostnet-1.0x")
    assert float(row["macs_difference_percent"]) == pytest.approx(-49.95, abs=0.01)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("MobileNetV2 0.35x", "top-1 60.8 % (MobileNetV3 paper Table 3"),
        ("MobileNetV2 1.0x", "3.4 M parameters, top-1 72.0 %"),
        ("MobileNetV1 0.5x", "149 M MACs, top-1 63.7 %"),
        ("FBNet-B", "4.8 M parameters, 291.1 M MACs, top-1 74.5 %"),
        ("MnasNet-A1", "315 M MACs"),
        ("MobileNetV3 Large 1.0x", "217 M MACs"),
        ("ProxylessNAS", "4 M parameters"),
    ],
)
def test_what_other_sources_say_stands_in_a_note_of_the_row(model: str, words: str) -> None:
    text = table_markdown(table7()).replace("\\", "")
    row = next(line for line in text.splitlines() if line.startswith(f"| {model} ("))
    mark = row.split(f"{model} ")[1].split(")")[0] + ")"
    note = next(line for line in text.splitlines() if line.startswith(f"- {mark} "))
    assert words in note


def test_a_network_on_which_sources_agree_has_no_note() -> None:
    assert "| ShuffleNetV2 1.0x |" in table_markdown(table7())


def test_our_own_counts_are_not_called_published() -> None:
    table = accuracy_table(outline("enlarged"), PAPER, read_published(), SPECS, COUNTED)
    row = next(row for row in records(table) if row["model"] == "ghostnet-b1")
    assert (row["macs_published"], row["params_published"]) == ("", "")
    assert row["macs_counted"].startswith("58277")


def test_the_enlarged_networks_stand_with_both_accuracies_that_are_told_of_them() -> None:
    table = accuracy_table(outline("enlarged"), PAPER, read_published(), SPECS, COUNTED)
    told = {row["top1_published_percent"] for row in records(table)}
    assert {"79.844", "83.024", "80.9", "84.3"} <= told
    assert {row["model"] for row in records(table)} >= {
        *(f"efficientnet-b{size}" for size in range(1, 5)), "ghostnet-b1", "ghostnet-b4",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("compression-resnet50", ["imagenet_resnet50"]),
        ("compression-cifar10", ["cifar10_compression"]),
    ],
)
def test_compression_tables_print_every_number_of_the_csv(name: str, tables: list[str]) -> None:
    rows = [row for row in published_csv("compression.csv") if row["table"] in tables]
    told = records(compressed(name))
    assert len(told) == len(rows)
    for mine, row in zip(told, rows, strict=True):
        assert (mine["base_model"], mine["method"]) == (row["base_model"], row["method"])
        for ours, theirs, unit in (("params", "params_m", 1e6), ("macs", "macs_m", 1e6)):
            number = mine[f"{ours}_published"]
            assert (float(number) / unit if number else None) == (
                pytest.approx(float(row[theirs])) if row[theirs] else None
            )
        assert mine["top1_published_percent"] == (str(float(row["top1"])) if row["top1"] else "")


def test_a_recount_that_differs_says_so_with_what_others_counted() -> None:
    text = table_markdown(compressed("compression-resnet50"))
    assert "our recount gives 13.95 M parameters, +7.33 %" in text
    assert "our recount gives 8.15 M parameters, +25.41 %" in text
    assert "(SlimConv repository README" in text


def test_reruns_of_others_stand_beside_the_papers_accuracy() -> None:
    text = table_markdown(compressed("compression-cifar10"))
    assert "top-1 91.1 %" in text
    assert "top-1 92.0 %" in text


def test_the_ablation_has_each_ratio_and_kernel_once_with_counts() -> None:
    rows = records(compressed("ablation"))
    assert [(row["s"], row["d"]) for row in rows] == [
        ("", ""), ("2", "1"), ("2", "3"), ("2", "5"), ("2", "7"), ("3", "3"), ("4", "3"), ("5", "3"),
    ]  # fmt: skip
    for row in rows:
        # Nearer than what the paper rounds to, in every row.
        assert abs(float(row["macs_counted"]) - float(row["macs_published"])) < 0.7e6
    assert {row["counted_in"] for row in rows} == {"specification", "formula"}


def test_what_was_timed_has_a_median_and_a_ratio_to_its_baseline() -> None:
    rows = {row["model"]: row for row in records(compressed("ablation", with_times))}
    base, ghost = with_times("vgg16-cifar10"), with_times("ghost-vgg16-cifar10")
    assert base is not None
    assert ghost is not None
    assert base.result is not None
    assert ghost.result is not None
    measured = rows["ghost-vgg16-cifar10"]
    assert float(measured["median_ms"]) == pytest.approx(ghost.result.median_ns / 1e6)
    assert float(measured["time_ratio"]) == pytest.approx(ratio(ghost.result, base.result).value)
    assert measured["time_ratio_interval"]
    assert rows["vgg16-cifar10"]["time_ratio"] == ""
    assert rows["ghost-vgg16-cifar10+ratio=3"]["median_ms"] == ""


def test_columns_that_nobody_knows_anything_of_are_left_to_the_csv() -> None:
    table = compressed("ablation")
    assert "Median" not in table_markdown(table)
    assert "median_ms" in table_csv(table)
    assert "Median" in table_markdown(compressed("ablation", with_times))


def test_the_detection_table_counts_backbones_and_whole_detectors() -> None:
    rows = records(detection_table(outline("detection"), read_detection(), COUNTED))
    assert len(rows) == 7
    for row in rows[:6]:
        assert abs(float(row["backbone_macs_difference_percent"])) < 1.5
        assert float(row["macs_counted"]) > float(row["backbone_macs_counted"])
    assert [row["ap_published"] for row in rows] == [
        "26.7", "26.4", "26.6", "27.5", "26.9", "26.9", "24.3",
    ]  # fmt: skip


def test_the_modules_table_has_every_layer_of_ghostnet_and_every_pair_once() -> None:
    table = outline("modules")
    rows = records(modules_table(table, read_ghost_modules(), COUNTED))
    shapes = {(m.inputs, m.outputs, m.out_px) for m in read_ghost_modules()}
    outside = {(p.inputs, p.outputs, p.px) for p in table.pairs} - shapes
    assert len(rows) == len(shapes | outside)
    assert rows[0]["speed_up_theory"] == str(16 / (8 + 4.5))
    assert all(row["speed_up_theory"] == row["compression_theory"][:18] for row in rows[:1])


def test_a_pair_that_was_timed_says_how_much_faster_the_ghost_module_is() -> None:
    table = outline("modules")
    pair = table.pairs[0]
    results = dict(zip((pair.ordinary, pair.ghost), campaign().results, strict=False))

    def counted(name: str) -> Counted | None:
        some = COUNTED("ghostnet-1.0x")
        return replace(some, result=results[name]) if some and name in results else None

    rows = records(modules_table(table, read_ghost_modules(), counted))
    found = ratio(results[pair.ordinary], results[pair.ghost])
    assert float(rows[0]["speed_up_measured"]) == pytest.approx(found.value)
    assert [row["speed_up_measured"] for row in rows[1:]] == [""] * (len(rows) - 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"networks": {"VGG-16, Ghost, s=9, d=3": "x"}}, r"there is no row 'VGG-16, Ghost, s=9"),
        ({"rows": ("no_such_table",)}, "compression.csv has no such rows"),
    ],
)
def test_an_outline_that_fits_no_row_is_refused(change: dict[str, object], told: str) -> None:
    wrong = replace(outline("ablation"), **change)  # type: ignore[arg-type]  # of several fields
    with pytest.raises(SpecError, match=told):
        compression_table(wrong, read_compression(), COUNTED)


def test_a_source_without_rows_is_refused() -> None:
    wrong = replace(outline("table7"), rows=("A paper that nobody wrote",))
    with pytest.raises(SpecError, match="no rows of its sources"):
        accuracy_table(wrong, PAPER, read_published(), SPECS, COUNTED)


def test_a_detector_that_is_not_in_the_table_is_refused() -> None:
    wrong = replace(outline("detection"), networks={"YOLO, GhostNet 1.1x": "x"})
    with pytest.raises(SpecError, match=r"there is no row 'YOLO, GhostNet 1\.1x'"):
        detection_table(wrong, read_detection(), COUNTED)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("table,dataset\n", "the columns base_model, .* are missing"),
        (None, r"cannot be read as CSV"),
    ],
)
def test_a_damaged_csv_is_named(tmp_path: Path, text: str | None, told: str) -> None:
    file = tmp_path / "results/published/compression.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"table\xff\n" if text is None else text.encode())
    with pytest.raises(SpecError, match=told):
        read_compression(tmp_path)


def test_a_wrong_number_is_told_with_its_line(tmp_path: Path) -> None:
    source = find_files("results/published", "*.csv")["compression.csv"].read_text()
    file = tmp_path / "results/published/compression.csv"
    file.parent.mkdir(parents=True)
    file.write_text(source.replace("15,313,93.6", "15,many,93.6", 1))
    with pytest.raises(SpecError, match=r"compression.csv, line 2: .*many"):
        read_compression(tmp_path)


def test_the_page_part_escapes_what_it_tells_and_keeps_numbers_for_sorting() -> None:
    table = replace(table7(), title="a < b")
    html = paper_tables_section([table])
    assert "a &lt; b" in html
    assert 'data-order="141000000"' in html
    assert paper_tables_section([]) == ""
