#include "own_process.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

/* A mask for more cores than cpu_set_t has room for: the kernel refuses a mask that is too small.
 */
typedef union {
  cpu_set_t set;
  unsigned char room[MOST_CPUS / 8];
} CpuMask;

static int not_ours; /* threads of an emulator */

static int count_tasks(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return -1;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

void remember_first_threads(void) {
  int count = count_tasks();
  not_ours = count > 1 ? count - 1 : 0;
}

int threads_seen(void) {
  int count = count_tasks();
  return count < 0 ? -1 : count - not_ours;
}

/* Not ru_maxrss: that one is inherited over exec, from whatever started the runner. */
int64_t peak_rss_bytes(void) {
  FILE *status = fopen("/proc/self/status", "r");
  if (!status) return -1;
  char line[256];
  int64_t kilobytes = -1;
  while (kilobytes < 0 && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %" SCNd64, &kilobytes) != 1) kilobytes = -1;
  fclose(status);
  return kilobytes < 0 ? -1 : kilobytes * 1024;
}

size_t allowed_cpus(int64_t cpus[MOST_CPUS]) {
  CpuMask mask;
  memset(&mask, 0, sizeof mask);
  if (sched_getaffinity(0, sizeof mask, &mask.set))
    give_up(STEP_PIN, errno, "cannot ask which cores are allowed: %s", strerror(errno));
  size_t count = 0;
  for (size_t cpu = 0; cpu < MOST_CPUS; cpu++)
    if (CPU_ISSET_S(cpu, sizeof mask, &mask.set)) cpus[count++] = (int64_t)cpu;
  return count;
}

void pin_to(int cpu) {
  CpuMask mask;
  memset(&mask, 0, sizeof mask);
  CPU_SET_S((size_t)cpu, sizeof mask, &mask.set);
  if (sched_setaffinity(0, sizeof mask, &mask.set))
    give_up(STEP_PIN, errno, "cannot run on core %d: %s", cpu,
            errno == EINVAL ? "it is offline, not allowed, or does not exist" : strerror(errno));

  /* The kernel may narrow or widen a mask without saying so. */
  int64_t cpus[MOST_CPUS];
  size_t count = allowed_cpus(cpus);
  if (count != 1 || cpus[0] != cpu)
    give_up(STEP_PIN, 0, "asked for core %d, the kernel allows %zu cores, the first is %d", cpu,
            count, (int)(count ? cpus[0] : -1));
  int now_on = sched_getcpu();
  if (now_on >= 0 && now_on != cpu)
    give_up(STEP_PIN, 0, "asked for core %d, running on core %d", cpu, now_on);
}
