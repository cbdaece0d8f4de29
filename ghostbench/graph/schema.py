"""The part of the `.tflite` schema, version 3, that ghostbench reads: layouts, operators, types.

Written out here, and compared with the runtime's own generated classes by a test, since importing those takes longer
than reading a model.
"""

from ghostbench.graph.flatbuffer import Field

SCHEMA_VERSION = 3
FILE_IDENTIFIER = b"TFL3"

# One line per table: its fields in the order of their slots. `name:kind`, `name:kind=default`; "-" is a slot that is
# not read; a kind that is no struct code names a table; brackets make a list.
_TABLES = """
Model version:I operator_codes:[OperatorCode] subgraphs:[SubGraph] description:text buffers:[Buffer] - \
 metadata:[Metadata] signature_defs:[SignatureDef] external_buffer_groups:[ExternalBufferGroup] \
 external_buffers:[ExternalBuffer]
OperatorCode deprecated_builtin_code:b custom_code:text version:i=1 builtin_code:i
SubGraph tensors:[Tensor] inputs:[i] outputs:[i] operators:[Operator] name:text
Tensor shape:[i] type:b buffer:I name:text quantization:QuantizationParameters is_variable:? \
 sparsity:SparsityParameters shape_signature:[i] has_rank:? variant_tensors:[VariantSubType] external_buffer:I
VariantSubType shape:[i] type:b has_rank:?
QuantizationParameters min:[f] max:[f] scale:[f] zero_point:[q] details_type:B details:Union quantized_dimension:i
BlockwiseQuantization scales:i zero_points:i block_size:i
MultiAxisQuantization scales:i zero_points:i block_size:i
CustomQuantization custom:[B]
SparsityParameters traversal_order:[i] block_map:[i] dim_metadata:[DimensionMetadata]
DimensionMetadata format:b dense_size:i array_segments_type:B array_segments:Union array_indices_type:B \
 array_indices:Union
Int32Vector values:[i]
Uint16Vector values:[H]
Uint8Vector values:[B]
Operator opcode_index:I inputs:[i] outputs:[i] builtin_options_type:B builtin_options:Union custom_options:[B] \
 custom_options_format:b mutating_variable_inputs:[?] intermediates:[i] large_custom_options_offset:Q \
 large_custom_options_size:Q builtin_options_2_type:B builtin_options_2:Union
Buffer data:[B] offset:Q size:Q
Metadata name:text buffer:I
SignatureDef inputs:[TensorMap] outputs:[TensorMap] signature_key:text - subgraph_index:I
TensorMap name:text tensor_index:I
ExternalBufferGroup name:text
ExternalBuffer id:I group:I offset:Q length:Q packing:text
AddOptions fused_activation_function:b
BatchMatMulOptions adj_x:? adj_y:?
BidirectionalSequenceLSTMOptions fused_activation_function:b - - merge_outputs:? time_major:?=1
BidirectionalSequenceRNNOptions time_major:? fused_activation_function:b merge_outputs:?
CallOnceOptions init_subgraph_index:i
CallOptions subgraph:I
ConcatenationOptions axis:i fused_activation_function:b
Conv2DOptions padding:b stride_w:i stride_h:i fused_activation_function:b dilation_w_factor:i=1 dilation_h_factor:i=1
Conv3DOptions padding:b stride_d:i stride_w:i stride_h:i fused_activation_function:b dilation_d_factor:i=1 \
 dilation_w_factor:i=1 dilation_h_factor:i=1
DepthwiseConv2DOptions padding:b stride_w:i stride_h:i depth_multiplier:i fused_activation_function:b \
 dilation_w_factor:i=1 dilation_h_factor:i=1
DivOptions fused_activation_function:b
FullyConnectedOptions fused_activation_function:b weights_format:b keep_num_dims:?
IfOptions then_subgraph_index:i else_subgraph_index:i
L2NormOptions fused_activation_function:b
LSTMOptions fused_activation_function:b - - kernel_type:b
MulOptions fused_activation_function:b
Pool2DOptions padding:b stride_w:i stride_h:i filter_width:i filter_height:i fused_activation_function:b
RNNOptions fused_activation_function:b
SoftmaxOptions beta:f
SVDFOptions rank:i fused_activation_function:b
SequenceRNNOptions time_major:? fused_activation_function:b
StablehloCaseOptions branch_subgraph_indices:[i]
StableHLOCompositeOptions name:text decomposition_subgraph_index:i
StablehloReduceOptions - body_subgraph_index:i
StablehloReduceWindowOptions - - - - - body_subgraph_index:i
StablehloScatterOptions - - - - - - update_computation_subgraph_index:i
StablehloSortOptions - - comparator_subgraph_index:i
StablehloWhileOptions cond_subgraph_index:i body_subgraph_index:i
StridedSliceOptions begin_mask:i end_mask:i ellipsis_mask:i new_axis_mask:i shrink_axis_mask:i offset:?
SubOptions fused_activation_function:b
TransposeConvOptions padding:b stride_w:i stride_h:i fused_activation_function:b
UnidirectionalSequenceLSTMOptions fused_activation_function:b - - time_major:? - diagonal_recurrent_tensors:?
WhileOptions cond_subgraph_index:i body_subgraph_index:i
"""

# The unions of the schema: a number says which table follows. What is not listed has nothing that is read here.
BUILTIN_OPTIONS = {
    1: "Conv2DOptions", 2: "DepthwiseConv2DOptions", 5: "Pool2DOptions", 6: "SVDFOptions", 7: "RNNOptions",
    8: "FullyConnectedOptions", 9: "SoftmaxOptions",
    10: "ConcatenationOptions", 11: "AddOptions", 12: "L2NormOptions", 14: "LSTMOptions",
    16: "CallOptions", 21: "MulOptions", 28: "SubOptions", 29: "DivOptions", 31: "SequenceRNNOptions",
    32: "StridedSliceOptions", 49: "TransposeConvOptions", 69: "BidirectionalSequenceLSTMOptions",
    70: "BidirectionalSequenceRNNOptions", 71: "UnidirectionalSequenceLSTMOptions", 92: "IfOptions",
    93: "WhileOptions", 101: "BatchMatMulOptions", 103: "CallOnceOptions", 106: "Conv3DOptions",
}  # fmt: skip
BUILTIN_OPTIONS_2 = {
    6: "StablehloReduceOptions", 7: "StablehloScatterOptions", 13: "StablehloReduceWindowOptions",
    14: "StablehloSortOptions", 15: "StablehloWhileOptions", 21: "StableHLOCompositeOptions",
    23: "StablehloCaseOptions",
}  # fmt: skip
QUANTIZATION_DETAILS = {
    1: "CustomQuantization",
    2: "BlockwiseQuantization",
    3: "MultiAxisQuantization",
}
SPARSE_INDEX_VECTORS = {1: "Int32Vector", 2: "Uint16Vector", 3: "Uint8Vector"}

ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")
PADDINGS = ("SAME", "VALID")

# In the order of their numbers: name and bits of one element; 0 where elements have no fixed size.
TENSOR_TYPES = (
    ("float32", 32), ("float16", 16), ("int32", 32), ("uint8", 8), ("int64", 64), ("string", 0), ("bool", 8),
    ("int16", 16), ("complex64", 64), ("int8", 8), ("float64", 64), ("complex128", 128), ("uint64", 64),
    ("resource", 0), ("variant", 0), ("uint32", 32), ("uint16", 16), ("int4", 4), ("bfloat16", 16), ("int2", 2),
    ("uint4", 4), ("float8_e4m3fn", 8), ("float8_e5m2", 8),
)  # fmt: skip
BITS = dict(TENSOR_TYPES)
FLOATS = frozenset(n for n, _ in TENSOR_TYPES if n.startswith(("float", "bfloat")))


def _field(slot: int, text: str) -> tuple[str, Field]:
    name, _, kind = text.partition(":")
    kind, _, default = kind.partition("=")
    inner = kind.strip("[]")
    if len(inner) > 1 and inner != "text":
        kind = kind.replace(inner, "table")
    of = inner if "table" in kind else ""
    value = bool(int(default or 0)) if kind == "?" else int(default or 0)
    return name, Field(slot, kind, of, value)


def _layout(line: str) -> tuple[str, dict[str, Field]]:
    table, *fields = line.split()
    return table, dict(_field(slot, text) for slot, text in enumerate(fields) if text != "-")


LAYOUTS = dict(_layout(line) for line in _TABLES.strip().splitlines())
LAYOUTS["Union"] = {}  # a table of a kind that is not read
