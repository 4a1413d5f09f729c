"""How many requests may be under way: more while all goes well, fewer when the endpoint says that it is too much.

Additive increase, multiplicative decrease, within requests and tokens a minute, and after a pause that the endpoint asks for. A place
that becomes free is taken at once by the next that waits; one that tries again stands before those that are new.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

FIRST, LESS = 8, 0.7
BURST = 1.0  # seconds' worth of requests or tokens that may go at once


class Rate:
    """So much a minute, whichever minute is looked at: the time at which the next may go (GCRA)."""

    def __init__(self, per_minute: float | None) -> None:
        self.each = (60 + BURST) / per_minute if per_minute else 0.0
        self.next = 0.0

    def due(self, cost: float, now: float) -> float:
        """When one of this cost may go; it is taken to have gone then."""
        self.next = max(self.next, now - BURST) + cost * self.each
        return self.next


class Pace:
    def __init__(self, at_once: int, per_minute: float | None, tokens_per_minute: float | None) -> None:
        self.most = at_once
        self.limit = float(min(FIRST, at_once))
        self.under_way = 0
        self.requests, self.tokens = Rate(per_minute), Rate(tokens_per_minute)
        self._held_until = 0.0
        self._starting = True  # doubles until it hears of too much
        self._lessened = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, tokens: float, *, again: bool = False) -> float:
        """Wait for a place, then for the time; return the time."""
        if self._waiting or self.under_way >= int(self.limit):
            place = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if again else self._waiting.append)(place)
            self._fill()
            await place
        else:
            self.under_way += 1
        await self._until(lambda: self._held_until)
        now = time.monotonic()
        due = max(self.requests.due(1, now), self.tokens.due(tokens, now))
        await self._until(lambda: max(due, self._held_until))
        return time.monotonic()

    def leave(self, more_tokens: float = 0.0) -> None:
        """The place is free; it took so many tokens more than it was taken to, or fewer."""
        self.under_way -= 1
        self.tokens.next += more_tokens * self.tokens.each
        self._fill()

    def went_well(self) -> None:
        self.limit = min(self.most, self.limit + (1 if self._starting else 1 / self.limit))
        self._fill()

    def too_much(self, went: float) -> None:
        """Fewer at once; of those that went before it was last heard, no more is heard."""
        self._starting = False
        if went >= self._lessened:
            self.limit = max(1.0, self.limit * LESS)
            self._lessened = time.monotonic()

    def hold(self, seconds: float) -> None:
        """Nothing goes for so long."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    async def _until(self, then: Callable[[], float]) -> None:
        while (left := then() - time.monotonic()) > 0:  # noqa: ASYNC110  meanwhile it may have become later
            await asyncio.sleep(left)

    def _fill(self) -> None:
        while self._waiting and self.under_way < int(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                self.under_way += 1
                place.set_result(None)
