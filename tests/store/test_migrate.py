import pytest

from ghostbench.core.errors import StoreError
from ghostbench.store.migrate import Plain, migrate


def renamed(document: str, plain: Plain) -> Plain:
    """From 1 to 2: `took` is now called `seconds`, in records."""
    if document == "record":
        plain = {**plain, "seconds": plain["took"]}
        del plain["took"]
    return plain


def counted(document: str, plain: Plain) -> Plain:
    """From 2 to 3: a count is kept."""
    return {**plain, "count": 1}


STEPS = {1: renamed, 2: counted}


def test_an_old_document_takes_every_step() -> None:
    old = {"schema_version": 1, "took": 2.5}
    new = migrate("record", old, steps=STEPS, present=3)
    assert new == {"schema_version": 3, "seconds": 2.5, "count": 1}
    assert old == {"schema_version": 1, "took": 2.5}


def test_a_step_knows_which_document_it_changes() -> None:
    plan = {"schema_version": 1, "took": "a while"}
    assert migrate("plan", plan, steps=STEPS, present=2) == {**plan, "schema_version": 2}


def test_a_document_of_today_stays_as_it_is() -> None:
    plain = {"schema_version": 3, "x": 1}
    assert migrate("record", plain, steps=STEPS, present=3) == plain


def test_a_newer_document_is_refused() -> None:
    with pytest.raises(StoreError, match="has schema 4, this ghostbench reads up to 3; update"):
        migrate("record", {"schema_version": 4}, steps=STEPS, present=3)


def test_a_document_too_old_is_refused() -> None:
    with pytest.raises(StoreError, match="has schema 1, which cannot be read any more"):
        migrate("record", {"schema_version": 1}, steps={2: counted}, present=3)


@pytest.mark.parametrize("version", [None, "1", 1.0, True, 0, -1])
def test_a_version_that_is_none_is_refused(version: object) -> None:
    with pytest.raises(StoreError, match="does not say its schema_version"):
        migrate("record", {"schema_version": version}, steps=STEPS, present=3)


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(StoreError, match="the plan is not a JSON object"):
        migrate("plan", [1])
