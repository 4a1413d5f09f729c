"""The files and batches of an endpoint, as OpenAI's protocol has them: sent, looked at, fetched and cleared away, with patience."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import orjson

from medgo_data.synth.answers import client, is_page, within
from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.endpoint import FIRST_TRIES, LONGEST_WAIT
from medgo_data.synth.faults import AgainError, EndpointError, Refused, meaning, who
from medgo_data.synth.notes import Note

T = TypeVar("T")
Told = dict[str, Any]
SECONDS = 60.0  # for an answer to all that is neither a request nor a reply
PAGES = 20  # of a hundred batches each, in which one is looked for
MARK = "medgo"


class MissingError(Exception):
    """The endpoint has no such thing."""


class BatchApi:
    """Each call is tried as long as there is reason to; ``pause`` waits between two tries, and may end it all by raising."""

    def __init__(self, chat: Chat, pause: Callable[[float], Awaitable[None]]) -> None:
        self.chat, self._pause = chat, pause
        self._heard = False  # whether it ever said anything of use
        self._client: Any = None
        version = re.search(r"/(v\d+)$", chat.base_url or "")
        self._url = f"/{version[1] if version else 'v1'}/chat/completions"  # where a line is asked

    async def send(self, requests: list[Request]) -> str:
        """A file of these; its name."""
        head = {"method": "POST", "url": self._url}
        lines = [orjson.dumps({"custom_id": one.key.hex(), **head, "body": one.body}) + b"\n" for one in requests]
        what = {
            "data": {"purpose": "batch"},
            "files": {"file": ("requests.jsonl", b"".join(lines), "application/jsonl")},
        }
        try:
            told = await self._patiently(lambda: self._json("POST", "/files", seconds=self.chat.timeout, **what))
        except MissingError:
            raise EndpointError(
                f"{who(self.chat)} takes no files, so no batches. Ask it one by one: Chat(batch=False)."
            ) from None
        return str(told["id"])

    async def begin(self, note: Note) -> Told:
        """Have the noted batch begun; one that may have been begun although nobody said so is looked for."""
        tried = False

        async def begin() -> Told:
            nonlocal tried
            if tried and (there := await self._find(note)):
                return there
            tried = True
            asked = {"input_file_id": note.file, "endpoint": self._url, "completion_window": "24h"}
            return await self._json("POST", "/batches", json=asked | {"metadata": {MARK: note.mark}})

        try:
            return await self._patiently(begin)
        except MissingError:
            raise EndpointError(
                f"{who(self.chat)} takes no batches, or none of {self.chat.model!r}. Ask it one by one: Chat(batch=False)."
            ) from None

    async def look(self, batch: str) -> Told | None:
        """How it stands with a batch; None if there is none of this name."""
        with suppress(MissingError):
            return await self._patiently(lambda: self._json("GET", f"/batches/{batch}"))
        return None

    async def find(self, note: Note) -> Told | None:
        return await self._patiently(lambda: self._find(note))

    async def fetch(self, file: str, take: Callable[[AsyncIterator[list[bytes]]], Awaitable[T]]) -> T | None:
        """What ``take`` makes of its lines; None if there is no such file. What breaks off is begun anew."""
        with suppress(MissingError):
            return await self._patiently(lambda: take(self._lines(file)))
        return None

    async def clear(self, *files: str | None) -> None:
        """What is kept here need not lie there; that it may is no fault."""
        for file in filter(None, files):
            with suppress(AgainError, MissingError, EndpointError):
                await self._json("DELETE", f"/files/{file}")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _find(self, note: Note) -> Told | None:
        """The batch that bears the mark, or has the file; not every endpoint keeps marks."""
        after: dict[str, str] = {}
        for _ in range(PAGES):
            try:
                told = await self._json("GET", "/batches", params={"limit": "100", **after})
            except MissingError:  # it keeps no list
                return None
            some = told.get("data") or []
            for one in some:
                if (one.get("metadata") or {}).get(MARK) == note.mark or one.get("input_file_id") == note.file:
                    return one  # type: ignore[no-any-return]
            if not told.get("has_more") or not some:
                break
            after = {"after": str(some[-1]["id"])}
        return None

    async def _lines(self, file: str) -> AsyncIterator[list[bytes]]:
        rest = b""
        async with within(None), self._http().stream("GET", f"{self.chat.base_url}/files/{file}/content") as answer:
            if answer.status_code != 200:
                self._understood(answer.status_code, answer.headers, await answer.aread())
            async for some in answer.aiter_bytes():
                *lines, rest = (rest + some).split(b"\n")
                yield lines
            yield [rest]

    def _http(self) -> Any:
        self._client = self._client or client(self.chat)
        return self._client

    async def _json(self, method: str, path: str, *, seconds: float = SECONDS, **what: Any) -> Told:
        async with within(seconds):
            answer = await self._http().request(method, f"{self.chat.base_url}{path}", **what)
        self._understood(answer.status_code, answer.headers, answer.content)
        try:
            told: Any = orjson.loads(answer.content)
        except ValueError:
            raise AgainError("gave half an answer, or what is none") from None
        if not isinstance(told, dict) or (method == "POST" and not told.get("id")):
            raise AgainError("gave half an answer, or what is none")
        self._heard = True
        return told

    def _understood(self, status: int, headers: Any, content: bytes) -> None:
        if status in (404, 405, 501) or (status < 400 and is_page(headers, content)):
            raise MissingError
        if status // 100 == 2:
            return
        wrong = meaning(self.chat, status, headers, content, worked=True)
        if isinstance(wrong, Refused):
            raise EndpointError(
                f"{who(self.chat)} says {status} to a batch. Does it take batches of {self.chat.model!r}? Chat(batch=False) asks one by one."
            )
        raise wrong

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """A batch takes a day, and an endpoint has its moments."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                return await attempt()
            except AgainError as again:
                tries += 1
                silent = time.monotonic() - began
                if tries >= FIRST_TRIES and (not self._heard or silent > self.chat.patience):
                    raise EndpointError(
                        f"{who(self.chat)} {again}, {tries} times in {silent:.0f} s. Is it up, and is {self.chat.endpoint}_BASE_URL "
                        f"right? What is under way in a batch is noted, and found when you build again."
                    ) from None
                wait = min(LONGEST_WAIT, 0.25 * 2 ** min(tries - 1, 12)) if again.after is None else again.after
                await self._pause(wait)
