"""Where requests go: an endpoint that speaks OpenAI's protocol, over the openai client's HTTP on aiohttp, and what its errors mean.

One thread with an event loop serves all parts of a build. A request waits for its place, its time and its money; what fails for
a while is sent again at once, what fails for good becomes the reason of a row, and what no row can help stops the run: the replies
that are under way are still waited for and kept.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from medgo_data.synth.answers import LIMITS, Road, client, read, within
from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.faults import KEPT, AgainError, EndpointError, Refused, who
from medgo_data.synth.pace import Pace
from medgo_data.synth.purse import Cost, Purse
from medgo_data.synth.replies import Replies, Reply

__all__ = ["LIMITS", "Endpoint", "EndpointError", "Outcome", "Refused"]
log = logging.getLogger("medgo_data")
Outcome = Reply | BaseException
FIRST_TRIES, TRIES = (
    4,
    6,
)  # of an endpoint that never yet answered, of one that did: before it is seen whether it takes another
ANOTHER = "你好"
QUOTA_WAIT = 20.0  # seconds: some say quota and mean a rate
LONGEST_WAIT, WORRYING = 60.0, 15.0  # seconds between two tries; without an answer, until that is said
TIGHT = 0.05  # seconds until it is looked again whether there is money left
BYTES = 4  # of a prompt for a token, about: a Han character has three, and takes 0.6 to 1.0


class Endpoint(Road):
    def __init__(self, chat: Chat, replies: Replies, purse: Purse) -> None:
        self.chat, self.replies, self.purse = chat, replies, purse
        self.pace = Pace(chat.at_once, chat.per_minute, chat.tokens_per_minute)
        self.stopped: BaseException | None = None
        self.went_well = 0.0  # when it last answered
        self._worried = 0.0  # when it was last said that it does not
        self._usual = 0.25 * chat.most_reply  # tokens of a reply, on average
        self._client: Any = None
        self._url: Any = None
        self._shared: dict[bytes, list[Callable[[Outcome], None]]] = {}
        self._tasks: set[asyncio.Task[Reply]] = set()
        self._paying: set[asyncio.Task[Any] | None] = (
            set()
        )  # those whose request is out, or whose reply is not yet kept
        super().__init__("endpoint")

    def ask(self, request: Request, then: Callable[[Outcome], None]) -> None:
        """Send it, keep what comes back, and hand that to ``then``, in the thread of the endpoint."""
        self._loop.call_soon_threadsafe(self._begin, request, then)

    # ---- in the thread of the endpoint

    def _begin(self, request: Request, then: Callable[[Outcome], None]) -> None:
        if self.stopped:
            then(self.stopped)
        elif waiting := self._shared.get(request.key):  # two rows ask the same: it is paid for once
            waiting.append(then)
        else:
            self._shared[request.key] = [then]
            task = self._loop.create_task(self._reply(request))
            self._tasks.add(task)
            task.add_done_callback(partial(self._answered, request.key))

    def _stop(self, why: BaseException) -> None:
        self.stopped = self.stopped or why
        for task in self._tasks - self._paying:
            task.cancel()

    async def _end(self) -> None:
        if self._paying:
            log.info("Waiting for %d replies that are under way, to keep them.", len(self._paying))
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._client is not None:
            await self._client.aclose()

    def _answered(self, key: bytes, task: asyncio.Task[Reply]) -> None:
        self._tasks.discard(task)
        wrong = self.stopped if task.cancelled() else task.exception()
        if wrong and not isinstance(wrong, Refused):
            self._stop(wrong)
        for then in self._shared.pop(key):
            then(wrong or task.result())

    async def _reply(self, request: Request) -> Reply:
        """Try until there is a reply, or a reason why there is none."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                return await self._try(request, again=tries > 0)
            except AgainError as again:
                tries += 1
                if self.stopped:
                    raise self.stopped from None
                await self._give_up(again, request, tries, began)
                backoff = min(LONGEST_WAIT, 0.25 * 2 ** min(tries, 12)) * random.uniform(0.5, 1)  # noqa: S311
                wait = backoff if again.after is None else again.after
                if again.kind in ("rate", "quota") or again.after is not None:
                    self.pace.hold(wait)
                await asyncio.sleep(wait)

    async def _try(self, request: Request, *, again: bool = False, keep: bool = True) -> Reply:
        """Wait for a place, for the time and for the money; send it; and give the place up when what came back is kept."""
        about = len(request.canonical) / BYTES + self._usual
        went, took = await self.pace.enter(about, again=again), 0.0
        try:
            # another row, or another process, may have asked the same meanwhile
            if there := self.replies.get([request.key]).get(request.key):
                return there
            while (aside := self.purse.set_aside(self.chat, request)) is None:  # noqa: ASYNC110  settled in another thread
                await asyncio.sleep(TIGHT)
            cost: Cost | None = None
            self._paying.add(me := asyncio.current_task())
            try:
                reply = await self._once(request)
                cost = Cost(reply.prompt_tokens + reply.reply_tokens, self.chat.cost(*reply[3:5]) or 0.0)
                return await self._kept(request, reply) if keep else reply
            except AgainError as wrong:
                cost = aside if wrong.maybe_paid else None
                if wrong.kind in ("rate", "quota", "concurrency", "busy"):
                    self.pace.too_much(went)
                raise
            finally:
                self._paying.discard(me)
                self.purse.settle(aside, cost)
                took = cost.tokens if cost else 0.0
        finally:
            self.pace.leave(took - about)

    async def _kept(self, request: Request, reply: Reply) -> Reply:
        self._usual += 0.05 * (reply.reply_tokens - self._usual)
        if reply.finish == "content_filter":  # a refusal is not to be replayed for ever
            return reply
        done: asyncio.Future[Reply | OSError] = self._loop.create_future()
        self.replies.keep(request.canonical, reply, lambda told: self._loop.call_soon_threadsafe(done.set_result, told))
        kept = await done
        if isinstance(kept, OSError):
            raise kept
        return kept

    async def _give_up(self, again: AgainError, request: Request, tries: int, began: float) -> None:
        """Raise what there is to say if it is not to be tried once more."""
        now, patience, worked = time.monotonic(), self.chat.patience, self.went_well > 0
        often = tries >= (TRIES if worked else FIRST_TRIES) or now - began > patience
        if again.kind == "bad" or (often and again.kind in ("failed", "busy")):
            if await self._takes_another(request):
                raise Refused(again.reason)
            if again.kind == "bad":
                parameters = ", ".join([*self.chat.told, *{"response_format"} & request.body.keys()])
                raise EndpointError(
                    f"{who(self.chat)} {again} to any request. Has it the model {self.chat.model!r}, and does it know {parameters}? (An endpoint that knows no schemas is asked "
                    f"with Chat(json='object'), or json='words'.)"
                )
        silent_since = max(began, self.went_well)
        silent = now - silent_since
        if again.kind == "quota" and (not worked or silent > QUOTA_WAIT):
            raise EndpointError(f"{who(self.chat)} {again}: its quota is used up. {KEPT}")
        if silent > patience + (again.after or 0) or (again.kind == "failed" and not worked and tries >= FIRST_TRIES):
            up = f"Is it up, and is {self.chat.endpoint}_BASE_URL right? {KEPT}"
            raise EndpointError(f"{who(self.chat)} {again}, {tries} times in {now - began:.0f} s. {up}")
        if silent > WORRYING and self._worried <= silent_since:
            self._worried = now
            log.warning(
                "%s %s, for %.0f s now. It is asked again for up to %.0f s.", who(self.chat), again, silent, patience
            )

    async def _takes_another(self, request: Request) -> bool:
        """Whether it takes what is like this request but for what is said: then the request is at fault, not the endpoint."""
        short = {name: 16 for name in ("max_tokens", "max_completion_tokens") if name in request.body}
        try:
            await self._try(
                Request(request.body | {"messages": [{"role": "user", "content": ANOTHER}]} | short), keep=False
            )
        except (AgainError, Refused, EndpointError):
            return False
        return True

    async def _once(self, request: Request) -> Reply:
        http = self._http()
        async with within(self.chat.timeout):
            answer = await http.post(self._url, content=request.wire)
        worked = self.went_well > 0
        reply = read(self.chat, request, answer.status_code, answer.headers, answer.content, worked=worked)
        self.went_well = time.monotonic()
        self.pace.went_well()
        return reply

    def _http(self) -> Any:
        if self._client is None:
            import httpx2

            self._client = client(self.chat, **{"Content-Type": "application/json"})
            self._url = httpx2.URL(
                f"{self.chat.base_url}/chat/completions"
            )  # as text it would be parsed for each request
        return self._client
