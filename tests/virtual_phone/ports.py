"""TCP ports on 127.0.0.1."""

import socket

LOCALHOST = "127.0.0.1"


def reserve() -> socket.socket:
    """A port that stays ours: bound, but not listened to, so that adbd, which reuses addresses, can listen on it."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOCALHOST, 0))
    return holder


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with reserve() as holder:
        return port_of(holder)


def port_of(holder: socket.socket) -> int:
    """The port a socket is bound to."""
    return int(holder.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((LOCALHOST, port), timeout=1.0):
            return True
    except OSError:
        return False
