/* ghostbench-runner: times one model on LiteRT and prints what it saw. WIRE.md explains every line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clocks.h"
#include "denormals.h"
#include "event_writer.h"
#include "failure.h"
#include "input_fill.h"
#include "litert_model.h"
#include "options.h"
#include "own_process.h"
#include "profile.h"
#include "report.h"
#include "report_profile.h"
#include "run_loop.h"
#include "tensors.h"

typedef struct {
  Model model;
  Tensors inputs, outputs;
} Workload;

static int infer(void *context) {
  Workload *work = context;
  return litert.RunCompiledModel(work->model.compiled, 0, work->inputs.count, work->inputs.buffers,
                                 work->outputs.count, work->outputs.buffers);
}

static uint64_t lap(uint64_t *since_ns) {
  uint64_t now = now_ns(), passed = now - *since_ns;
  *since_ns = now;
  return passed;
}

/* One thread is what most measurements claim; a library that starts more makes them false. */
static int checked_threads(const Options *options) {
  int seen = threads_seen();
  if (options->threads == 1 && seen > 1)
    give_up(STEP_THREADS, seen, "asked for one thread, but the process has %d", seen);
  return seen;
}

static void fill_inputs(const Tensors *inputs, const Options *options) {
  if (options->input_file_count && (size_t)options->input_file_count != inputs->count)
    give_up(STEP_INPUT, 0, "the model has %zu inputs, but %d files were given", inputs->count,
            options->input_file_count);
  for (size_t i = 0; i < inputs->count; i++) {
    void *content = lock_tensor(inputs, i, LRT_LOCK_WRITE, STEP_INPUT);
    fill_input(content, &inputs->facts[i], i, options);
    unlock_tensor(inputs, i, STEP_INPUT);
  }
}

static void get_ready(Workload *work, const Options *options) {
  OpenedFile library = opened_file(options->library, STEP_LIBRARY);
  OpenedFile model = opened_file(options->model, STEP_MODEL);
  InitFacts init;
  uint64_t clock = now_ns();
  const char *loaded_library = load_litert(options->library);
  init.library_ns = lap(&clock);
  load_model(&work->model, options->model);
  init.load_ns = lap(&clock);
  compile_model(&work->model, options);
  init.compile_ns = lap(&clock);
  work->inputs = make_inputs(&work->model);
  work->outputs = make_outputs(&work->model);
  init.buffers_ns = lap(&clock);
  init.peak_rss_bytes = peak_rss_bytes();
  init.threads_seen = checked_threads(options);

  fill_inputs(&work->inputs, options);
  hash_used_file(&library, loaded_library);
  hash_used_file(&model, options->model);
  report_loaded(&library, &model);
  for (size_t i = 0; i < work->inputs.count; i++)
    report_input(&work->inputs, i);
  report_outputs_expected(&work->outputs);
  report_init(&init, is_fully_accelerated(&work->model), options);
}

static void dump_outputs(const Tensors *outputs, const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file) give_up(STEP_DUMP, errno, "cannot write %s: %s", path, strerror(errno));
  for (size_t i = 0; i < outputs->count; i++) {
    size_t bytes = outputs->facts[i].bytes;
    const void *content = lock_tensor(outputs, i, LRT_LOCK_READ, STEP_DUMP);
    if (fwrite(content, 1, bytes, file) != bytes)
      give_up(STEP_DUMP, errno, "cannot write %s: %s", path, strerror(errno));
    unlock_tensor(outputs, i, STEP_DUMP);
  }
  if (fclose(file)) give_up(STEP_DUMP, errno, "cannot write %s: %s", path, strerror(errno));
}

static void free_workload(Workload *work) {
  free_tensors(&work->inputs);
  free_tensors(&work->outputs);
  free_model(&work->model);
}

/* Between the two probes nothing is written: an event of the first one waits in memory. */
static Samples measure_workload(Workload *work, const Options *options, uint64_t start_ns) {
  ProbeTimes before = {0}, after = {0};
  events_flush();
  if (options->probe_ms) before = probe(options->probe_ms);
  Samples samples = time_inferences(options, start_ns, infer, work);
  if (options->probe_ms) after = probe(options->probe_ms);

  if (options->probe_ms) report_probe("before", &before);
  report_samples(&samples);
  if (options->probe_ms) report_probe("after", &after);
  return samples;
}

static void run_timed_workload(Workload *work, const Options *options, uint64_t start_ns) {
  Samples samples = measure_workload(work, options, start_ns);
  int threads = checked_threads(options);
  if (options->dump) dump_outputs(&work->outputs, options->dump);
  report_outputs(&work->outputs);
  free_workload(work);
  report_end(&samples, threads);
}

static void run_profiled_workload(Workload *work, const Options *options, uint64_t start_ns) {
  events_flush();
  Profile profile = profile_inferences(work->model.compiled, options, start_ns, infer, work);
  int threads = checked_threads(options);
  if (options->dump) dump_outputs(&work->outputs, options->dump);
  report_profile(&profile);
  report_outputs(&work->outputs);
  free_workload(work);
  report_profile_end(&profile, threads);
  free_profile(&profile);
}

static int run_peaks(const Options *options) {
  Peak peaks[PEAK_COUNT];
  measure_peaks(options->peak_ms, peaks);
  report_peaks(peaks);
  return 0;
}

int main(int argc, char **argv) {
  uint64_t start_ns = now_ns();
  Options options = read_options(argc, argv);
  events_open();
  remember_first_threads();
  if (options.cpu != ANY_CPU) pin_to(options.cpu);
  report_hello(argc, argv);
  if (options.peak_ms) return run_peaks(&options);
  if (options.profile) report_profile_begins(&options);

  if (options.denormals) flush_denormals(!strcmp(options.denormals, "flush"));
  Workload work = {0};
  get_ready(&work, &options);
  if (options.profile)
    run_profiled_workload(&work, &options, start_ns);
  else
    run_timed_workload(&work, &options, start_ns);
  return 0;
}
