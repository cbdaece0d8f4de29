# ruff: noqa: E501 - the text that a user sees is long
from dataclasses import replace

from inline_snapshot import snapshot

from ghostbench.report.findings import findings, headline
from ghostbench.report.published import Published
from tests.report.samples import SIMULATED, campaign, with_times

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
            "Of 3 claims of the paper 1 holds on this device, 2 do not, 0 cannot be told. This was measured on another device and runtime than the paper's: there Huawei P30 Pro (Kirin 980), TensorFlow Lite, 1 thread; here Example CPU (made up), LiteRT 2.3.0 (XNNPACK), 1 thread, fp32. So a claim that does not hold here may well hold there: it does not carry over.",
            "“GhostNet 1.2x is faster than MobileNetV3 Large 1.0x” does not hold here: surely slower; 1.167 times as long here (95 % interval 1.153 to 1.181), 0.88 in the paper; the gap is not the paper's within 5 %.",
            "“GhostNet 1.0x is faster than MobileNetV3 Large 1.0x” holds here: surely faster; 0.889 times as long here (95 % interval 0.880 to 0.898), 0.67 in the paper; the gap is not the paper's within 5 %.",
            "“GhostNet is faster than MobileNetV3 Large at the same accuracy” (curve against curve at 75.2 % top-1) does not hold here: surely slower; 1.167 times as long here (95 % interval 1.153 to 1.181), 0.88 in the paper; the gap is not the paper's within 5 %.",
            "Whether networks that are slower in the paper are slower here cannot be told: the rank correlation of published and measured times (Kendall's tau) of 3 networks is 0.33 (95 % interval 0.33 to 0.33 for the noise of measuring).",
            "The paper gives times for 3 of these networks. Of their 3 pairs, 2 stand in the same order here and 1 in the opposite one.",
            "Fastest: GhostNet 1.0x, 11.13 ms. Slowest: MobileNetV2 1.0x, 14.63 ms.",
            "On the Pareto front, from fast to accurate (measured time, published accuracy): GhostNet 1.0x, MobileNetV3 Large 1.0x. Each of them is there with a probability above 95 %, no other one is.",
            "The multiply-adds counted in the files agree with the published ones within 2 % for 4 of 4 networks.",
            "1 network of 4 is SUSPECT: see the cautions below before you rely on a time.",
        ]
    )


def test_with_two_rounds_nothing_is_said_to_be_faster_or_slower() -> None:
    text = " ".join(told(rounds=2))
    assert "too few rounds for an interval" in text
    assert "surely" not in text
    assert "0 hold on this device, 0 do not, 3 cannot be told" in text


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


def test_a_front_between_overlapping_intervals_is_called_open_where_rounds_are_too_few() -> None:
    sample = campaign(names=NAMES, rounds=2)
    wide = tuple(replace(r, ci95_ns=(0.5 * r.median_ns, 2 * r.median_ns)) for r in sample.results)
    study = replace(sample, results=wide).study()
    (front,) = (f for f in findings(study, study.groups[0]) if f.startswith("On the Pareto front"))
    assert front.endswith("Where intervals overlap, another network may belong there.")


def test_a_network_that_may_be_on_the_front_is_named_with_its_probability() -> None:
    names = ("ghostnet-1.0x", "ghostnet-1.1x", "mobilenetv3-large-1.0x")
    study = campaign(names=names).study()
    times = {"ghostnet-1.1x": 1.0, "ghostnet-1.0x": 1.001, "mobilenetv3-large-1.0x": 1.2}
    group = with_times(study.groups[0], times)
    (front,) = (f for f in findings(study, group) if f.startswith("On the Pareto front"))
    assert "Not sure, with the probability of being on it: GhostNet 1.0x " in front


def test_a_claim_without_published_times_is_told_without_a_verdict_on_the_paper() -> None:
    study = campaign(names=NAMES).study()
    silent = tuple(replace(n, published=Published()) for n in study.groups[0].networks)
    text = " ".join(findings(study, replace(study.groups[0], networks=silent)))
    assert "The paper gives no times of both." in text
    assert "claims of the paper" not in text
