"""An endpoint that does what the prompt says: a real server on loopback, with every fault that endpoints have, which counts what was paid.

    python tests/scripted.py [--port 0] [--seconds 0.05] [--most 0] [--batch 0.02]

A message of a request may hold ``<<say ...>>``, the reply, and the last one any of ``<<429*2>>``, ``<<wait>>``, ``<<busy>>``, ``<<quota>>``,
``<<500*3>>``, ``<<503>>``, ``<<drop>>``, ``<<half>>``, ``<<html>>``, ``<<cut>>``, ``<<spaces>>``, ``<<filter>>``, ``<<blocked>>``, ``<<bad>>``,
``<<twice>>``, ``<<none>>``, ``<<abort>>``, ``<<nousage>>``, ``<<prose>>``, ``<<count>>``, ``<<long>>``, ``<<model>>``, ``<<slow>>``, each for so
many tries (1, if it does not say; * alone for ever); or ``<<status 429 {"code": "..."}>>``, for ever. ``--most`` is how many it answers at
once. Files and batches it takes too: a batch is over after ``--batch`` seconds, its replies last come first; its last message may hold
``<<expires>>``, ``<<vanishes>>`` (every second line), ``<<never>>`` (its own), ``<<cancelled>>``, ``<<invalid>>``, ``<<line>>``, ``<<toomuch>>``, ``<<unmarked>>``, ``<<deaf*2>>`` (to those
who look whether it is over), ``<<torn>>``, ``<<short>>`` (its replies' file), ``<<mute>>`` (begun, and hangs up). Below /nobatch/v1 there are none. Below /locked/v1 it wants a key, below /strict/v1 it takes no response_format, below /broken/v1 it takes nothing. GET /told says
what it saw, GET /by how often it was asked and paid for each last message.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Told = dict[str, Any]
FAULT = re.compile(r"<<([a-z]+|\d{3})(?:\*(\d*))?>>")
SAY = re.compile(r"<<say (.*?)>>", re.DOTALL)
STATUS = re.compile(r"<<status (\d{3}) (.*?)>>", re.DOTALL)
REFUSALS: dict[str, tuple[int, dict[str, Any], str]] = {
    "429": (429, {"message": "rate limit reached", "code": "rate_limit_exceeded"}, ""),
    "wait": (429, {"message": "rate limit reached: rpm", "code": "rate_limit_exceeded"}, "retry-after: 1\r\n"),
    "busy": (429, {"message": "并发过高", "code": "concurrency"}, ""),
    "quota": (429, {"message": "exceeded your current quota", "code": "insufficient_quota"}, ""),
    "500": (500, {"message": "oops"}, ""),
    "503": (503, {"message": "overloaded"}, ""),
    "blocked": (400, {"message": "content management policy", "code": "content_filter"}, ""),
    "long": (400, {"message": "maximum context length is 4096 tokens", "code": "context_length_exceeded"}, ""),
    "bad": (400, {"message": "bad", "code": "invalid_request"}, ""),
    "model": (404, {"message": "model not found", "code": "model_not_found"}, ""),
}


class Server:
    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self.paid, self.open, self.peak, self.asked = 0, 0, 0, 0
        self.keys: Counter[str] = Counter()
        self.by: dict[str, list[int]] = {}  # by last message: how often it was asked, and paid
        self.tokens: list[int] = []  # of each request that was paid
        self.tries: Counter[tuple[str, str]] = Counter()
        self.statuses: Counter[int] = Counter()
        self.times: list[float] = []
        self.batch = 0.0  # seconds that one takes
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Told] = {}
        self.sizes: list[int] = []  # lines of each batch that was begun
        self.looks = 0


class Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server, self.buffer = server, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1")
            size = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
            total = end + 4 + (int(size[1]) if size else 0)
            if len(self.buffer) < total:
                return
            body, self.buffer = self.buffer[end + 4 : total], self.buffer[total:]
            method, path, _ = head.split(" ", 2)
            if re.search(r"/v1/(files|batches)\b", path):
                self.hear_of_files(method, path, head, body)
            else:
                self.answer(path, head, body)

    def answer(self, path: str, head: str, body: bytes) -> None:
        server = self.server
        if path == "/told":
            told = {
                name: getattr(server, name) for name in ("paid", "peak", "asked", "open", "tokens", "times", "statuses")
            }
            told |= {"batches": server.sizes, "looks": server.looks, "files": len(server.files)}
            self.send(200, told | {"distinct": len(server.keys)})
        elif path == "/by":
            self.send(200, server.by)
        else:
            server.asked += 1
            server.times.append(round(time.monotonic(), 4))
            self.hear(path, head, json.loads(body))

    def hear(self, path: str, head: str, asked: dict[str, Any]) -> None:
        server = self.server
        if "Bearer wrong" in head or ("/locked/" in path and "Bearer " not in head):
            self.send(401, {"error": {"message": "no such key", "code": "invalid_api_key"}})
        elif not path.endswith("/v1/chat/completions"):
            self.raw(404, b"<html>nothing here</html>", "text/html")
        elif "/broken/" in path:
            self.send(500, {"error": {"message": "the engine is dead"}})
        elif "/strict/" in path and "response_format" in asked:
            self.send(
                400,
                {"error": {"message": "This response_format type is unavailable now", "type": "invalid_request_error"}},
            )
        elif server.most and server.open >= server.most:
            self.send(429, {"error": {"message": "too many concurrent requests", "code": "concurrency_limit"}})
        else:
            key = json.dumps([asked["messages"], asked.get("seed"), asked["model"]], ensure_ascii=False)
            said = asked["messages"][-1]["content"] if asked["messages"] else ""
            server.by.setdefault(said, [0, 0])[0] += 1
            faults = {name for name, times in FAULT.findall(said) if self.still(key, name, times)}
            server.open += 1
            server.peak = max(server.peak, server.open)
            seconds = server.seconds * (20 if "slow" in faults else 1)
            asyncio.get_running_loop().call_later(seconds, self.finish, asked, key, said, faults)

    def still(self, key: str, name: str, times: str) -> bool:
        """Whether the fault is to happen this time too."""
        self.server.tries[key, name] += 1
        return (times == "" and f"<<{name}*>>" in key) or self.server.tries[key, name] <= int(times or 1)

    def finish(self, asked: dict[str, Any], key: str, said: str, faults: set[str]) -> None:
        server = self.server
        server.open -= 1
        if status := STATUS.search(said):
            self.send(int(status[1]), {"error": json.loads(status[2])})
            return
        for name, (code, error, head) in REFUSALS.items():
            if name in faults:
                self.send(code, {"error": error}, head)
                return
        server.paid += 1
        server.keys[key] += 1
        server.by[said][1] += 1
        whole = json.dumps(self.reply(asked, faults), ensure_ascii=False).encode()
        if "drop" in faults:
            self.transport.abort()
        elif "html" in faults:
            self.raw(200, b"<html><body>Welcome</body></html>", "text/html")
        else:
            self.raw(200, whole[: len(whole) // 2] if "half" in faults else whole)

    # ---- files and batches

    def hear_of_files(self, method: str, path: str, head: str, body: bytes) -> None:
        server = self.server
        there, _, name = re.sub(r".*/v1/", "", path.partition("?")[0]).partition("/")
        name, _, what = name.partition("/")
        if "/nobatch/" in path or (name and name not in server.files | server.batches):
            self.send(404, {"error": {"message": "Not Found"}})
        elif "Bearer wrong" in head:
            self.send(401, {"error": {"message": "no such key", "code": "invalid_api_key"}})
        elif method == "POST" and there == "files":
            boundary = re.search(r"boundary=(\S+)", head)
            assert boundary
            (content,) = [part for part in body.split(f"--{boundary[1]}".encode()) if b'name="file"' in part]
            server.files[name := f"file-{len(server.files)}-{time.monotonic_ns()}"] = content.split(b"\r\n\r\n", 1)[1]
            self.send(200, {"id": name, "object": "file", "purpose": "batch"})
        elif method == "POST" and what == "cancel":
            server.batches[name]["cancelled"] = True
            self.send(200, self.shown(server.batches[name]))
        elif method == "POST":
            self.begin(json.loads(body))
        elif method == "DELETE":
            server.files.pop(name)
            self.send(200, {"id": name, "deleted": True})
        elif there == "files":
            self.give(name)
        elif name:
            server.looks += 1
            if self.once(server.batches[name]["faults"], "deaf"):
                self.transport.abort()
            else:
                self.send(200, self.shown(server.batches[name]))
        else:
            data = [self.shown(batch) for batch in reversed(server.batches.values())]
            after = path.partition("after=")[2].partition("&")[0]
            ids = [batch["id"] for batch in data]
            start = ids.index(after) + 1 if after else 0
            self.send(200, {"object": "list", "data": data[start : start + 2], "has_more": start + 2 < len(data)})

    def once(self, faults: dict[str, int], name: str) -> bool:
        """Whether a fault of a batch is to happen this time too."""
        faults[name] = faults.get(name, 0) - 1
        return faults[name] >= 0

    def begin(self, asked: Told) -> None:
        server = self.server
        lines = [json.loads(line) for line in server.files[asked["input_file_id"]].splitlines() if line.strip()]
        text = "".join(line["body"]["messages"][-1]["content"] for line in lines)
        faults = {name: int(times or 1) for name, times in FAULT.findall(text) if self.still("batches", name, times)}
        number = len(server.batches)
        batch = {"id": f"batch_{number}", "lines": lines, "faults": faults, "due": time.monotonic() + server.batch}
        marks = {} if "unmarked" in faults else asked.get("metadata")
        batch |= {"input_file_id": asked["input_file_id"], "metadata": marks, "path": asked["endpoint"]}
        server.batches[str(batch["id"])] = batch
        server.sizes.append(len(lines))
        if "mute" in faults:
            self.transport.abort()
        else:
            self.send(200, self.shown(batch))

    def shown(self, batch: Told) -> Told:
        """As the protocol tells it; what is due is done now."""
        status = "in_progress" if time.monotonic() < batch["due"] else "completed"
        told = {name: batch[name] for name in ("id", "input_file_id", "metadata")} | {"object": "batch"}
        if batch.get("cancelled") or "cancelled" in batch["faults"]:
            status = "cancelled"
        codes = {"invalid": "invalid_json_line", "toomuch": "token_limit_exceeded", "line": "invalid_request"}
        for fault in codes.keys() & batch["faults"].keys():
            said = {"code": codes[fault], "message": "no", "line": 1 if fault == "line" else None}
            return told | {"status": "failed", "errors": {"object": "list", "data": [said]}}
        if status == "in_progress":
            return told | {"status": status}
        if "expires" in batch["faults"]:
            status = "expired"
        if "output" not in batch:
            self.answer_all(batch, half=status != "completed", vanish="vanishes" in batch["faults"])
        told |= {f"{kind}_file_id": batch[kind] for kind in ("output", "error") if batch[kind]}
        return told | {"status": status, "request_counts": {"completed": batch["good"], "total": len(batch["lines"])}}

    def answer_all(self, batch: Told, *, half: bool, vanish: bool) -> None:
        """The last first; every second one not at all, if it ends before its time."""
        good, bad = [], []
        for k, line in reversed(list(enumerate(batch["lines"]))):
            head = {"id": f"batch_req_{k}", "custom_id": line["custom_id"]}
            if half and k % 2:
                said = {"code": "batch_expired", "message": "not executed before the completion window expired"}
                bad.append(head | {"response": None, "error": said})
            elif not (vanish and k % 2) and "<<never>>" not in line["body"]["messages"][-1]["content"]:
                status, body = self.answered(line["body"])
                told = head | {"response": {"status_code": status, "request_id": "r", "body": body}, "error": None}
                (good if status == 200 else bad).append(told)
        batch["good"] = len(good)
        for kind, some in (("output", good), ("error", bad)):
            batch[kind] = f"{kind}-{batch['id']}" if some else None
            if some:
                packed = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in some)
                self.server.files[batch[kind]] = packed.encode()

    def answered(self, asked: Told) -> tuple[int, Told]:
        """As it would be answered alone."""
        server = self.server
        key = json.dumps([asked["messages"], asked.get("seed"), asked["model"]], ensure_ascii=False)
        said = asked["messages"][-1]["content"]
        by = server.by.setdefault(said, [0, 0])
        by[0] += 1
        faults = {name for name, times in FAULT.findall(said) if self.still(key, name, times)}
        if status := STATUS.search(said):
            return int(status[1]), {"error": json.loads(status[2])}
        for name, (code, error, _) in REFUSALS.items():
            if name in faults:
                return code, {"error": error}
        server.paid += 1
        server.keys[key] += 1
        by[1] += 1
        return 200, self.reply(asked, faults)

    def give(self, name: str) -> None:
        """A file; of a batch that says so only a half, cut off or hung up upon."""
        whole = self.server.files[name]
        faults = next((batch["faults"] for batch in self.server.batches.values() if batch.get("output") == name), {})
        if self.once(faults, "torn"):
            head = f"HTTP/1.1 200 X\r\ncontent-type: application/jsonl\r\ncontent-length: {len(whole)}\r\n\r\n"
            self.transport.write(head.encode() + whole[: len(whole) // 2])
            self.transport.close()
        else:
            self.raw(200, whole[: len(whole) // 2] if self.once(faults, "short") else whole, "application/jsonl")

    def reply(self, asked: dict[str, Any], faults: set[str]) -> dict[str, Any]:
        texts = [found[1] for message in asked["messages"] for found in SAY.finditer(message["content"])]
        text = texts[-1] if texts else "好的。"
        others = {  # what it says instead, and why it ends
            "cut": (text[: len(text) // 2], "length"),
            "spaces": (" \n" * 50, "length"),
            "filter": ("", "content_filter"),
            "abort": (text[: len(text) // 2], "abort"),
            "count": (f"第{self.server.paid}次", "stop"),
            "prose": ("这是我的回答，没有按格式。", "stop"),
        }
        content, finish = next((other for name, other in others.items() if name in faults), (text, "stop"))
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
        if asked.get("logprobs"):
            top = [
                {"token": token, "logprob": -0.2 if token == content else -3.0} for token in (content, " A", "B", "我")
            ]
            choice["logprobs"] = {"content": [top[0] | {"top_logprobs": top[: asked["top_logprobs"]]}]}
        choices = [] if "none" in faults else [choice, choice] if "twice" in faults else [choice]
        told = {"id": "x", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": choices}
        size = sum(len(m["content"]) for m in asked["messages"])
        self.server.tokens.append(size + len(content))
        if "nousage" not in faults:
            told["usage"] = {
                "prompt_tokens": size,
                "completion_tokens": len(content),
                "total_tokens": size + len(content),
            }
        return told

    def send(self, status: int, told: Any, head: str = "") -> None:
        self.raw(status, json.dumps(told, ensure_ascii=False).encode(), head=head)

    def raw(self, status: int, body: bytes, kind: str = "application/json", head: str = "") -> None:
        self.server.statuses[status] += 1
        if not self.transport.is_closing():
            said = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{head}content-length: {len(body)}\r\n\r\n"
            self.transport.write(said.encode() + body)


@contextmanager
def endpoint(seconds: float = 0.002, most: int = 0, batch: float = 0.02) -> Iterator[str]:
    """Such a server in a process of its own; its base URL."""
    words = [sys.executable, str(Path(__file__)), "--seconds", str(seconds), "--most", str(most), "--batch", str(batch)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def told(base_url: str, what: str = "told") -> dict[str, Any]:
    """What the server saw."""
    with urllib.request.urlopen(f"{base_url.removesuffix('/v1')}/{what}", timeout=60) as answer:  # noqa: S310  loopback
        return json.load(answer)  # type: ignore[no-any-return]


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--seconds", type=float, default=0.05)
    words.add_argument("--most", type=int, default=0)
    words.add_argument("--batch", type=float, default=0.02)
    given = words.parse_args()
    state = Server(given.seconds, given.most)
    state.batch = given.batch
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", given.port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  whoever started it reads where it is
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
