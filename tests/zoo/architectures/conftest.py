from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs, resolve

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def network() -> Callable[[str], Any]:
    """Name to Keras network, each built once."""
    specs = load_specs(ROOT)
    return cache(lambda name: build_network(resolve(name, specs)))
