#include "run_loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "clocks.h"
#include "failure.h"
#include "steadiness.h"

static struct rusage thread_usage(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return usage;
}

static Meter new_meter(uint64_t start_ns) {
  long preemptions = thread_usage().ru_nivcsw;
  return (Meter){start_ns, thread_cpu_ns(), preemptions};
}

/* Everything that is done around one inference; between the two clocks stands the inference alone.
 */
static int measure(Meter *meter, Inference inference, void *context, Sample *sample) {
  int cpu_before = sched_getcpu();
  uint64_t started = now_ns();
  int status = inference(context);
  uint64_t ended = now_ns();
  int cpu_after = sched_getcpu();
  uint64_t cpu_time = thread_cpu_ns();
  long preemptions = thread_usage().ru_nivcsw;

  *sample = (Sample){.started_ns = started - meter->start_ns,
                     .duration_ns = ended - started,
                     .cpu_time_ns = cpu_time - meter->cpu_time_ns,
                     .cpu_before = cpu_before,
                     .cpu_after = cpu_after,
                     .preemptions = (int32_t)(preemptions - meter->preemptions)};
  meter->cpu_time_ns = cpu_time;
  meter->preemptions = preemptions;
  return status;
}

static void pause_for(double milliseconds) {
  if (milliseconds <= 0) return;
  struct timespec left = {.tv_sec = (time_t)(milliseconds / 1e3)};
  left.tv_nsec = (long)((milliseconds - 1e3 * (double)left.tv_sec) * 1e6);
  while (nanosleep(&left, &left) && errno == EINTR)
    continue;
}

void run_once(Stopwatch *run, Sample *sample) {
  pause_for(run->delay_ms);
  int status = measure(&run->meter, run->inference, run->context, sample);
  if (status) give_up(STEP_RUN, status, "an inference returned status %d", status);
}

/* Long enough, and steady; or at its limit. Pauses count as time. */
static size_t warm_up(Stopwatch *run, const Options *options, Sample *samples, bool *steady) {
  Steadiness steadiness = new_steadiness(options->warmup_tolerance);
  uint64_t least_ns = (uint64_t)options->warmup_min_ms * 1000000u;
  uint64_t most_ns = (uint64_t)options->warmup_max_ms * 1000000u;
  uint64_t begin = now_ns(), elapsed;
  size_t count = 0;
  *steady = false;
  while ((elapsed = now_ns() - begin) < most_ns && count < MOST_WARMUP_SAMPLES) {
    *steady = is_steady(&steadiness);
    if (*steady && elapsed >= least_ns && count >= (size_t)options->warmup_min_runs) break;
    *steady = false;
    run_once(run, &samples[count]);
    add_duration(&steadiness, samples[count++].duration_ns);
  }
  return count;
}

static size_t run_timed(Stopwatch *run, const Options *options, Sample *samples) {
  uint64_t least_ns = (uint64_t)options->min_ms * 1000000u;
  uint64_t most_ns = (uint64_t)options->max_ms * 1000000u;
  uint64_t begin = now_ns(), elapsed;
  size_t count = 0;
  do {
    run_once(run, &samples[count++]);
    elapsed = now_ns() - begin;
  } while ((count < (size_t)options->min_runs || elapsed < least_ns) && elapsed < most_ns &&
           count < MOST_TIMED_SAMPLES);
  return count;
}

static size_t room_bytes(void) {
  return (1 + MOST_WARMUP_SAMPLES + MOST_TIMED_SAMPLES) * sizeof(Sample);
}

/* Address space for all samples that can come; the kernel gives memory for those that do. */
static Sample *room_for_samples(void) {
  void *room = mmap(NULL, room_bytes(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) give_up(STEP_MEMORY, errno, "no memory for samples");
  return room;
}

/* Touches the memory that the timed part will fill, so that its page faults happen now. */
static void touch_ahead(Sample *samples, size_t warmup_count, const Options *options) {
  const Sample *last = &samples[warmup_count]; /* of the warm-up, or the first of all */
  double period_ns = (double)last->duration_ns + options->delay_ms * 1e6 + 500;
  double expected = 1.2 * (double)options->min_ms * 1e6 / period_ns + (double)options->min_runs;
  double most = MOST_TIMED_SAMPLES;
  size_t count = (size_t)(expected < most ? expected : most);
  memset(&samples[1 + warmup_count], 0, count * sizeof(Sample));
}

Samples time_inferences(const Options *options, uint64_t runner_start_ns, Inference inference,
                        void *context) {
  Samples result = {.samples = room_for_samples()};
  memset(result.samples, 0, sizeof *result.samples);
  Stopwatch run = {new_meter(runner_start_ns), options->delay_ms, inference, context};

  run_once(&run, result.samples);
  result.warmup_count = warm_up(&run, options, result.samples + 1, &result.steady);
  touch_ahead(result.samples, result.warmup_count, options);

  run.meter = new_meter(runner_start_ns); /* the touching is nobody's CPU time */
  struct rusage before = thread_usage();
  result.timed_count = run_timed(&run, options, result.samples + 1 + result.warmup_count);
  struct rusage after = thread_usage();

  result.preemptions = after.ru_nivcsw - before.ru_nivcsw;
  result.voluntary_switches = after.ru_nvcsw - before.ru_nvcsw;
  result.minor_faults = after.ru_minflt - before.ru_minflt;
  result.major_faults = after.ru_majflt - before.ru_majflt;
  return result;
}

Stopwatch warmed_up(const Options *options, uint64_t runner_start_ns, Inference inference,
                    void *context) {
  Sample *samples = room_for_samples();
  Stopwatch run = {new_meter(runner_start_ns), options->delay_ms, inference, context};
  bool steady;
  run_once(&run, samples);
  warm_up(&run, options, samples + 1, &steady);
  munmap(samples, room_bytes());
  return run;
}

static int do_nothing(void *context) {
  (void)context;
  return 0;
}

static int by_size(const void *one, const void *other) {
  uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
  return (a > b) - (a < b);
}

int64_t empty_inference_ns(void) {
  enum { REPETITIONS = 1001 };
  /* Read anew each time, so that the call is as indirect as that of a real inference. */
  Inference volatile inference = do_nothing;
  static uint64_t durations[REPETITIONS];
  Meter meter = new_meter(now_ns());
  for (int i = 0; i < REPETITIONS; i++) {
    Sample sample;
    measure(&meter, inference, NULL, &sample);
    durations[i] = sample.duration_ns;
  }
  qsort(durations, REPETITIONS, sizeof *durations, by_size);
  return (int64_t)durations[REPETITIONS / 2];
}
