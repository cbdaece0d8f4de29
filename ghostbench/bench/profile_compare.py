"""What makes one model slower than another: differences between kinds of operators, from the same rounds."""

import math
from collections.abc import Sequence

import numpy as np

from ghostbench.bench.profile_join import Times
from ghostbench.core.errors import UsageError
from ghostbench.core.profile import KindDifference, ModelProfile, OperatorTime, ProfileComparison
from ghostbench.stats.compare import paired_ratio
from ghostbench.stats.distributions import student_quantile

# A kind is named as a cause only when chance alone would do that, for any kind at all, once in so many comparisons;
MISNAMED_ONCE_IN = 1000
# and when its difference is at least this share of the faster one's sum: less is no cause that anybody looks for.
LEAST_SHARE = 0.01
MIN_ROUNDS = 4


def compare_profiles(a: ModelProfile, b: ModelProfile) -> ProfileComparison:
    """Attribute the difference of two models that were profiled in the same rounds."""
    if a.rounds != b.rounds or a.rounds < MIN_ROUNDS:
        raise UsageError(
            f"a comparison of profiles needs at least {MIN_ROUNDS} rounds of both, not {a.rounds} and {b.rounds}"
        )
    if a.latency is None or b.latency is None:
        raise UsageError("a comparison of profiles needs the latency of both")
    kinds = dict.fromkeys(one.kind for one in (*a.operators, *b.operators))
    least_ns = LEAST_SHARE * min(a.sum.ns, b.sum.ns)
    differences = [_difference(kind, a, b, len(kinds), least_ns) for kind in kinds]
    ratio = paired_ratio(np.array(b.latency.rounds_ns), np.array(a.latency.rounds_ns))
    interval = ratio.interval or (0.0, math.inf)
    return ProfileComparison(
        a=a,
        b=b,
        ratio=ratio.value,
        ratio_ci95=interval,
        differs=not interval[0] <= 1 <= interval[1],
        kinds=tuple(sorted(differences, key=lambda one: -abs(one.ns))),
    )


def _difference(
    kind: str, a: ModelProfile, b: ModelProfile, kinds: int, least_ns: float
) -> KindDifference:
    of_a, of_b = _of_kind(a, kind), _of_kind(b, kind)
    by_round = _sum(of_b, b.rounds) - _sum(of_a, a.rounds)
    mean, error = float(np.mean(by_round)), _standard_error(by_round)
    freedom = len(by_round) - 1
    reach = error * student_quantile(0.975, freedom)
    # Two sides, and every kind has its chance to be named wrongly.
    surely = error * student_quantile(1 - 1 / (2 * MISNAMED_ONCE_IN * kinds), freedom)
    return KindDifference(
        kind=kind,
        count_a=len(of_a),
        count_b=len(of_b),
        ns=mean,
        ci95_ns=(mean - reach, mean + reach),
        named=abs(mean) > surely and abs(mean) >= least_ns,
        shapes=_by_shape(of_a, of_b),
    )


def _of_kind(profile: ModelProfile, kind: str) -> list[OperatorTime]:
    return [operator for operator in profile.operators if operator.kind == kind]


def _sum(operators: Sequence[OperatorTime], rounds: int) -> Times:
    total: Times = np.zeros(rounds)
    for operator in operators:
        total = total + np.array(operator.time.rounds_ns)
    return total


def _standard_error(values: Times) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def _by_shape(a: Sequence[OperatorTime], b: Sequence[OperatorTime]) -> dict[str, float]:
    """Operators of one kind stand side by side when they put out the same shape."""
    parts: dict[str, float] = {}
    for sign, operators in ((-1, a), (1, b)):
        for operator in operators:
            shape = "x".join(str(size) for size in operator.shape) or "one number"
            parts[shape] = parts.get(shape, 0.0) + sign * operator.time.ns
    return dict(sorted(parts.items(), key=lambda item: -abs(item[1])))
