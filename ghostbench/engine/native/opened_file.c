#include "opened_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

OpenedFile opened_file(const char *path, const char *step) {
  OpenedFile file = {.path = path, .step = step};
  file.fd = open(path, O_RDONLY | O_CLOEXEC);
  if (file.fd < 0 || fstat(file.fd, &file.facts))
    give_up(step, errno, "cannot open %s: %s", path, strerror(errno));
  if (!S_ISREG(file.facts.st_mode)) give_up(step, 0, "%s is not a file", path);
  return file;
}

static int is_same(const struct stat *before, const struct stat *after) {
  return before->st_dev == after->st_dev && before->st_ino == after->st_ino &&
         before->st_size == after->st_size && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
         before->st_mtim.tv_nsec == after->st_mtim.tv_nsec;
}

void hash_used_file(OpenedFile *file, const char *used_path) {
  struct stat used;
  if (stat(used_path, &used)) give_up(file->step, errno, "%s: %s", used_path, strerror(errno));
  if (!is_same(&file->facts, &used))
    give_up(file->step, 0, "%s changed while it was loaded, or %s was loaded in its place",
            file->path, used_path);

  static unsigned char chunk[64 * 1024];
  Sha256 hash;
  sha256_start(&hash);
  ssize_t count;
  while ((count = read(file->fd, chunk, sizeof chunk)) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) give_up(file->step, errno, "cannot read %s: %s", file->path, strerror(errno));
    sha256_add(&hash, chunk, (size_t)count);
  }
  sha256_finish(&hash, file->sha256);
  close(file->fd);
}
