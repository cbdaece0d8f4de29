/* The events of a profiled run and of a measurement of peaks. A timed run has none of them. */
#pragma once

#include "options.h"
#include "peak.h"
#include "profile.h"

void report_profile_begins(const Options *options);
void report_profile(const Profile *profile);
void report_profile_end(const Profile *profile, int threads);
void report_peaks(const Peak peaks[PEAK_COUNT]);
