from pathlib import Path

import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import UsageError
from ghostbench.workflows.convert import convert
from ghostbench.workflows.routes import TimedRoute, recommend


def timed(route: str, median_ms: float, half_ms: float | None = 0.1) -> TimedRoute:
    artifact = Artifact(
        name="net", title="Net", family="Nets", route=route, precision="fp32", path=Path(f"{route}.tflite"),
        sha256=route, size_bytes=1, params=1, macs=1, operators={"CONV_2D": 2},
    )  # fmt: skip
    interval = half_ms and ((median_ms - half_ms) * 1e6, (median_ms + half_ms) * 1e6)
    return TimedRoute(artifact=artifact, median_ns=median_ms * 1e6, ci95_ns=interval or None)


def test_the_faster_route_is_recommended_where_the_intervals_lie_apart() -> None:
    choice = recommend([timed("keras", 6.0), timed("onnx", 5.0)])
    assert choice.chosen.artifact.route == "onnx"
    assert choice.told_apart


@pytest.mark.parametrize("half_ms", [0.6, None])
def test_the_default_is_recommended_where_the_routes_are_not_told_apart(
    half_ms: float | None,
) -> None:
    choice = recommend([timed("keras", 6.0, half_ms), timed("onnx", 5.0, half_ms)])
    assert choice.chosen.artifact.route == "keras"
    assert not choice.told_apart


def test_a_recommendation_shows_its_evidence() -> None:
    assert str(recommend([timed("keras", 5.0), timed("onnx", 6.0)])) == (
        "net (fp32): take the keras route: it is faster, the 95 % intervals do not overlap. "
        "keras: 5 ms (4.9 to 5.1), 2 operators; onnx: 6 ms (5.9 to 6.1), 2 operators"
    )


@pytest.mark.parametrize("precision", ["dynamic", "int8"])
def test_a_precision_that_a_route_lacks_is_told_before_anything_is_built(
    tmp_path: Path, precision: str
) -> None:
    with pytest.raises(UsageError, match=f"the onnx route does not build {precision}"):
        convert(["ghostnet-1.0x"], route="onnx", precisions=[precision], workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []
