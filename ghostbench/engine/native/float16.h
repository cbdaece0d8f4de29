/* Half-precision numbers, without needing a compiler that knows them. */
#pragma once

#include <stdint.h>

uint16_t float16_bits(float value); /* the nearest half, ties to even */
