/* The clocks of the runner, in nanoseconds. */
#pragma once

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Not slewed by NTP, unlike CLOCK_MONOTONIC. */
static inline uint64_t now_ns(void) {
  return clock_ns(CLOCK_MONOTONIC_RAW);
}

static inline uint64_t thread_cpu_ns(void) {
  return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}
