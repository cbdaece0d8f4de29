/* Time of each operator: LiteRT's own profiler, inference by inference. Nothing is written
 * meanwhile. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "litert_api.h"
#include "options.h"
#include "run_loop.h"

/* So much is kept at most, whatever the model. */
enum { MOST_PROFILED_OPERATORS = 100000, MOST_PROFILED_REPETITIONS = 10000 };
#define MOST_PROFILE_BYTES (256u << 20)

/* One operator of the interpreter, or one kernel of XNNPACK. */
typedef struct {
  char *name;
  int type;      /* LRT_EVENT_OPERATOR or LRT_EVENT_KERNEL */
  int64_t place; /* index of the operator in its subgraph, or of the kernel in its partition */
  int64_t subgraph;
} ProfiledOperator;

typedef struct {
  ProfiledOperator *operators;
  size_t operator_count;
  uint32_t *durations_us; /* of one inference after the other */
  Sample *samples;        /* the inferences as a whole, profiler and all */
  size_t repetitions;
} Profile;

/* Warms up as a timed run does, then profiles. */
Profile profile_inferences(LrtCompiled compiled, const Options *options, uint64_t runner_start_ns,
                           Inference inference, void *context);
void free_profile(Profile *profile);
