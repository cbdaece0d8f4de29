"""An adb server at the outermost edge: a socket that speaks as much of adb as a test needs, faults included."""

import socket
import struct
import threading
from collections.abc import Callable

from ghostbench.device.adb_address import ServerAddress

# What a phone does with a command: it is given the shell's text and the connection.
Handler = Callable[[str, "Caller"], None]


class Caller:
    """The other side of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            piece = self._connection.recv(count - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got

    def request(self) -> str:
        return self.read(int(self.read(4), 16)).decode("utf-8", "surrogateescape")

    def send(self, payload: bytes) -> None:
        self._connection.sendall(payload)

    def okay(self) -> None:
        self.send(b"OKAY")

    def fail(self, reason: str) -> None:
        told = reason.encode()
        self.send(b"FAIL" + b"%04x" % len(told) + told)

    def text(self, answer: str) -> None:
        told = answer.encode()
        self.send(b"OKAY" + b"%04x" % len(told) + told)

    def packet(self, kind: int, payload: bytes) -> None:
        self.send(struct.pack("<BI", kind, len(payload)) + payload)

    def wait_until_hung_up(self) -> None:
        while self._connection.recv(4096):
            pass


class FakeAdbServer:
    """Answers from tables; every request is kept in `requests`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.answers: dict[str, str] = {}
        self.refusals: dict[str, str] = {}
        self.shell: Handler = lambda command, caller: caller.packet(3, b"\0")
        self.sync: Callable[[Caller], None] = lambda caller: None
        self.greeting: bytes | None = None  # something that is no adb server
        self.requests: list[str] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.address = ServerAddress(host, self._listener.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._talk(Caller(connection))
            except OSError:
                return

    def _talk(self, caller: Caller) -> None:
        while True:
            service = caller.request()
            self.requests.append(service)
            if self.greeting is not None:
                caller.send(self.greeting)
                return
            if service in self.refusals:
                caller.fail(self.refusals[service])
                return
            if service in self.answers:
                caller.text(self.answers[service])
                return
            caller.okay()
            if service.startswith("shell,v2,raw:"):
                self.shell(service.removeprefix("shell,v2,raw:"), caller)
                return
            if service == "sync:":
                self.sync(caller)
                return
