"""What every worker process does beside its work: hear its main process, and end before memory runs out."""

import os
import queue
import sys
import threading
import time

import psutil

from ghostbench.zoo.worker_process import BEYOND_MEMORY_STATUS, memory_limit_bytes

_LOOK_EVERY_S = 0.2


def lines_of_stdin() -> "queue.SimpleQueue[bytes]":
    """The lines that arrive. When stdin ends, so does this process, whatever it is doing."""
    arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(arrived,), daemon=True).start()
    return arrived


def watch_memory() -> None:
    """From now on, end this process when it holds more than it may, before the system ends processes at random."""
    threading.Thread(target=_watch, args=(memory_limit_bytes(),), daemon=True).start()


def _listen(arrived: "queue.SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        arrived.put(line)
    os._exit(
        0
    )  # nothing is lost: what is kept is written whole or not at all, and by the main process


def _watch(limit_bytes: int) -> None:
    process = psutil.Process()
    while process.memory_info().rss <= limit_bytes:
        time.sleep(_LOOK_EVERY_S)
    os._exit(BEYOND_MEMORY_STATUS)
