#include "cpu_kernels.h"

#include <stdbool.h>

/* What is computed has to go somewhere, or the compiler leaves it out. */
static volatile float number_sink;
static volatile uint64_t bits_sink;

/* What the compiler does not know it cannot compute beforehand. */
static volatile float half = 0.5f, quarter = 0.25f;

/* Independent chains of fused multiply-adds, enough of them to keep every unit of the core busy:
 * a chain's next step waits about 4 cycles, and cores begin 1 to 4 of them in a cycle. No value
 * ever becomes denormal. */
#define MULTIPLY_ADD(NAME, ATTRIBUTES, VECTOR, LANES, CHAINS, SET, STEP, STORE)                    \
  ATTRIBUTES static void NAME(int64_t rounds) {                                                    \
    VECTOR factor = SET(half), term = SET(quarter), chain[CHAINS];                                 \
    for (int i = 0; i < CHAINS; i++)                                                               \
      chain[i] = SET(0.125f * (float)i);                                                           \
    for (int64_t round = 0; round < rounds; round++)                                               \
      for (int i = 0; i < CHAINS; i++)                                                             \
        chain[i] = STEP(chain[i], factor, term);                                                   \
    float lanes[LANES], sum = 0;                                                                   \
    for (int i = 0; i < CHAINS; i++) {                                                             \
      STORE(lanes, chain[i]);                                                                      \
      sum += lanes[0];                                                                             \
    }                                                                                              \
    number_sink = sum;                                                                             \
  }

/* Loads and one cheap operation for each, in four chains. */
#define READ(NAME, ATTRIBUTES, VECTOR, LOAD, JOIN, FIRST)                                          \
  ATTRIBUTES static void NAME(const void *block, size_t bytes) {                                   \
    const char *at = block, *end = at + bytes;                                                     \
    VECTOR a = LOAD(at), b = a, c = a, d = a;                                                      \
    for (; at < end; at += 4 * sizeof(VECTOR)) {                                                   \
      a = JOIN(a, LOAD(at));                                                                       \
      b = JOIN(b, LOAD(at + sizeof(VECTOR)));                                                      \
      c = JOIN(c, LOAD(at + 2 * sizeof(VECTOR)));                                                  \
      d = JOIN(d, LOAD(at + 3 * sizeof(VECTOR)));                                                  \
    }                                                                                              \
    bits_sink = FIRST(JOIN(JOIN(a, b), JOIN(c, d)));                                               \
  }

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

/* These versions of clang know registers of 512 bits as a feature of its own. */
#if defined(__clang__) && __clang_major__ >= 18 && __clang_major__ < 22
#define AVX512 __attribute__((target("avx512f,evex512")))
#else
#define AVX512 __attribute__((target("avx512f")))
#endif
#define AVX2 __attribute__((target("avx2,fma")))
#define LOAD512(at) _mm512_load_si512((const void *)(at))
#define LOAD256(at) _mm256_load_si256((const __m256i *)(const void *)(at))
#define LOAD128(at) _mm_load_si128((const __m128i *)(const void *)(at))
#define FIRST512(v) ((uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(v)))
#define FIRST256(v) ((uint64_t)_mm_cvtsi128_si64(_mm256_castsi256_si128(v)))
#define FIRST128(v) ((uint64_t)_mm_cvtsi128_si64(v))
/* Without fused multiply-adds a multiplication and an addition make one. */
#define STEP128(chain, factor, term) _mm_add_ps(_mm_mul_ps(chain, factor), term)

MULTIPLY_ADD(multiply_add_avx512, AVX512, __m512, 16, 12, _mm512_set1_ps, _mm512_fmadd_ps,
             _mm512_storeu_ps)
MULTIPLY_ADD(multiply_add_avx2, AVX2, __m256, 8, 12, _mm256_set1_ps, _mm256_fmadd_ps,
             _mm256_storeu_ps)
MULTIPLY_ADD(multiply_add_sse2, , __m128, 4, 12, _mm_set1_ps, STEP128, _mm_storeu_ps)
READ(read_avx512, AVX512, __m512i, LOAD512, _mm512_xor_si512, FIRST512)
READ(read_avx2, AVX2, __m256i, LOAD256, _mm256_xor_si256, FIRST256)
READ(read_sse2, , __m128i, LOAD128, _mm_xor_si128, FIRST128)

/* Which registers the kernel keeps for a process: without that, no instruction may use them. */
static uint32_t kept_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/* Asks the processor itself: what the compiler has for it needs a library of its own. */
static void find_features(bool *has_avx2, bool *has_avx512) {
  enum { OSXSAVE_AND_FMA = 1 << 27 | 1 << 12, KEPT_256 = 0x06, KEPT_512 = 0xe6 };
  uint32_t eax, ebx, ecx, edx;
  *has_avx2 = *has_avx512 = false;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return;
  if ((ecx & OSXSAVE_AND_FMA) != OSXSAVE_AND_FMA) return;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return;
  uint32_t kept = kept_registers();
  *has_avx2 = (ebx & 1u << 5) && (kept & KEPT_256) == KEPT_256;
  *has_avx512 = (ebx & 1u << 16) && (kept & KEPT_512) == KEPT_512;
}

const CpuKernels *widest_kernels(void) {
  static const CpuKernels avx512 = {"avx512", 16 * 12, multiply_add_avx512, read_avx512};
  static const CpuKernels avx2 = {"avx2", 8 * 12, multiply_add_avx2, read_avx2};
  static const CpuKernels sse2 = {"sse2", 4 * 12, multiply_add_sse2, read_sse2};
  bool has_avx2, has_avx512;
  find_features(&has_avx2, &has_avx512);
  return has_avx512 ? &avx512 : has_avx2 ? &avx2 : &sse2;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define LOAD_NEON(at) vld1q_u64((const uint64_t *)(const void *)(at))
#define FIRST_NEON(v) vgetq_lane_u64(v, 0)
/* The instruction overwrites the term that it adds: adding to the chain, as a convolution does,
 * needs no copy. */
#define STEP_NEON(chain, factor, term) vfmaq_f32(chain, factor, term)

MULTIPLY_ADD(multiply_add_neon, , float32x4_t, 4, 24, vdupq_n_f32, STEP_NEON, vst1q_f32)
READ(read_neon, , uint64x2_t, LOAD_NEON, veorq_u64, FIRST_NEON)

const CpuKernels *widest_kernels(void) {
  static const CpuKernels neon = {"neon", 4 * 24, multiply_add_neon, read_neon};
  return &neon;
}

#else
#error "the runner is for x86-64 and aarch64"
#endif
