#include "utf8.h"

#include <stdint.h>

/* The text ends with NUL, which is no continuation byte: reading never goes past its end. */
size_t utf8_length(const char *text) {
  /* The smallest code point that needs 2, 3 or 4 bytes: anything below is an overlong form. */
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *bytes = (const unsigned char *)text;
  unsigned lead = bytes[0];
  if (lead < 0x80) return 1;
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || lead > 0xF4) return 0;

  uint32_t point = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xC0) != 0x80) return 0;
    point = point << 6 | (bytes[i] & 0x3F);
  }
  int is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < smallest[length] || point > 0x10FFFF || is_surrogate ? 0 : length;
}
