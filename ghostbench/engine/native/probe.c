#include "probe.h"

#include "clocks.h"

/* One step is a multiplication and an addition that wait for the step before: about 4 cycles on
 * today's cores, x86-64 and ARM alike. So this many steps take one millisecond at 2 GHz. Never
 * change it: durations of old records would no longer compare. */
#define STEPS_PER_MS 500000

/* Knuth's linear congruential generator (MMIX). */
static uint64_t chain(uint64_t value, int64_t steps) {
  for (int64_t i = 0; i < steps; i++) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    __asm__ volatile("" : "+r"(value)); /* or the compiler folds several steps into one */
  }
  return value;
}

ProbeTimes probe(int64_t milliseconds) {
  ProbeTimes times = {.iterations = milliseconds * STEPS_PER_MS / PROBE_REPETITIONS};
  uint64_t value = 1;
  for (int i = 0; i < PROBE_REPETITIONS; i++) {
    uint64_t begin = now_ns();
    value = chain(value, times.iterations);
    times.durations_ns[i] = (int64_t)(now_ns() - begin);
  }
  return times;
}
