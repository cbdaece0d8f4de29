/* A program for AArch64 Linux that needs no library, so that it builds at once: says which machine it runs on, then ends; given
 * an argument it waits until it is killed. */
static long call(long number, long a, long b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}

enum { WRITE = 64, EXIT = 93, PAUSE_FOREVER = 73 /* ppoll without anything to wait for */ };

static const char text[] = "this is AArch64\n";

__attribute__((used)) static void run(long *stack) {
    call(WRITE, 1, (long)text, sizeof text - 1);
    if (stack[0] > 1)
        for (;;) call(PAUSE_FOREVER, 0, 0, 0);
    call(EXIT, 0, 0, 0);
}

__asm__(".global _start\n_start: mov x0, sp\n b run\n");
