#include "report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "element_type.h"
#include "event_writer.h"
#include "failure.h"
#include "output_content.h"
#include "own_process.h"
#include "version.h"

void report_hello(int argc, char **argv) {
  struct utsname kernel;
  uname(&kernel);
  int64_t cpus[MOST_CPUS];
  size_t cpu_count = allowed_cpus(cpus);
  event_begin("hello");
  event_integer("wire", WIRE_VERSION);
  event_text("runner", RUNNER_VERSION);
  event_text("machine", kernel.machine);
  event_text("kernel", kernel.release);
  event_integer("pid", getpid());
  event_texts("argv", argv, (size_t)argc);
  event_integers("cpus_allowed", cpus, cpu_count);
  event_integer("clock_overhead_ns", empty_inference_ns());
  event_end();
  events_flush();
}

void report_loaded(const OpenedFile *library, const OpenedFile *model) {
  event_begin("loaded");
  event_text("library", library->path);
  event_text("library_sha256", library->sha256);
  event_integer("library_bytes", library->facts.st_size);
  event_text("model", model->path);
  event_text("model_sha256", model->sha256);
  event_integer("model_bytes", model->facts.st_size);
  event_end();
  events_flush();
}

static void begin_tensor(const char *role, const Tensors *tensors, size_t index) {
  const Tensor *tensor = &tensors->facts[index];
  int64_t shape[LRT_MOST_DIMENSIONS];
  for (unsigned i = 0; i < tensor->type.layout.rank; i++)
    shape[i] = tensor->type.layout.dimensions[i];
  event_begin("tensor");
  event_text("role", role);
  event_integer("index", (int64_t)index);
  event_text("name", tensor->name);
  event_text("dtype", type_name(tensor->type.element_type));
  event_integers("shape", shape, tensor->type.layout.rank);
  event_integer("bytes", (int64_t)tensor->bytes);
  event_truth("dynamic", tensor->dynamic);
}

void report_input(const Tensors *inputs, size_t index) {
  const void *content = lock_tensor(inputs, index, LRT_LOCK_READ, STEP_INPUT);
  begin_tensor("input", inputs, index);
  event_hash("fnv1a", fnv1a(content, inputs->facts[index].bytes));
  event_end();
  unlock_tensor(inputs, index, STEP_INPUT);
}

void report_outputs_expected(const Tensors *outputs) {
  for (size_t i = 0; i < outputs->count; i++) {
    begin_tensor("output", outputs, i);
    event_null("fnv1a");
    event_end();
  }
}

void report_init(const InitFacts *init, bool fully_accelerated, const Options *options) {
  event_begin("init");
  event_integer("library_ns", (int64_t)init->library_ns);
  event_integer("load_ns", (int64_t)init->load_ns);
  event_integer("compile_ns", (int64_t)init->compile_ns);
  event_integer("buffers_ns", (int64_t)init->buffers_ns);
  event_integer("total_ns",
                (int64_t)(init->library_ns + init->load_ns + init->compile_ns + init->buffers_ns));
  event_truth("fully_accelerated", fully_accelerated);
  event_text("kernel_mode", options->kernel_mode);
  event_integer("threads_asked", options->threads);
  event_integer("threads_seen", init->threads_seen);
  event_integer("peak_rss_bytes", init->peak_rss_bytes);
  event_end();
}

void report_probe(const char *when, const ProbeTimes *times) {
  event_begin("probe");
  event_text("when", when);
  event_integer("iterations", times->iterations);
  event_integers("durations_ns", times->durations_ns, PROBE_REPETITIONS);
  event_end();
}

static void report_phase(const char *phase, const Sample *samples, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const Sample *sample = &samples[i];
    event_begin("sample");
    event_text("phase", phase);
    event_integer("index", (int64_t)i);
    event_integer("started_ns", (int64_t)sample->started_ns);
    event_integer("duration_ns", (int64_t)sample->duration_ns);
    event_integer("cpu_time_ns", (int64_t)sample->cpu_time_ns);
    event_integer("cpu_before", sample->cpu_before);
    event_integer("cpu_after", sample->cpu_after);
    event_integer("preemptions", sample->preemptions);
    event_end();
  }
}

void report_samples(const Samples *samples) {
  report_phase("first", samples->samples, 1);
  report_phase("warmup", samples->samples + 1, samples->warmup_count);
  report_phase("timed", samples->samples + 1 + samples->warmup_count, samples->timed_count);
}

void report_outputs(const Tensors *outputs) {
  for (size_t i = 0; i < outputs->count; i++) {
    const Tensor *output = &outputs->facts[i];
    const void *content = lock_tensor(outputs, i, LRT_LOCK_READ, STEP_OUTPUT);
    NotFinite count = count_not_finite(content, output->bytes, output->type.element_type);
    event_begin("output");
    event_integer("index", (int64_t)i);
    event_integer("bytes", (int64_t)output->bytes);
    event_hash("fnv1a", fnv1a(content, output->bytes));
    event_integer("nan", count.nan);
    event_integer("infinite", count.infinite);
    event_end();
    unlock_tensor(outputs, i, STEP_OUTPUT);
  }
}

void report_end(const Samples *samples, int threads) {
  event_begin("end");
  event_truth("warmup_steady", samples->steady);
  event_integer("timed", (int64_t)samples->timed_count);
  event_integer("peak_rss_bytes", peak_rss_bytes());
  event_integer("threads_seen", threads);
  event_integer("preemptions", samples->preemptions);
  event_integer("voluntary_switches", samples->voluntary_switches);
  event_integer("minor_faults", samples->minor_faults);
  event_integer("major_faults", samples->major_faults);
  event_end();
  events_flush();
}
