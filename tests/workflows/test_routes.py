from pathlib import Path

import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.workflows.routes import Recommendation, recommend
from tests.workflows.made_up_sides import sides, stored


def built_by(route: str, sha256: str) -> Artifact:
    return Artifact(
        name="net", title="Net", family="Nets", route=route, precision="fp32", path=Path(f"{route}.tflite"),
        sha256=sha256, size_bytes=1, params=1, macs=1, operators={"CONV_2D": 2 if route == "keras" else 3},
    )  # fmt: skip


def choice(
    workspace: Path, *, rounds: int = 8, spread: float = 0.005, **times_ms: float
) -> Recommendation:
    """What is recommended when the files of the routes truly take these times."""
    measured = sides(stored(workspace, rounds, 0, spread, **times_ms))
    artifacts = [built_by(route, measured[route].model_sha256) for route in times_ms]
    return recommend(artifacts, {side.model_sha256: side for side in measured.values()})


def test_the_route_that_is_faster_beyond_doubt_is_recommended(tmp_path: Path) -> None:
    found = choice(tmp_path, keras=6.0, onnx=5.0)
    assert found.chosen.route == "onnx"
    assert found.told_apart
    assert found.evidence[0].paired
    assert found.evidence[0].ratio == pytest.approx(5 / 6, rel=0.01)


def test_pairs_of_rounds_tell_apart_what_differs_by_less_than_the_rounds_do(tmp_path: Path) -> None:
    found = choice(tmp_path, rounds=20, keras=5.0, onnx=4.93)
    keras, onnx = found.evidence[0].b, found.evidence[0].a
    # Their blocks overlap, and so would their intervals if they were looked at one by one.
    assert min(keras.medians_ns) < max(onnx.medians_ns)
    assert found.chosen.route == "onnx"


def test_the_default_is_recommended_where_the_routes_are_not_told_apart(tmp_path: Path) -> None:
    found = choice(tmp_path, keras=5.0, onnx=5.0)
    assert found.chosen.route == "keras"
    assert not found.told_apart
    assert "so the default stands" in str(found)


def test_too_few_rounds_recommend_the_default_and_say_so(tmp_path: Path) -> None:
    found = choice(tmp_path, rounds=2, keras=6.0, onnx=5.0)
    assert found.chosen.route == "keras"
    assert "in 2 rounds, too few to tell (2 against 3 operators)" in str(found)


def test_a_recommendation_shows_its_evidence_in_words(tmp_path: Path) -> None:
    told = str(choice(tmp_path, keras=5.0, onnx=6.0))
    assert told.startswith("net (fp32): take the keras route. It takes 17.1 % less time")
    assert " than onnx (95 % interval -17.6 to -16.3 %," in told
    assert told.endswith(" p = 0.0078, signed-rank test, 8 rounds; 2 against 3 operators)")
