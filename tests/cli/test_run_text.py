# ruff: noqa: E501 - lines that a user sees are not broken here either
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from ghostbench.cli.results import print_results
from ghostbench.core.result import JobResult, OverSessions
from ghostbench.core.verdict import Verdict
from tests.report.samples import campaign

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "resnet50")
BUSY = "busy, {} of 5 blocks: other programs ran. End them and repeat."


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")


def results(*cautions: tuple[str, ...]) -> tuple[JobResult, ...]:
    made = campaign(names=NAMES, cautious=()).results
    return tuple(doubted(r, told) for r, told in zip(made, cautions, strict=True))


def doubted(result: JobResult, cautions: tuple[str, ...]) -> JobResult:
    verdict = Verdict.SUSPECT if cautions else Verdict.VALID
    return replace(result, cautions=cautions, verdict=verdict)


def test_a_table_marks_what_carries_a_caution_and_tells_each_kind_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_results(results((BUSY.format(2),), (BUSY.format(5), "hot, 1 of 5 blocks: 48 C."), ()))
    out, err = capsys.readouterr()
    assert out == snapshot("""\
model             precision  median ms   95 % interval   p95   min  init    MB   samples  !
ghostnet-1.0x     fp32           11.22  11.03 to 11.33  11.5  10.9  10.3  49.3  200 in 5  !
mobilenetv2-1.0x  fp32           14.74  14.34 to 14.93  15.2  14.2  10.6  49.6  200 in 5  !
resnet50          fp32           112.9  110.9 to 114.9   117   110  9.80  48.8  200 in 5
""")
    assert err == snapshot("""\
what speaks against the rows marked with an exclamation mark, which are SUSPECT:
! busy: 2 of 3 networks, 7 of 10 blocks: other programs ran. End them and repeat.
! hot: mobilenetv2-1.0x-fp32, 1 of 5 blocks: 48 C.
""")


def test_what_holds_at_any_other_time_stands_beside_what_holds_now(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = "sessions are taken to differ by 3 %, as assumed of such a device"
    over = [
        replace(r, over_sessions=OverSessions(ci95_ns=(r.median_ns / 1.07, r.median_ns * 1.07), told=told))
        for r in results((), (), ())
    ]  # fmt: skip
    print_results(tuple(over))
    out, err = capsys.readouterr()
    assert out == snapshot("""\
model             precision  median ms   95 % interval  over sessions   p95   min  init    MB   samples  !
ghostnet-1.0x     fp32           11.22  11.03 to 11.33   10.5 to 12.0  11.5  10.9  10.3  49.3  200 in 5
mobilenetv2-1.0x  fp32           14.74  14.34 to 14.93   13.8 to 15.8  15.2  14.2  10.6  49.6  200 in 5
resnet50          fp32           112.9  110.9 to 114.9     106 to 121   117   110  9.80  48.8  200 in 5
""")
    assert err == f"over sessions: the interval for any other hour or day, too; {told}\n"


def test_without_cautions_there_is_no_mark_and_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    print_results(results((), (), ()))
    out, err = capsys.readouterr()
    assert err == ""
    assert not any(line.endswith("!") for line in out.splitlines()[1:])


def test_eighteen_busy_networks_take_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    made = campaign(cautious=()).results
    print_results(tuple(doubted(r, (BUSY.format(4),)) for r in made))
    err = capsys.readouterr().err.splitlines()
    assert err[1:] == [
        f"! busy: {len(made)} of {len(made)} networks, {4 * len(made)} of {5 * len(made)} blocks: other programs ran. End them and repeat."
    ]


def test_a_withheld_quantile_and_blocks_in_no_figure_are_told_below_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one, *others = results((), (), ())
    few = replace(
        one,
        p95_ns=None,
        withheld={"p95": "the 95th percentile needs 72 independent samples, and 60 were taken"},
        excluded=one.blocks[:1],
    )
    print_results((few, *others))
    out, err = capsys.readouterr()
    assert "withheld" in out.splitlines()[1]
    assert err.splitlines() == [
        "ghostnet-1.0x-fp32: 1 measured block in no figure, kept with the reasons (--json, report)",
        "p95 is withheld for 1 of 3 networks, for instance ghostnet-1.0x-fp32: "
        "the 95th percentile needs 72 independent samples, and 60 were taken",
    ]
