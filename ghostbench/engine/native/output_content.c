#include "output_content.h"

#include <string.h>

#include "element_type.h"

uint64_t fnv1a(const void *content, size_t bytes) {
  const unsigned char *next = content;
  uint64_t hash = 0xcbf29ce484222325u;
  for (; bytes > 0; bytes--)
    hash = (hash ^ *next++) * 0x100000001b3u;
  return hash;
}

/* Not finite is: every bit of the exponent set. Infinite is: no bit of the mantissa set besides. */
NotFinite count_not_finite(const void *content, size_t bytes, int element_type) {
  NotFinite count = {0, 0};
  size_t size = type_bytes(element_type);
  uint64_t exponent, mantissa;
  if (element_type == TYPE_FLOAT32)
    exponent = 0x7F800000, mantissa = 0x7FFFFF;
  else if (element_type == TYPE_FLOAT16)
    exponent = 0x7C00, mantissa = 0x3FF;
  else if (element_type == TYPE_FLOAT64)
    exponent = 0x7FF0000000000000, mantissa = 0xFFFFFFFFFFFFF;
  else
    return count; /* integers are always finite */

  for (size_t at = 0; at + size <= bytes; at += size) {
    uint64_t bits = 0; /* both machines are little-endian */
    memcpy(&bits, (const unsigned char *)content + at, size);
    if ((bits & exponent) != exponent) continue;
    if (bits & mantissa)
      count.nan++;
    else
      count.infinite++;
  }
  return count;
}
