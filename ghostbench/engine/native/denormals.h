/* What becomes of numbers that are too small for full precision. */
#pragma once

#include <stdbool.h>

/* Has this thread, and those that it starts from now on, take such numbers for zero, or not. */
void flush_denormals(bool flush);
