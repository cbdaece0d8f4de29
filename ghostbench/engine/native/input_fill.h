/* Fills inputs so that Python can make the very same bytes (engine/inputs.py). */
#pragma once

#include <stddef.h>

#include "options.h"
#include "tensors.h"

/* Content of input `index`: bytes from a file, or elements that depend on seed, index and position
 * only. */
void fill_input(void *content, const Tensor *input, size_t index, const Options *options);
