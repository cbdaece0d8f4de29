/* SHA-256 (FIPS 180-4). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX_SIZE = 65 }; /* 64 digits and a NUL */

typedef struct {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
} Sha256;

void sha256_start(Sha256 *hash);
void sha256_add(Sha256 *hash, const void *content, size_t count);
void sha256_finish(Sha256 *hash, char hex[SHA256_HEX_SIZE]);
