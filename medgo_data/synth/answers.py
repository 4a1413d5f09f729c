"""How an endpoint is met over HTTP, and how its answer is read: the same whether it is asked one by one or in a batch."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.faults import AgainError, EndpointError, meaning, no_endpoint
from medgo_data.synth.replies import Reply

CONNECT, KEEP_ALIVE = 10.0, 4.0  # seconds; a server like vLLM's closes what was idle for 5
LIMITS = ("length", "max_tokens")  # why a reply ends that was cut off


class Road:
    """A thread with an event loop, in which requests go to an endpoint; it ends when nobody asks any more."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        wrong = EndpointError("nothing more is asked, because the build was stopped")
        self._loop.call_soon_threadsafe(self._stop, wrong)

    def close(self) -> None:
        self.stop()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _stop(self, why: BaseException) -> None:
        raise NotImplementedError

    async def _end(self) -> None:
        raise NotImplementedError


def client(chat: Chat, **headers: str) -> Any:
    """The openai client's HTTP on aiohttp. The client around it would double what a request costs, for retries and errors of its own."""
    import httpx2
    import openai

    if not re.match(r"https?://[^/]", str(chat.base_url)):
        raise EndpointError(f"{chat.endpoint}_BASE_URL is no address: it has to begin with http:// or https://")
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would tell of every request
    key = {"Authorization": f"Bearer {chat.key}"} if chat.key else {}  # on a LAN there may be none
    return openai.DefaultAioHttpClient(
        headers=headers | key,
        timeout=httpx2.Timeout(chat.timeout, connect=min(CONNECT, chat.timeout)),
        limits=httpx2.Limits(max_connections=chat.at_once, keepalive_expiry=KEEP_ALIVE),
        follow_redirects=False,
    )


@asynccontextmanager
async def within(seconds: float | None) -> AsyncIterator[None]:
    """What may fail on the way there and back, within so long."""
    import httpx2

    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, httpx2.ReadTimeout):
        raise AgainError("gave no reply in time", maybe_paid=True) from None
    except httpx2.TransportError as wrong:
        if _never_met(wrong):
            raise AgainError("cannot be reached") from None
        raise AgainError("hung up", maybe_paid=True) from None


def read(chat: Chat, request: Request, status: int, headers: Any, content: bytes, *, worked: bool) -> Reply:  # noqa: PLR0913
    """The reply to a request; or, raised, what came in its place means, of an endpoint that ``worked`` before or did not."""
    if status != 200:
        raise meaning(chat, status, headers, content, worked=worked)
    try:
        told = orjson.loads(content)
        if told.get("error") and not told.get("choices"):  # some say what is wrong with a status of 200
            code = told["error"].get("code")
            status = code if isinstance(code, int) and 400 <= code < 600 else 500
            raise meaning(chat, status, headers, content, worked=worked)
        choice = told["choices"][0]
        text, finish = choice["message"].get("content") or "", choice.get("finish_reason") or "stop"
        usage = told.get("usage") or {}
        prompt: Any = usage.get("prompt_tokens")
        reply: Any = usage.get("completion_tokens")
    except (ValueError, LookupError, TypeError, AttributeError):
        if is_page(headers, content) and not worked:
            raise no_endpoint(chat, "answers with a web page") from None
        raise AgainError("gave half a reply, or what is none", maybe_paid=True) from None
    if finish in ("abort", "error"):
        raise AgainError("broke off", maybe_paid=True)
    counted = isinstance(prompt, int) and isinstance(reply, int)
    if not counted:
        prompt, reply = round(0.8 * request.chars), round(0.8 * len(text))
    elif finish == "stop" and reply >= chat.most_reply:
        finish = LIMITS[0]  # whatever it says
    return Reply(str(text), str(finish), str(told.get("model") or chat.model), prompt, reply, counted)


def is_page(headers: Any, content: bytes) -> bool:
    return "html" in headers.get("content-type", "") or content.lstrip()[:1] == b"<"


def _never_met(wrong: BaseException) -> bool:
    """Whether the connection was never made, so that nothing can have been paid."""
    import aiohttp

    seen: BaseException | None = wrong
    while seen is not None:
        if isinstance(seen, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
