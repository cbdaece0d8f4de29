/* The command line. Every setting has to be stated: the runner has no defaults of its own. */
#pragma once

#include <stdint.h>

enum { MOST_INPUTS = 64, ANY_CPU = -1, NO_FLAGS = -1 };

typedef struct {
  const char *library;
  const char *model;
  const char *kernel_mode; /* "delegate", "builtin", "reference" */
  int64_t xnn_flags;       /* NO_FLAGS leaves the library's own */
  int64_t threads;
  const char *cpu_text; /* "any", or a number */
  int cpu;              /* ANY_CPU, or the core to run on */
  int64_t warmup_min_runs;
  int64_t warmup_min_ms;
  int64_t warmup_max_ms;
  double warmup_tolerance;
  int64_t min_runs;
  int64_t min_ms;
  int64_t max_ms;
  double delay_ms;
  int64_t probe_ms;
  const char *distribution; /* "uniform", "normal", "zeros", "file" */
  double low;
  double high;
  int64_t seed;
  const char *input_files[MOST_INPUTS];
  int input_file_count;
  int64_t profile; /* repetitions with the profiler on, in place of the timed part; 0 for none */
  int64_t peak_ms; /* not a model is run, but the core's peaks are measured; 0 for no */
  const char *denormals; /* "keep", "flush", or NULL: as the process was started */
  const char *dump;      /* NULL, or the file for the raw outputs */
} Options;

/* Ends the program with status 2 and the usage when the command line is wrong. */
Options read_options(int argc, char **argv);
