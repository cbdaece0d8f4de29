"""Old documents to the present schema, one step for each version; newer ones are refused."""

from collections.abc import Callable, Mapping
from typing import Any

from ghostbench.core.errors import StoreError
from ghostbench.core.record import SCHEMA_VERSION

Plain = dict[str, Any]

# From version to what brings a document ("plan", "artifacts" or "record") to the next one. A step comes together with
# the line in the schema history of core/record.py and an old file in tests/fixtures/records/.
STEPS: Mapping[int, Callable[[str, Plain], Plain]] = {}


def migrate(
    document: str,
    plain: object,
    *,
    steps: Mapping[int, Callable[[str, Plain], Plain]] = STEPS,
    present: int = SCHEMA_VERSION,
) -> Plain:
    """The document as the present schema has it. Raises StoreError when there is no way there."""
    if not isinstance(plain, dict):
        raise StoreError(f"the {document} is not a JSON object")
    version = plain.get("schema_version")
    if type(version) is not int or version < 1:
        raise StoreError(f"the {document} does not say its schema_version")
    if version > present:
        raise StoreError(
            f"the {document} has schema {version}, this ghostbench reads up to {present}; update ghostbench"
        )
    for step in range(version, present):
        if step not in steps:
            raise StoreError(f"the {document} has schema {version}, which cannot be read any more")
        plain = {**steps[step](document, plain), "schema_version": step + 1}
    return plain
