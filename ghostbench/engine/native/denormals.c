#include "denormals.h"

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

/* Flush results to zero, and take operands for zero. */
enum { FLUSH = 0x8000 | 0x0040 };

static uint64_t control(void) {
  return _mm_getcsr();
}

static void set_control(uint64_t bits) {
  _mm_setcsr((uint32_t)bits);
}

#elif defined(__aarch64__)

/* FPCR.FZ does both. */
enum { FLUSH = 1 << 24 };

static uint64_t control(void) {
  uint64_t bits;
  __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
  return bits;
}

static void set_control(uint64_t bits) {
  __asm__ volatile("msr fpcr, %0" : : "r"(bits));
}

#else
#error "the runner is for x86-64 and aarch64"
#endif

void flush_denormals(bool flush) {
  uint64_t bits = control();
  set_control(flush ? bits | FLUSH : bits & ~(uint64_t)FLUSH);
}
