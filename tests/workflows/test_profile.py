"""`profile` end to end on this machine: figures, a folder with everything, a chart, a trace, and words."""

import json
import math
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ghostbench.bench.profile_compare import compare_profiles
from ghostbench.cli.main import app, main
from ghostbench.core.artifact import Quantization
from ghostbench.core.errors import UsageError
from ghostbench.core.profile import ProfileComparison
from ghostbench.report.profile_text import comparison_lines, kind_rows, operator_rows
from ghostbench.report.profile_trace import trace
from ghostbench.store.campaign import campaign_folders
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.profile import SETTINGS, ProfileOutcome, profile
from ghostbench.zoo.cache import publish
from tests.bench.made_up_profiles import Made, made_profile
from tests.zoo.recipes import artifact_at, recipe

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


# The figures mean nothing here; all the rest does.
QUICK = replace(SETTINGS, min_runs=5, min_ms=1, warmup_min_ms=0)


def how(workspace: Path, **more: Any) -> HowToMeasure:
    return replace(
        HowToMeasure(settings=QUICK, rounds=3, workspace=workspace, order_seed=1), **more
    )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> ProfileOutcome:
    workspace = tmp_path_factory.mktemp("workspace")
    return profile(str(FIXTURES / "tiny_two_inputs.tflite"), repetitions=10, how=how(workspace))


def test_every_operator_of_the_graph_has_a_time(outcome: ProfileOutcome) -> None:
    (found,) = outcome.profiles

    assert sorted(one.index for one in found.operators) == list(range(6))
    assert {one.kind for one in found.operators if one.ran_by == "litert"} == {"SUM", "CAST", "MUL"}
    assert all(one.time.ns > 0 and one.matched for one in found.operators)
    assert sum(one.share for one in found.operators) == pytest.approx(1)
    assert sum(one.share for one in found.kinds) == pytest.approx(1)


def test_what_the_runner_said_is_kept_process_by_process(outcome: ProfileOutcome) -> None:
    names = {path.name for path in outcome.folder.iterdir()}

    assert {f"profiled-1-round-{number}.jsonl" for number in (1, 2, 3)} <= names
    assert {f"timed-1-round-{number}.jsonl" for number in (1, 2, 3)} <= names
    assert {"peaks-1.jsonl", "profile.json", "profile.png", "profile.svg", "trace.json"} <= names


def test_the_folder_is_never_taken_for_a_campaign_of_latencies(outcome: ProfileOutcome) -> None:
    assert outcome.folder.name.split("-", 3)[3] == "host-profile-1"
    assert list(campaign_folders(outcome.folder.parent)) == []


def test_the_json_says_that_it_is_a_profile(outcome: ProfileOutcome) -> None:
    plain = json.loads((outcome.folder / "profile.json").read_text())

    assert plain["profiled"] is True
    assert plain["roof"]["gmac_per_s"] > 0


def check_trace(plain: dict[str, Any]) -> None:
    """What the format asks for: a list of events, each with a phase, and of complete ones a start and a length."""
    assert plain["displayTimeUnit"] in ("ms", "ns")
    for event in plain["traceEvents"]:
        assert isinstance(event["name"], str)
        assert (type(event["pid"]), type(event["tid"])) == (int, int)
        if event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name")
            assert isinstance(event["args"]["name"], str)
        else:
            assert event["ph"] == "X"
            assert event["ts"] >= 0
            assert event["dur"] >= 0


def test_the_trace_is_one_that_viewers_open(outcome: ProfileOutcome) -> None:
    plain = json.loads((outcome.folder / "trace.json").read_text())

    check_trace(plain)
    operators = [event for event in plain["traceEvents"] if event.get("cat") == "operator"]
    assert len(operators) == 6
    (whole,) = [event for event in plain["traceEvents"] if event.get("cat") == "inference"]
    ends = [event["ts"] + event["dur"] for event in operators]
    assert max(ends) == pytest.approx(whole["dur"], abs=0.003)
    for end, after in zip(ends, operators[1:], strict=False):
        assert after["ts"] == pytest.approx(end, abs=0.003)


def test_no_operator_begins_before_the_last_one_ended_however_a_viewer_rounds() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        events = trace([made_profile(rng, Made())])["traceEvents"]
        spans = [(event["ts"], event["dur"]) for event in events if event["ph"] == "X"]
        for whole_ns in (math.floor, round, math.ceil):
            (start, length), *operators = [
                (whole_ns(at * 1000), whole_ns(lasts * 1000)) for at, lasts in spans
            ]
            for (one, lasts), (after, _) in pairwise(operators):
                assert one + lasts <= after
            assert start <= operators[0][0]
            assert sum(operators[-1]) <= start + length


def test_two_profiles_stand_side_by_side_in_a_trace() -> None:
    rng = np.random.default_rng(0)
    plain = json.loads(json.dumps(trace([made_profile(rng, Made()), made_profile(rng, Made())])))

    check_trace(plain)
    assert {event["pid"] for event in plain["traceEvents"]} == {1, 2}


def test_two_models_are_profiled_in_the_same_rounds(tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    shutil.copy(FIXTURES / "tiny_conv.tflite", other)
    told = profile(
        str(FIXTURES / "tiny_two_inputs.tflite"), against=str(other), repetitions=5,
        how=how(tmp_path, rounds=4),
    )  # fmt: skip

    assert told.comparison is not None
    by_kind = {one.kind: one for one in told.comparison.kinds}
    assert (by_kind["CONV_2D"].count_a, by_kind["CONV_2D"].count_b) == (0, 1)
    assert (by_kind["CAST"].count_a, by_kind["CAST"].count_b) == (1, 0)
    assert json.loads((told.folder / "profile.json").read_text())["a"]["profiled"] is True


@pytest.mark.parametrize(
    "more",
    [{"rounds": 2}, {"engine": "benchmark_model"}, {"device": "simulated"}],
)
def test_what_cannot_be_profiled_is_refused_before_anything_is_made(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    with pytest.raises(UsageError):
        profile(str(FIXTURES / "tiny_conv.tflite"), how=how(tmp_path, **more))

    assert not (tmp_path / "results").exists()


def comparison(seed: int, made: Made) -> ProfileComparison:
    rng = np.random.default_rng(seed)
    return compare_profiles(made_profile(rng, Made()), made_profile(rng, made))


def test_the_answer_comes_first_and_in_words() -> None:
    slower = list(comparison(1, Made(more_us={"TRANSPOSE": 900.0})).kinds)
    assert slower[0].named

    verdict, *rest = comparison_lines(comparison(1, Made(more_us={"TRANSPOSE": 900.0})))

    assert "% slower than A" in verdict
    assert "ms in 1 (A: 0) TRANSPOSE." in verdict
    assert "interval" in rest[0]
    # What was planted is all in one operator.
    told = re.fullmatch(r"Of \+(.+) ms in latency, operators explain \+(.+) ms\.", rest[1])
    assert told
    assert [float(each) for each in told.groups()] == pytest.approx([0.9, 0.9], abs=0.1)


def test_of_two_that_are_alike_no_difference_is_told() -> None:
    (verdict, _) = comparison_lines(comparison(3, Made()))

    assert verdict == (
        "No difference in latency between A (made-up) and B (made-up) can be told, nor any in its operators."
    )


def test_tables_have_a_row_for_each_kind_and_operator() -> None:
    made = made_profile(np.random.default_rng(0), Made())

    assert [row[0] for row in operator_rows(made.operators)][:2] == [
        "0 CONV_2D",
        "1 DEPTHWISE_CONV_2D",
    ]
    assert len(kind_rows(made)) == len(made.kinds)


def test_the_command_prints_tables_or_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["profile", str(FIXTURES / "tiny_conv.tflite"), "--rounds", "3", "--repetitions", "5"]

    assert main(command) == 0
    told = capsys.readouterr().out
    assert "profiled, not a latency record" in told
    assert "FULLY_CONNECTED" in told

    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["profiled"] is True


def test_wrong_usage_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", str(FIXTURES / "tiny_conv.tflite"), "--rounds", "1"]) == 2
    assert "at least 3 rounds" in capsys.readouterr().err


def test_the_command_is_listed() -> None:
    assert "profile" in CliRunner().invoke(app, ["--help"]).output


def converted(workspace: Path, *, onnx: bool) -> None:
    """A model of the user, as `convert` leaves it, directly or through ONNX."""
    folder = workspace / "models" / "built"
    folder.mkdir(parents=True)
    draft = artifact_at(
        folder / "draft.tflite",
        (FIXTURES / "tiny_conv.tflite").read_bytes(),
        name="mine",
        source="mine.onnx",
        route="onnx" if onnx else "keras",
        onnx_sha256="0" * 64 if onnx else None,
        calibration="8 images",
        quantization=Quantization(per_channel=2, per_tensor=0, takes="int8", gives="int8"),
    )
    if onnx:
        draft.path.with_suffix(".onnx").write_bytes(b"onnx")
    publish(draft, recipe(name="mine", route=draft.route), folder)


@pytest.mark.parametrize("onnx", [False, True])
def test_a_model_of_ones_own_is_profiled_by_its_name_and_says_its_quantisation(
    tmp_path: Path, *, onnx: bool
) -> None:
    converted(tmp_path, onnx=onnx)

    (found,) = profile("mine", repetitions=5, how=how(tmp_path)).profiles

    assert found.model == "mine"
    assert found.quantization == (
        "fp32: 2 operators with one scale for each channel; int8 in, int8 out; no operator in floats; "
        "calibrated on 8 images"
    )
