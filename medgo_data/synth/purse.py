"""What a run may spend, and has: set aside before a request goes out, settled when its reply is there.

The cap holds over stops and restarts: what was at risk when a process was killed counts as spent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from medgo_data.stage import AskingError, Budget
from medgo_data.synth.chat import Chat, Request
from medgo_data.synth.replies import Replies, Reply

AHEAD = 64  # requests whose risk is written down at once


class BudgetError(AskingError):
    """The run has spent what it may; raised, it goes on where it stopped."""


@dataclass
class Purse:
    replies: Replies
    run: str
    budget: Budget | None
    calls: int = 0
    tokens: int = 0
    money: float = 0.0
    _aside: dict[int, tuple[int, float]] = field(default_factory=dict)
    _risk: tuple[int, float] = (0, 0.0)  # as far as it is written down
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.calls, self.tokens, self.money = self.replies.spent(self.run)

    def set_aside(self, chat: Chat, request: Request) -> int:
        """Reserve what the request may cost at the most."""
        tokens = request.most_tokens + chat.max_tokens
        money = chat.cost(request.most_tokens, chat.max_tokens)
        if self.budget and self.budget.of == "money" and money is None:
            raise BudgetError(
                f"a budget of {self.budget} needs a price: Chat(model={chat.model!r}, price=(of a million tokens of prompts, of replies)). "
                f"Or give it in tokens."
            )
        with self._lock:
            if self.budget:
                spent = (self.money if self.budget.of == "money" else self.tokens) + sum(
                    aside[self.budget.of == "money"] for aside in self._aside.values()
                )
                if spent + ((money or 0) if self.budget.of == "money" else tokens) > self.budget.amount:
                    raise BudgetError(
                        f"the budget of {self.budget} is spent: {self.calls:,} calls took {self.tokens:,} tokens"
                        f"{f' and {self.money:,.4f}' if self.money else ''}, and the next request might exceed it. All replies are kept: "
                        f"build again with a larger budget, and the run goes on."
                    )
            number = self.calls + len(self._aside)
            while number in self._aside:
                number += 1
            self._aside[number] = (tokens, money or 0.0)
            if self.budget:
                self._cover(tokens, money or 0.0)
            return number

    def settle(self, number: int, chat: Chat, reply: Reply | None, *, maybe: bool = False) -> None:
        """It cost what the reply says; without one nothing, or ``maybe`` all that was set aside."""
        with self._lock:
            tokens, money = self._aside.pop(number)
            if reply:
                tokens, money = reply.prompt_tokens + reply.reply_tokens, chat.cost(reply.prompt_tokens, reply.reply_tokens) or 0.0
            elif not maybe:
                return
            self.calls += 1
            self.tokens += tokens
            self.money += money

    def close(self) -> None:
        """Nothing is under way any more, so nothing is at risk."""
        with self._lock:
            self.replies.spend(self.run, self.calls, self.tokens, self.money, *_total(self._aside))
            self._risk = (0, 0.0)

    def _cover(self, tokens: int, money: float) -> None:
        """Have it written down that so much may be lost, some requests ahead."""
        under_way = _total(self._aside)
        known = self._risk
        if under_way[0] + self.tokens > known[0] or under_way[1] + self.money > known[1] + 1e-12:
            risk = (under_way[0] + AHEAD * tokens, under_way[1] + AHEAD * money)
            self.replies.spend(self.run, self.calls, self.tokens, self.money, *risk)
            self._risk = (self.tokens + risk[0], self.money + risk[1])


def _total(aside: dict[int, tuple[int, float]]) -> tuple[int, float]:
    return sum(tokens for tokens, _ in aside.values()), sum(money for _, money in aside.values())
