/* What a core can do at most: multiply-adds, and bytes read from near and far. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Many and short: one that nothing interrupted is what counts. */
enum { PEAK_REPETITIONS = 25 };

typedef struct {
  const char *what;    /* "multiply_add" or "read" */
  const char *kernel;  /* which instructions */
  int64_t block_bytes; /* that are read again and again; 0 for arithmetic */
  int64_t work;        /* multiply-adds or bytes of each repetition */
  int64_t durations_ns[PEAK_REPETITIONS];
} Peak;

enum { PEAK_COUNT = 6 };

/* Takes about so many milliseconds for each of them. */
void measure_peaks(int64_t milliseconds, Peak peaks[PEAK_COUNT]);
