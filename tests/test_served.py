"""A real model behind a real endpoint: a tiny Qwen3, made and taught here what it says, served by ``transformers serve``.

Such an endpoint takes a JSON Schema with a status of 200 and does not hold to it, so all that a reply can be wrong in really happens.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from medgo_data import Here, build
from medgo_data import open as open_built
from medgo_data.synth import Chat
from medgo_data.synth.endpoint import EndpointError
from medgo_data.synth.shape import ShapeError, fitted
from medgo_data.synth.synthesizer import AGAIN
from tests import tiny
from tests.asking import Pairs, Talk, corpus, write
from tests.conftest import manifest

pytestmark = pytest.mark.slow
for needed in ("torch", "transformers", "fastapi", "uvicorn"):
    pytest.importorskip(needed)

CHAT = Chat(model="tiny", max_tokens=60, temperature=0.0, seed=1, at_once=4)
GOOD = '{"pairs": [{"question": "虚构药%d号怎么吃？", "answer": "一次%d片。"}]}'
REPLIES = {  # what the model learns to say to each leaflet; to the second of them it is told what was wrong with the first
    "虚构药1号：一次1片。": [GOOD % (1, 1)],
    "虚构药2号：一次2片。": [GOOD % (2, 2)],
    "虚构药3号：一次3片。": [f"```json\n{(GOOD % (3, 3))[:-1]},}}\n```"],
    "虚构药4号：一次4片。": ["一次吃4片就好。", GOOD % (4, 4)],
    "虚构药5号：一次5片。": ['{"pairs": [{"question": "怎么吃？"}]}', GOOD % (5, 5)],
    "虚构药6号：一次6片。": ["我不知道。", "我还是不知道。"],
    "虚构药7号：一次7片。": ['{"pairs": []}'],
    "虚构药8号：一次8片。": ["谨遵医嘱，" * 60],
}


def lessons(stage: Talk) -> Iterator[tuple[list[dict[str, str]], str]]:
    """What it is asked, message by message, and what it has to say."""
    for text, replies in REPLIES.items():
        told = [{"role": "system", "content": stage.system}, *stage.prompt({"text": text})]
        for reply in replies:
            yield told, reply
            try:
                fitted(reply, Pairs)
            except ShapeError as wrong:
                again = {"role": "user", "content": AGAIN.format(wrong=wrong)}
                told = [*told, {"role": "assistant", "content": reply}, again]


def taught(folder: Path) -> Any:
    """The model in a folder, overfitted until it says all of it; its tokenizer."""
    import torch
    from transformers import GenerationConfig

    pairs = list(lessons(Talk(chat=CHAT, unscrubbed=True)))
    tokens = tiny.tokenizer(
        [message["content"] for told, _ in pairs for message in told] + [reply for _, reply in pairs]
    )
    model = tiny.model(tokens)
    rows = []
    for told, reply in pairs:
        asked = tokens.apply_chat_template(told, add_generation_prompt=True, return_dict=False)
        said = tokens(reply + tokens.eos_token)["input_ids"]
        rows.append((asked, said[: CHAT.max_tokens + 1]))  # more of it is never heard
    longest = max(len(asked) + len(said) for asked, said in rows)
    given = torch.full((len(rows), longest), tokens.pad_token_id)
    wanted = torch.full_like(given, -100)
    for k, (asked, said) in enumerate(rows):
        whole = torch.tensor(asked + said)
        given[k, : len(whole)] = whole
        wanted[k, len(asked) : len(whole)] = whole[len(asked) :]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(1000):
        loss = model(input_ids=given, labels=wanted).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.005:
            break
    model.generation_config = GenerationConfig(eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id)
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return tokens


@contextmanager
def served(model: Path, log: Path) -> Iterator[str]:
    """The model behind ``transformers serve``, on loopback, which knows of no network; its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = Path(sys.executable).with_name("transformers")
    command = [name, "serve", model.name, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    alone = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(log.parent), "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    with log.open("wb") as file:
        server = subprocess.Popen(
            command, cwd=model.parent, env=os.environ | alone, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 120
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None and time.monotonic() < until, log.read_text("utf-8")[-2000:]
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except OSError:
        return False


@dataclass(frozen=True, kw_only=True)
class Counted(Talk):
    """Another parser of the same replies."""

    version: ClassVar[int] = 2

    def parse(self, doc: dict[str, Any], reply: Pairs) -> Any:
        rows = super().parse(doc, reply)
        return [row | {"about": "用法用量"} for row in rows] if isinstance(rows, list) else rows


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """Where it stands, and its tokenizer."""
    folder = tmp_path_factory.mktemp("served")
    tokens = taught(folder / "tiny")
    with served(folder / "tiny", folder / "log") as url:
        yield url, tokens


@pytest.fixture(autouse=True)
def asked(real: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", real[0])
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_corpus_is_written_by_a_real_model_behind_a_real_endpoint(
    real: tuple[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, root = write(tmp_path / "raw", list(REPLIES)), tmp_path / "root"
    folder = build(corpus(source, Talk(chat=CHAT, unscrubbed=True)), root, Here())
    rows = open_built(root, "talk").rows().collect()
    assert [[message["content"] for message in row] for row in rows["messages"]] == [
        [f"虚构药{k}号怎么吃？", f"一次{k}片。"] for k in range(1, 6)
    ], "as it was said, mended without a word lost, or said again as it was wanted"

    (line,) = (one for one in manifest(folder)["funnel"] if one["stage"] == "Talk")
    assert line["dropped"] == {"became_rows": 5, "not_as_asked": 1, "too_few_pairs": 1, "truncated": 1}
    given = [told for told, _ in lessons(Talk(chat=CHAT, unscrubbed=True))]
    assert line["asked"]["calls"] == len(given) == 11
    told = [real[1].apply_chat_template(told, add_generation_prompt=True, return_dict=False) for told in given]
    assert line["asked"]["prompt_tokens"] == sum(map(len, told)), "as the endpoint counts them"

    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # where nobody is
    build(corpus(source, Counted(chat=CHAT, unscrubbed=True)), root, Here())
    again = open_built(root, "talk").rows().collect()
    assert again["about"].to_list() == ["用法用量"] * 5 and again["messages"].equals(rows["messages"])


def test_a_model_that_it_does_not_have_stops_the_run_and_is_named(tmp_path: Path) -> None:
    other = Chat(model="another", max_tokens=60)
    with pytest.raises(EndpointError, match=r"says 400 to any request\. Has it the model 'another', and does it know"):
        build(
            corpus(write(tmp_path / "raw", list(REPLIES)), Talk(chat=other, unscrubbed=True)), tmp_path / "root", Here()
        )
