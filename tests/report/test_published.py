from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError
from ghostbench.core.model_spec import PublishedRef
from ghostbench.report.published import (
    ACCURACY_COLUMNS,
    LATENCY_COLUMNS,
    read_accuracy,
    read_latency,
    read_published,
    read_source,
    rows_for,
)
from ghostbench.zoo.specs import load_specs
from tests.report.samples import FIG_7, SKETCHES, TABLE_7, spec

GHOSTNET = spec(SKETCHES[1])
ACCURACY_ROW = "Net 1.0x,Net,1.0x,224,5.2,141,73.9,91.4,Some paper"
LATENCY_ROW = "Net,1.0x,Phone,Chip,TFLite,1,fp32,31.1,73.9,Some paper"


def accuracy_file(folder: Path, row: str) -> Path:
    path = folder / "accuracy.csv"
    path.write_text(f"{','.join(ACCURACY_COLUMNS)}\n{row}\n")
    return path


def latency_file(folder: Path, row: str) -> Path:
    path = folder / "latency.csv"
    path.write_text(f"{','.join(LATENCY_COLUMNS)}\n{row}\n")
    return path


def test_the_tables_that_ghostbench_carries_can_be_read_whole() -> None:
    published = read_published()
    assert len(published.accuracy) >= 553
    assert len(published.latency) >= 1001


def test_every_network_of_the_zoo_refers_to_rows_that_are_there() -> None:
    published = read_published()
    for known in load_specs().values():
        rows = rows_for(known, published)
        assert len(rows.accuracy) + len(rows.latency) >= len(set(known.published)), known.name


def test_a_row_becomes_a_value_with_its_units(tmp_path: Path) -> None:
    (row,) = read_accuracy(accuracy_file(tmp_path, ACCURACY_ROW))
    assert (row.params, row.macs, row.top1_percent) == (5_200_000, 141_000_000, 73.9)
    (timed,) = read_latency(latency_file(tmp_path, LATENCY_ROW))
    assert (timed.latency_ms, timed.threads) == (31.1, "1")


def test_an_empty_cell_is_unknown_and_not_zero(tmp_path: Path) -> None:
    (row,) = read_accuracy(accuracy_file(tmp_path, "Net,Net,,,,,,,Some paper"))
    assert (row.input_px, row.params, row.macs, row.top1_percent) == (None,) * 4


@pytest.mark.parametrize(
    ("source", "obtained", "error_ms"),
    [
        (
            "GhostNet CVPR2020 Fig 7, digitised (+-0.1 ms) from fig/flops_latency.png",
            "digitised",
            0.1,
        ),
        ("apple/ml-mobileone docs/accuracy_v_latency.jpg, digitised", "digitised", None),
        ("counted by us: timm 1.0.31 definition", "counted", None),
        ("README.md (top-1) ; params/MACs counted by us from its src", "transcribed", None),
        ("nn-Meter reference_result.txt (PREDICTED, not measured)", "predicted", None),
        ("derived from the same blog", "derived", None),
        ("unverified", "unverified", None),
        ("MobileNetV3 paper Table 3 via OCR text", "transcribed", None),
    ],
)
def test_a_source_says_how_its_numbers_were_obtained(
    source: str, obtained: str, error_ms: float | None
) -> None:
    read = read_source(source)
    assert (read.obtained, read.error_ms) == (obtained, error_ms)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Net,Net,1.0x,224,5.2,141", "line 2: 6 cells instead of 9"),
        ("Net,Net,1.0x,224,5.2,141M,73.9,91.4,S", "line 2: macs_m must be a plain number"),
        ("Net,Net,1.0x,224,5.2,-141,73.9,91.4,S", "macs_m must be a plain number"),
        ("Net,Net,1.0x,224,5.2,nan,73.9,91.4,S", "macs_m must be a plain number"),
        ("Net,Net,1.0x,224,5.2,141,739,91.4,S", "top1 must be a percentage, not 739"),
        ("Net,Net,1.0x,224,5.2,141,73.9,91.4,", "source must not be empty"),
        (",Net,1.0x,224,5.2,141,73.9,91.4,S", "model must not be empty"),
        ('"Net,Net,1.0x', "cannot be read as CSV"),
    ],
)
def test_a_malformed_row_is_refused_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        read_accuracy(accuracy_file(tmp_path, row))


@pytest.mark.parametrize("content", [b"", b"model,ms\n", b"\xff\xfe"])
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "latency.csv"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=r"latency\.csv"):
        read_latency(path)


def test_rows_are_found_by_model_variant_and_the_start_of_the_source() -> None:
    rows = rows_for(GHOSTNET, read_published())
    assert [row.top1_percent for row in rows.accuracy] == [73.9]
    assert [row.latency_ms for row in rows.latency] == [31.1]
    assert rows.latency[0].source.text.startswith(FIG_7)


def test_a_reference_without_a_variant_means_all_of_them() -> None:
    ref = PublishedRef(table="latency", source=FIG_7, model="GhostNet")
    assert len(rows_for(replace(GHOSTNET, published=(ref,)), read_published()).latency) == 6


def test_a_row_that_two_references_mean_comes_once() -> None:
    ref = GHOSTNET.published[0]
    rows = rows_for(
        replace(GHOSTNET, published=(ref, replace(ref, variant=None))), read_published()
    )
    assert len(rows.accuracy) == 1


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    ref = PublishedRef(table="accuracy", source=TABLE_7, model="GhostNet 9.9x")
    with pytest.raises(SpecError, match=r"ghostnet-1\.0x: no row of .* has model 'GhostNet 9\.9x'"):
        rows_for(replace(GHOSTNET, published=(ref,)), read_published())


def test_a_reference_to_a_table_that_is_not_there_is_an_error() -> None:
    ref = PublishedRef(table="energy", source=TABLE_7, model="GhostNet 1.0x")
    with pytest.raises(SpecError, match="names table 'energy'"):
        rows_for(replace(GHOSTNET, published=(ref,)), read_published())
