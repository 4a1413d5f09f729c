"""What a synthesizer would ask about a batch, and what that would take: reckoned from the prompts themselves, with nobody asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgo_data.stage import HOUSE, Forecast
from medgo_data.synth.chat import Request
from medgo_data.synth.desk import ALONE, Work
from medgo_data.synth.replies import Replies

if TYPE_CHECKING:
    import polars as pl

    from medgo_data.synth.synthesizer import Synthesizer

TOKENS = 0.8  # of a character: Chinese takes 0.6 to 1.0, by the tokenizer


def forecast(synthesizer: Synthesizer, docs: pl.DataFrame) -> Forecast:
    """Of each passage the first requests are known; what follows from their replies is taken to be as long."""
    chat = synthesizer.chat
    requests = [
        request
        for doc in docs.to_dicts()
        for part in synthesizer.passages(doc)
        for request in _first(synthesizer, part)
    ]
    kept, usual = _kept(requests)
    rounds = synthesizer.rounds
    prompts = sum(TOKENS * request.chars for request in requests)
    replies = len(requests) * min(usual or chat.max_tokens, chat.max_tokens)
    most_prompts = sum(request.most_tokens for request in requests)
    most = (
        rounds * 2 * most_prompts,
        rounds * 2 * len(requests) * chat.max_tokens,
    )  # each may be asked for again, once
    return Forecast(
        calls=rounds * len(requests),
        kept=kept,
        tokens=round(rounds * (prompts + replies)),
        most_tokens=sum(most),
        cost=chat.cost(rounds * prompts, rounds * replies) or 0.0,
        most_cost=chat.cost(*most) or 0.0,
    )


def _first(synthesizer: Synthesizer, doc: dict[str, object]) -> list[Request]:
    work = Work(doc, synthesizer.write)
    wanted = work.on()
    if work.open:
        work.drop()
    return [wanted] if wanted else []


def _kept(requests: list[Request]) -> tuple[int, float | None]:
    """How many of the replies are there, and how long such are."""
    file = (HOUSE.get() or ALONE).folder / "replies.sqlite"
    if not file.is_file():
        return 0, None
    replies = Replies(file)
    try:
        found = replies.get([request.key for request in requests])
        return len(found), replies.usual(requests[0].body["model"]) if requests else None
    finally:
        replies.close()
