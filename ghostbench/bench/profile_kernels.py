"""Which of XNNPACK's kernels belong to which operator.

XNNPACK names its kernels and keeps them in the order of the operators, but does not say which operator each is for:
one may become several kernels (a reshape before, a clamp after), or none. So the two sequences are aligned, at the
least cost, by what each kind of operator is known to become.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ghostbench.graph.parts import Operator

# What a kernel's name begins with, to the kinds of operators that become one. A kernel of the same name as the
# operator ("HardSwish" and HARD_SWISH) needs no entry.
_KINDS_OF = {
    "convolution": {"CONV_2D", "DEPTHWISE_CONV_2D"},
    "fullyconnected": {"FULLY_CONNECTED", "CONV_2D", "BATCH_MATMUL"},
    "dynamicfullyconnected": {"FULLY_CONNECTED", "BATCH_MATMUL"},
    "batchmatrixmultiply": {"BATCH_MATMUL"},
    "deconvolution": {"TRANSPOSE_CONV"},
    "add": {"ADD"},
    "subtract": {"SUB"},
    "multiply": {"MUL"},
    "divide": {"DIV"},
    "copy": {"CONCATENATION", "SPLIT", "RESHAPE", "EXPAND_DIMS", "SQUEEZE", "UNPACK", "PACK"},
    "staticreshape": {"RESHAPE", "EXPAND_DIMS", "SQUEEZE"},
    "concatenate": {"CONCATENATION"},
    "evensplit": {"SPLIT"},
    "pad": {"PAD", "PADV2"},
    "constantpad": {"PAD", "PADV2"},
    "staticslice": {"SLICE", "STRIDED_SLICE"},
    "slice": {"SLICE", "STRIDED_SLICE"},
    "mean": {"MEAN"},
    "sum": {"SUM"},
    "globalaveragepooling": {"MEAN", "AVERAGE_POOL_2D"},
    "averagepooling": {"AVERAGE_POOL_2D", "MEAN"},
    "maxpooling": {"MAX_POOL_2D"},
    "argmaxpooling": {"MAX_POOL_2D", "custom:MaxPoolingWithArgmax2D"},
    "sigmoid": {"LOGISTIC"},
    "softmax": {"SOFTMAX"},
    "clamp": {"RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "MAXIMUM", "MINIMUM"},
    "convert": {"QUANTIZE", "DEQUANTIZE", "CAST"},
    "resizebilinear": {"RESIZE_BILINEAR"},
    "negate": {"NEG"},
    "square": {"SQUARE"},
    "squareroot": {"SQRT"},
    "reciprocalsquareroot": {"RSQRT"},
    "bankersrounding": {"ROUND"},
    "ceiling": {"CEIL"},
    "exponential": {"EXP"},
    "leakyrelu": {"LEAKY_RELU"},
    "unpooling": {"custom:MaxUnpooling2D"},
}

# Kernels that only prepare or finish the work of another: before it, and after it.
_BEFORE = frozenset({"staticreshape", "convert", "constantpad", "pad", "transpose", "copy"})
_AFTER = frozenset({"clamp", "staticreshape", "convert", "transpose", "copy"})
# Operators that may leave no kernel: nothing is left to do, or the one before does it too.
_VANISHING = frozenset(
    {
        "RESHAPE",
        "EXPAND_DIMS",
        "SQUEEZE",
        "PAD",
        "QUANTIZE",
        "DEQUANTIZE",
        "RELU",
        "RELU6",
        "MINIMUM",
        "MAXIMUM",
    }
)

_FUSED = "fused_activation_function"
_MOST_FOR_ONE = 5  # kernels of a single operator
_ASIDE, _VANISHED, _LOST, _WRONG = 1.0, 1.5, 6.0, 10.0
_ELSEWHERE = 0.5  # a depthwise convolution by a kernel for others, or the other way round


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The kernels of one operator, as a range of all of them."""

    operator: Operator
    first: int
    count: int
    matched: bool


def assign_kernels(operators: Sequence[Operator], names: Sequence[str]) -> tuple[Assigned, ...]:
    """Give every kernel to an operator, in order, at the least cost."""
    if not operators:
        return ()
    choices = _cheapest(operators, names)
    found: list[Assigned] = []
    end = len(names)
    for place in range(len(operators) - 1, -1, -1):
        count = choices[place][end]
        group = names[end - count : end]
        operator = operators[place]
        matched = _cost(operator, group) < _LOST
        found.append(Assigned(operator=operator, first=end - count, count=count, matched=matched))
        end -= count
    return tuple(reversed(found))


def _cheapest(operators: Sequence[Operator], names: Sequence[str]) -> list[list[int]]:
    """For every operator and every number of kernels used up to it, how many of them are its own."""
    total = len(names)
    infinite = float("inf")
    before = [0.0] + [infinite] * total
    choices: list[list[int]] = []
    known: dict[tuple[str, object, tuple[str, ...]], float] = {}
    for place, operator in enumerate(operators):
        last = place == len(operators) - 1
        here, choice = [infinite] * (total + 1), [0] * (total + 1)
        for end in _near(place, len(operators), total):
            # Only the last may have any number of them, so that there is always a way.
            most = end if last else min(end, _MOST_FOR_ONE)
            for count in range(most + 1):
                if before[end - count] == infinite:
                    continue
                group = tuple(names[end - count : end])
                key = (operator.kind, operator.options.get(_FUSED), group)
                if key not in known:
                    known[key] = _cost(operator, group)
                if (cost := before[end - count] + known[key]) < here[end]:
                    here[end], choice[end] = cost, count
        choices.append(choice)
        before = here
    return choices


def _near(place: int, operators: int, total: int) -> range:
    """How many kernels may be used up to that operator: the two sequences never drift far apart."""
    if place == operators - 1:
        return range(total, total + 1)
    drift = 40 + abs(total - operators)
    return range(max(0, place - drift), min(total, place + drift) + 1)


def _cost(operator: Operator, group: Sequence[str]) -> float:
    if not group:
        return _VANISHED if operator.kind in _VANISHING else _LOST
    mains = [i for i, name in enumerate(group) if _fits(operator, name) is not None]
    if not mains:
        return _WRONG * len(group)
    return min(_with_main(operator, group, main) for main in mains)


def _with_main(operator: Operator, group: Sequence[str], main: int) -> float:
    fused = operator.options.get(_FUSED, "NONE") not in ("NONE", None)
    cost = _fits(operator, group[main]) or 0.0
    for place, name in enumerate(group):
        base = _base(name)
        if place < main:
            cost += _ASIDE if base in _BEFORE else _WRONG
        elif place > main:
            expected = base == "clamp" and fused
            cost += 0.0 if expected else _ASIDE if base in _AFTER else _WRONG
    return cost


def _fits(operator: Operator, name: str) -> float | None:
    """How badly the kernel fits as the one that does the operator's work; None when it does not."""
    base, kind = _base(name), operator.kind
    if kind not in _KINDS_OF.get(base, ()) and base != kind.replace("_", "").lower():
        return None
    if base == "convolution":
        return 0.0 if ("DWConv" in name) == (kind == "DEPTHWISE_CONV_2D") else _ELSEWHERE
    return 0.0


def _base(name: str) -> str:
    """The kernel's name without what it works on.

    >>> _base("Convolution (NHWC, F32) IGEMM"), _base("HardSwish (NC)")
    ('convolution', 'hardswish')
    """
    return name.partition("(")[0].replace(" ", "").lower()
