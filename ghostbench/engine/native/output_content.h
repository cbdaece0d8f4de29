/* What an output holds, in few words. */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t fnv1a(const void *content, size_t bytes); /* 64 bits */

typedef struct {
  int64_t nan;
  int64_t infinite;
} NotFinite;

NotFinite count_not_finite(const void *content, size_t bytes, int element_type);
