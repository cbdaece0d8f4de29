"""What the zoo builds holds nothing that a good graph would not."""

from pathlib import Path

import pytest

from ghostbench.workflows.inspect import Questions, inspect
from tests.zoo.recipes import images, recipe

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]  # TensorFlow's own


def test_a_built_network_has_no_findings_in_any_precision(tmp_path: Path) -> None:
    from ghostbench.zoo.pipeline import build_file, prepare_network

    prepared = prepare_network(recipe().spec, recipe().weights)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = {}
    for precision in ("fp32", "fp16", "dynamic", "int8"):
        of = recipe(precision=precision, calibration=images() if precision == "int8" else None)
        built = build_file(prepared, of, folder=tmp_path, scratch=scratch)
        findings = inspect(built.path, Questions(workspace=tmp_path)).findings
        found[precision] = [(one.kind, one.message.partition(":")[0]) for one in findings]
    # In int8 and with weights alone in int8, XNNPACK really leaves these to LiteRT.
    assert {name for told in found.values() for name, _ in told} <= {"not-delegated"}
    assert found["fp32"] == found["fp16"] == []
    assert {what.partition(" x ")[2] for _, what in found["dynamic"]} == {"DEPTHWISE_CONV_2D"}
