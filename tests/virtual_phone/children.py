"""Run a program that ends when this process does, however it ends.

Started as a program of its own: `children.py PROGRAM ARGUMENT...`. It ends the program when its standard input ends,
which is when the test process is gone, and gives its exit status as its own. With `--again` before the program, it is
started anew whenever it ends well.
"""

import ctypes
import os
import select
import signal
import sys

DIE_WITH_PARENT = 1


def main() -> int:
    os.setsid()
    again = sys.argv[1] == "--again"
    program = sys.argv[2:] if again else sys.argv[1:]
    while True:
        is_wanted, status = _run(program)
        if not (again and is_wanted and status == 0):
            return status & 0xFF


def _run(program: list[str]) -> tuple[bool, int]:
    """Whether it ended by itself, and how."""
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        silence = os.open("/dev/null", os.O_RDONLY)
        os.dup2(silence, 0)
        os.execvp(program[0], program)
    watch = os.pidfd_open(child)
    ready, _, _ = select.select([0, watch], [], [])
    if watch not in ready:
        os.kill(child, signal.SIGKILL)
    os.close(watch)
    return watch in ready, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
