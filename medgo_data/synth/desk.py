"""Where what a synthesizer asks is answered: from the replies that are kept, or by the endpoint, and then kept.

``write`` of a synthesizer is a coroutine that hands out requests. It is driven here, without an event loop: as long as replies are
there it runs on at once, which makes a replay cheap; what is not there goes to the endpoint, which drives it on when it answers.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Coroutine, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_data.stage import HOUSE, House
from medgo_data.synth import replies
from medgo_data.synth.chat import Chat, Request, key_of
from medgo_data.synth.endpoint import Endpoint, EndpointError, Refused
from medgo_data.synth.purse import Purse
from medgo_data.synth.replies import Replies, Reply

if TYPE_CHECKING:
    from medgo_data.synth.endpoint import Outcome

log = logging.getLogger("medgo_data")
ALONE = House(Path(".medgo"), "")  # without a build: in a notebook, or a test


class Wanted:
    """What a coroutine awaits: one request, or several at once."""

    def __init__(self, *requests: Request) -> None:
        self.requests = requests

    def __await__(self) -> Generator[Wanted, list[Reply], list[Reply]]:
        return (yield self)


class Work:
    """One passage on its way to rows."""

    def __init__(self, doc: dict[str, Any], writing: Coroutine[Wanted, list[Reply], Any]) -> None:
        self.doc = doc
        self.used: list[tuple[bytes, Reply]] = []  # the replies that it was given
        self.rows: list[dict[str, Any]] = []
        self.refused: str | None = None
        self._writing = writing
        self._wrong: BaseException | None = None
        self._done = threading.Event()

    def on(self, told: list[Reply] | None) -> Wanted | None:
        """Run it to what it wants next; None when it is done."""
        try:
            return self._writing.send(told)  # type: ignore[arg-type]
        except StopIteration as end:
            self._end(end.value)
        except Refused as reason:
            self._end(reason)
        except BaseException as wrong:  # noqa: BLE001  raised again where the batch waits for it
            self.fail(wrong)
        return None

    def _end(self, told: Any) -> None:
        if isinstance(told, Refused):
            self.refused = told.reason
        else:
            self.rows = list(told)
            self.refused = None if self.rows else "nothing_to_ask"
        self._done.set()

    def drop(self) -> None:
        """It was only begun to see what it would ask."""
        self._writing.close()
        self._done.set()

    def refuse(self, reason: Refused) -> None:
        self._writing.close()
        self._end(reason)

    def fail(self, wrong: BaseException) -> None:
        self._wrong = wrong
        self._writing.close()
        self._done.set()

    @property
    def open(self) -> bool:
        return not self._done.is_set()

    def wait(self) -> None:
        self._done.wait()
        if self._wrong is not None:
            raise self._wrong

    def took(self, chat: Chat) -> Counter[str]:
        told: Counter[str] = Counter()
        for _, reply in self.used:
            told.update(calls=1, prompt_tokens=reply.prompt_tokens, reply_tokens=reply.reply_tokens)
            told.update(recorded=int(reply.recorded), estimated=int(not reply.counted))
            told["cost"] += chat.cost(reply.prompt_tokens, reply.reply_tokens) or 0  # type: ignore[assignment]
        return told


class Room:
    """The replies and the purse of one build, and a desk for each Chat that it asks."""

    def __init__(self, house: House) -> None:
        self.replies = Replies(house.folder / "replies.sqlite")
        self.purse = Purse(self.replies, house.build, house.budget)
        self.desks: dict[bytes, Desk] = {}


class Desk:
    """Where the questions to one Chat are taken and answered."""

    def __init__(self, chat: Chat, room: Room) -> None:
        self.chat, self.replies = chat, room.replies
        self.open = 0
        self._lock = threading.Lock()
        self.endpoint: Endpoint | None = None
        self.recorded: dict[bytes, Reply] = {}
        if chat.base_url:
            self.endpoint = Endpoint(chat, room.replies, room.purse)
        elif chat.recorded:
            self.recorded = {key: reply for key, _, reply in replies.read(Path(chat.recorded))}
            log.info("Nothing is asked: %d recorded replies of %s stand in %s.", len(self.recorded), chat.model, chat.recorded)

    def take(self, works: Sequence[Work]) -> None:
        """Begin on these; what is answered already goes through to its end."""
        waiting = [(work, wanted) for work in works if (wanted := work.on(None))]
        while waiting:
            keyed = [(work, [(r, r.canonical) for r in wanted.requests]) for work, wanted in waiting]
            keys = [[key_of(canonical) for _, canonical in some] for _, some in keyed]
            known = self._known([key for some in keys for key in some])
            waiting = []
            for (work, some), mine in zip(keyed, keys, strict=True):
                if all(key in known for key in mine):
                    if wanted := self._answer(work, [(key, known[key]) for key in mine]):
                        waiting.append((work, wanted))
                else:
                    self._send(work, [request for request, _ in some], mine, known)

    def _known(self, keys: list[bytes]) -> dict[bytes, Reply]:
        known = self.replies.get(keys)
        return known | {key: self.recorded[key] for key in keys if key in self.recorded and key not in known}

    def _answer(self, work: Work, told: list[tuple[bytes, Reply]]) -> Wanted | None:
        work.used += told
        return work.on([reply for _, reply in told])

    def _send(self, work: Work, requests: list[Request], keys: list[bytes], known: dict[bytes, Reply]) -> None:
        """Have the endpoint answer what is not known; the last answer drives the work on."""
        if self.endpoint is None:
            work.fail(self._nobody())
            return
        endpoint, told = self.endpoint, dict(known)
        missing = {key: request for key, request in zip(keys, requests, strict=True) if key not in known}
        left = set(missing)
        with self._lock:
            self.open += len(missing)

        def then(key: bytes, outcome: Outcome) -> None:
            with self._lock:
                self.open -= 1
            left.discard(key)
            if isinstance(outcome, BaseException):
                if work.open:
                    work.refuse(outcome) if isinstance(outcome, Refused) else work.fail(outcome)
                return
            told[key] = outcome
            if not left and work.open and (wanted := self._answer(work, [(key, told[key]) for key in keys])):
                self._go_on(work, wanted)

        for key, request in missing.items():
            endpoint.ask(request, lambda outcome, key=key: then(key, outcome))  # type: ignore[misc]

    def _go_on(self, work: Work, wanted: Wanted) -> None:
        """In the thread of the endpoint: its next requests, of which some may be known."""
        keys = [key_of(r.canonical) for r in wanted.requests]
        known = self._known(keys)
        while all(key in known for key in keys):
            following = self._answer(work, [(key, known[key]) for key in keys])
            if following is None:
                return
            wanted = following
            keys = [key_of(r.canonical) for r in wanted.requests]
            known = self._known(keys)
        self._send(work, list(wanted.requests), keys, known)

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



_rooms: dict[House, Room] = {}
_lock = threading.Lock()


def at(chat: Chat) -> Desk:
    """The desk of this Chat in the build that is under way."""
    house = HOUSE.get() or ALONE
    with _lock:
        if house not in _rooms:
            _rooms[house] = Room(house)
        room, key = _rooms[house], chat.whole
        if key not in room.desks:
            room.desks[key] = Desk(chat, room)
        return room.desks[key]


def close() -> None:
    """Wait for what is under way, in all builds of this process; what is asked later opens the desks anew."""
    with _lock:
        for room in _rooms.values():
            for desk in room.desks.values():
                if desk.endpoint:
                    desk.endpoint.close()
            room.replies.close()
        _rooms.clear()
