/* What the kernel says of this very process. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { MOST_CPUS = 4096 };

/* Before anything could start a thread: what /proc/self/task holds more than one belongs to an
 * emulator. */
void remember_first_threads(void);
int threads_seen(void); /* entries of /proc/self/task, an emulator's aside; -1 where unreadable */
int64_t peak_rss_bytes(void); /* VmHWM; -1 where it cannot be read */

/* Fills `cpus` with the cores this process may use and returns how many there are. */
size_t allowed_cpus(int64_t cpus[MOST_CPUS]);

/* Keeps this process on one core, and makes sure that it is there. */
void pin_to(int cpu);
