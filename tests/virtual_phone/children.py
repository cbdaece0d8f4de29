"""Run a program that ends when this process does, however it ends.

Started as a program of its own: `children.py PROGRAM ARGUMENT...`. It ends the program when its standard input ends,
which is when the test process is gone, and gives its exit status as its own.
"""

import ctypes
import os
import select
import signal
import sys

DIE_WITH_PARENT = 1


def main() -> int:
    os.setsid()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        silence = os.open("/dev/null", os.O_RDONLY)
        os.dup2(silence, 0)
        os.execvp(sys.argv[1], sys.argv[1:])
    watch = os.pidfd_open(child)
    ready, _, _ = select.select([0, watch], [], [])
    if watch not in ready:
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF


if __name__ == "__main__":
    sys.exit(main())
