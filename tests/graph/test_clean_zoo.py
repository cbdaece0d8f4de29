"""What the zoo builds holds nothing that a good graph would not."""

from pathlib import Path

import pytest

from ghostbench.workflows.inspect import Questions, inspect
from tests.zoo.recipes import recipe

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]  # TensorFlow's own


def test_a_built_network_has_no_findings_but_what_xnnpack_really_leaves(tmp_path: Path) -> None:
    from ghostbench.zoo.pipeline import build_file, prepare_network

    prepared = prepare_network(recipe().spec, recipe().weights)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = {}
    for precision in ("fp32", "dynamic"):
        built = build_file(prepared, recipe(precision=precision), folder=tmp_path, scratch=scratch)
        findings = inspect(built.path, Questions(workspace=tmp_path)).findings
        found[precision] = [(one.kind, one.message.partition(":")[0]) for one in findings]
    assert found["fp32"] == []
    ((kind, what),) = found["dynamic"]
    assert kind == "not-delegated"
    assert what.endswith(" x DEPTHWISE_CONV_2D")
