"""Image files: which ones they are, and what opens them."""

import importlib
from types import ModuleType

from ghostbench.core.errors import MissingExtra

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"})


def pillow() -> ModuleType:
    """The module `PIL.Image`. Raises MissingExtra where Pillow is not installed."""
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as cause:
        raise MissingExtra("convert", "pillow") from cause
