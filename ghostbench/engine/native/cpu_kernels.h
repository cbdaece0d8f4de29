/* The two loops that the peaks of a core are measured with, in the widest form that it has. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *name; /* "avx512", "avx2", "sse2" or "neon" */
  /* Multiply-adds of one round of the arithmetic loop, which nothing but arithmetic holds up. */
  int64_t multiply_adds_per_round;
  void (*multiply_add)(int64_t rounds);
  /* Reads every byte of a block, a multiple of BLOCK_BYTES long and aligned to it. */
  void (*read)(const void *block, size_t bytes);
} CpuKernels;

enum { BLOCK_BYTES = 1024 };

const CpuKernels *widest_kernels(void);
