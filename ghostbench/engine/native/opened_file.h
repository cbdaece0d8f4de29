/* A file that is hashed only after it was used, without trusting that the name still means it. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

#include "sha256.h"

typedef struct {
  const char *path;
  const char *step; /* for a failure */
  int fd;
  struct stat facts;
  char sha256[SHA256_HEX_SIZE];
} OpenedFile;

/* Before the file is used: keeps hold of what the path names now. */
OpenedFile opened_file(const char *path, const char *step);

/* After `used_path` was read by somebody else: fails if that is not the same unchanged file; hashes
 * it and closes it. So late because reading a file brings it into the page cache, which would make
 * loading look fast. */
void hash_used_file(OpenedFile *file, const char *used_path);
