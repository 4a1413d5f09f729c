"""Where requests go: an endpoint that speaks OpenAI's protocol, over the openai client on aiohttp, and what its errors mean.

One thread with an event loop serves all parts of a build. A request waits for its place, its time and its money; what fails for
a while is sent again at once, what fails for good becomes the reason of a row, and what no row can help stops the run: the replies
that are under way are still waited for and kept.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from medgo_data.stage import AskingError
from medgo_data.synth.chat import Chat, Request, key_of
from medgo_data.synth.pace import Pace
from medgo_data.synth.purse import BudgetError, Purse
from medgo_data.synth.replies import Replies, Reply

log = logging.getLogger("medgo_data")
logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would tell of every request
Outcome = Reply | BaseException
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}")
FIRST_TRIES = 4  # of an endpoint that never yet answered, before the run stops
LONGEST_WAIT = 60.0  # seconds between two tries
MOST_BAD = 5  # requests in a row that it calls bad while it took none


class EndpointError(AskingError):
    """The endpoint cannot be used as it is: the message says why, and what to do."""


class Refused(Exception):  # noqa: N818  a reason, not a fault
    """No rows come of a document, or of a part of it, for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Endpoint:
    chat: Chat
    replies: Replies
    purse: Purse
    worked: bool = False  # whether it ever answered
    stopped: BaseException | None = None
    sent: int = 0
    _bad: int = 0
    _shared: dict[bytes, list[Callable[[Outcome], None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="endpoint", daemon=True)
        self._thread.start()
        self.client: Any = None
        self.pace = Pace(self.chat.at_once, self.chat.per_minute, self.chat.tokens_per_minute)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        """The endpoint as errors and logs name it: without what else a URL may hold."""
        parts = urlsplit(str(self.chat.base_url))
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def ask(self, request: Request, then: Callable[[Outcome], None]) -> None:
        """Send it, keep what comes back, and hand that to ``then``, in the thread of the endpoint."""
        self.loop.call_soon_threadsafe(self._begin, request, then)

    def close(self) -> None:
        """Wait for what is under way, and end."""

        async def end() -> None:
            while self._tasks:
                await asyncio.wait(self._tasks)
            if self.client is not None:
                await self.client.close()

        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(end(), self.loop).result()
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
            self.loop.close()
        self.purse.close()

    # ---- in the thread of the endpoint

    def _begin(self, request: Request, then: Callable[[Outcome], None]) -> None:
        canonical = request.canonical
        key = key_of(canonical)
        if key in self._shared:  # two rows ask the same: it is paid for once
            self._shared[key].append(then)
            return
        self._shared[key] = [then]
        task = self.loop.create_task(self._answer(request, canonical, key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request, canonical: bytes, key: bytes) -> None:
        told: Outcome
        try:
            told = await self._reply(request)
            if told.finish != "content_filter":  # a refusal is not to be replayed for ever
                told = await self._kept(canonical, told)
        except Refused as reason:
            told = reason
        except (AskingError, OSError) as stop:
            self.stopped = told = self.stopped or stop
        except Exception as wrong:  # noqa: BLE001  the part that waits for it raises it again
            self.stopped = told = wrong
        for then in self._shared.pop(key):
            then(told)

    async def _kept(self, canonical: bytes, reply: Reply) -> Reply:
        done: asyncio.Future[Any] = self.loop.create_future()
        self.replies.keep(canonical, reply, lambda told: self.loop.call_soon_threadsafe(done.set_result, told))
        kept = await done
        if isinstance(kept, OSError):
            raise kept
        return kept  # type: ignore[no-any-return]

    async def _reply(self, request: Request) -> Reply:
        """Try until there is a reply, or a reason why there is none."""
        began, tries = time.monotonic(), 0
        while True:
            if self.stopped:
                raise self.stopped
            went = await self.pace.enter(request.most_tokens / 2)
            try:
                aside = self.purse.set_aside(self.chat, request)
            except BudgetError:
                self.pace.leave()
                raise
            reply, maybe = None, False
            try:
                reply = await self._once(request)
            except _AgainError as again:
                tries, maybe = tries + 1, again.maybe_paid
                self._slower(again, went, tries, began)
                wait = again.after or min(LONGEST_WAIT, 0.25 * 2 ** min(tries, 12)) * random.uniform(0.5, 1)  # noqa: S311
            finally:
                self.purse.settle(aside, self.chat, reply, maybe=maybe)
                self.pace.leave()
            if reply:
                self.worked = True
                self.pace.went_well()
                return reply
            await asyncio.sleep(wait)

    def _slower(self, again: _AgainError, went: float, tries: int, began: float) -> None:
        if again.kind in ("concurrency", "both"):
            self.pace.too_much(went)
        if again.kind in ("rate", "both"):
            self.pace.hold(again.after or 1.0)
        gone = time.monotonic() - began
        if again.kind == "away" and (gone > self.chat.patience or (not self.worked and tries >= FIRST_TRIES)):
            raise EndpointError(
                f"the endpoint {self.host} {again}, {tries} times in {gone:.0f} s. Is it up, and is {self.chat.endpoint}_BASE_URL "
                f"right? What was answered is kept: build again when it is."
            )

    async def _once(self, request: Request) -> Reply:
        import openai

        if self.client is None:
            self.client = openai.AsyncOpenAI(
                base_url=self.chat.base_url,
                api_key=self.chat.key or "none",  # on a LAN there may be none
                http_client=openai.DefaultAioHttpClient(),
                max_retries=0,
                timeout=self.chat.timeout,
            )
        self.sent += 1
        try:
            raw = await self.client.chat.completions.with_raw_response.create(**_spelled(request.body))
        except openai.APITimeoutError:
            raise _AgainError("gave no reply in time", maybe_paid=True) from None
        except openai.APIConnectionError as wrong:
            raise _AgainError("cannot be reached or hung up", maybe_paid=not _never_met(wrong)) from None
        except openai.APIStatusError as wrong:
            raise self._meaning(wrong) from None
        return self._read(raw.http_response.content, request, raw.headers.get("content-type", ""))

    def _meaning(self, wrong: Any) -> Exception:
        """What a status means: again later, never for this row, or never for any."""
        status, told = wrong.status_code, _error(wrong.response.content)
        words = " ".join(str(told.get(name) or "") for name in ("code", "type", "message")).lower()
        named = ", ".join(w for w in (str(told.get("code") or ""), str(told.get("type") or "")) if WORD.fullmatch(w))
        named = f"{status}{f' ({named})' if named else ''}"
        if status == 402 or (status == 429 and re.search(r"quota|balance|billing|arrears|余额|欠费|额度", words)):
            return EndpointError(
                f"the endpoint {self.host} says {named}: its quota is used up. What was answered is kept: top it up and build again."
            )
        if status == 429:
            after = _seconds(wrong.response.headers)
            at_once, rate = re.search(r"concurren|parallel|并发", words), re.search(r"rate|rpm|tpm|per min|frequen|频率|每分钟", words)
            kind = "concurrency" if at_once and not rate else "rate" if rate and not at_once else "both"
            return _AgainError(f"says {named}", kind=kind, after=after)
        if status in (401, 403):
            return EndpointError(
                f"the endpoint {self.host} does not take the key ({named}). Put a right one into {self.chat.endpoint}_API_KEY."
            )
        if status in (400, 413, 422):
            if re.search(r"content.?(filter|policy|management)|sensitive|inspection|moderation|敏感", words):
                return Refused("filtered")
            if status == 413 or re.search(r"context.{0,12}(length|window)|too (long|large)|maximum.{0,24}(token|length|context)", words):
                return Refused("too_long_for_the_model")
            if re.search(r"model.{0,40}(not|exist|found|unknown)|(unknown|no such|invalid) model", words):
                return self._unknown_model(named)
            self._bad += 1
            if not self.worked and self._bad >= MOST_BAD:
                return EndpointError(
                    f"the endpoint {self.host} calls every request bad ({named}). Does it know the parameters {', '.join(self.chat.told)}?"
                )
            return Refused("bad_request")
        if status == 404:
            return self._unknown_model(named)
        return _AgainError(f"says {named}", after=_seconds(wrong.response.headers), maybe_paid=status >= 500)

    def _unknown_model(self, named: str) -> EndpointError:
        return EndpointError(
            f"the endpoint {self.host} says {named}: it does not know the model {self.chat.model!r}, or {self.chat.endpoint}_BASE_URL is not "
            f"the address of an OpenAI-compatible endpoint (they mostly end in /v1)."
        )

    def _read(self, content: bytes, request: Request, kind: str) -> Reply:
        try:
            told = orjson.loads(content)
            choice = told["choices"][0]
            text, finish = choice["message"].get("content") or "", choice.get("finish_reason") or "stop"
        except (ValueError, LookupError, TypeError, AttributeError):
            html = "html" in kind or content.lstrip()[:1] == b"<"
            if html and not self.worked:
                raise EndpointError(
                    f"the endpoint {self.host} answers with a web page. Is {self.chat.endpoint}_BASE_URL right? They mostly end in /v1."
                ) from None
            raise _AgainError("gave half a reply, or what is none", maybe_paid=True) from None
        usage = told.get("usage") or {}
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        counted = all(isinstance(count, int) for count in counts)
        if not counted:
            counts = round(0.8 * request.chars), round(0.8 * len(text))
        return Reply(str(text), str(finish), str(told.get("model") or request.body["model"]), *counts, counted)  # type: ignore[arg-type]


class _AgainError(Exception):
    """It may go well another time."""

    def __init__(self, told: str, *, kind: str = "away", after: float | None = None, maybe_paid: bool = False) -> None:
        super().__init__(told)
        self.kind, self.after, self.maybe_paid = kind, after, maybe_paid


def _spelled(body: dict[str, Any]) -> dict[str, Any]:
    """The client takes what it knows by name, and the rest as it is."""
    known = {
        "model", "messages", "temperature", "top_p", "seed", "max_tokens", "response_format", "presence_penalty", "frequency_penalty",
        "stop", "logprobs", "top_logprobs", "max_completion_tokens", "reasoning_effort",
    }  # fmt: skip
    extra = {name: value for name, value in body.items() if name not in known}
    return {name: value for name, value in body.items() if name in known} | ({"extra_body": extra} if extra else {})


def _error(content: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(content)
    except ValueError:
        return {}
    error = told.get("error", told) if isinstance(told, dict) else {}
    return error if isinstance(error, dict) else {"message": str(error)}


def _seconds(headers: Any) -> float | None:
    """How long to wait, if it says so."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return min(3600.0, max(0.0, float(headers.get(name)) * unit))
        except (TypeError, ValueError):
            continue
    return None


def _never_met(wrong: BaseException) -> bool:
    """Whether the connection was never made, so that nothing can have been paid."""
    seen: BaseException | None = wrong
    while seen is not None:
        if type(seen).__name__ in ("ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError", "PoolTimeout"):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
