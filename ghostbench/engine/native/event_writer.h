/* Writes events: one JSON object a line, key "type" first. WIRE.md says what they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keeps standard output for events; what a library prints there goes to standard error instead. */
void events_open(void);

void event_begin(const char *type); /* an event begun before and not ended is dropped */
void event_text(const char *key, const char *value);
void event_integer(const char *key, int64_t value);
void event_truth(const char *key, bool value);
void event_null(const char *key);
void event_hash(const char *key, uint64_t value); /* 16 hex digits */
void event_integers(const char *key, const int64_t *values, size_t count);
void event_texts(const char *key, char *const *values, size_t count);
void event_end(void);

void events_flush(void);
