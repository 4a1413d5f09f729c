"""What a build may spend on models, and has: set aside before a request goes out, settled when its reply is there.

The cap holds over stops and restarts: what was at risk when a process was killed counts as spent.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import NamedTuple

from medgo_data.stage import AskingError, Budget
from medgo_data.synth.chat import Chat, Request

AHEAD, SHARE = 64, 0.02  # requests, and of what is left: so much more risk is written down at once


class BudgetError(AskingError):
    """The build has spent what it may; raised, it goes on where it stopped."""


class Cost(NamedTuple):
    tokens: float = 0
    money: float = 0.0

    def plus(self, other: Cost, times: float = 1) -> Cost:
        return Cost(self.tokens + times * other.tokens, self.money + times * other.money)


class Purse:
    """Of one build, whichever models it asks. It is kept in a file, so a build that was stopped finds it again.

    Without a budget nothing is written down ahead: what such a build spent before it was killed is not known to the next.
    """

    def __init__(self, file: Path, budget: Budget | None) -> None:
        self.file, self.budget = file, budget
        told = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        self.calls: int = told.get("calls", 0)
        self._left_behind = Cost(
            *told.get("at_risk", ())
        )  # by a process that is no more: spent, unless it is found again
        self.spent = Cost(*told.get("spent", ())).plus(self._left_behind)
        self._aside = Cost()
        self._under_way = 0
        self._covered = self.spent  # as far as it is written down that it may be spent
        self._lock = threading.Lock()

    def set_aside(self, chat: Chat, request: Request) -> Cost | None:
        """Reserve what the request may cost at the most; None if that is to be seen when what is under way is settled."""
        most = _most(chat, request)
        with self._lock:
            if self.budget:
                if self.budget.of == "money" and chat.price is None:
                    raise BudgetError(
                        f"a budget of {self.budget} needs a price: Chat(model={chat.model!r}, price=(of a million tokens of "
                        f"prompts, of replies)). Or give it in tokens."
                    )
                left = self.budget.amount - self._of(self.spent) - self._of(self._aside)
                if self._of(most) > left:
                    if self._under_way:
                        return None
                    raise BudgetError(self._used_up())
                self._cover(most, left)
            self._aside = self._aside.plus(most)
            self._under_way += 1
        return most

    def find_aside(self, chat: Chat, request: Request) -> Cost:
        """What a process that is no more had set aside for a request that is still under way: it is not spent yet."""
        most = _most(chat, request)
        with self._lock:
            known = Cost(*map(min, most, self._left_behind))
            self._left_behind = self._left_behind.plus(known, -1)
            self.spent = self.spent.plus(known, -1)
            self._aside = self._aside.plus(most)
            self._under_way += 1
        return most

    def settle(self, aside: Cost, cost: Cost | None) -> None:
        """It is known what it took; None: nothing."""
        with self._lock:
            self._aside = self._aside.plus(aside, -1)
            self._under_way -= 1
            if not self._under_way:
                self._aside = Cost()  # to the last digit
            if cost:
                self.calls += 1
                self.spent = self.spent.plus(cost)

    def close(self) -> None:
        """Only what is still under way, in a batch, is at risk."""
        with self._lock:
            if self.calls or self._under_way:
                self._write(self._aside)

    def _of(self, cost: Cost) -> float:
        return cost.money if self.budget and self.budget.of == "money" else cost.tokens

    def _cover(self, most: Cost, left: float) -> None:
        """Have it written down what may be lost, some requests ahead, before it can be."""
        risk = self._aside.plus(most)
        if self._of(self.spent.plus(risk)) > self._of(self._covered):
            risk = risk.plus(most, min(AHEAD, SHARE * left / (self._of(most) or 1)))
            self._write(risk)
            self._covered = self.spent.plus(risk)

    def _write(self, risk: Cost) -> None:
        """Beside, then renamed."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        with beside.open("w", encoding="utf-8") as file:
            known, risk = self.spent.plus(self._left_behind, -1), risk.plus(self._left_behind)
            json.dump({"calls": self.calls, "spent": known, "at_risk": risk}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.file)

    def _used_up(self) -> str:
        money = f" and {self.spent.money:,.4f}" if self.spent.money else ""
        return (
            f"the budget of {self.budget} is spent: {self.calls:,} calls took {self.spent.tokens:,.0f} tokens{money}, and the next "
            f"request might exceed it. All replies are kept: build again with a larger budget, and it goes on."
        )


def _most(chat: Chat, request: Request) -> Cost:
    return Cost(request.most_tokens + chat.most_reply, chat.cost(request.most_tokens, chat.most_reply) or 0.0)
