#include "report_profile.h"

#include <stdlib.h>

#include "event_writer.h"
#include "failure.h"
#include "own_process.h"

void report_profile_begins(const Options *options) {
  event_begin("profile");
  event_integer("repetitions_asked", options->profile);
  event_end();
  events_flush();
}

static void report_profiled(const Profile *profile) {
  for (size_t i = 0; i < profile->repetitions; i++) {
    event_begin("profiled");
    event_integer("index", (int64_t)i);
    event_integer("started_ns", (int64_t)profile->samples[i].started_ns);
    event_integer("duration_ns", (int64_t)profile->samples[i].duration_ns);
    event_end();
  }
}

static void report_operators(const Profile *profile) {
  int64_t *durations = need_memory(profile->repetitions, sizeof *durations);
  for (size_t i = 0; i < profile->operator_count; i++) {
    const ProfiledOperator *one = &profile->operators[i];
    for (size_t repetition = 0; repetition < profile->repetitions; repetition++)
      durations[repetition] = profile->durations_us[repetition * profile->operator_count + i];
    event_begin("op");
    event_integer("index", (int64_t)i);
    event_text("level", one->type == LRT_EVENT_KERNEL ? "kernel" : "operator");
    event_text("name", one->name);
    event_integer("place", one->place);
    event_integer("subgraph", one->subgraph);
    event_integers("durations_us", durations, profile->repetitions);
    event_end();
  }
  free(durations);
}

void report_profile(const Profile *profile) {
  report_profiled(profile);
  report_operators(profile);
}

void report_profile_end(const Profile *profile, int threads) {
  event_begin("profile_end");
  event_integer("repetitions", (int64_t)profile->repetitions);
  event_integer("ops", (int64_t)profile->operator_count);
  event_integer("peak_rss_bytes", peak_rss_bytes());
  event_integer("threads_seen", threads);
  event_end();
  events_flush();
}

void report_peaks(const Peak peaks[PEAK_COUNT]) {
  for (int i = 0; i < PEAK_COUNT; i++) {
    const Peak *peak = &peaks[i];
    event_begin("peak");
    event_text("what", peak->what);
    event_text("kernel", peak->kernel);
    event_integer("block_bytes", peak->block_bytes);
    event_integer("work", peak->work);
    event_integers("durations_ns", peak->durations_ns, PEAK_REPETITIONS);
    event_end();
  }
  event_begin("peak_end");
  event_integer("peaks", PEAK_COUNT);
  event_end();
  events_flush();
}
