#include "litert_api.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

LrtApi litert;

static void *found(void *library, const char *name) {
  void *address = dlsym(library, name);
  if (!address) give_up(STEP_LIBRARY, 0, "the library has no %s: is it ai-edge-litert 2.3?", name);
  return address;
}

/* A void pointer does not convert to a function pointer in C, its bytes do. */
#define LITERT_FIND(result, name, arguments)                                                       \
  {                                                                                                \
    void *address = found(library, "LiteRt" #name);                                                \
    memcpy(&litert.name, &address, sizeof address);                                                \
  }

const char *load_litert(const char *path) {
  char local[4096];
  if (!strchr(path, '/')) { /* a bare name would be searched for elsewhere */
    snprintf(local, sizeof local, "./%s", path);
    path = local;
  }
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) give_up(STEP_LIBRARY, 0, "cannot load %s: %s", path, dlerror());
  LITERT_FUNCTIONS(LITERT_FIND)
  struct link_map *map = NULL;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) || !map)
    give_up(STEP_LIBRARY, 0, "cannot tell which file was loaded as %s", path);
  return map->l_name;
}

void check_litert(const char *step, const char *name, LrtStatus status) {
  if (status) give_up(step, status, "LiteRt%s returned status %d", name, status);
}
