/* Types of a tensor's elements, by LiteRT's numbers. */
#pragma once

#include <stddef.h>

typedef enum {
  TYPE_FLOAT32 = 1,
  TYPE_INT32 = 2,
  TYPE_UINT8 = 3,
  TYPE_INT64 = 4,
  TYPE_BOOL = 6,
  TYPE_INT16 = 7,
  TYPE_INT8 = 9,
  TYPE_FLOAT16 = 10,
  TYPE_FLOAT64 = 11,
} ElementType;

const char *type_name(int element_type); /* as numpy calls it; NULL for a type unknown here */
size_t type_bytes(int element_type);     /* 0 for a type unknown here */
