"""Each planted fault is refused for exactly its reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from ghostbench.core.errors import GateRefused
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.gate import Reference, check_file
from tests.zoo import planted
from tests.zoo.planted import CHANNELS, CLASSES, MACS, PX, Plan, sound
from tests.zoo.recipes import TINY, expecting

Spoil = Callable[[Plan], object]


def judge(
    folder: Path,
    plan: Plan,
    *,
    reference: Reference | None = None,
    spec: ModelSpec = TINY,
    precision: str = "fp32",
    append: bytes = b"",
) -> tuple[str, ...]:
    """The gate's reasons against a file; none when it passes."""
    path = plan.write(folder / "file.tflite")
    path.write_bytes(path.read_bytes() + append)
    try:
        check_file(path, reference or planted.reference(folder), spec, precision)
    except GateRefused as refused:
        return refused.reasons
    return ()


def test_a_sound_file_passes_and_its_facts_are_told(tmp_path: Path) -> None:
    path = sound().write(tmp_path / "file.tflite")
    passed = check_file(path, planted.reference(tmp_path), TINY, "fp32")
    assert passed.facts.macs == MACS
    assert passed.facts.operators == {"CONV_2D": 1, "MEAN": 1, "FULLY_CONNECTED": 1}
    assert passed.agreement.max_abs_diff == 0.0


def insert(consumer: int, kind: str, values: Callable[[], object], dtype: str = "int32") -> Spoil:
    def spoil(plan: Plan) -> None:
        data = np.asarray(values(), dtype)
        plan.insert_before(consumer, kind, plan.tensor(*data.shape, dtype=dtype, data=data))

    return spoil


def second_subgraph(plan: Plan) -> None:
    plan.model.subgraphs.append(schema.SubGraphT())


def open_batch(plan: Plan) -> None:
    plan.graph.tensors[planted.IMAGE].shapeSignature = [-1, PX, PX, 3]


def open_inside(plan: Plan) -> None:
    plan.graph.tensors[planted.POOLED].shapeSignature = [-1, CHANNELS]


def second_output(plan: Plan) -> None:
    plan.graph.outputs = [planted.LOGITS, planted.POOLED]


def custom_operator(plan: Plan) -> None:
    plan.insert_before(1, "custom:FlexErf")


def shape_operator(plan: Plan) -> None:
    options = schema.ShapeOptionsT()
    options.outType = schema.TensorType.INT32
    plan.operator("SHAPE", [planted.IMAGE], [plan.tensor(4, dtype="int32")], options=options)


def strided_slice(plan: Plan) -> None:
    ends = [1, PX, PX, CHANNELS]
    more = [plan.tensor(4, dtype="int32", data=d) for d in ([0] * 4, ends, [1] * 4)]
    plan.insert_before(1, "STRIDED_SLICE", *more, options=schema.StridedSliceOptionsT())


def widened_bias(plan: Plan) -> None:
    """As in fp16: the bias is kept in 16 bits and widened when the file is loaded."""
    values = plan.values(planted.MATRIX_BIAS).astype(np.float16)
    kept = plan.tensor(CLASSES, dtype="float16", data=values)
    plan.graph.tensors[planted.MATRIX_BIAS].buffer = 0
    plan.operator("DEQUANTIZE", [kept], [planted.MATRIX_BIAS], at=0)


def activation_apart(plan: Plan) -> None:
    plan.graph.operators[0].builtinOptions.fusedActivationFunction = 0
    plan.insert_before(1, "RELU")


def norm_apart(plan: Plan) -> None:
    """A batch-norm after the convolution, which does nothing but stand there."""
    plan.graph.operators[0].builtinOptions.fusedActivationFunction = 0
    scale = plan.tensor(CHANNELS, data=np.ones(CHANNELS))
    options = schema.MulOptionsT()
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU
    plan.insert_before(1, "MUL", scale, options=options)


def unused_nan(plan: Plan) -> None:
    plan.tensor(2, data=[1.0, np.nan])


def infinite_scale(plan: Plan) -> None:
    tensor = plan.graph.tensors[plan.tensor(2, dtype="int8", data=[1, 2])]
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = [np.inf], [0]


def overflow(plan: Plan) -> None:
    plan.values(planted.MATRIX)[:] = 3e38


def dead(plan: Plan) -> None:
    plan.values(planted.MATRIX)[:] = 0.0


def slightly_wrong(plan: Plan) -> None:
    plan.values(planted.MATRIX)[:] *= 1.001


def shapes_that_do_not_fit(plan: Plan) -> None:
    plan.insert_before(1, "ADD", plan.tensor(1, data=[0.0]), options=schema.AddOptionsT())
    plan.graph.tensors[-2].shape = [3, 5]
    plan.graph.tensors[-2].buffer = plan.buffer(np.zeros(15, np.float32))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (second_subgraph, "it holds 2 subgraphs, not 1"),
        (open_batch, "its input is [-1, 8, 8, 3], the network's is [1, 8, 8, 3]"),
        (open_inside, "1 of its tensors leave a size open"),
        (second_output, "its output is [1, 10] and [1, 16], the network's is [1, 10]"),
        (custom_operator, "it needs operators that the runtime does not have: 1 custom:FlexErf"),
        (
            insert(1, "TRANSPOSE", lambda: [0, 1, 2, 3]),
            "it moves data about where the network does not: 1 TRANSPOSE",
        ),
        (
            insert(1, "RESHAPE", lambda: [1, PX, PX, CHANNELS]),
            "it moves data about where the network does not: 1 RESHAPE",
        ),
        (shape_operator, "it moves data about where the network does not: 1 SHAPE"),
        (strided_slice, "it moves data about where the network does not: 1 STRIDED_SLICE"),
        (widened_bias, "fp32 has no place for 1 DEQUANTIZE"),
        (activation_apart, "1 activations are not folded into the operator before them"),
        (norm_apart, "1 batch-norms are not folded into the convolution before them"),
        (unused_nan, "1 of its constants hold NaN or infinity, 'tensor_9' for one"),
        (infinite_scale, "1 of its constants hold NaN or infinity, 'tensor_9' for one"),
        (overflow, "its outputs are NaN or infinite"),
        (dead, "the file says nearly the same of every image"),
        (slightly_wrong, "its outputs differ from the Keras network's by 0.001"),
        (shapes_that_do_not_fit, "the runtime cannot run it: "),
    ],
)
def test_a_spoiled_file_is_refused_for_what_is_wrong_with_it(
    tmp_path: Path, spoil: Spoil, reason: str
) -> None:
    plan = sound()
    spoil(plan)
    reasons = judge(tmp_path, plan)
    assert len(reasons) == 1
    assert reasons[0].startswith(reason)


def test_a_file_of_another_size_than_its_weights_make_is_refused(tmp_path: Path) -> None:
    reasons = judge(tmp_path, sound(), append=b"\0" * 9000)
    assert len(reasons) == 1
    assert "592 weights in fp32 and 3 operators make" in reasons[0]
    assert judge(tmp_path, sound(), append=b"\0" * 1000) == ()


def test_a_file_too_small_for_its_weights_is_refused(tmp_path: Path) -> None:
    larger = planted.reference(tmp_path, weights=10 * planted.WEIGHTS)
    (reason,) = judge(tmp_path, sound(), reference=larger)
    assert "5,920 weights in fp32" in reason


def test_weights_of_another_precision_are_refused(tmp_path: Path) -> None:
    assert judge(tmp_path, sound(), precision="fp16") == ("its weights are fp32, not fp16",)
    assert judge(tmp_path, sound(), precision="dynamic") == ("its weights are fp32, not dynamic",)
    assert judge(tmp_path, sound(), precision="int8") == (
        "3 operators still work on floats",
        "its weights are fp32, not int8",
    )


def test_in_fp16_only_stored_weights_may_be_widened(tmp_path: Path) -> None:
    plan = sound()
    widened_bias(plan)
    assert judge(tmp_path, plan, precision="fp16") == ("its weights are fp32, not fp16",)
    narrow = plan.tensor(1, PX, PX, CHANNELS, dtype="float16")
    wide = plan.insert_before(2, "DEQUANTIZE")
    source = plan.graph.operators[2].inputs[0]
    plan.operator("CAST", [source], [narrow], at=2)
    plan.graph.operators[3].inputs = [narrow]
    assert plan.graph.operators[4].inputs[0] == wide
    reasons = judge(
        tmp_path, plan, precision="fp16", reference=planted.reference(tmp_path, moves={"CAST": 1})
    )
    assert "1 DEQUANTIZE widen data at run time, not stored weights" in reasons


def test_operators_that_move_data_pass_where_the_network_has_them(tmp_path: Path) -> None:
    plan = sound()
    insert(1, "TRANSPOSE", lambda: [0, 1, 2, 3])(plan)
    allowed = planted.reference(tmp_path, moves={"TRANSPOSE": 1})
    assert judge(tmp_path, plan, reference=allowed) == ()
    insert(1, "TRANSPOSE", lambda: [0, 1, 2, 3])(plan)
    assert judge(tmp_path, plan, reference=allowed) == (
        "it moves data about where the network does not: 1 TRANSPOSE",
    )


def test_a_batch_norm_that_nothing_can_take_in_passes(tmp_path: Path) -> None:
    plan = sound()  # its convolution already ends with ReLU
    scale = plan.tensor(CHANNELS, data=np.ones(CHANNELS))
    plan.insert_before(1, "MUL", scale, options=schema.MulOptionsT())
    assert judge(tmp_path, plan) == ()


def test_more_multiply_adds_than_the_network_does_are_refused(tmp_path: Path) -> None:
    fewer = planted.reference(tmp_path, macs=MACS - 1)
    assert judge(tmp_path, sound(), reference=fewer) == (
        f"it does {MACS:,} multiply-adds, the network does {MACS - 1:,}",
    )


def test_multiply_adds_that_cannot_be_counted_are_refused(tmp_path: Path) -> None:
    plan = sound()
    plan.operator("RFFT2D", [planted.LOGITS], [plan.tensor(1, CLASSES)])
    assert judge(tmp_path, plan)[0] == "the multiply-adds of 1 RFFT2D cannot be counted"


def test_a_network_that_is_not_its_specs_is_refused(tmp_path: Path) -> None:
    params = planted.facts().params
    spec = replace(TINY, expected=expecting(params=params + 1, macs=MACS))
    assert judge(tmp_path, sound(), spec=spec) == (
        f"the network has {params:,} trainable parameters, its spec says {params + 1:,}",
    )
    spec = replace(TINY, expected=expecting(params=params, macs=MACS + 1))
    assert judge(tmp_path, sound(), spec=spec) == (
        f"the network does {MACS:,} multiply-adds, its spec says {MACS + 1:,}",
    )
    spec = replace(TINY, expected=expecting(params=params, macs=MACS))
    assert judge(tmp_path, sound(), spec=spec) == ()


def test_a_specs_tolerance_is_for_multiply_adds_alone(tmp_path: Path) -> None:
    params = planted.facts().params
    near = expecting(params=params, macs=round(MACS * 1.009), tolerance_percent=1.0)
    assert judge(tmp_path, sound(), spec=replace(TINY, expected=near)) == ()
    far = expecting(params=params, macs=round(MACS * 1.02), tolerance_percent=1.0)
    (reason,) = judge(tmp_path, sound(), spec=replace(TINY, expected=far))
    assert reason.endswith("within 1 %")
    wrong = expecting(params=params + 1, macs=MACS, tolerance_percent=1.0)
    assert len(judge(tmp_path, sound(), spec=replace(TINY, expected=wrong))) == 1


def test_a_network_that_gives_nan_is_refused_though_its_file_agrees(tmp_path: Path) -> None:
    base = planted.reference(tmp_path)
    nan = replace(base, outputs=np.full_like(base.outputs, np.nan))
    assert judge(tmp_path, sound(), reference=nan) == (
        "the Keras network itself gives NaN or infinity",
    )


def test_a_network_that_ignores_its_input_is_refused_though_its_file_agrees(tmp_path: Path) -> None:
    plan = sound()
    dead(plan)
    base = planted.reference(tmp_path)
    same = replace(base, outputs=np.repeat(base.outputs[:1], len(base.images), axis=0))
    (reason,) = judge(tmp_path, plan, reference=same)
    assert reason.startswith("the Keras network itself says nearly the same of every image")


def test_what_is_no_model_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.tflite"
    path.write_bytes(b"no model at all, just some text")
    with pytest.raises(GateRefused, match="lacks the identifier TFL3"):
        check_file(path, planted.reference(tmp_path), TINY, "fp32")


def test_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    plan = sound()
    activation_apart(plan)
    unused_nan(plan)
    slightly_wrong(plan)
    assert len(judge(tmp_path, plan, append=b"\0" * 9000)) == 4
