/* Are inferences as fast now as they were a while ago? */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double tolerance;
  double fast_average, slow_average;
  unsigned count;
  unsigned alike; /* how often in a row the two averages were within the tolerance */
} Steadiness;

Steadiness new_steadiness(double tolerance);
void add_duration(Steadiness *steadiness, uint64_t duration_ns);
bool is_steady(const Steadiness *steadiness);
