#include "peak.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "clocks.h"
#include "cpu_kernels.h"
#include "failure.h"

/* From the nearest cache to memory: a small first-level cache is 32 KiB, and one that holds 64 MiB
 * for a single core is rare. */
static const int64_t BLOCKS[PEAK_COUNT - 1] = {16 << 10, 128 << 10, 1 << 20, 8 << 20, 64 << 20};

typedef struct {
  const CpuKernels *kernels;
  const void *block;
  int64_t block_bytes; /* 0: arithmetic */
} Load;

static uint64_t timed(const Load *load, int64_t rounds) {
  uint64_t begin = now_ns();
  if (!load->block_bytes) {
    load->kernels->multiply_add(rounds);
  } else {
    for (int64_t round = 0; round < rounds; round++) {
      load->kernels->read(load->block, (size_t)load->block_bytes);
      __asm__ volatile("" : : : "memory"); /* or one round would do for all */
    }
  }
  return now_ns() - begin;
}

/* What comes between makes it longer, nothing makes it shorter. */
static uint64_t shortest(const Load *load, int64_t rounds) {
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < 3; i++) {
    uint64_t took = timed(load, rounds);
    if (took < least) least = took;
  }
  return least;
}

/* How many rounds take that long; found on the way up, which also wakes the core's clock. */
static int64_t rounds_for(const Load *load, uint64_t wanted_ns) {
  int64_t rounds = 1;
  uint64_t took_ns = shortest(load, rounds);
  while (took_ns < wanted_ns / 2 && rounds < INT64_MAX / 4) {
    rounds *= 2;
    took_ns = shortest(load, rounds);
  }
  double factor = (double)wanted_ns / (double)(took_ns ? took_ns : 1);
  double scaled = (double)rounds * factor;
  return scaled < 1 ? 1 : (int64_t)scaled;
}

static Peak measure(const Load *load, int64_t milliseconds) {
  uint64_t wanted_ns = (uint64_t)milliseconds * 1000000u / PEAK_REPETITIONS;
  int64_t rounds = rounds_for(load, wanted_ns);
  int64_t per_round =
      load->block_bytes ? load->block_bytes : load->kernels->multiply_adds_per_round;
  Peak peak = {.what = load->block_bytes ? "read" : "multiply_add",
               .kernel = load->kernels->name,
               .block_bytes = load->block_bytes,
               .work = rounds * per_round};
  for (int i = 0; i < PEAK_REPETITIONS; i++)
    peak.durations_ns[i] = (int64_t)timed(load, rounds);
  return peak;
}

void measure_peaks(int64_t milliseconds, Peak peaks[PEAK_COUNT]) {
  const CpuKernels *kernels = widest_kernels();
  size_t largest = (size_t)BLOCKS[PEAK_COUNT - 2];
  void *block = mmap(NULL, largest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) give_up(STEP_MEMORY, errno, "no memory for the block that is read");
  memset(block, 1, largest); /* pages that were never written are all the same one */

  peaks[0] = measure(&(Load){kernels, NULL, 0}, milliseconds);
  for (int i = 1; i < PEAK_COUNT; i++)
    peaks[i] = measure(&(Load){kernels, block, BLOCKS[i - 1]}, milliseconds);
  munmap(block, largest);
}
