"""The score function that is asked for: a built-in one, or one of the user's own. No Keras here."""

import importlib
import sys

from ghostbench.core.errors import UsageError
from ghostbench.zoo.enlarge_context import ScoreFunction
from ghostbench.zoo.enlarge_messages import ScoringSetup


def find_function(setup: ScoringSetup) -> ScoreFunction:
    """The function that `module:function` names. Raises UsageError."""
    module, _, name = setup.function.partition(":")
    # At the end: nothing there hides a module that is installed.
    sys.path.append(str(setup.folder))
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as cause:  # a module of the user may fail in any way
        raise UsageError(
            f"the score function's module {module!r} cannot be imported: {cause}"
        ) from cause
    if not callable(found):
        raise UsageError(f"the module {module!r} has no function {name!r}")
    return found  # type: ignore[no-any-return]
