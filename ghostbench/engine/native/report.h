/* Turns what was seen into events, one function for each kind. */
#pragma once

#include "opened_file.h"
#include "options.h"
#include "probe.h"
#include "run_loop.h"
#include "tensors.h"

typedef struct {
  uint64_t library_ns, load_ns, compile_ns, buffers_ns;
  int threads_seen;
  int64_t peak_rss_bytes;
} InitFacts;

void report_hello(int argc, char **argv);
void report_loaded(const OpenedFile *library, const OpenedFile *model);
void report_input(const Tensors *inputs, size_t index);
void report_outputs_expected(const Tensors *outputs);
void report_init(const InitFacts *init, bool fully_accelerated, const Options *options);
void report_probe(const char *when, const ProbeTimes *times);
void report_samples(const Samples *samples);
void report_outputs(const Tensors *outputs);
void report_end(const Samples *samples, int threads);
