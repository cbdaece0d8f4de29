import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghostbench.core.strict import from_json, from_plain, to_json


@dataclass(frozen=True, slots=True)
class Inner:
    count: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outer:
    path: Path
    inner: Inner | None
    many: tuple[Inner, ...]
    named: dict[str, Inner]


OUTER = Outer(Path("a/b"), Inner(1), (Inner(2, "x"),), {"k": Inner(3)})


def test_a_value_survives_the_way_there_and_back() -> None:
    assert from_json(to_json(OUTER), Outer) == OUTER


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({"count": 1, "nota": "x"}, "unknown field 'nota' - at `$`"),
        ({"count": "1"}, "Expected `int`, got `str` - at `$.count`"),
        ({"count": 1.5}, "Expected `int`, got `float`"),
        ({}, "missing required field `count`"),
        ([1], "Expected `object`, got `array`"),
    ],
)
def test_a_field_that_does_not_fit_is_named(plain: object, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        from_plain(plain, Inner)


@pytest.mark.parametrize(
    ("path", "where"),
    [("inner", "$.inner"), ("many", "$.many[0]"), ("named", "$.named.k")],
)
def test_an_unknown_field_deep_inside_is_found(path: str, where: str) -> None:
    bad = {"count": 1, "surplus": 0}
    plain: dict[str, object] = {"path": "a", "inner": None, "many": [], "named": {}}
    plain[path] = {"inner": bad, "many": [bad], "named": {"k": bad}}[path]
    with pytest.raises(ValueError, match="surplus") as caught:
        from_plain(plain, Outer)
    assert f"at `{where}`" in str(caught.value)
