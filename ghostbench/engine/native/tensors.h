/* The buffers that a model reads from and writes to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "litert_model.h"

typedef struct {
  const char *name;
  LrtTensorType type; /* with every dimension known */
  bool dynamic;       /* the file left a dimension open; 1 was put in its place */
  size_t bytes;
} Tensor;

typedef struct {
  size_t count;
  Tensor *facts;
  LrtBuffer *buffers;
} Tensors;

Tensors make_inputs(const Model *model);
Tensors make_outputs(const Model *model); /* after make_inputs: open dimensions are settled there */
void free_tensors(Tensors *tensors);

void *lock_tensor(const Tensors *tensors, size_t index, int lock_mode, const char *step);
void unlock_tensor(const Tensors *tensors, size_t index, const char *step);
