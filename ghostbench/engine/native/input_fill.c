#include "input_fill.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "element_type.h"
#include "failure.h"
#include "float16.h"

typedef struct {
  uint64_t base; /* of this input */
  bool normal;
  double low, high;
} Source;

/* The output function of SplitMix64 (Steele, Lea and Flood 2014): counts in, well-mixed bits out.
 */
static uint64_t mixed(uint64_t bits) {
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
  return bits ^ bits >> 31;
}

static uint64_t draw(const Source *source, uint64_t number) {
  return mixed(source->base + (number + 1) * 0x9E3779B97F4A7C15u);
}

/* The sum of twelve uniform numbers less six: mean 0, deviation 1, and exact to the last bit
 * everywhere, which a logarithm and a cosine are not. Each draw holds four 16-bit numbers; 0.5 puts
 * each into the middle of its step. */
static double normal(const Source *source, uint64_t position) {
  uint64_t sum = 0;
  for (uint64_t part = 0; part < 3; part++) {
    uint64_t bits = draw(source, 3 * position + part);
    for (int shift = 0; shift < 64; shift += 16)
      sum += bits >> shift & 0xFFFF;
  }
  return ((double)sum + 12 * 0.5) / 65536.0 - 6.0;
}

static float real_number(const Source *source, uint64_t position) {
  if (source->normal) return (float)normal(source, position);
  double share = (double)(draw(source, position) >> 11) * 0x1p-53;
  return (float)(source->low + (source->high - source->low) * share);
}

static void put_element(unsigned char *place, int type, const Source *source, uint64_t position) {
  uint64_t bits = draw(source, position);
  float real = real_number(source, position);
  double wide = real;
  uint16_t half = float16_bits(real);
  int64_t small = (int64_t)(bits >> 57); /* 0 to 127: safe as an index of an embedding */
  int32_t small32 = (int32_t)small;
  uint16_t top16 = (uint16_t)(bits >> 48);
  uint8_t top8 = (uint8_t)(bits >> 56), top1 = (uint8_t)(bits >> 63);
  const void *element = type == TYPE_FLOAT32   ? (const void *)&real
                        : type == TYPE_FLOAT64 ? (const void *)&wide
                        : type == TYPE_FLOAT16 ? (const void *)&half
                        : type == TYPE_INT64   ? (const void *)&small
                        : type == TYPE_INT32   ? (const void *)&small32
                        : type == TYPE_INT16   ? (const void *)&top16
                        : type == TYPE_BOOL    ? (const void *)&top1
                                               : (const void *)&top8;
  memcpy(place, element, type_bytes(type));
}

static void fill_from_file(void *content, const Tensor *input, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) give_up(STEP_INPUT, errno, "cannot open %s: %s", path, strerror(errno));
  size_t count = fread(content, 1, input->bytes, file);
  if (ferror(file)) give_up(STEP_INPUT, errno, "cannot read %s: %s", path, strerror(errno));
  if (count != input->bytes || fgetc(file) != EOF)
    give_up(STEP_INPUT, 0, "%s must hold exactly %zu bytes for input %s", path, input->bytes,
            input->name);
  fclose(file);
}

void fill_input(void *content, const Tensor *input, size_t index, const Options *options) {
  if (!strcmp(options->distribution, "file")) {
    fill_from_file(content, input, options->input_files[index]);
    return;
  }
  memset(content, 0, input->bytes);
  if (!strcmp(options->distribution, "zeros")) return;
  const Source source = {.base = mixed((uint64_t)options->seed + index * 0xD1B54A32D192ED03u),
                         .normal = !strcmp(options->distribution, "normal"),
                         .low = options->low,
                         .high = options->high};
  size_t size = type_bytes(input->type.element_type);
  for (size_t i = 0; i < input->bytes / size; i++)
    put_element((unsigned char *)content + i * size, input->type.element_type, &source, i);
}
