"""A model that is served behind a protocol like OpenAI's: asked many times at once, and again when it was too busy.

What it would not answer for a reason of this one request (too long, filtered) is a reply that says nothing, and counted.
The key, where one is needed, is OPENAI_API_KEY.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

from medgo_train.evaluate.backends.backend import Ask, Backend, How, Reply
from medgo_train.evaluate.files import EvaluationError

LATER = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}  # statuses after which it may work
NEVER = {401, 402, 403, 404, 405}  # statuses of which no request gets out
LONGEST_PAUSE = 60.0  # seconds
NEWER = "max_completion_tokens"  # as models that reason want it, in place of max_tokens
TOP = 20  # tokens of which an endpoint tells the log-probability, at the most
ALL_REFUSED = 3  # requests that it refuses while it answers none: then not they are wrong, but how they are asked
MISSHAPEN = (json.JSONDecodeError, UnicodeDecodeError, KeyError, IndexError, TypeError, AttributeError)
LOST = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


class Endpoint(Backend):
    road = "endpoint"

    def __init__(self, url: str, how: How) -> None:
        self.url, self.how = url.rstrip("/"), how
        self.name = how.model or self.url
        self._answers, self._stop = 0, threading.Event()

    @property
    def identity(self) -> str:
        return f"endpoint {self.name}"

    def ask(self, asks: Sequence[Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        left = iter(asks)
        refused: list[tuple[Ask, Reply]] = []
        running: dict[Future[Reply], Ask] = {}
        self._stop.clear()
        pool = ThreadPoolExecutor(self.how.at_once)
        try:
            while True:
                while len(running) < self.how.at_once and (ask := next(left, None)):
                    running[pool.submit(self._one, ask)] = ask
                if not running:
                    break
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                told = [(running.pop(one), one) for one in ended]
                good = [(ask, one.result()) for ask, one in told if not one.exception()]
                refused += [pair for pair in good if pair[1].refused]
                if some := [pair for pair in good if not pair[1].refused]:
                    yield some
                for _, one in told:
                    if one.exception():
                        self._stop.set()  # what waits for a better moment need not wait
                        yield from self._rest(running)
                        one.result()
                if self._answers and refused:
                    yield refused
                    refused = []
            if len(refused) >= ALL_REFUSED:
                raise EvaluationError(
                    f"{self.url} refused all of {len(refused)} requests: {refused[0][1].refused}. See that it takes what it "
                    f"is asked with, and start again."
                )
            if refused:
                yield refused
        finally:
            self._stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _rest(self, running: Mapping[Future[Reply], Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        """What still comes of those under way is kept."""
        wait(running)
        yield [(ask, one.result()) for one, ask in running.items() if not one.exception() and not one.result().refused]

    def _one(self, ask: Ask) -> Reply:
        body, before = json.dumps(self._body(ask)).encode(), self._answers
        wrong: Exception | None = None
        for number in range(self.how.tries):
            told = self._tried(body, ask)
            if isinstance(told, Reply):
                self._answers += not told.refused
                return told
            wrong, pause = told
            if number + 1 < self.how.tries and self._stop.wait(_pause(number) if pause is None else pause):
                break
        if isinstance(wrong, MISSHAPEN) or (getattr(wrong, "code", 0) == 500 and self._answers > before):
            return Reply(text="", refused="no answer")  # of this one; others it has answered
        raise self._silent(wrong) from wrong

    def _tried(self, body: bytes, ask: Ask) -> Reply | tuple[Exception, float | None]:
        """A reply; or what went wrong this time, and the pause that the endpoint asks for. What will not pass is raised."""
        begun = time.monotonic()
        try:
            return self._read(self._sent(body), ask, time.monotonic() - begun)
        except urllib.error.HTTPError as status:
            why = _said(status)
            if status.code in NEVER or why == "insufficient_quota":
                raise EvaluationError(f"{self.url} answers {status.code}: {why}. {_next(status.code)}") from status
            if status.code not in LATER:
                return Reply(text="", refused=why, seconds=round(time.monotonic() - begun, 4))
            return status, _asked_for(status.headers.get("Retry-After"))
        except LOST as lost:
            if not self._answers and isinstance(lost, urllib.error.URLError):
                raise self._silent(lost) from lost  # it never was there
            return lost, None
        except MISSHAPEN as strange:
            return strange, None

    def _silent(self, why: object) -> EvaluationError:
        return EvaluationError(
            f"{self.url} does not answer: {why}. What it has answered is kept: see that it runs, and start again."
        )

    def _body(self, ask: Ask) -> dict[str, Any]:
        how = self.how
        body: dict[str, Any] = {"model": how.model, "messages": list(ask.messages), "seed": how.seed + ask.draw}
        longest = NEWER if NEWER in how.params else "max_tokens"
        body |= {longest: how.longest, "temperature": how.temperature, **how.params}
        if ask.letters:
            body |= {longest: 1, "logprobs": True, "top_logprobs": TOP}
        return {name: value for name, value in body.items() if value is not None}  # null leaves one out

    def _sent(self, body: bytes) -> dict[str, Any]:
        head = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY') or 'none'}",
        }
        asked = urllib.request.Request(f"{self.url}/chat/completions", body, head)  # noqa: S310  http, as was looked
        with urllib.request.urlopen(asked, timeout=self.how.timeout) as reply:  # noqa: S310
            told: dict[str, Any] = json.loads(reply.read())
        return told

    def _read(self, told: Mapping[str, Any], ask: Ask, seconds: float) -> Reply:
        choice = told["choices"][0]
        usage = told.get("usage") or {}
        return Reply(
            text=_text(choice["message"]),
            logprobs=self._logprobs(choice) if ask.letters else None,
            prompt_tokens=usage.get("prompt_tokens"),
            completion_tokens=usage.get("completion_tokens"),
            seconds=round(seconds, 4),
            is_cut=not ask.letters and choice.get("finish_reason") == "length",
            refused="content_filter" if choice.get("finish_reason") == "content_filter" else "",
        )

    def _logprobs(self, choice: Mapping[str, Any]) -> dict[str, float]:
        content = (choice.get("logprobs") or {}).get("content")
        if not content:
            raise EvaluationError(
                f"{self.url} gives no log-probabilities. Ask for words instead: leave out --by letters."
            )
        return {str(one["token"]): float(one["logprob"]) for one in content[0].get("top_logprobs") or content}


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):  # in parts
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def _said(status: urllib.error.HTTPError) -> str:
    """What an endpoint says is wrong: its code where it has one. Its words may hold what it was asked."""
    error: Any = None
    with suppress(*LOST, ValueError):
        error = json.loads(status.read(100_000))
    for key in ("error", "detail"):
        error = error.get(key, error) if isinstance(error, dict) else error
    told = [error.get(key) for key in ("code", "type")] if isinstance(error, dict) else []
    return next((str(one) for one in told if one and not str(one).isdecimal()), status.reason or str(status.code))


def _next(status: int) -> str:
    if status in {404, 405}:
        return "Is this the URL of an endpoint, up to /v1, and does it serve a model of that name?"
    return "Say in OPENAI_API_KEY who asks."


def _asked_for(header: str | None) -> float | None:
    with suppress(TypeError, ValueError):
        return min(LONGEST_PAUSE, max(0.0, float(header or "")))
    return None


def _pause(number: int) -> float:
    return min(LONGEST_PAUSE, 2.0 ** (number - 1)) * random.uniform(0.5, 1)  # noqa: S311  so that not all come again at once
