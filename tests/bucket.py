"""An S3 server on this machine for tests, and a bad line to it: slow, failing by chance, or cut for a while."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any


@dataclass
class Server:
    """S3 as moto speaks it, in memory."""

    port: int
    _moto: Any

    @classmethod
    def start(cls) -> Server:
        import logging

        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        moto.start()
        return cls(int(moto.get_host_and_port()[1]), moto)

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.port)

    def stop(self) -> None:
        self._moto.stop()


def environment(port: int) -> dict[str, str]:
    """What tells a process where the store is."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "whoever",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret-of-anybody",
        "AWS_EC2_METADATA_DISABLED": "true",
        "MEDGO_PATIENCE": "30",
    }


@dataclass
class BadLine:
    """A line to a server, over which requests fail by chance: half of them are answered 503, half are cut off."""

    to: int
    share: float = 0.0  # of requests that fail
    slow: float = 0.0  # seconds that each takes longer
    seed: int = 0
    cut: threading.Event = field(default_factory=threading.Event)  # while it is set, nobody gets through
    requests: int = 0
    failed: int = 0
    when: tuple[int, Callable[[], object]] | None = None  # what happens when so many requests have come
    answer: bytes | None = None  # what every request is answered, if the server is not to be asked

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.lock = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listening.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self.listening.close()

    def away(self, seconds: float) -> None:
        """Cut, for a while."""
        self.cut.set()
        threading.Timer(seconds, self.cut.clear).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        """One connection, one request: its answer is passed on with the connection closed behind it."""
        with client, suppress(OSError):
            asked = _request(client)
            if not asked:
                return
            with self.lock:
                self.requests += 1
                fails, how = self.chance.random() < self.share, self.chance.random()
                self.failed += fails
                if self.when and self.requests == self.when[0]:
                    self.when[1]()
            time.sleep(self.slow)
            if self.cut.is_set() or (fails and how < 0.25):
                return
            if fails and how < 0.5:
                client.sendall(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            if self.answer:
                client.sendall(self.answer)
                return
            with socket.create_connection(("127.0.0.1", self.to)) as server:
                server.sendall(asked)
                answer = b"".join(iter(lambda: server.recv(1 << 16), b""))
            if fails:  # cut off: the server has done what was asked, and nobody hears of it, or only half of it
                head, between, body = answer.partition(b"\r\n\r\n")
                answer = head + between + body[: len(body) // 2] if how < 0.75 and len(body) > 1 else b""
            client.sendall(answer)


def _request(client: socket.socket) -> bytes:
    """All of a request, asking the server to close behind its answer; nothing if it broke off."""
    with client.makefile("rb") as told:
        head = []
        while (line := told.readline()) != b"\r\n":
            if not line:
                return b""
            head.append(line)
        names = {line.split(b":")[0].lower(): line.partition(b":")[2].strip() for line in head[1:]}
        if names.get(b"expect"):
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = told.read(int(names.get(b"content-length", 0)))
        if names.get(b"transfer-encoding") == b"chunked":
            body = b"".join(_chunks(told))
    kept = [line for line in head if line.split(b":")[0].lower() not in (b"connection", b"expect")]
    return b"".join([*kept, b"Connection: close\r\n\r\n", body])


def _chunks(told: IO[bytes]) -> Iterator[bytes]:
    """A body in chunks, as it came."""
    size = -1
    while size:
        line = told.readline()
        size = int(line or b"0", 16)
        yield line + told.read(size + 2)
