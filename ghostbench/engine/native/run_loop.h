/* Times inferences: one first, some to warm up, then those that count. Nothing is written
 * meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* So many samples are kept at most. Only a model of a microsecond or two ever gets there before its
 * time is up. */
enum { MOST_WARMUP_SAMPLES = 100000, MOST_TIMED_SAMPLES = 400000 };

/* Does the work that is timed; 0 is success. */
typedef int (*Inference)(void *context);

typedef struct {
  uint64_t started_ns; /* since the runner's start */
  uint64_t duration_ns;
  uint64_t cpu_time_ns;
  int32_t cpu_before, cpu_after; /* -1 where the kernel does not tell */
  int32_t preemptions;
} Sample;

/* What a sample is measured against. */
typedef struct {
  uint64_t start_ns;
  uint64_t cpu_time_ns; /* at the end of the inference before */
  long preemptions;
} Meter;

/* Runs one inference after the other. */
typedef struct {
  Meter meter;
  double delay_ms;
  Inference inference;
  void *context;
} Stopwatch;

typedef struct {
  Sample *samples; /* the first, then the warm-up, then the timed ones */
  size_t warmup_count, timed_count;
  bool steady; /* the warm-up ended because it was */
  int64_t preemptions, voluntary_switches, minor_faults, major_faults; /* of the timed part */
} Samples;

Samples time_inferences(const Options *options, uint64_t runner_start_ns, Inference inference,
                        void *context);

/* Runs the next inference; what is not measured in it came before. */
void run_once(Stopwatch *watch, Sample *sample);

/* A stopwatch after the first inference and the warm-up of a timed run. */
Stopwatch warmed_up(const Options *options, uint64_t runner_start_ns, Inference inference,
                    void *context);

/* What a timed inference that does nothing would show: the median of many. */
int64_t empty_inference_ns(void);
