#include "steadiness.h"

/* The fast average looks back on about 5 inferences, the slow one on about 20: a network of 100 ms
 * can still show within a warm-up of 3 s that it is steady. */
#define FAST_WEIGHT 0.2
#define SLOW_WEIGHT 0.05

/* So often in a row, so that two averages that merely cross do not count. */
#define ALIKE_IN_A_ROW 3

Steadiness new_steadiness(double tolerance) {
  return (Steadiness){.tolerance = tolerance};
}

/* Starts as the plain mean, so that the first duration weighs no more than the others. */
static double moved(double average, double value, double weight, unsigned count) {
  double share = 1.0 / count > weight ? 1.0 / count : weight;
  return average + share * (value - average);
}

void add_duration(Steadiness *steadiness, uint64_t duration_ns) {
  double value = (double)duration_ns;
  steadiness->count++;
  steadiness->fast_average = moved(steadiness->fast_average, value, FAST_WEIGHT, steadiness->count);
  steadiness->slow_average = moved(steadiness->slow_average, value, SLOW_WEIGHT, steadiness->count);
  double difference = steadiness->fast_average - steadiness->slow_average;
  double allowed = steadiness->tolerance * steadiness->slow_average;
  /* Up to here both are the plain mean: that they are equal says nothing. */
  bool comparable = steadiness->count > 1 / FAST_WEIGHT;
  bool alike = comparable && difference <= allowed && difference >= -allowed;
  steadiness->alike = alike ? steadiness->alike + 1 : 0;
}

bool is_steady(const Steadiness *steadiness) {
  return steadiness->alike >= ALIKE_IN_A_ROW;
}
