#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "failure.h"

typedef struct {
  LrtProfiler profiler;
  LrtProfilerEvent *events;
  int room;
} Recorder;

/* The events of the last inference, all kinds of them. */
static int take_events(Recorder *recorder) {
  int count = 0;
  LITERT(STEP_PROFILE, GetNumProfilerEvents, recorder->profiler, &count);
  if (count < 0 || count > 2 * MOST_PROFILED_OPERATORS)
    give_up(STEP_PROFILE, count, "an inference has %d events; that is too many", count);
  if (count > recorder->room) {
    free(recorder->events);
    recorder->room = 2 * count;
    recorder->events = need_memory((unsigned long)recorder->room, sizeof *recorder->events);
  }
  if (count) LITERT(STEP_PROFILE, GetProfilerEvents, recorder->profiler, count, recorder->events);
  return count;
}

/* What else there is stands for several operators together, or for none. */
static bool is_operator(const LrtProfilerEvent *event) {
  return event->type == LRT_EVENT_OPERATOR || event->type == LRT_EVENT_KERNEL;
}

static size_t count_operators(const LrtProfilerEvent *events, int count) {
  size_t found = 0;
  for (int i = 0; i < count; i++)
    found += is_operator(&events[i]);
  return found;
}

static char *owned(const char *text) {
  char *copy = strdup(text ? text : "");
  if (!copy) give_up(STEP_MEMORY, 0, "out of memory");
  return copy;
}

static void remember_operators(Profile *profile, const LrtProfilerEvent *events, int count) {
  profile->operator_count = count_operators(events, count);
  if (profile->operator_count > MOST_PROFILED_OPERATORS)
    give_up(STEP_PROFILE, 0, "an inference runs %zu operators; %d can be profiled",
            profile->operator_count, MOST_PROFILED_OPERATORS);
  profile->operators = need_memory(profile->operator_count, sizeof *profile->operators);
  ProfiledOperator *next = profile->operators;
  for (int i = 0; i < count; i++)
    if (is_operator(&events[i]))
      *next++ = (ProfiledOperator){.name = owned(events[i].tag),
                                   .type = events[i].type,
                                   .place = (int64_t)events[i].place,
                                   .subgraph = (int64_t)events[i].subgraph};
}

static bool is_same(const ProfiledOperator *known, const LrtProfilerEvent *event) {
  return known->type == event->type && known->place == (int64_t)event->place &&
         known->subgraph == (int64_t)event->subgraph &&
         !strcmp(known->name, event->tag ? event->tag : "");
}

static void keep_durations(Profile *profile, const LrtProfilerEvent *events, int count) {
  uint32_t *durations = profile->durations_us + profile->repetitions * profile->operator_count;
  size_t next = 0;
  for (int i = 0; i < count; i++) {
    if (!is_operator(&events[i])) continue;
    if (next == profile->operator_count || !is_same(&profile->operators[next], &events[i]))
      give_up(STEP_PROFILE, 0, "inferences differ in the operators that they run");
    uint64_t elapsed = events[i].elapsed_us;
    durations[next++] = elapsed < UINT32_MAX ? (uint32_t)elapsed : UINT32_MAX;
  }
  if (next != profile->operator_count)
    give_up(STEP_PROFILE, 0, "inferences differ in the operators that they run");
}

static int run_profiled(Recorder *recorder, Stopwatch *watch, Sample *sample) {
  LITERT(STEP_PROFILE, ResetProfiler, recorder->profiler);
  LITERT(STEP_PROFILE, StartProfiler, recorder->profiler);
  run_once(watch, sample);
  LITERT(STEP_PROFILE, StopProfiler, recorder->profiler);
  return take_events(recorder);
}

/* The first one shows which operators there are, and only then can room be made. */
static size_t make_room(Profile *profile, Recorder *recorder, Stopwatch *watch,
                        const Options *options) {
  Sample ignored;
  int count = run_profiled(recorder, watch, &ignored);
  remember_operators(profile, recorder->events, count);
  size_t each = profile->operator_count * sizeof *profile->durations_us + sizeof(Sample);
  size_t most = MOST_PROFILE_BYTES / each, asked = (size_t)options->profile;
  size_t repetitions = asked < most ? asked : most;
  profile->durations_us =
      need_memory(repetitions * profile->operator_count, sizeof *profile->durations_us);
  profile->samples = need_memory(repetitions, sizeof *profile->samples);
  return repetitions;
}

Profile profile_inferences(LrtCompiled compiled, const Options *options, uint64_t runner_start_ns,
                           Inference inference, void *context) {
  Profile profile = {0};
  Recorder recorder = {0};
  LITERT(STEP_PROFILE, CompiledModelGetProfiler, compiled, &recorder.profiler);
  Stopwatch watch = warmed_up(options, runner_start_ns, inference, context);
  size_t repetitions = make_room(&profile, &recorder, &watch, options);

  uint64_t most_ns = (uint64_t)options->max_ms * 1000000u, begin = now_ns();
  while (profile.repetitions < repetitions &&
         (!profile.repetitions || now_ns() - begin < most_ns)) {
    int count = run_profiled(&recorder, &watch, &profile.samples[profile.repetitions]);
    keep_durations(&profile, recorder.events, count);
    profile.repetitions++;
  }
  free(recorder.events);
  return profile;
}

void free_profile(Profile *profile) {
  for (size_t i = 0; i < profile->operator_count; i++)
    free(profile->operators[i].name);
  free(profile->operators);
  free(profile->durations_us);
  free(profile->samples);
}
