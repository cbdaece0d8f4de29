"""What findings cost, what a run shows, and two files against each other, as the command prints them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from inline_snapshot import snapshot
from typer.testing import CliRunner

from ghostbench.bench.profile_result import figure
from ghostbench.cli.inspect import inspect as command
from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ModelFileError, UnknownName, UsageError
from ghostbench.core.plan import InputSettings
from ghostbench.core.profile import ModelProfile, Roof
from ghostbench.core.strict import to_json
from ghostbench.engine.activations import largest_magnitudes
from ghostbench.graph.reader import read_graph
from ghostbench.graph.vanishing import find_vanishing
from ghostbench.workflows.inspect import Questions, compare_graphs, inspect
from ghostbench.workflows.inspect_costs import find_profile
from tests.bench.made_up_profiles import Made, made_profile
from tests.graph.bad_graphs import BAD, good
from tests.graph.denormal_model import SHRINKING, denormal_network


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.tflite"
    path.write_bytes(BAD["batch_norm"][0]())
    return path


def profile_for(path: Path) -> ModelProfile:
    """The first operator takes a millisecond, the second two, the third three."""
    made = made_profile(np.random.default_rng(0), Made(rounds=5))
    operators = tuple(
        replace(one, time=figure(np.full(5, 1e6 * (place + 1))))
        for place, one in enumerate(made.operators[:3])
    )
    return replace(
        made,
        model_sha256=read_graph(path).sha256,
        operators=operators,
        sum=figure(np.full(5, 6e6)),
        roof=Roof(kernel="avx2", gmac_per_s=1.0, read_gb_per_s={16384: 2.0}),
    )


def store(profile: ModelProfile, workspace: Path, name: str = "2026-01-01-host-profile-1") -> Path:
    folder = workspace / "results" / name
    folder.mkdir(parents=True)
    (folder / "profile.json").write_bytes(to_json(profile))
    return folder / "profile.json"


def test_a_stored_profile_of_this_very_file_prices_findings_in_time(bad: Path) -> None:
    store(profile_for(bad), bad.parent)
    (one,) = inspect(bad, Questions(workspace=bad.parent)).findings
    assert one.operators == (1, 2)
    assert one.ns == pytest.approx(5e6)
    assert one.share == pytest.approx(5 / 6)
    assert one.ci95_ns is not None


def test_a_profile_of_another_file_prices_nothing(bad: Path) -> None:
    other = replace(profile_for(bad), model_sha256="0" * 64)
    given = store(other, bad.parent)
    assert inspect(bad, Questions(workspace=bad.parent)).findings[0].ns is None
    with pytest.raises(UsageError, match="not of this file"):
        inspect(bad, Questions(workspace=bad.parent, profile=given))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"ratio_ci95": 1}'])
def test_what_is_no_profile_is_refused_when_given_and_passed_over_when_stored(
    bad: Path, content: bytes
) -> None:
    path = bad.parent / "results" / "x" / "profile.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content + read_graph(bad).sha256.encode() if content else content)
    assert inspect(bad, Questions(workspace=bad.parent)).profile is None
    with pytest.raises(UsageError, match="no profile of this version"):
        find_profile("0" * 64, path, bad.parent)


def test_a_missing_profile_is_refused(bad: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        inspect(bad, Questions(profile=bad.parent / "none.json"))


def test_macs_that_are_not_those_of_the_network_are_found(bad: Path) -> None:
    found = inspect(bad, Questions(network="ghostnet-1.0x", workspace=bad.parent)).findings
    (one,) = (each for each in found if each.kind == "macs-differ")
    assert "where ghostnet-1.0x has 141,150,512 (-100.0 %)" in one.message
    with pytest.raises(UnknownName):
        inspect(bad, Questions(network="ghostnet-9", workspace=bad.parent))


def test_the_network_is_known_from_the_file_beside_a_built_one(tmp_path: Path) -> None:
    path = tmp_path / "built.tflite"
    path.write_bytes(good())
    graph = read_graph(path)
    artifact = Artifact(
        name="mobilenetv1-1.0x", title="", family=None, route="keras", precision="fp32", path=path,
        sha256=graph.sha256, size_bytes=graph.size_bytes, params=1, macs=1, operators={},
    )  # fmt: skip
    path.with_suffix(".json").write_bytes(to_json(artifact))
    assert [one.kind for one in inspect(path).findings] == ["macs-differ"]
    path.with_suffix(".json").write_bytes(to_json(replace(artifact, sha256="0" * 64)))
    assert inspect(path).findings == ()


def test_activations_that_become_too_small_are_found_by_a_run(tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    path.write_bytes(denormal_network(3))
    found = inspect(path, Questions(run=True))
    assert [one.kind for one in found.findings if one.severity == "suspect"] == [
        "vanishing-activations"
    ]
    assert "denormals kept" in found.remarks[0]


def test_ordinary_activations_are_not(tmp_path: Path) -> None:
    path = tmp_path / "fine.tflite"
    path.write_bytes(denormal_network(3, shrinking=1e18 * SHRINKING))
    assert find_vanishing(read_graph(path), largest_magnitudes(path, InputSettings())) == ()


def test_what_an_older_runtime_refuses_is_no_excuse_in_this_one(tmp_path: Path) -> None:
    path = tmp_path / "pow.tflite"
    path.write_bytes(BAD["not_for_xnnpack"][0]())
    found = inspect(path, Questions(runtime="1.5.0")).findings
    assert [(one.kind, one.operators) for one in found] == [
        ("older-runtime", (1,)),  # POW loads from 1.10.0 on
        ("older-runtime", (2,)),  # ABS from 1.13.0
        ("not-delegated", (1,)),
    ]


def test_what_the_runtime_refuses_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "custom.tflite"
    path.write_bytes(BAD["of_somebody"][0]())
    found = inspect(path, Questions(run=True))
    assert found.remarks == ("Run: not tried, since the runtime would refuse the file.",)
    path.write_bytes(BAD["of_somebody"][0]()[:200])
    with pytest.raises(ModelFileError):
        inspect(path, Questions(run=True))


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Shown":
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return Shown()


class Shown:
    """Runs the command and gives what it printed."""

    def __call__(self, *words: str) -> str:
        app = typer.Typer()
        app.command()(command)
        result = CliRunner().invoke(app, list(words), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        text = re.sub(r"^SHA-256 [0-9a-f]{64}$", "SHA-256 ...", result.stdout, flags=re.MULTILINE)
        return re.sub(r"\b[\d,]+ bytes, ", "... bytes, ", text)


def test_findings_with_times_are_shown_as_a_stranger_would_want_them(
    shown: Shown, bad: Path
) -> None:
    store(profile_for(bad), bad.parent)
    assert shown("bad.tflite") == snapshot("""\
bad.tflite: 1 finding: 1 costs time; 5.000 of 6.000 ms (83.3 %) would go when
mended.
156 parameters, 9,216 MACs, ... bytes, 3 operators, fp32
SHA-256 ...
XNNPACK takes all 3 operators, in 1 part.
It loads from TensorFlow Lite 1.5.0 on.

1. 1 x MUL and ADD: a scale or shift per channel follows a layer that could
   absorb it.
   Cost: 5.000 ms (5.000 to 5.000), 83.3 % of the time of all operators.
   To do: fold the batch normalisation when converting.
   Where: operators 1 MUL; 2 ADD.
Times are from a profile of this very file on A machine: 6.000 ms (6.000 to
6.000) in all operators.

        tensor  type     shape
input   image   float32  1 x 8 x 8 x 4
output          float32  1 x 8 x 8 x 4

operator  count   MACs    share
CONV_2D       1  9,216  100.0 %
MUL           1      -
ADD           1      -
""")


def test_two_files_are_shown_operator_by_operator(shown: Shown, bad: Path) -> None:
    Path("good.tflite").write_bytes(BAD["activation"][0]())
    assert shown("good.tflite", "--against", "bad.tflite") == snapshot("""\
B against A: B has 1 MUL, 1 ADD more, lacks 1 RELU6; the same: 1.
A: good.tflite: 1 finding: 1 costs time.
B: bad.tflite: 1 finding: 1 costs time.

- A 1 RELU6 1x8x8x4
+ B 1 MUL 1x8x8x4
+ B 2 ADD 1x8x8x4

operator  in A  in B  M MACs in A  in B
RELU6        1     0            -     -
MUL          0     1            -     -
ADD          0     1            -     -
CONV_2D      1     1         0.01  0.01
""")


def test_equal_files_are_said_to_be_so(shown: Shown, bad: Path) -> None:
    text = shown("bad.tflite", "--against", "bad.tflite")
    assert text.startswith("B against A: the same 3 operators in the same order.\n")


def test_json_of_two_files_names_each_operator(shown: Shown, bad: Path) -> None:
    Path("good.tflite").write_bytes(good())
    record = json.loads(shown("good.tflite", "--against", "bad.tflite", "--json"))
    assert set(record) == {"a", "b", "operators"}
    assert {one["status"] for one in record["operators"]} <= {"same", "changed", "added", "removed"}
    assert record["a"]["findings"] == []


def test_a_file_that_cannot_be_read_is_named_on_either_side(bad: Path) -> None:
    with pytest.raises(ModelFileError, match=r"none\.tflite"):
        compare_graphs(bad, bad.parent / "none.tflite")
