# ruff: noqa: E501 - lines that a user sees are not broken here either
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from inline_snapshot import snapshot

from ghostbench.core.comparison import Comparison, GuardVerdict, Side
from ghostbench.core.verdict import Verdict
from ghostbench.report.ci import github_annotation, junit_text
from ghostbench.report.comparison_text import comparison_lines, doubt_lines, guard_line, short_names

A = Side(
    label="2026-11-22-host-1/a-fp32",
    campaign="2026-11-22-host-1",
    job_id="a-fp32",
    model="a",
    precision="fp32",
    model_sha256="0" * 64,
    measured_at="2026-11-22T10:00:00+00:00",
    conditions={"device": "host", "kernel": "6.1"},
    rounds=(0, 1, 2),
    medians_ns=(1e6, 1e6, 1e6),
)
B = replace(A, label="2026-11-22-host-1/b-fp32", job_id="b-fp32", model="b")
FASTER = Comparison(
    a=A, b=B, ratio=0.939, ci95=(0.93, 0.948), p_value=0.0005, test="signed-rank test", paired=True,
    rounds=12, same_within=0.02, same=False, more_rounds=None,
)  # fmt: skip
OPEN = replace(FASTER, ratio=1.004, ci95=(0.98, 1.03), p_value=0.41, same=None, more_rounds=17)
SLOWER = GuardVerdict(
    comparison=replace(FASTER, ratio=1.061, ci95=(1.052, 1.07)),
    max_slowdown=0.03,
    slower=True,
    more_rounds=None,
)
UNKNOWN = GuardVerdict(comparison=OPEN, max_slowdown=0.025, slower=None, more_rounds=9)
FINE = GuardVerdict(comparison=FASTER, max_slowdown=0.03, slower=False, more_rounds=None)


def test_the_answer_comes_first_in_words() -> None:
    assert comparison_lines([FASTER]) == snapshot(
        [
            "a-fp32 is 6.1 % faster than b-fp32, 95 % interval 5.2-7.0 %; same device, same engine",
            "signed-rank test, 12 rounds of both together: p < 0.001; not the same within 2 %",
        ]
    )


def test_what_cannot_be_told_apart_says_how_far_it_may_be_off() -> None:
    assert comparison_lines([OPEN]) == snapshot(
        [
            "a-fp32 and b-fp32 cannot be told apart: a-fp32 takes 0.4 % more time, 95 % interval 2.0 % less to 3.0 % more; same device, same engine",
            "signed-rank test, 12 rounds of both together: p = 0.41; whether they are the same within 2 % cannot be told; about 17 more rounds would tell",
        ]
    )


def test_a_slower_one_is_called_slower() -> None:
    assert (
        "a-fp32 is 6.1 % slower than b-fp32, 95 % interval 5.2-7.0 %"
        in comparison_lines([replace(FASTER, ratio=1.061, ci95=(1.052, 1.07))])[0]
    )


def test_too_few_rounds_give_no_test() -> None:
    few = replace(FASTER, ci95=None, p_value=None, rounds=1, same=None)
    assert comparison_lines([few]) == snapshot(
        [
            "a-fp32 took 6.1 % less time than b-fp32, but there are too few rounds for an interval; same device, same engine",
            "not tested: 1 round only",
        ]
    )


def test_what_was_allowed_to_differ_is_in_the_answer() -> None:
    allowed = replace(FASTER, allowed={"engine_version": ("2.3.0", "2.2.0"), "os_build": ("", "x")})
    assert comparison_lines([allowed])[0].endswith(
        "; same device, allowed to differ: engine_version (2.3.0 and 2.2.0), os_build (unknown and x)"
    )


def test_many_pairs_have_a_line_each_and_a_balance() -> None:
    assert comparison_lines([FASTER, OPEN]) == snapshot(
        [
            "A is 2026-11-22-host-1, B is 2026-11-22-host-1; same device, same engine",
            "a-fp32: A is 6.1 % faster than B, 95 % interval 5.2-7.0 %; not the same within 2 %",
            "a-fp32: A and B cannot be told apart: A takes 0.4 % more time, 95 % interval 2.0 % less to 3.0 % more; whether they are the same within 2 % cannot be told; about 17 more rounds would tell",
            "A is faster in 1 of 2 pairs, slower in 0; 1 cannot be told apart",
        ]
    )


def test_the_same_job_of_two_campaigns_is_named_with_its_campaign() -> None:
    other = replace(A, campaign="x", label="x/a-fp32")
    assert short_names(A, other) == ("2026-11-22-host-1/a-fp32", "x/a-fp32")


def test_doubts_are_told_once_for_all() -> None:
    busy = replace(A, cautions=("busy, 2 of 3 blocks: much ran.",))
    pairs = [replace(FASTER, a=busy, doubts=("apart: x",)), replace(OPEN, doubts=("apart: x",))]
    pairs[0] = replace(pairs[0], b=B)
    assert doubt_lines(pairs[:1]) == [
        "apart: x",
        "busy: 2026-11-22-host-1/a-fp32, 2 of 3 blocks: much ran.",
    ]


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (SLOWER, "a-fp32: slower by more than 3 %: 6.1 % more time than the baseline, 95 % interval 5.2 % more to 7.0 % more"),
        (FINE, "a-fp32: not slower by more than 3 %: 6.1 % less time than the baseline, 95 % interval 7.0 % less to 5.2 % less"),
        (UNKNOWN, "a-fp32: cannot be told whether it is slower by more than 2.5 %: 0.4 % more time than the baseline, 95 % interval 2.0 % less to 3.0 % more; about 9 more rounds would tell"),
    ],
)  # fmt: skip
def test_a_verdict_is_one_sentence(verdict: GuardVerdict, told: str) -> None:
    assert guard_line(verdict) == told


def test_junit_counts_the_slower_as_failures_and_the_open_as_errors(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(junit_text([SLOWER, FINE, UNKNOWN]), encoding="utf-8")
    suite = Xml.parse(path).getroot()[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    assert [[child.tag for child in case] for case in suite] == [
        ["failure", "system-out"],
        ["system-out"],
        ["error", "system-out"],
    ]
    failure = suite[0][0]
    assert failure.get("message") == guard_line(SLOWER)
    assert suite[0].get("classname") == "ghostbench.host"


def test_junit_holds_whatever_a_file_may_be_called() -> None:
    odd = replace(A, job_id='a<b>&"\x00\x1b\ufffe')
    text = junit_text([replace(SLOWER, comparison=replace(SLOWER.comparison, a=odd))])
    assert Xml.fromstring(text.encode())[0][0].get("name") == 'a<b>&"'


def test_annotations_say_how_bad_it_is() -> None:
    assert [github_annotation(v).partition(" ")[0] for v in (SLOWER, UNKNOWN, FINE)] == [
        "::error",
        "::warning",
        "::notice",
    ]


def test_an_annotation_is_one_line_whatever_is_in_it() -> None:
    odd = replace(A, job_id="a,b:\n::error::100%")
    line = github_annotation(replace(SLOWER, comparison=replace(SLOWER.comparison, a=odd)))
    assert "\n" not in line
    assert line.startswith("::error title=a%2Cb%3A%0A%3A%3Aerror%3A%3A100%25%3A slower::a,b:%0A")


def test_what_is_not_valid_is_told_where_machines_read_it() -> None:
    doubted = replace(A, verdict=Verdict.SUSPECT, cautions=("hot, 2 of 3 blocks: 42 C.",))
    suspect = replace(SLOWER, comparison=replace(SLOWER.comparison, a=doubted))
    assert "(the measurement is SUSPECT)" in github_annotation(suspect)
    case = Xml.fromstring(junit_text([suspect]).encode())[0][0]
    assert case[0].get("message", "").endswith("(the measurement is SUSPECT)")
    assert "SUSPECT: 2026-11-22-host-1/a-fp32\nhot: " in (case[1].text or "")
    assert "SUSPECT" not in junit_text([SLOWER])


def test_several_jobs_checked_together_say_how_they_were_corrected() -> None:
    many = replace(SLOWER, p_slower=0.0123, among=18)
    text = junit_text([many])
    assert "that it is slower: p = 0.012, corrected for 18 jobs checked together (Holm)" in text
    assert "Holm" not in junit_text([SLOWER])
