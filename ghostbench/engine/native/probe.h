/* A fixed piece of arithmetic: takes longer when the core is slower than it was, whatever the
 * model. */
#pragma once

#include <stdint.h>

enum { PROBE_REPETITIONS = 10 };

typedef struct {
  int64_t iterations; /* of each repetition; depends on the option alone, never on the speed */
  int64_t durations_ns[PROBE_REPETITIONS];
} ProbeTimes;

ProbeTimes probe(int64_t milliseconds);
