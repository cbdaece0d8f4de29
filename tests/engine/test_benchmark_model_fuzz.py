"""Damaged logs of benchmark_model, a quick part of tools/fuzz_benchmark_model.py."""

from collections import Counter

from tools.fuzz_benchmark_model import cases


def test_no_damage_misleads_the_reader() -> None:
    outcomes: Counter[str] = Counter()
    for kind, outcome, text in cases(6000, seed=1):
        assert text is None, text
        outcomes[f"{kind}: {outcome}"] += 1
    # A reader that refuses everything would pass, too.
    assert outcomes["bare: read"] > 500
    assert outcomes["sealed: read"] > 3
    assert outcomes["sealed: refused"] > 2000
