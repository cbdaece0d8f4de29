import gc
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest

from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs, resolve
from tests.zoo.architectures.built_facts import BuiltFacts, facts_of

ROOT = Path(__file__).resolve().parents[3]
# All of the zoo together would take several gigabytes.
_KEPT = 3


@pytest.fixture(scope="session")
def network() -> Callable[[str], Any]:
    """Name to Keras network, the last few kept."""
    specs = load_specs(ROOT)

    @lru_cache(maxsize=_KEPT)
    def build(name: str) -> Any:
        gc.collect()  # networks are full of circles, and the one that was let go is among them
        return build_network(resolve(name, specs))

    return build


@pytest.fixture(scope="session")
def built(network: Callable[[str], Any]) -> Callable[[str], BuiltFacts]:
    """Name to what is told of the built network, each built once."""
    return cache(lambda name: facts_of(network(name)))
