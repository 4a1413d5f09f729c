"""The same questions from a loop of one's own: the openai client on aiohttp, raw replies; or aiohttp alone, with --bare. Nothing is kept."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import aiohttp
import openai
import pyarrow.parquet as pq

SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string"}, "answer": {"type": "string"}},
    "required": ["question", "answer"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}


def body(text: str) -> dict[str, object]:
    messages = [{"role": "system", "content": "你是药师。"}, {"role": "user", "content": text}]
    return {"model": "m", "messages": messages, "max_tokens": 100, "response_format": FORMAT}


async def all_of(ask: Callable[[str], Awaitable[bytes]], texts: list[str], at_once: int) -> int:
    left, right = iter(texts), 0

    async def work() -> None:
        nonlocal right
        for text in left:
            told = json.loads(await ask(text))
            right += "question" in json.loads(told["choices"][0]["message"]["content"])

    await asyncio.gather(*(work() for _ in range(at_once)))
    return right


async def main(url: str, given: str, _: str, at_once: str, *words: str) -> None:
    texts, most = pq.read_table(given, columns=["text"])["text"].to_pylist(), int(at_once)
    if words:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=most)) as session:

            async def bare(text: str) -> bytes:
                async with session.post(f"{url}/chat/completions", json=body(text)) as answer:
                    return await answer.read()

            right = await all_of(bare, texts, most)
    else:
        async with openai.AsyncOpenAI(
            base_url=url, api_key="none", http_client=openai.DefaultAioHttpClient(), max_retries=0
        ) as client:

            async def ask(text: str) -> bytes:
                raw = await client.chat.completions.with_raw_response.create(**body(text))  # type: ignore[call-overload]
                return raw.http_response.content  # type: ignore[no-any-return]

            right = await all_of(ask, texts, most)
    print(json.dumps({"replies": right}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
