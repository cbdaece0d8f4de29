# ruff: noqa: E501 - the text that a user sees is long
from dataclasses import replace

from inline_snapshot import snapshot

from ghostbench.report.findings import findings, headline
from tests.report.samples import SIMULATED, campaign

NAMES = ("ghostnet-1.0x", "ghostnet-1.2x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x")


def told(**options: object) -> list[str]:
    study = campaign(names=NAMES, **options).study()  # type: ignore[arg-type]
    return findings(study, study.groups[0])


def test_the_headline_says_what_was_measured_on_what_and_how_often() -> None:
    study = campaign(names=NAMES).study()
    assert headline(study, study.groups[0]) == snapshot(
        "4 networks timed on Example CPU (made up), x86_64, Debian GNU/Linux 12, virtual machine, with LiteRT 2.3.0 (XNNPACK), 1 thread, fp32, core 2, batch 1, on 5 January 2026: 5 rounds in shuffled order, 20 fresh processes, 800 inferences."
    )


def test_findings_are_sentences_that_the_data_support() -> None:
    assert told() == snapshot(
        [
            "In 2 comparisons the paper has one network clearly faster. Here 1 comes out the same way, 1 the other way.",
            "GhostNet 1.2x took 1.167 times as long as MobileNetV3 Large 1.0x (95 % interval 1.153 to 1.181): slower here, unlike in the paper. The paper's figure: 0.88 times.",
            "GhostNet 1.0x took 0.889 times as long as MobileNetV3 Large 1.0x (95 % interval 0.880 to 0.898): faster here, as in the paper. The paper's figure: 0.67 times.",
            "The paper gives times for 3 of these networks. Of their 3 pairs, 2 stand in the same order here and 1 in the opposite one.",
            "Fastest: GhostNet 1.0x, 11.13 ms. Slowest: MobileNetV2 1.0x, 14.63 ms.",
            "On the Pareto front, from fast to accurate (measured time, published accuracy): GhostNet 1.0x, MobileNetV3 Large 1.0x. Where intervals overlap, another network may belong there.",
            "The multiply-adds counted in the files agree with the published ones within 2 % for 4 of 4 networks.",
            "1 network of 4 is SUSPECT: see the cautions below before you rely on a time.",
        ]
    )


def test_with_two_rounds_nothing_is_said_to_be_faster_or_slower() -> None:
    text = " ".join(told(rounds=2))
    assert "cannot be judged with so few rounds" in text
    assert "slower here" not in text
    assert "faster here" not in text


def test_made_up_times_are_called_made_up_and_nothing_else_is_said() -> None:
    (only,) = told(device=SIMULATED)
    assert only.startswith("These times are made up")


def test_without_a_paper_nothing_is_said_of_one() -> None:
    assert "paper" not in " ".join(told(with_paper=False))


def test_a_single_network_is_neither_fastest_nor_on_a_front() -> None:
    study = campaign(names=NAMES[:1]).study()
    text = " ".join(findings(study, study.groups[0]))
    assert "Fastest" not in text
    assert "Pareto" not in text


def test_failed_blocks_are_counted() -> None:
    sample = campaign(names=NAMES)
    broken = replace(sample.records[0], measurement=None, failure="out of memory")
    study = replace(sample, records=(broken, *sample.records[1:])).study()
    assert "1 block failed; the reasons are listed below." in findings(study, study.groups[0])


def test_a_front_between_overlapping_intervals_is_called_open() -> None:
    sample = campaign(names=NAMES)
    wide = tuple(replace(r, ci95_ns=(0.5 * r.median_ns, 2 * r.median_ns)) for r in sample.results)
    study = replace(sample, results=wide).study()
    (front,) = (f for f in findings(study, study.groups[0]) if f.startswith("On the Pareto front"))
    assert front.endswith("Where intervals overlap, another network may belong there.")
