import doctest

import pytest
from ai_edge_litert.interpreter import Interpreter

from ghostbench.core.errors import UsageError
from ghostbench.graph import operator_versions
from ghostbench.graph.operator_kinds import BUILTIN_NAMES
from ghostbench.graph.operator_versions import find_versions, needed_runtime, read_version
from ghostbench.graph.version_table import NEWEST, SINCE
from tests.graph.bad_graphs import claims_an_older_runtime, good
from tests.graph.build import OperatorPlan, model, subgraph, tensor
from tests.graph.reading import graph_of


def of_version(kind: str, version: int) -> bytes:
    step = OperatorPlan(kind=kind, inputs=(0,), outputs=(1,), version=version)
    return model(subgraph([tensor(1), tensor(1)], [step]))


def is_known_to_the_runtime(kind: str, version: int) -> bool:
    try:
        Interpreter(model_content=of_version(kind, version))
    except (ValueError, RuntimeError) as error:
        return "Didn't find op" not in str(error)
    return True


def test_the_runtime_loads_the_newest_version_of_each_operator_and_none_after_it() -> None:
    wrong = {
        kind
        for kind in BUILTIN_NAMES
        if kind not in ("CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES")
        for newest in (NEWEST.get(kind, 0),)
        if is_known_to_the_runtime(kind, newest + 1)
        or (newest and not is_known_to_the_runtime(kind, newest))
    }
    assert wrong == set()


def test_every_dated_version_is_one_that_exists_and_dates_never_fall() -> None:
    for kind, versions in SINCE.items():
        assert kind in BUILTIN_NAMES
        dates = [read_version(one) for one in versions if one != "-"]
        assert None not in dates
        assert dates == sorted(dates, key=lambda date: date or ()), kind


def test_the_first_runtime_that_loads_a_file_is_that_of_its_newest_operator() -> None:
    assert needed_runtime(graph_of(good())) == "1.5.0"
    assert needed_runtime(graph_of(of_version("CONV_2D", 8))) == "2.15.0"
    assert needed_runtime(graph_of(of_version("CONV_2D", 99))) is None


@pytest.mark.parametrize(
    ("runtime", "found"), [("2.14.0", True), ("2.15.0", False), ("2.15", False), ("1.9", True)]
)
def test_an_older_runtime_is_told_from_one_that_loads_the_file(runtime: str, found: bool) -> None:
    findings = find_versions(graph_of(of_version("CONV_2D", 8)), runtime)
    assert [one.kind for one in findings] == (["older-runtime"] if found else [])


def test_a_version_that_nobody_has_is_told_against_the_pinned_runtime() -> None:
    (one,) = find_versions(graph_of(of_version("CONV_2D", 9)))
    assert one.message == (
        "1 x CONV_2D: the file asks for version 9 of it, and LiteRT 2.3.0 loads up to 8"
    )


def test_a_claim_of_the_file_that_its_operators_contradict_is_found() -> None:
    (one,) = find_versions(graph_of(claims_an_older_runtime()))
    assert one.message.startswith(
        "the file claims to load from TensorFlow Lite 1.5.0 on, and its operators need 2.9.0"
    )


@pytest.mark.parametrize("text", ["new", "2", "2.", "2.14.0-rc1", "", "1" * 5000])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a runtime's version looks like"):
        find_versions(graph_of(good()), text)


def test_examples_hold() -> None:
    assert doctest.testmod(operator_versions).failed == 0
