#include "element_type.h"

static const struct {
  int element_type;
  const char *name;
  size_t bytes;
} TYPES[] = {
    {TYPE_FLOAT32, "float32", 4}, {TYPE_INT32, "int32", 4},     {TYPE_UINT8, "uint8", 1},
    {TYPE_INT64, "int64", 8},     {TYPE_BOOL, "bool", 1},       {TYPE_INT16, "int16", 2},
    {TYPE_INT8, "int8", 1},       {TYPE_FLOAT16, "float16", 2}, {TYPE_FLOAT64, "float64", 8},
};

const char *type_name(int element_type) {
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (TYPES[i].element_type == element_type) return TYPES[i].name;
  return NULL;
}

size_t type_bytes(int element_type) {
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (TYPES[i].element_type == element_type) return TYPES[i].bytes;
  return 0;
}
