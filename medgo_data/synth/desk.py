"""Where what a synthesizer asks is answered: from the replies that are kept, or by the endpoint, and then kept.

``write`` of a synthesizer is a coroutine that hands out requests. It is driven here, without an event loop: as long as replies are
there it runs on at once, which makes a replay cheap; what is not there goes to the endpoint, which drives it on when it answers.
"""

from __future__ import annotations

import gc
import hashlib
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_data.stage import HOUSE, House
from medgo_data.synth import replies
from medgo_data.synth.batches import Batches
from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.endpoint import Endpoint, EndpointError, Refused
from medgo_data.synth.purse import Purse
from medgo_data.synth.replies import Replies, Reply

if TYPE_CHECKING:
    from medgo_data.synth.endpoint import Outcome

log = logging.getLogger("medgo_data")
ALONE = House(Path(".medgo"), "")  # without a build: in a notebook, or a test
STEP = 128  # passages that are begun before it is looked whether the endpoint can take more
SELDOM = 100_000  # new objects until the garbage collector looks through them: with 700, it takes 40 % of a replay, with 10,000 a sixth
AHEAD = 64  # times what an endpoint takes at once: so many passages may be begun after one that is waited for


class Work:
    """One passage on its way to rows. There are many at a time, so each holds little."""

    __slots__ = (
        "_write", "_writing", "_wrong", "calls", "doc", "estimated", "key", "model", "number", "open", "prompt_tokens", "recorded", "refused",
        "reply_tokens", "rows", "sent",
    )  # fmt: skip

    def __init__(self, doc: dict[str, Any], write: Callable[[dict[str, Any]], Coroutine[Request, Reply, Any]]) -> None:
        self.doc, self._write = doc, write
        self.rows: list[dict[str, Any]] = []
        self.refused: str | None = None
        self.number = 0  # the how many-th of its desk
        self.open = True
        self.sent: threading.Event | None = None  # if it went to the endpoint: set when it is done
        self.key, self.model = b"", ""  # of the last reply
        self.calls = self.prompt_tokens = self.reply_tokens = self.recorded = self.estimated = 0
        self._writing: Coroutine[Request, Reply, Any] | None = None
        self._wrong: BaseException | None = None

    def on(self, wanted: Request | None = None, reply: Reply | None = None) -> Request | None:
        """Run it to what it asks next; None when it is done."""
        try:
            if wanted and reply:
                self._note(wanted, reply)
            self._writing = self._writing or self._write(self.doc)
            then = self._writing.send(reply)  # type: ignore[arg-type]
        except StopIteration as end:
            self._end(end.value)
        except Refused as reason:
            self._end(reason)
        except Exception as wrong:  # noqa: BLE001  raised again where the batch waits for it
            self.fail(wrong)
        else:
            if isinstance(then, Request):
                return then
            self.fail(TypeError(f"write() may await what self.ask() asks, and nothing else: not {type(then).__name__}"))
        return None

    def _note(self, wanted: Request, reply: Reply) -> None:
        self.key, self.model = wanted.key, reply.model
        self.calls += 1
        self.prompt_tokens += reply.prompt_tokens
        self.reply_tokens += reply.reply_tokens
        self.recorded += reply.recorded
        self.estimated += not reply.counted

    def refuse(self, reason: Refused) -> None:
        self.refused = reason.reason
        self.drop()

    def fail(self, wrong: BaseException) -> None:
        self._wrong = wrong
        self.drop()

    def drop(self) -> None:
        """It is not gone on with."""
        if self._writing:
            self._writing.close()
        self._writing, self.open = None, False
        if self.sent:
            self.sent.set()

    def _end(self, told: Any) -> None:
        if isinstance(told, Refused):
            self.refused = told.reason
        else:
            self.rows = list(told)
            self.refused = None if self.rows else "nothing_to_ask"
        self.drop()

    def wait(self) -> None:
        if self.sent:
            self.sent.wait()
        if self._wrong is not None:
            raise self._wrong


class Desk:
    """Where the questions to one Chat are taken and answered."""

    def __init__(self, chat: Chat, kept: Replies, purse: Purse) -> None:
        self.chat, self.replies = chat, kept
        self.open = 0  # requests that the endpoint has
        self.begun = 0  # passages so far
        self.endpoint: Endpoint | Batches | None = None
        self.recorded: dict[bytes, Reply] = {}
        self._taking = threading.Lock()
        self._room = threading.Condition()
        if chat.base_url:
            self.endpoint = (Batches if chat.batch else Endpoint)(chat, kept, purse)
        elif chat.recorded:
            self.recorded = {key: reply for key, _, reply in replies.read(Path(chat.recorded))}
            log.info(
                "Nothing is asked: %d recorded replies of %s stand in %s.",
                len(self.recorded),
                chat.model,
                chat.recorded,
            )

    def take(self, works: Sequence[Work]) -> None:
        """Begin on these, as fast as the endpoint can take them; what is answered already goes through to its end."""
        for at in range(0, len(works), STEP):
            with self._taking:
                some = works[at : at + STEP]
                with self._room:
                    self._room.wait_for(lambda: self.open < self.chat.outstanding)
                for work in some:
                    work.number, self.begun = self.begun, self.begun + 1
                self._go_on([(work, wanted) for work in some if (wanted := work.on())])

    def far_from(self, work: Work) -> bool:
        """Whether so many were begun after it that it is to be waited for."""
        return self.begun - work.number > max(AHEAD * self.chat.at_once, 2 * self.chat.outstanding)

    def _go_on(self, waiting: list[tuple[Work, Request]]) -> None:
        """Each to its end, or to what the endpoint has to answer."""
        while waiting:
            known = self._known([wanted.key for _, wanted in waiting])
            following = []
            for work, wanted in waiting:
                if reply := known.get(wanted.key):
                    if then := work.on(wanted, reply):
                        following.append((work, then))
                else:
                    self._send(work, wanted)
            waiting = following

    def _known(self, keys: list[bytes]) -> dict[bytes, Reply]:
        return {key: self.recorded[key] for key in keys if key in self.recorded} | self.replies.get(keys)

    def _send(self, work: Work, wanted: Request) -> None:
        if self.endpoint is None:
            work.fail(self._nobody())
            return
        work.sent = work.sent or threading.Event()
        with self._room:
            self.open += 1
        self.endpoint.ask(wanted, lambda outcome: self._told(work, wanted, outcome))

    def _told(self, work: Work, wanted: Request, outcome: Outcome) -> None:
        """In the thread of the endpoint: an answer drives the work on, to what it asks next."""
        try:
            if isinstance(outcome, Refused):
                work.refuse(outcome)
            elif isinstance(outcome, BaseException):
                work.fail(outcome)
            elif then := work.on(wanted, outcome):
                self._go_on([(work, then)])
        except OSError as wrong:  # the replies cannot be read
            work.fail(wrong)
        finally:
            with self._room:
                self.open -= 1
                self._room.notify()

    def _nobody(self) -> EndpointError:
        chat = self.chat
        if chat.recorded:
            return EndpointError(
                f"a request to {chat.model!r} has no reply in {chat.recorded}, and {chat.endpoint}_BASE_URL names no endpoint to ask. "
                f"Was the recipe changed since they were recorded? Set {chat.endpoint}_BASE_URL to ask anew."
            )
        return EndpointError(
            f"Chat(model={chat.model!r}) has nobody to ask: put the address of an OpenAI-compatible endpoint into {chat.endpoint}_BASE_URL "
            f"and its key, if it wants one, into {chat.endpoint}_API_KEY."
        )


class Room:
    """The replies and the purse of one build, and a desk for each Chat that it asks."""

    def __init__(self, house: House) -> None:
        self.replies = Replies(house.folder / "replies.sqlite")
        self.purse = Purse(
            house.folder / "spent" / f"{hashlib.sha256(house.build.encode()).hexdigest()[:32]}.json", house.budget
        )
        self.desks: dict[bytes, Desk] = {}
        self.stopped = False

    def desk(self, chat: Chat) -> Desk:
        if chat.whole not in self.desks:
            self.desks[chat.whole] = Desk(chat, self.replies, self.purse)
            if self.stopped:
                self.stop()
        return self.desks[chat.whole]

    def endpoints(self) -> list[Endpoint | Batches]:
        return [desk.endpoint for desk in self.desks.values() if desk.endpoint]

    def stop(self) -> None:
        self.stopped = True
        for endpoint in self.endpoints():
            endpoint.stop()

    def close(self) -> None:
        for endpoint in self.endpoints():
            endpoint.close()
        self.purse.close()
        self.replies.close()


_rooms: dict[House, Room] = {}
_collecting: list[tuple[int, int, int]] = []  # how often, while there is no room
_lock = threading.Lock()


def at(chat: Chat) -> Desk:
    """The desk of this Chat in the build that is under way."""
    house = HOUSE.get() or ALONE
    with _lock:
        if house not in _rooms:
            _rooms[house] = Room(house)
            if len(_rooms) == 1:
                _collecting[:] = [gc.get_threshold()]
                gc.set_threshold(SELDOM, *_collecting[0][1:])
        return _rooms[house].desk(chat)


def stop() -> None:
    """Nothing more is asked; what is under way is waited for, and kept."""
    with _lock:
        for room in _rooms.values():
            room.stop()


def close() -> None:
    """Wait for what is under way, in all builds of this process; what is asked later opens the desks anew."""
    with _lock:
        for room in _rooms.values():
            room.close()
        if _rooms:
            gc.set_threshold(*_collecting[0])
        _rooms.clear()
