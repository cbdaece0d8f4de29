#include "float16.h"

#include <string.h>

/* The bits of `mantissa >> shift`, rounded to the nearest, ties to even. */
static uint32_t rounded_shift(uint32_t mantissa, unsigned shift) {
  uint32_t kept = mantissa >> shift;
  uint32_t rest = mantissa & ((1u << shift) - 1), half = 1u << (shift - 1);
  return kept + (rest > half || (rest == half && (kept & 1)));
}

uint16_t float16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = bits >> 16 & 0x8000, mantissa = bits & 0x7FFFFF;
  int exponent = (int)(bits >> 23 & 0xFF) - 127 + 15;
  uint32_t half;
  if (exponent == 128 + 15) /* infinite, or not a number */
    half = 0x7C00 | (mantissa ? 0x200 : 0);
  else if (exponent >= 31)
    half = 0x7C00;
  else if (exponent > 0) /* a carry out of the mantissa raises the exponent, as it should */
    half = rounded_shift((uint32_t)exponent << 23 | mantissa, 13);
  else if (exponent > -11)
    half = rounded_shift(mantissa | 0x800000, (unsigned)(14 - exponent));
  else
    half = 0;
  return (uint16_t)(sign | half);
}
