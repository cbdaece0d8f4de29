"""What each kind of finding means and what to do about it: the words that users read."""

from collections.abc import Mapping
from dataclasses import dataclass

BROKEN = "broken"  # it does not run, or computes nonsense
SLOW = "slow"  # it takes time that it need not take
SUSPECT = "suspect"  # it may be as meant; somebody should look
SEVERITIES = (BROKEN, SLOW, SUSPECT)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One kind of finding."""

    severity: str
    why: str
    advice: str
    vanishes: bool = False  # its operators would be gone, and all their time with them


EXPLANATIONS: Mapping[str, Explanation] = {
    # Work that a converter left behind.
    "transpose": Explanation(
        SLOW,
        "it only changes the layout of data, which a conversion from channels-first leaves behind",
        "convert so that the layout stays NHWC (simplify the ONNX file first, or take the keras route)",
        vanishes=True,
    ),
    "no-op": Explanation(
        SLOW, "it copies its input unchanged", "remove it from the network", vanishes=True
    ),
    "reshape-chain": Explanation(
        SLOW,
        "its only reader changes the shape once more, so one of the two would do",
        "reshape once in the network, or simplify the graph before converting",
        vanishes=True,
    ),
    "unread": Explanation(
        SLOW, "nothing reads what it computes", "remove it from the network", vanishes=True
    ),
    "foldable-pad": Explanation(
        SLOW,
        "its padding is what SAME does by itself",
        "use SAME padding in the layer behind it",
        vanishes=True,
    ),
    "unfused-batch-norm": Explanation(
        SLOW,
        "a scale or shift per channel follows a layer that could absorb it",
        "fold the batch normalisation when converting",
        vanishes=True,
    ),
    "unfused-activation": Explanation(
        SLOW,
        "it follows an operator that could apply it for nothing",
        "convert so that both are fused",
        vanishes=True,
    ),
    "cast": Explanation(
        SLOW,
        "numbers are changed from one type to another",
        "give the data in the type that is needed",
        vanishes=True,
    ),
    "round-trip": Explanation(
        SLOW,
        "data go to floating point and straight back to integers",
        "quantise both sides alike",
        vanishes=True,
    ),
    "requantize-chain": Explanation(
        SLOW,
        "its only reader changes the scale once more, so one of the two would do",
        "quantise both sides alike",
        vanishes=True,
    ),
    "float-island": Explanation(
        SLOW,
        "an integer model computes in floating point here",
        "quantise these operators too",
        vanishes=True,
    ),
    "stored-small-used-large": Explanation(
        SLOW,
        "weights of 8 bits or less are expanded to floating point before use",
        "quantise the operators that read them",
        vanishes=True,
    ),
    "shape-at-run-time": Explanation(
        SLOW, "a shape is computed while running", "convert with fixed input shapes", vanishes=True
    ),
    "grouped-conv": Explanation(
        SLOW,
        "with one channel to a group it is a depthwise convolution in the form of a grouped one, which is slow",
        "convert so that it becomes DEPTHWISE_CONV_2D",
    ),
    "not-delegated": Explanation(
        SLOW,
        "XNNPACK does not take it",
        "change the operator, or accept that LiteRT's slower built-in kernel runs it",
    ),
    "control-flow": Explanation(
        SLOW, "what runs is decided while running, so the time depends on the input", "unroll it"
    ),
    # Where it runs.
    "flex": Explanation(
        BROKEN,
        "it needs TensorFlow's Flex delegate, which the plain runtime lacks",
        "convert without select TensorFlow operators",
    ),
    "custom": Explanation(
        BROKEN, "it runs only where somebody registers its code", "use builtin operators"
    ),
    "unknown-operator": Explanation(
        BROKEN,
        "it is newer than this version of ghostbench, which does not count its work",
        "update ghostbench, or convert for an older runtime",
    ),
    "operator-version": Explanation(
        BROKEN,
        "the pinned runtime cannot load this version of it",
        "convert with an older converter, or without the feature that asks for this version",
    ),
    "older-runtime": Explanation(
        BROKEN,
        "the runtime that was asked about cannot load this version of it",
        "ship a newer runtime, or convert with an older converter",
    ),
    "runtime-claim": Explanation(
        SUSPECT,
        "an app that trusts the file would load it on a runtime that refuses it",
        "convert the model again, or correct the entry min_runtime_version",
    ),
    "schema-version": Explanation(
        BROKEN, "the runtime accepts one version of the schema only", "convert the model again"
    ),
    "empty": Explanation(BROKEN, "nothing would be run", "look for what went wrong in conversion"),
    "constant-size": Explanation(
        BROKEN,
        "the bytes stored for a constant do not fit its shape, and the runtime refuses the file",
        "convert the model again",
    ),
    "dynamic-input": Explanation(
        SUSPECT,
        "an open size can keep shapes from being known and operators from being fused",
        "give every input a fixed shape when converting",
    ),
    "macs-differ": Explanation(
        SUSPECT,
        "the converter changed what is computed, or this is another network",
        "compare it with a good file: ghostbench inspect FILE --against GOOD",
    ),
    "unused-bytes": Explanation(
        SUSPECT, "no tensor uses them", "convert the model again to make the file smaller"
    ),
    # What the constants hold.
    "nan": Explanation(
        BROKEN,
        "the outputs will be NaN too",
        "look for what went wrong in training or conversion",
    ),
    "infinite": Explanation(
        BROKEN,
        "the outputs will be infinite or NaN",
        "look for an overflow in training, or in a change to a smaller type",
    ),
    "bad-scale": Explanation(
        BROKEN, "a scale must be a positive number", "quantise the model again"
    ),
    "subnormal": Explanation(
        SUSPECT,
        "they are too small for full precision; LiteRT takes them for zero, and other runtimes are slow with them",
        "set them to zero before converting",
    ),
    "all-zero": Explanation(
        SUSPECT, "its layer ignores its input", "check that the weights were loaded"
    ),
    "overlapping-constants": Explanation(
        SUSPECT, "they were not all looked at", "convert the model again"
    ),
    # What a run shows.
    "vanishing-activations": Explanation(
        SUSPECT,
        "what it computes is too small for full precision; LiteRT takes it for zero, other runtimes are slow then",
        "look for weights or scales that shrink everything",
    ),
    "denormal-activations": Explanation(
        SLOW,
        "arithmetic with numbers that are too small for full precision is slow here",
        "flush denormals to zero in the thread that runs the model, or look for weights that shrink everything",
    ),
}
