/* Is this text what JSON may hold? */
#pragma once

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at the start of a text; 0 where there is none. */
size_t utf8_length(const char *text);
