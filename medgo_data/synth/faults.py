"""What an endpoint says when it does not answer, and what that means: again later, never for this row, or never for any.

No message holds the address, the key, or a word of a request.
"""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from medgo_data.stage import AskingError
from medgo_data.synth.chat import Chat

KEPT = "What was answered is kept: build again when that is put right."
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}")
MEANS = {  # what endpoints write beside a status: OpenAI, Azure, Alibaba, DeepSeek, Moonshot, Zhipu, vLLM, SGLang, llama.cpp
    "concurrency": r"concurren|parallel|in.?flight|simultaneous|并发",
    "rate": r"rate.?(limit|quota)|too many requests|per.?(min|sec|day)|\b[rtqi]p[msd]\b|qps|throttl|frequen|频率|每分钟|限流|过快|限速",
    "quota": r"insufficient.?(quota|balance|fund)|current quota|billing|arrear|credit|余额|欠费|额度已|账户",
    "filtered": r"content.?(filter|policy|management)|inspection|moderation|inappropriate|sensitive|unsafe|敏感|不安全|违规|审核",
    "too_long_for_the_model": r"context.{0,20}(length|window|size|limit)|too.(long|large)|longer than|maximum.{0,24}(token|length|context)"
    r"|input.{0,4}length|exceeds?.{0,30}(context|tokens|length)|max_new_tokens must|超长|长度超|超过.{0,12}长度",
    "model": r"model.{0,60}(not.(exist|found|available|have)|n.t exist|unknown)|(unknown|no such|invalid).model|模型.{0,12}(不存在|未找到)",
}


class EndpointError(AskingError):
    """The endpoint cannot be used as it is: the message says why, and what to do."""


class Refused(Exception):  # noqa: N818  a reason, not a fault
    """No rows come of a document, or of a part of it, for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AgainError(Exception):
    """It may go well another time; if it never does, while others do, the row is refused for the ``reason``."""

    def __init__(
        self,
        told: str,
        kind: str = "failed",
        *,
        after: float | None = None,
        maybe_paid: bool = False,
        reason: str = "unanswered",
    ) -> None:
        super().__init__(told)
        self.kind = (
            kind  # failed, busy, concurrency, rate, quota; or bad, when it is not yet known whether it takes any
        )
        self.after, self.maybe_paid, self.reason = after, maybe_paid, reason


def who(chat: Chat) -> str:
    return f"the endpoint of {chat.endpoint}_BASE_URL"


def no_endpoint(chat: Chat, told: str) -> EndpointError:
    return EndpointError(
        f"{who(chat)} {told}: {chat.endpoint}_BASE_URL is not the address of an OpenAI-compatible endpoint (they mostly end in /v1)."
    )


def meaning(chat: Chat, status: int, headers: Any, content: bytes, *, worked: bool) -> Exception:
    """What a status means, to one that ``worked`` before or did not."""
    told = _error(content)
    words = " ".join(str(told.get(name) or "") for name in ("code", "type", "message")).lower()
    means = [kind for kind, pattern in MEANS.items() if re.search(pattern, words)]
    named = ", ".join(w for w in (str(told.get("code") or ""), str(told.get("type") or "")) if WORD.fullmatch(w))
    said = f"says {status} ({named})" if named else f"says {status}"
    if status == 429:
        kind = next((kind for kind in means if kind in ("concurrency", "rate", "quota")), "concurrency")
        return AgainError(said, kind, after=_seconds(headers))
    if status >= 500 or status in (408, 409, 425):
        return AgainError(said, "busy" if status in (502, 503, 504, 529) else "failed", after=_seconds(headers))
    return _for_any(chat, status, means, said) or _for_this(status, means, said, worked=worked)


def _for_any(chat: Chat, status: int, means: list[str], said: str) -> EndpointError | None:
    """What no row can help."""
    if status == 402 or (status in (400, 403) and "quota" in means):
        return EndpointError(f"{who(chat)} {said}: it wants to be paid. {KEPT}")
    if "filtered" in means or "too_long_for_the_model" in means:
        return None
    if status == 404 or (status in (400, 403, 422) and "model" in means):
        return EndpointError(
            f"{who(chat)} {said}: it does not know the model {chat.model!r}, or {chat.endpoint}_BASE_URL is not the address of an "
            f"OpenAI-compatible endpoint (they mostly end in /v1)."
        )
    if status in (401, 403):
        what = "does not take the key" if chat.key else "wants a key"
        return EndpointError(f"{who(chat)} {said}: it {what}. Put a right one into {chat.endpoint}_API_KEY.")
    return no_endpoint(chat, said) if status < 400 or status == 405 else None


def _for_this(status: int, means: list[str], said: str, *, worked: bool) -> Exception:
    """What may be the fault of a row; of one that never worked it is not yet known."""
    reasons = [kind for kind in means if kind in ("filtered", "too_long_for_the_model")]
    reason = reasons[0] if reasons else "too_long_for_the_model" if status == 413 else "bad_request"
    return Refused(reason) if worked else AgainError(said, "bad", reason=reason)


def _error(content: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(content)
    except ValueError:
        return {}
    error = told.get("error", told) if isinstance(told, dict) else {}
    return error if isinstance(error, dict) else {"message": str(error)}


def _seconds(headers: Any) -> float | None:
    """How long to wait, if it says so: in seconds, or until when."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        told = headers.get(name)
        if told is None:
            continue
        try:
            seconds = float(told) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(told).timestamp() - time.time()
            except ValueError:
                continue
        return min(3600.0, max(0.0, seconds))
    return None
