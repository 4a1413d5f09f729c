"""Requests sent as files, which an endpoint answers within a day and for less: the Batch API of OpenAI's protocol.

What is asked is gathered into a batch. Before one is begun it is written down, and it bears the same mark, so a process that was
killed finds it again and pays for nothing twice. Replies come in any order; what comes back without one is sent again, a few times.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from medgo_data.synth import notes
from medgo_data.synth.answers import Road, read
from medgo_data.synth.batch_api import BatchApi
from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.endpoint import ANOTHER, Outcome
from medgo_data.synth.faults import KEPT, AgainError, EndpointError, Refused, who
from medgo_data.synth.notes import Note
from medgo_data.synth.purse import Cost, Purse
from medgo_data.synth.replies import TOGETHER, Replies, Reply

log = logging.getLogger("medgo_data")
BYTES, BESIDE = 95 << 20, 200  # of a file at the most; of a line, beside the request
QUIET = 20.0  # seconds in which nothing more is asked close a batch
FIRST_POLL, SLOWER, LAST_POLL = 1.0, 1.5, 60.0  # seconds until it is looked whether a batch is over, each time longer
SURE = 10.0  # seconds until a batch that cannot be found was never begun
TRIES = 3  # of a request
OVER = ("completed", "expired", "failed", "cancelled")
TOO_MUCH = re.compile(r"token_limit|enqueue|rate_limit|limit_exceeded|too_many")  # at once, for an endpoint


class LeftError(Exception):
    """The build is stopped; what is under way stays noted."""


@dataclass(eq=False, slots=True)
class Asked:
    """A request, and who waits for its reply."""

    request: Request
    then: list[Callable[[Outcome], None]] = field(default_factory=list)
    tries: int = 0
    wrong: AgainError | EndpointError | None = None  # why it has no reply
    replied: bool = False
    aside: Cost | None = None  # what it may cost


Batch = dict[bytes, Asked]  # by key


class Batches(Road):
    """In the place of an ``Endpoint``: the same requests, the same replies, another road. It too has one thread with an event loop."""

    def __init__(self, chat: Chat, replies: Replies, purse: Purse) -> None:
        self.chat, self.replies, self.purse = chat, replies, purse
        self.folder = replies.path.with_name("batches")
        self.stopped: BaseException | None = None
        self.worked = False  # whether it ever gave a reply
        self._most = chat.batch_size
        self._looked = False  # for what an earlier process left under way
        self._open: Batch = {}
        self._waiting: list[Asked] = []
        self._size = 0  # bytes of what waits
        self._quiet: asyncio.TimerHandle | None = None
        self._under_way: dict[str, int] = {}  # requests of each batch, by mark
        self._in_turn: asyncio.Lock | None = None  # if it takes one batch at a time
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._api = BatchApi(chat, self._pause)
        super().__init__("batches")

    def ask(self, request: Request, then: Callable[[Outcome], None]) -> None:
        """Have it answered, keep what comes back, and hand that to ``then``, in the thread of the batches."""
        self._loop.call_soon_threadsafe(self._take, request, then)

    # ---- what is asked is gathered

    def _take(self, request: Request, then: Callable[[Outcome], None]) -> None:
        if not (self.stopped or self._looked):
            self._take_up()
        if self.stopped:
            then(self.stopped)
        elif one := self._open.get(request.key):  # two rows ask the same, or an earlier process did
            one.then.append(then)
        else:
            self._open[request.key] = one = Asked(request, [then])
            self._wait(one)

    def _wait(self, one: Asked) -> None:
        """For the batch to be full, or for quiet."""
        size = len(one.request.canonical) + BESIDE
        if self._size + size > BYTES:
            self._gathered()
        self._waiting.append(one)
        self._size += size
        if self._quiet:
            self._quiet.cancel()
        if len(self._waiting) >= self._most:
            self._gathered()
        else:
            self._quiet = self._loop.call_later(QUIET, self._gathered)

    def _gathered(self) -> None:
        some, self._waiting, self._size = self._waiting, [], 0
        if some and not self.stopped:
            self._begin(self._send(some))

    def _begin(self, going: Any) -> None:
        task = self._loop.create_task(going)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if (wrong := task.exception()) and not isinstance(wrong, LeftError):
            self._stop(wrong)

    def _stop(self, why: BaseException) -> None:
        self.stopped = self.stopped or why
        self._stopping.set()
        for one in list(self._open.values()):
            self._tell(one, self.stopped)

    async def _end(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._api.close()
        if self._under_way:
            log.info(
                "%s: %d requests stay under way, in batches: build again, and their replies are taken.",
                self.chat.model,
                sum(self._under_way.values()),
            )

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        if self.stopped:
            raise LeftError

    # ---- a batch from its beginning to its end

    async def _send(self, some: list[Asked]) -> None:
        async with AsyncExitStack() as turn:
            if self._in_turn:
                await turn.enter_async_context(self._in_turn)
            if self.stopped:
                raise LeftError
            some = await self._paid_for(self._without_reply(some))
            if not some:
                return
            batch = {one.request.key: one for one in some}
            if not self.worked and any(one.tries for one in some):  # is it the requests, or the endpoint?
                batch |= self._harmless(some[0].request)
            requests = [one.request for one in batch.values()]
            try:
                note = Note.write(self.folder, self.chat, await self._api.send(requests), requests)
            except BaseException:
                self._give_back(batch)
                raise
            await self._see_through(note, batch, self._begun)

    def _without_reply(self, some: list[Asked]) -> list[Asked]:
        """Another process, or another road, may have asked the same meanwhile."""
        there = self.replies.get([one.request.key for one in some])
        for one in some:
            if reply := there.get(one.request.key):
                self._tell(one, reply)
        return [one for one in some if one.request.key not in there]

    async def _paid_for(self, some: list[Asked]) -> list[Asked]:
        """As many as there is money for; the others wait for what is under way to be settled."""
        paid_for: list[Asked] = []
        for one in some:
            while (aside := self.purse.set_aside(self.chat, one.request)) is None and not paid_for:
                await self._pause(FIRST_POLL)
                while self._under_way:
                    await self._pause(FIRST_POLL)
            if aside is None:
                break
            one.aside = aside
            paid_for.append(one)
        for one in some[len(paid_for) :]:
            self._wait(one)
        return paid_for

    def _harmless(self, request: Request) -> Batch:
        short = {name: 16 for name in ("max_tokens", "max_completion_tokens") if name in request.body}
        another = Request(request.body | {"messages": [{"role": "user", "content": ANOTHER}]} | short)
        return {another.key: Asked(another, aside=self.purse.set_aside(self.chat, another))}

    async def _see_through(
        self, note: Note, batch: Batch, begun: Callable[[Note], Awaitable[dict[str, Any] | None]]
    ) -> None:
        self._under_way[note.mark] = len(batch)
        try:
            told = await self._over(note, await begun(note))
            if told:
                await self._take_in(told, batch)
        except BaseException:
            note.leave()
            raise
        if told:
            log.info(
                "%s: batch %s is %s; %d of %d requests have their replies.",
                self.chat.model, note.batch, told["status"], sum(one.replied for one in batch.values()), len(batch),
            )  # fmt: skip
        note.end()
        self._under_way.pop(note.mark)
        self._give_back(batch)
        try:
            self._judge(told, batch, begun=note.batch is not None)
        except EndpointError as wrong:
            self._stop(wrong)  # before another that waits for its turn begins
            raise
        if told:
            await self._api.clear(note.file, *(told.get(f"{kind}_file_id") for kind in ("output", "error")))

    async def _begun(self, note: Note) -> dict[str, Any]:
        told = await self._api.begin(note)
        note.name(str(told["id"]))
        log.info("%s: batch %s is under way, with %d requests.", self.chat.model, note.batch, len(note.requests))
        return told

    async def _over(self, note: Note, told: dict[str, Any] | None) -> dict[str, Any] | None:
        """Wait for its end; None if there is no such batch."""
        wait = FIRST_POLL
        while told and told.get("status") not in OVER:
            await self._pause(wait)
            wait = min(LAST_POLL, wait * SLOWER)
            told = await self._api.look(str(note.batch))
        return told

    def _give_back(self, batch: Batch) -> None:
        """What was set aside and not spent."""
        for one in batch.values():
            self._settle(one, one.aside if isinstance(one.wrong, AgainError) and one.wrong.maybe_paid else None)

    # ---- what comes back

    async def _take_in(self, told: dict[str, Any], batch: Batch) -> None:
        """Keep all replies, and tell those who wait. A file with fewer than there are is fetched again."""
        many = (told.get("request_counts") or {}).get("completed") or 0
        for file, at_least in ((told.get("output_file_id"), many), (told.get("error_file_id"), 0)):
            for _ in range(TRIES if file else 0):
                found = await self._api.fetch(str(file), lambda lines: self._read(lines, batch))
                if found is None or found >= at_least:
                    break

    async def _read(self, blocks: AsyncIterator[list[bytes]], batch: Batch) -> int:
        """How many lines there are."""
        many, keeping = 0, _Keeping(self)
        try:
            async for lines in blocks:
                many += sum(self._line(line, batch, keeping) for line in lines)
                if len(keeping.all) >= TOGETHER:
                    await keeping.done()
        finally:
            await keeping.done()
        return many

    def _line(self, line: bytes, batch: Batch, keeping: _Keeping) -> bool:
        """What it says of which request."""
        try:
            told = orjson.loads(line)
            one = batch.get(bytes.fromhex(told["custom_id"]))
            response = told.get("response") or {}
            status = int(response.get("status_code") or 500)
            body = response.get("body") or {"error": told.get("error") or {}}
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        if one is None or one.replied:
            return True
        content = body.encode() if isinstance(body, str) else orjson.dumps(body)
        try:
            reply = read(self.chat, one.request, status, {}, content, worked=self.worked)
        except Refused as reason:
            self._tell(one, reason)
        except (AgainError, EndpointError) as wrong:
            one.wrong = wrong  # it is judged when all replies are kept
        else:
            self.worked = True
            keeping.keep(one, reply)
        return True

    def _judge(self, told: dict[str, Any] | None, batch: Batch, *, begun: bool) -> None:
        """What becomes of those that have no reply."""
        left = [one for key, one in batch.items() if self._open.get(key) is one]
        status = told["status"] if told else None
        if status == "cancelled":
            raise EndpointError(f"a batch of {self.chat.model!r} was cancelled at the endpoint. {KEPT}")
        if status == "failed" and told:
            left = self._failed(told, left, list(batch.values()))
        for one in left:
            again, one.wrong = one.wrong, None
            if isinstance(again, EndpointError):
                raise again
            if again and again.kind == "quota":
                raise EndpointError(f"{who(self.chat)} {again}: its quota is used up. {KEPT}")
            one.tries += begun and status != "failed"
            if one.tries < TRIES and not (again and again.kind == "bad" and self.worked):
                self._once_more(one)
            elif self.worked:
                self._tell(one, Refused(again.reason if again else "unanswered"))
            else:
                raise EndpointError(
                    f"{who(self.chat)} answered no request of a batch, {one.tries} times, not even a harmless one"
                    + (f": it {again}." if again else ".")
                    + f" Does it take batches of {self.chat.model!r}, and know {', '.join(self.chat.told)}? Chat(batch=False) asks one by one."
                )

    def _once_more(self, one: Asked) -> None:
        if one.then and not self.stopped:
            self._wait(one)
        else:
            self._open.pop(one.request.key, None)  # of an earlier process, and nobody of this one asked it

    def _failed(self, told: dict[str, Any], left: list[Asked], sent: list[Asked]) -> list[Asked]:
        """A batch that was not begun with: for some of its lines, which are refused, or because it is too much at once."""
        errors = [one for one in (told.get("errors") or {}).get("data") or [] if isinstance(one, dict)]
        codes = {str(error.get("code")) for error in errors}
        if any(map(TOO_MUCH.search, codes)) and len(left) > 1:
            self._most = max(1, len(left) // 2)
            self._in_turn = self._in_turn or asyncio.Lock()
            log.info("%s: batches of %d requests, one after the other, from now on.", self.chat.model, self._most)
            return left
        lines = {error["line"] - 1 for error in errors if isinstance(error.get("line"), int)}
        wrong = [sent[k] for k in sorted(lines) if 0 <= k < len(sent)]
        if not wrong or len(wrong) == len(sent) or any("model" in code for code in codes):
            said = ", ".join(sorted(code for code in codes if re.fullmatch(r"[a-z_]{1,60}", code)))
            raise EndpointError(
                f"{who(self.chat)} refused a whole batch{f' ({said})' if said else ''}. Does it take batches of {self.chat.model!r}? "
                f"Chat(batch=False) asks one by one."
            )
        for one in wrong:
            self._tell(one, Refused("bad_request"))
        return [one for one in left if one not in wrong]

    def _tell(self, one: Asked, outcome: Outcome, cost: Cost | None = None) -> None:
        """Whoever waits for it; while it is under way, what was set aside for it stays so."""
        if not isinstance(outcome, BaseException) or isinstance(outcome, Refused):
            self._settle(one, cost)
        if self._open.get(one.request.key) is one:
            del self._open[one.request.key]
        waiting, one.then = one.then, []
        for then in waiting:
            then(outcome)

    def _settle(self, one: Asked, cost: Cost | None) -> None:
        if one.aside is not None:
            self.purse.settle(one.aside, cost)
            one.aside = None

    # ---- what an earlier process left under way

    def _take_up(self) -> None:
        self._looked = True
        try:
            for note in notes.left(self.folder, self.chat):
                there = self.replies.get([request.key for request in note.requests])
                batch = {request.key: Asked(request) for request in note.requests if request.key not in there}
                for one in batch.values():
                    one.aside = self.purse.find_aside(self.chat, one.request)
                self._open |= batch
                log.info("%s: a batch of %d requests was under way.", self.chat.model, len(note.requests))
                self._begin(self._see_through(note, batch, self._found))
        except OSError as wrong:
            self._stop(wrong)

    async def _found(self, note: Note) -> dict[str, Any] | None:
        """The batch that is noted; None if it was never begun, or is gone."""
        if note.batch:
            return await self._api.look(note.batch)
        while not (there := await self._api.find(note)):
            if time.time() - note.path.stat().st_mtime > SURE:
                return None
            await self._pause(FIRST_POLL)
        note.name(str(there["id"]))
        return there


class _Keeping:
    """Replies on their way to the disk."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self.all: list[tuple[Asked, Reply, asyncio.Future[Reply | OSError]]] = []

    def keep(self, one: Asked, reply: Reply) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Reply | OSError] = loop.create_future()
        if reply.finish == "content_filter":  # a refusal is not to be replayed for ever
            done.set_result(reply)
        else:
            self.batches.replies.keep(
                one.request.canonical, reply, lambda told: loop.call_soon_threadsafe(done.set_result, told)
            )
        self.all.append((one, reply, done))

    async def done(self) -> None:
        """All that are given are on disk; whoever waits for one is told."""
        some, self.all = self.all, []
        for one, reply, done in some:
            kept = await done
            if isinstance(kept, OSError):
                raise kept
            cost = Cost(reply.prompt_tokens + reply.reply_tokens, self.batches.chat.cost(*reply[3:5]) or 0.0)
            one.replied = True
            self.batches._tell(one, kept, cost)  # noqa: SLF001  it is its own
