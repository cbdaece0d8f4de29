#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own_process.h"
#include "profile.h"
#include "run_loop.h"
#include "version.h"

typedef enum { TEXT, WHOLE, REAL } Kind;

typedef struct {
  const char *name;
  const char *value; /* how the usage calls it */
  Kind kind;
  size_t offset;
  bool required;
  double least, most;
} Option;

/* A day: anything longer is a slip of the finger. */
#define DAY_MS 86400000.0
#define AT(field) offsetof(Options, field)

static const Option OPTIONS[] = {
    {"--library", "libLiteRt.so", TEXT, AT(library), true, 0, 0},
    {"--model", "FILE.tflite", TEXT, AT(model), true, 0, 0},
    {"--kernel-mode", "delegate|builtin|reference", TEXT, AT(kernel_mode), false, 0, 0},
    {"--xnn-flags", "BITS", WHOLE, AT(xnn_flags), false, 0, 0x7fffffff},
    {"--threads", "N", WHOLE, AT(threads), true, 1, 256},
    {"--cpu", "N|any", TEXT, AT(cpu_text), true, 0, 0},
    {"--warmup-min-runs", "N", WHOLE, AT(warmup_min_runs), true, 0, MOST_WARMUP_SAMPLES},
    {"--warmup-min-ms", "MS", WHOLE, AT(warmup_min_ms), true, 0, DAY_MS},
    {"--warmup-max-ms", "MS", WHOLE, AT(warmup_max_ms), true, 0, DAY_MS},
    {"--warmup-tolerance", "SHARE", REAL, AT(warmup_tolerance), true, 0, 1e9},
    {"--min-runs", "N", WHOLE, AT(min_runs), true, 1, MOST_TIMED_SAMPLES},
    {"--min-ms", "MS", WHOLE, AT(min_ms), true, 0, DAY_MS},
    {"--max-ms", "MS", WHOLE, AT(max_ms), true, 0, DAY_MS},
    {"--delay-ms", "MS", REAL, AT(delay_ms), true, 0, DAY_MS},
    {"--probe-ms", "MS", WHOLE, AT(probe_ms), true, 0, 60000},
    {"--distribution", "uniform|normal|zeros|file", TEXT, AT(distribution), true, 0, 0},
    {"--low", "X", REAL, AT(low), true, -1e30, 1e30},
    {"--high", "X", REAL, AT(high), true, -1e30, 1e30},
    {"--seed", "N", WHOLE, AT(seed), true, 0, 9e18},
    {"--dump", "FILE", TEXT, AT(dump), false, 0, 0},
    {"--profile", "REPETITIONS", WHOLE, AT(profile), false, 1, MOST_PROFILED_REPETITIONS},
    {"--denormals", "keep|flush", TEXT, AT(denormals), false, 0, 0},
    {"--peak-ms", "MS", WHOLE, AT(peak_ms), false, 1, 60000},
};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

static void print_usage(FILE *where) {
  fprintf(where, "usage: ghostbench-runner");
  for (int i = 0; i < OPTION_COUNT; i++) {
    const Option *option = &OPTIONS[i];
    const char *form = option->required ? " %s %s" : " [%s %s]";
    fprintf(where, form, option->name, option->value);
  }
  fprintf(where, " [--input FILE]... [--help] [--version]\n");
}

static _Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void refuse(const char *format, ...) {
  va_list rest;
  fputs("ghostbench-runner: ", stderr);
  va_start(rest, format);
  vfprintf(stderr, format, rest);
  va_end(rest);
  fputs("\n", stderr);
  print_usage(stderr);
  exit(2);
}

static void check_range(const Option *option, double value) {
  if (!(value >= option->least && value <= option->most)) /* this way round NaN is refused */
    refuse("%s must be from %.15g to %.15g", option->name, option->least, option->most);
}

static void read_value(Options *options, const Option *option, const char *text) {
  void *field = (char *)options + option->offset;
  char *end = NULL;
  errno = 0;
  if (option->kind == TEXT) {
    *(const char **)field = text;
    return;
  }
  if (option->kind == WHOLE) {
    int64_t value = strtoll(text, &end, 10);
    check_range(option, (double)value);
    *(int64_t *)field = value;
  } else {
    double value = strtod(text, &end);
    check_range(option, value);
    *(double *)field = value;
  }
  if (end == text || *end || errno) refuse("%s: cannot read %s", option->name, text);
}

static void read_input_file(Options *options, const char *path) {
  if (options->input_file_count == MOST_INPUTS) refuse("--input: more than %d", MOST_INPUTS);
  options->input_files[options->input_file_count++] = path;
}

static void read_one(Options *options, bool given[OPTION_COUNT], const char *name,
                     const char *text) {
  if (!strcmp(name, "--input")) {
    read_input_file(options, text);
    return;
  }
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (strcmp(name, OPTIONS[i].name)) continue;
    if (given[i]) refuse("%s is given twice", name);
    given[i] = true;
    read_value(options, &OPTIONS[i], text);
  }
}

static void check_name(const char *name) {
  bool known = !strcmp(name, "--input");
  for (int i = 0; i < OPTION_COUNT; i++)
    known |= !strcmp(name, OPTIONS[i].name);
  if (!known) refuse("unknown option %s", name);
}

static void check_choice(const char *name, const char *value, const char *const *choices) {
  for (; *choices; choices++)
    if (!strcmp(value, *choices)) return;
  refuse("%s: unknown value %s", name, value);
}

static void read_cpu(Options *options) {
  options->cpu = ANY_CPU;
  if (!strcmp(options->cpu_text, "any")) return;
  char *end = NULL;
  long cpu = strtol(options->cpu_text, &end, 10);
  if (end == options->cpu_text || *end || cpu < 0 || cpu >= MOST_CPUS)
    refuse("--cpu: cannot read %s", options->cpu_text);
  options->cpu = (int)cpu;
}

static void check_together(const Options *options) {
  static const char *const modes[] = {"delegate", "builtin", "reference", NULL};
  static const char *const distributions[] = {"uniform", "normal", "zeros", "file", NULL};
  static const char *const denormals[] = {"keep", "flush", NULL};
  if (options->denormals) check_choice("--denormals", options->denormals, denormals);
  check_choice("--kernel-mode", options->kernel_mode, modes);
  check_choice("--distribution", options->distribution, distributions);
  bool from_files = !strcmp(options->distribution, "file");
  if (from_files && !options->input_file_count) refuse("--distribution file needs --input");
  if (!from_files && options->input_file_count) refuse("--input needs --distribution file");
  if (options->low > options->high) refuse("--low is above --high");
}

/* Everything that a run needs; to measure peaks, the core alone. */
static void check_given(const Options *options, const bool given[OPTION_COUNT]) {
  if (options->peak_ms && options->input_file_count) refuse("--input does not go with --peak-ms");
  for (int i = 0; i < OPTION_COUNT; i++) {
    const char *name = OPTIONS[i].name;
    bool of_peaks = !strcmp(name, "--cpu") || !strcmp(name, "--peak-ms");
    if (options->peak_ms && given[i] && !of_peaks) refuse("%s does not go with --peak-ms", name);
    if (OPTIONS[i].required && !given[i] && (!options->peak_ms || of_peaks))
      refuse("%s is missing", name);
  }
}

Options read_options(int argc, char **argv) {
  Options options = {.kernel_mode = "delegate", .xnn_flags = NO_FLAGS};
  bool given[OPTION_COUNT] = {false};
  for (int i = 1; i < argc; i += 2) {
    if (!strcmp(argv[i], "--help")) {
      print_usage(stdout);
      exit(0);
    }
    if (!strcmp(argv[i], "--version")) {
      printf("ghostbench-runner %s, wire format %d\n", RUNNER_VERSION, WIRE_VERSION);
      exit(0);
    }
    check_name(argv[i]);
    if (i + 1 == argc) refuse("%s needs a value", argv[i]);
    read_one(&options, given, argv[i], argv[i + 1]);
  }
  check_given(&options, given);
  read_cpu(&options);
  if (!options.peak_ms) check_together(&options);
  return options;
}
