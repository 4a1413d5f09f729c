"""The same questions in bespokelabs-curator, which keeps each reply in a file of its own run."""

from __future__ import annotations

import json
import os
import sys


def main(url: str, given: str, out: str, at_once: str) -> None:
    os.environ |= {
        "OPENAI_API_KEY": "none",
        "CURATOR_CACHE_DIR": out,
        "TELEMETRY_ENABLED": "false",
        "CURATOR_VIEWER": "0",
        "CURATOR_DISABLE_RICH_DISPLAY": "1",
        "HF_HUB_OFFLINE": "1",
    }
    import tiktoken

    # it would fetch a vocabulary to count tokens, and does not start without: here a byte is a token
    pieces = tiktoken.Encoding(
        "bytes", pat_str=r"\S+|\s+", mergeable_ranks={bytes([k]): k for k in range(256)}, special_tokens={}
    )
    tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_, **__: pieces

    from bespokelabs import curator
    from datasets import Dataset

    class Ask(curator.LLM):
        def prompt(self, row: dict[str, str]) -> str:
            return row["text"]

        def parse(self, row: dict[str, str], response: str) -> dict[str, str]:  # noqa: ARG002  as it calls it
            return json.loads(
                response
            )  # with a response_format it asks a test question first, which this server does not know

    ask = Ask(
        model_name="m",
        backend="openai",
        system_prompt="你是药师。",
        backend_params={
            "base_url": url,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 10_000_000_000,
            "max_concurrent_requests": int(at_once),
            "max_retries": 2,
        },
        generation_params={"max_tokens": 100},
    )
    made = ask(Dataset.from_parquet(given))
    print(json.dumps({"replies": len(getattr(made, "dataset", made))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
