/* The one way out when a step fails: an `error` event and exit status 1. */
#pragma once

/* Steps, as they stand in the event: what the runner was doing. */
#define STEP_PIN "pin"
#define STEP_LIBRARY "library"
#define STEP_MODEL "model"
#define STEP_COMPILE "compile"
#define STEP_TENSORS "tensors"
#define STEP_INPUT "input"
#define STEP_RUN "run"
#define STEP_THREADS "threads"
#define STEP_OUTPUT "output"
#define STEP_DUMP "dump"
#define STEP_MEMORY "memory"
#define STEP_PROFILE "profile"

/* `status` is errno, a LiteRT status, or 0 where neither exists. */
_Noreturn void give_up(const char *step, long status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory that is there, zeroed, or no return. */
void *need_memory(unsigned long count, unsigned long size);
