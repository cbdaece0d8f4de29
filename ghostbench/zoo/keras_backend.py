"""Keras on TensorFlow, imported on first need and without noise."""

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from ghostbench.core.errors import MissingExtra, UsageError


def import_keras() -> ModuleType:
    """Keras on TensorFlow.

    Raises MissingExtra when either is not installed, and UsageError when Keras runs on another backend already.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the only backend that the converter reads
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for package in ("tensorflow", "keras"):
        try:
            with _quiet_stderr(unless=package in sys.modules):
                module = importlib.import_module(package)
        except ImportError as cause:
            raise MissingExtra("convert", package) from cause
    if module.backend.backend() != "tensorflow":
        raise UsageError(
            f"Keras was imported before with the backend {module.backend.backend()!r}; "
            "set KERAS_BACKEND=tensorflow before importing it"
        )
    return module


@contextmanager
def _quiet_stderr(*, unless: bool) -> Iterator[None]:
    """Hold back what native code writes to stderr, and show it only if the block fails.

    TensorFlow's libraries greet on loading, before any log level is heeded.
    """
    if unless:
        yield
        return
    kept = os.dup(2)
    with tempfile.TemporaryFile() as swallowed:
        try:
            os.dup2(swallowed.fileno(), 2)
            yield
        except BaseException:
            swallowed.seek(0)
            os.write(kept, swallowed.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
