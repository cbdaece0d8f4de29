/* Makes Debian's adbd, which is built for computers, behave as on a phone. Loaded with LD_PRELOAD.
 *
 * - The property store, which nobody fills on a computer, is filled from /default.prop.
 * - Authorisation, compiled off, is on again when ro.adb.secure is 1.
 * - adbd becomes the user of $PHONE_UID once it is up, as on a production phone.
 * - It listens on 127.0.0.1 only, unless $ADBD_LISTENS is "everywhere", and not on vsock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <link.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int __system_property_set(const char *name, const char *value);
int __system_property_get(const char *name, char *value);

enum { PROPERTY_BYTES = 512, VSOCK_FAMILY = 40, EXIT_NO_FLAG = 97, EXIT_NO_USER = 98 };

/* The writable data of the program as it was before main(), and where it is. */
static unsigned char *live_data;
static unsigned char *first_data;
static size_t data_bytes;

static int find_program_data(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size, (void)unused;
    if (object->dlpi_name[0] != '\0') return 0; /* a library */
    ElfW(Addr) readonly_end = 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_GNU_RELRO) readonly_end = segment->p_vaddr + segment->p_memsz;
    }
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W)) continue;
        ElfW(Addr) start = segment->p_vaddr, end = segment->p_vaddr + segment->p_filesz;
        if (end <= readonly_end) continue;
        if (start < readonly_end) start = readonly_end;
        live_data = (unsigned char *)object->dlpi_addr + start;
        data_bytes = end - start;
    }
    return 1;
}

static void fill_properties(void) {
    FILE *file = fopen("/default.prop", "re");
    if (!file) return;
    char line[PROPERTY_BYTES];
    while (fgets(line, sizeof line, file)) {
        char *value = strchr(line, '=');
        if (!value || line[0] == '#') continue;
        *value++ = '\0';
        value[strcspn(value, "\r\n")] = '\0';
        __system_property_set(line, value);
    }
    fclose(file);
}

__attribute__((constructor)) static void before_main(void) {
    fill_properties();
    dl_iterate_phdr(find_program_data, NULL);
    if (live_data && (first_data = malloc(data_bytes))) memcpy(first_data, live_data, data_bytes);
    unsetenv("LD_PRELOAD"); /* not for what adbd starts */
}

/* Debian's main() sets auth_required to false; it is the one byte that went from 1 to 0 since the start. */
static void require_authorisation(void) {
    unsigned char *flag = NULL;
    int candidates = 0;
    for (size_t i = 0; i < data_bytes; i++) {
        if (first_data[i] == 1 && live_data[i] == 0) {
            candidates++;
            flag = live_data + i;
        }
    }
    if (candidates != 1) {
        fprintf(stderr, "phone_shim: %d bytes could be the authorisation flag\n", candidates);
        _exit(EXIT_NO_FLAG);
    }
    *flag = 1;
}

static void become_user(const char *text) {
    int id = atoi(text);
    if (setgroups(0, NULL) || setgid(id) || setuid(id)) _exit(EXIT_NO_USER);
}

/* adbd asks for this variable right after it has set up authorisation and before it serves anyone. */
char *getenv(const char *name) {
    static char *(*next)(const char *);
    if (!next) next = (char *(*)(const char *))dlsym(RTLD_NEXT, "getenv");
    if (first_data && strcmp(name, "ADB_EXTERNAL_STORAGE") == 0) {
        char secure[96] = "";
        __system_property_get("ro.adb.secure", secure);
        if (strcmp(secure, "1") == 0) require_authorisation();
        free(first_data);
        first_data = NULL;
        const char *user = next("PHONE_UID");
        if (user) become_user(user);
    }
    return next(name);
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    static int (*next)(int, const struct sockaddr *, socklen_t);
    if (!next) next = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
    if (address->sa_family == VSOCK_FAMILY) {
        errno = EACCES;
        return -1;
    }
    const char *listens = getenv("ADBD_LISTENS");
    bool everywhere = listens && strcmp(listens, "everywhere") == 0;
    if (!everywhere && address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 local = *(const struct sockaddr_in6 *)address;
        static const unsigned char mapped_localhost[16] = {[10] = 0xff, 0xff, 127, 0, 0, 1};
        if (memcmp(&local.sin6_addr, &in6addr_any, sizeof in6addr_any) == 0) {
            memcpy(&local.sin6_addr, mapped_localhost, sizeof mapped_localhost);
            return next(socket, (struct sockaddr *)&local, sizeof local);
        }
    }
    return next(socket, address, length);
}
