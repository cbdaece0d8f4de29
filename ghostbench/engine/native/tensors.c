#include "tensors.h"

#include <stdlib.h>

#include "element_type.h"
#include "failure.h"

static Tensors room_for(size_t count) {
  return (Tensors){.count = count,
                   .facts = need_memory(count, sizeof(Tensor)),
                   .buffers = need_memory(count, sizeof(LrtBuffer))};
}

static void check_type(const Tensor *tensor, const char *role) {
  if (!type_name(tensor->type.element_type))
    give_up(STEP_TENSORS, 0, "%s %s has elements of type %d, which this runner does not know", role,
            tensor->name, tensor->type.element_type);
  if (tensor->type.layout.rank > LRT_MOST_DIMENSIONS)
    give_up(STEP_TENSORS, 0, "%s %s has too many dimensions", role, tensor->name);
}

static void make_buffer(const Model *model, Tensor *tensor, LrtRequirements requirements,
                        LrtBuffer *buffer) {
  LITERT(STEP_TENSORS, CreateManagedTensorBufferFromRequirements, model->environment, &tensor->type,
         requirements, buffer);
  LITERT(STEP_TENSORS, GetTensorBufferPackedSize, *buffer, &tensor->bytes);
  size_t expected = type_bytes(tensor->type.element_type);
  for (unsigned i = 0; i < tensor->type.layout.rank; i++)
    expected *= (size_t)tensor->type.layout.dimensions[i];
  if (tensor->bytes != expected)
    give_up(STEP_TENSORS, 0, "%s takes %zu bytes, its shape says %zu", tensor->name, tensor->bytes,
            expected);
}

static void settle_open_dimensions(const Model *model, size_t index, Tensor *input) {
  LrtLayout *layout = &input->type.layout;
  for (unsigned i = 0; i < layout->rank; i++) {
    if (layout->dimensions[i] >= 1) continue;
    layout->dimensions[i] = 1;
    input->dynamic = true;
  }
  if (input->dynamic)
    LITERT(STEP_TENSORS, CompiledModelResizeInputTensor, model->compiled, 0, index,
           layout->dimensions, layout->rank);
}

Tensors make_inputs(const Model *model) {
  size_t count = 0;
  LITERT(STEP_TENSORS, GetNumSignatureInputs, model->signature, &count);
  Tensors inputs = room_for(count);
  for (size_t i = 0; i < count; i++) {
    Tensor *input = &inputs.facts[i];
    LrtTensor tensor = NULL;
    LITERT(STEP_TENSORS, GetSignatureInputName, model->signature, i, &input->name);
    LITERT(STEP_TENSORS, GetSignatureInputTensorByIndex, model->signature, i, &tensor);
    LITERT(STEP_TENSORS, GetRankedTensorType, tensor, &input->type);
    check_type(input, "input");
    settle_open_dimensions(model, i, input);
  }
  for (size_t i = 0; i < count; i++) { /* only now: a resized input may change what others need */
    LrtRequirements requirements = NULL;
    LITERT(STEP_TENSORS, GetCompiledModelInputBufferRequirements, model->compiled, 0, i,
           &requirements);
    make_buffer(model, &inputs.facts[i], requirements, &inputs.buffers[i]);
  }
  return inputs;
}

static void read_output(const Model *model, size_t index, const LrtLayout *layout, Tensor *output) {
  LrtTensor tensor = NULL;
  LITERT(STEP_TENSORS, GetSignatureOutputName, model->signature, index, &output->name);
  LITERT(STEP_TENSORS, GetSignatureOutputTensorByIndex, model->signature, index, &tensor);
  LITERT(STEP_TENSORS, GetRankedTensorType, tensor, &output->type);
  check_type(output, "output");
  for (unsigned i = 0; i < output->type.layout.rank; i++)
    output->dynamic |= output->type.layout.dimensions[i] < 0;
  output->type.layout = *layout;
  for (unsigned i = 0; i < layout->rank; i++)
    if (layout->dimensions[i] < 0)
      give_up(STEP_TENSORS, 0, "the size of output %s is known only after running", output->name);
}

Tensors make_outputs(const Model *model) {
  size_t count = 0;
  LITERT(STEP_TENSORS, GetNumSignatureOutputs, model->signature, &count);
  if (count == 0)
    give_up(STEP_TENSORS, 0, "the model has no outputs, so nothing would show that it ran");
  Tensors outputs = room_for(count);
  LrtLayout *layouts = need_memory(count, sizeof *layouts);
  LITERT(STEP_TENSORS, GetCompiledModelOutputTensorLayouts, model->compiled, 0, count, layouts,
         true);
  for (size_t i = 0; i < count; i++) {
    LrtRequirements requirements = NULL;
    read_output(model, i, &layouts[i], &outputs.facts[i]);
    LITERT(STEP_TENSORS, GetCompiledModelOutputBufferRequirements, model->compiled, 0, i,
           &requirements);
    make_buffer(model, &outputs.facts[i], requirements, &outputs.buffers[i]);
  }
  free(layouts);
  return outputs;
}

void free_tensors(Tensors *tensors) {
  for (size_t i = 0; i < tensors->count; i++)
    litert.DestroyTensorBuffer(tensors->buffers[i]);
  free(tensors->facts);
  free(tensors->buffers);
}

void *lock_tensor(const Tensors *tensors, size_t index, int lock_mode, const char *step) {
  void *content = NULL;
  LITERT(step, LockTensorBuffer, tensors->buffers[index], &content, lock_mode);
  return content;
}

void unlock_tensor(const Tensors *tensors, size_t index, const char *step) {
  LITERT(step, UnlockTensorBuffer, tensors->buffers[index]);
}
