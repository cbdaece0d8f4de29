#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "event_writer.h"

_Noreturn void give_up(const char *step, long status, const char *format, ...) {
  char message[4096];
  va_list rest;
  va_start(rest, format);
  vsnprintf(message, sizeof message, format, rest);
  va_end(rest);

  event_begin("error"); /* drops the line that may be half written */
  event_text("step", step);
  event_integer("status", status);
  event_text("message", message);
  event_end();
  events_flush();
  _exit(1); /* not exit: destructors of a library in an unknown state must not run */
}

void *need_memory(unsigned long count, unsigned long size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) give_up(STEP_MEMORY, 0, "out of memory (%lu x %lu bytes)", count, size);
  return memory;
}
