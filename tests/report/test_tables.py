# ruff: noqa: E501, RUF001 - the text that a user sees is long and holds a dash
import csv
import io
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from ghostbench.report.tables import networks_csv, networks_markdown
from tests.report.samples import CAUTION, SIMULATED, campaign, with_doubts

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_holds_every_time_in_full_precision() -> None:
    sample = campaign(names=NAMES)
    for row, result in zip(rows(networks_csv(sample.study())), sample.results, strict=True):
        assert float(row["median_ms"]) == result.median_ns / 1e6
        assert result.ci95_ns is not None
        assert float(row["ci95_high_ms"]) == result.ci95_ns[1] / 1e6
        assert int(row["peak_rss_bytes"]) == result.peak_rss_bytes


def test_the_columns_of_the_csv_keep_their_names() -> None:
    assert list(rows(networks_csv(campaign(names=NAMES).study()))[0]) == snapshot(
        [
            "model",
            "title",
            "family",
            "precision",
            "quantization",
            "device",
            "device_kind",
            "device_title",
            "emulated",
            "engine",
            "engine_version",
            "kernel_mode",
            "threads",
            "cpu",
            "model_sha256",
            "params",
            "size_bytes",
            "macs_counted",
            "macs_published",
            "macs_difference_percent",
            "macs_published_source",
            "operators_not_counted",
            "top1_published_percent",
            "top1_source",
            "top1_obtained",
            "top1_measured_percent",
            "top1_measured_ci95_low",
            "top1_measured_ci95_high",
            "top1_measured_images",
            "median_ms",
            "ci95_low_ms",
            "ci95_high_ms",
            "p90_ms",
            "p95_ms",
            "min_ms",
            "init_ms",
            "first_ms",
            "over_sessions_low_ms",
            "over_sessions_high_ms",
            "over_sessions_told",
            "paper_latency_ms",
            "peak_rss_bytes",
            "samples",
            "blocks",
            "excluded_blocks",
            "failed_blocks",
            "front_probability",
            "verdict",
            "reasons",
            "withheld",
            "cautions",
            "campaign",
            "record",
        ]
    )


def test_an_unknown_number_is_an_empty_cell() -> None:
    row = rows(networks_csv(replace(campaign(names=NAMES, rounds=2), artifacts=()).study()))[0]
    assert (row["macs_counted"], row["ci95_low_ms"], row["size_bytes"]) == ("", "", "")


def test_the_csv_says_when_its_times_are_made_up() -> None:
    row = rows(networks_csv(campaign(names=NAMES, device=SIMULATED).study()))[0]
    assert row["device_kind"] == "simulated"


def test_the_published_number_stands_with_its_source_and_how_it_was_obtained() -> None:
    row = rows(networks_csv(campaign(names=NAMES).study()))[0]
    assert row["top1_published_percent"] == "73.9"
    assert row["top1_source"].startswith("GhostNet CVPR2020 Table 7")
    assert row["top1_obtained"] == "transcribed"
    assert row["paper_latency_ms"] == "31.1"


def test_the_markdown_table_is_for_people() -> None:
    assert networks_markdown(campaign(names=NAMES).study()) == snapshot("""\
# 2026-01-05-made-up-1: networks

Example CPU (made up), x86\\_64, Debian GNU/Linux 12, virtual machine; LiteRT 2.3.0 (XNNPACK), 1 thread, fp32, core 2, batch 1

| Network | Params, M | MACs counted, M | MACs published, M | Difference | Top-1 published | Median, ms | 95 % interval, ms | Huawei P30 Pro (paper), ms | p95, ms | Min, ms | Init, ms | Peak memory, MB | Samples / blocks | Verdict | On the front |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| GhostNet 1.0x | 5.18 | 141.2 | 141 \\[1\\] | +0.11 % | 73.9 % \\[1\\] | 11.12 | 11.00 to 11.17 | 31.1 | 11.38 | 10.90 | 10.3 | 49.3 | 200 / 5 | VALID | \\> 99 % |
| MobileNetV2 1.0x | 3.50 | 300.8 | 300 \\[1\\] | +0.27 % | 71.8 % \\[1\\] | 14.70 | 14.39 to 14.84 | – | 15.09 | 14.19 | 10.6 | 49.6 | 200 / 5 | SUSPECT: stolen-time | \\< 1 % |

Cautions (networks.csv holds every one):

- MobileNetV2 1.0x: stolen-time, 2 of 5 blocks: neighbours took 3 % of the time, so it may read too long. Repeat when they are quiet.

Accuracy is published, latency was measured. Sources of published numbers:

1. GhostNet CVPR2020 Table 7, as transcribed in github apachecn/paperspace-blog-zh@c65da43 docs/ghostnet-cvpr-2020.md (orig blog.paperspace.com/ghostnet-cvpr-2020) (transcribed)
""")


def test_a_caution_is_spelled_out_under_the_table_once_for_all_networks_that_carry_it() -> None:
    text = networks_markdown(campaign(names=NAMES, cautious=NAMES).study())
    assert f"- all 2 networks, for instance GhostNet 1.0x: {CAUTION}" in text
    assert text.count(CAUTION) == 1


@pytest.mark.parametrize("title", ["a | b", "<b>bold</b>", "line\nbreak", "`code` *star* _low_"])
def test_no_name_can_break_the_markdown_table(title: str) -> None:
    sample = campaign(names=NAMES[:1])
    hostile = {name: replace(spec, title=title) for name, spec in sample.specs.items()}
    text = networks_markdown(replace(sample, specs=hostile).study())
    (line,) = (line for line in text.splitlines() if line.startswith("| ") and "141.2" in line)
    assert line.replace("\\|", "").count("|") == text.splitlines()[4].count("|")
    assert "<b>" not in text


def test_simulated_times_are_marked_in_the_table() -> None:
    assert "SIMULATED" in networks_markdown(campaign(names=NAMES, device=SIMULATED).study())


def test_blocks_that_do_not_count_and_withheld_quantiles_stand_below_the_table() -> None:
    sample = campaign(names=NAMES)
    first, second = sample.results
    text = networks_markdown(replace(sample, results=(with_doubts(first), second)).study())
    assert "- p95 of" not in text
    assert "- p95 is withheld for 1 of 2 networks, for instance GhostNet 1.0x: too few" in text
    assert "- GhostNet 1.0x, round 2, attempt 1, INVALID: probe-slow: the core was slow." in text
    assert "200 / 5 (1 excluded)" in text
    row = rows(networks_csv(replace(sample, results=(with_doubts(first), second)).study()))[0]
    assert (row["verdict"], row["excluded_blocks"], row["p95_ms"]) == ("VALID", "1", "")
    assert row["withheld"] == "p95: too few"
