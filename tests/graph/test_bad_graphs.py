"""Each planted fault is found, explained and priced, and nothing else is."""

from pathlib import Path

import pytest

from ghostbench.graph.explanations import EXPLANATIONS
from ghostbench.workflows.inspect import Inspection, Questions, inspect
from tests.graph.bad_graphs import BAD, good

FIXTURES = Path(__file__).parent.parent / "fixtures"
# These need a run, a specification or a runtime to be asked about; or several subgraphs, or a hostile file.
ELSEWHERE = {
    "vanishing-activations", "denormal-activations", "macs-differ", "older-runtime", "control-flow",
    "overlapping-constants",
}  # fmt: skip


def inspected(path: Path, content: bytes) -> Inspection:
    path.write_bytes(content)
    return inspect(path, Questions(workspace=path.parent))


@pytest.mark.parametrize("name", BAD)
def test_a_planted_fault_is_the_only_finding(name: str, tmp_path: Path) -> None:
    make, kind, operators = BAD[name]
    findings = inspected(tmp_path / "bad.tflite", make()).findings
    assert [(one.kind, one.operators) for one in findings] == [(kind, operators)]
    (one,) = findings
    assert {one.message[-1:], one.advice[-1:]}.isdisjoint({"", "."})
    assert len(one.names) == len(one.operators)


def test_every_kind_of_finding_is_planted_somewhere() -> None:
    planted = {kind for _, kind, _ in BAD.values()}
    assert planted | ELSEWHERE == set(EXPLANATIONS)


def test_a_good_network_has_no_findings(tmp_path: Path) -> None:
    found = inspected(tmp_path / "good.tflite", good())
    assert found.findings == ()
    assert found.delegation is not None
    assert (found.delegation.taken, found.delegation.own) == (3, {})
    assert [part.by for part in found.delegation.parts] == ["xnnpack"]


def test_what_tensorflow_converts_has_no_findings() -> None:
    assert inspect(FIXTURES / "tiny_conv.tflite").findings == ()


def test_the_parts_that_result_are_told(tmp_path: Path) -> None:
    make, _, _ = BAD["not_for_xnnpack"]
    found = inspected(tmp_path / "bad.tflite", make())
    assert found.delegation is not None
    assert [(part.by, part.operators) for part in found.delegation.parts] == [
        ("xnnpack", (0,)),
        ("litert", (1,)),
        ("xnnpack", (2,)),
    ]
    assert "cuts what it takes into 2 parts" in found.findings[0].message
