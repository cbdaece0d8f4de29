#include "event_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

#define FLUSH_ABOVE_BYTES (64 * 1024)

static int wire_fd = STDOUT_FILENO;
static char *buffer;
static size_t buffer_size;
static size_t used;       /* bytes in the buffer */
static size_t line_start; /* bytes of whole lines */

void events_open(void) {
  int copy = dup(STDOUT_FILENO);
  if (copy < 0) return; /* standard output is closed: writing will fail and say so */
  wire_fd = copy;
  dup2(STDERR_FILENO, STDOUT_FILENO);
}

static void put(const char *bytes, size_t count) {
  if (used + count > buffer_size) {
    size_t wanted = 2 * (used + count) + FLUSH_ABOVE_BYTES;
    char *larger = realloc(buffer, wanted);
    if (!larger) {
      fputs("ghostbench-runner: out of memory for the output\n", stderr);
      _exit(1);
    }
    buffer = larger;
    buffer_size = wanted;
  }
  memcpy(buffer + used, bytes, count);
  used += count;
}

static void put_plain(const char *text) {
  put(text, strlen(text));
}

static void put_integer(int64_t value) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "%" PRId64, value);
  put(digits, (size_t)count);
}

/* Bytes that are not UTF-8 become U+FFFD: a path may hold anything, a line of JSON may not. */
static void put_text(const char *text) {
  put_plain("\"");
  while (*text) {
    unsigned char byte = (unsigned char)*text;
    size_t length = utf8_length(text);
    if (byte == '"' || byte == '\\') {
      put_plain("\\");
      put(text, 1);
    } else if (byte < 0x20) {
      char escape[8];
      int count = snprintf(escape, sizeof escape, "\\u%04x", byte);
      put(escape, (size_t)count);
    } else if (length == 0) {
      put_plain("\xef\xbf\xbd");
    } else {
      put(text, length);
    }
    text += length ? length : 1;
  }
  put_plain("\"");
}

static void put_key(const char *key) {
  put_plain(",\"");
  put_plain(key);
  put_plain("\":");
}

void event_begin(const char *type) {
  used = line_start;
  put_plain("{\"type\":");
  put_text(type);
}

void event_text(const char *key, const char *value) {
  put_key(key);
  put_text(value);
}

void event_integer(const char *key, int64_t value) {
  put_key(key);
  put_integer(value);
}

void event_truth(const char *key, bool value) {
  put_key(key);
  put_plain(value ? "true" : "false");
}

void event_null(const char *key) {
  put_key(key);
  put_plain("null");
}

void event_hash(const char *key, uint64_t value) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "\"%016" PRIx64 "\"", value);
  put_key(key);
  put(digits, (size_t)count);
}

void event_integers(const char *key, const int64_t *values, size_t count) {
  put_key(key);
  put_plain("[");
  for (size_t i = 0; i < count; i++) {
    if (i) put_plain(",");
    put_integer(values[i]);
  }
  put_plain("]");
}

void event_texts(const char *key, char *const *values, size_t count) {
  put_key(key);
  put_plain("[");
  for (size_t i = 0; i < count; i++) {
    if (i) put_plain(",");
    put_text(values[i]);
  }
  put_plain("]");
}

void event_end(void) {
  put_plain("}\n");
  line_start = used;
  if (used > FLUSH_ABOVE_BYTES) events_flush();
}

void events_flush(void) {
  for (size_t written = 0; written < line_start;) {
    ssize_t count = write(wire_fd, buffer + written, line_start - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      fprintf(stderr, "ghostbench-runner: cannot write the output: %s\n", strerror(errno));
      _exit(1);
    }
    written += (size_t)count;
  }
  memmove(buffer, buffer + line_start, used - line_start);
  used -= line_start;
  line_start = 0;
}
