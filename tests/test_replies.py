"""Replies are kept under the hash of what was asked: whole, once, for many processes, through kills and full disks."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from medgo_data.synth import Chat
from medgo_data.synth import replies as kept
from medgo_data.synth.chat import Request
from medgo_data.synth.replies import RecordedError, Replies, Reply
from tests.asking import echoed, house
from tests.scripted import endpoint, told

CHAT = Chat(model="m", max_tokens=100)


def request(said: str) -> Request:
    return CHAT.request([{"role": "user", "content": said}])


def keep(replies: Replies, *pairs: tuple[Request, Reply]) -> list[Reply | OSError]:
    done: list[Reply | OSError] = []
    for asked, reply in pairs:
        replies.keep(asked.canonical, reply, done.append)
    replies.close()
    return done


def reply(text: str) -> Reply:
    return Reply(text, "stop", "m", 10, len(text))


def test_what_is_kept_is_found_by_what_was_asked(tmp_path: Path) -> None:
    asked = [request(f"甲{k}") for k in range(1200)]  # more than one query takes
    keep(Replies(tmp_path / "r.sqlite"), *((one, reply(f"答{k}")) for k, one in enumerate(asked[:-1])))
    again = Replies(tmp_path / "r.sqlite")
    found = again.get([one.key for one in asked])
    again.close()
    assert [found[one.key].text for one in asked[:-1]] == [f"答{k}" for k in range(1199)]
    assert asked[-1].key not in found


def test_the_first_reply_is_kept_and_the_second_is_told_of_it(tmp_path: Path) -> None:
    one, other = Replies(tmp_path / "r.sqlite"), Replies(tmp_path / "r.sqlite")
    assert keep(one, (request("甲"), reply("先"))) == [reply("先")]
    assert keep(other, (request("甲"), reply("后"))) == [reply("先")]


@pytest.mark.parametrize(
    "other",
    [
        Chat(model="n", max_tokens=100).request([{"role": "user", "content": "甲"}]),
        Chat(model="m", max_tokens=101).request([{"role": "user", "content": "甲"}]),
        Chat(model="m", max_tokens=100, temperature=0.0).request([{"role": "user", "content": "甲"}]),
        Chat(model="m", max_tokens=100, top_p=0.9).request([{"role": "user", "content": "甲"}]),
        Chat(model="m", max_tokens=100, seed=1).request([{"role": "user", "content": "甲"}]),
        Chat(model="m", max_tokens=100, params={"top_k": 5}).request([{"role": "user", "content": "甲"}]),
        CHAT.request([{"role": "user", "content": "甲 "}]),
        CHAT.request([{"role": "assistant", "content": "甲"}]),
        CHAT.request([{"role": "system", "content": "乙"}, {"role": "user", "content": "甲"}]),
        CHAT.request([{"role": "user", "content": "甲"}], {"type": "string"}),
        CHAT.request([{"role": "user", "content": "甲"}], sample=1),
    ],
)
def test_whatever_is_asked_otherwise_meets_no_old_reply(other: Request) -> None:
    assert other.key != request("甲").key


def test_where_and_how_fast_it_is_asked_changes_no_question() -> None:
    knobs: dict[str, Any] = {
        "endpoint": "JUDGE",
        "recorded": "r.jsonl",
        "price": (1, 2),
        "at_once": 3,
        "per_minute": 4,
        "timeout": 5,
    }
    assert (
        Chat(model="m", max_tokens=100, **knobs).request([{"role": "user", "content": "甲"}]).key == request("甲").key
    )


def test_another_sample_has_another_seed() -> None:
    seeded = Chat(model="m", seed=7)
    assert [seeded.request([], sample=k).body["seed"] for k in range(3)] == [7, 8, 9]
    assert "seed" not in CHAT.request([], sample=3).body


# ---- the portable file


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.zst"])
def test_a_portable_file_holds_the_same_whoever_wrote_it_and_when(name: str, tmp_path: Path) -> None:
    pairs = [(request(f"乙{k}"), reply(f"答\n{k}\u2028")) for k in range(20)]
    files = []
    for some in (pairs, pairs[::-1]):
        replies = Replies(tmp_path / f"{len(files)}.sqlite")
        keep(replies, *some)
        files.append(tmp_path / f"{len(files)}-{name}")
        again = Replies(replies.path)
        assert kept.write(files[-1], again.told()) == 20
        again.close()
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {key: one for key, _, one in kept.read(files[0])} == {
        asked.key: one._replace(recorded=True) for asked, one in pairs
    }
    third = Replies(tmp_path / "third.sqlite")
    assert third.add(files[0]) == 20
    assert third.get([pairs[0][0].key]) == {pairs[0][0].key: pairs[0][1]}
    third.close()


def test_a_portable_file_may_be_of_one_model(tmp_path: Path) -> None:
    keep(Replies(tmp_path / "r.sqlite"), (request("丙"), reply("一")), (request("丁"), reply("二")._replace(model="n")))
    again = Replies(tmp_path / "r.sqlite")
    assert [line["reply"]["text"] for line in again.told("n")] == ["二"]
    again.close()


def test_packed_pieces_may_be_put_one_behind_the_other(tmp_path: Path) -> None:
    import zstandard

    lines = [{"request": request(said).body, "reply": reply(said)._asdict()} for said in "戊己"]
    packed = b"".join(zstandard.compress(json.dumps(line).encode() + b"\n") for line in lines)
    (tmp_path / "r.jsonl.zst").write_bytes(packed)
    assert [one.text for _, _, one in kept.read(tmp_path / "r.jsonl.zst")] == ["戊", "己"]


@pytest.mark.parametrize(
    "content",
    [
        '{"request": {}}',
        "not json",
        '{"request": {}, "reply": {"text": 1}}',
        '{"request": {}, "reply": {"words": "x"}}',
        "[]",
    ],
)
def test_a_line_that_is_no_reply_is_named(content: str, tmp_path: Path) -> None:
    good = json.dumps({"request": {}, "reply": reply("庚")._asdict()})
    (tmp_path / "r.jsonl").write_text(f"{good}\n{content}\n", "utf-8")
    with pytest.raises(RecordedError, match=r"r\.jsonl, line 2: no recorded reply"):
        list(kept.read(tmp_path / "r.jsonl"))


def test_a_packed_file_that_is_none_and_one_that_is_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl.zst").write_bytes(b"not packed")
    with pytest.raises(RecordedError, match="no recorded reply"):
        list(kept.read(tmp_path / "r.jsonl.zst"))
    with pytest.raises(RecordedError, match=r"no recorded replies .*Write some with: medgo-data replies"):
        list(kept.read(tmp_path / "none.jsonl"))


# ---- the disk


def test_a_file_that_is_no_file_of_replies_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(OSError, match=r"replies cannot be kept or read \(file is not a database\).*r\.sqlite"):
        Replies(tmp_path / "r.sqlite")


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.asking import echoed, house
from medgo_data.synth import Chat
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with house(Path(sys.argv[1])):
    try:
        echoed(Chat(model="m", max_tokens=100, at_once=8), *[f"辛{k}" + "字" * 2000 for k in range(300)])
    except OSError as wrong:
        print(wrong)
"""


def test_a_full_disk_is_told_and_what_was_kept_before_is_there(tmp_path: Path) -> None:
    with endpoint() as url:
        environment = os.environ | {"OPENAI_BASE_URL": url}
        command = [sys.executable, "-c", FULL, str(tmp_path), str(200_000)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=60).stdout
        assert "replies cannot be kept or read" in said and "replies.sqlite" in said and "room on the disk" in said
        paid = told(url)["paid"]
        there = Replies(tmp_path / ".medgo" / "replies.sqlite")
        many = sum(1 for _ in there.told())
        there.close()
        assert 0 < many < 300 and paid - many <= 8 + 8, "what was in flight is lost: it was paid, and could not be kept"


TWO = """
import sys
from pathlib import Path
from tests.asking import echoed, house
from medgo_data.synth import Chat
texts = [f"壬{k}<<count*>>" for k in range(400)]
with house(Path(sys.argv[1]), build=sys.argv[2]):
    print("\\n".join(echoed(Chat(model="m", max_tokens=100, at_once=16), *(texts if sys.argv[2] == "a" else texts[::-1]))))
"""


def test_two_processes_over_one_file_end_with_the_same_replies(tmp_path: Path) -> None:
    """They go through the same questions from both ends, and the endpoint never says the same twice."""
    with endpoint() as url:
        words = {"env": os.environ | {"OPENAI_BASE_URL": url}, "stdout": subprocess.PIPE, "text": True}
        both = [subprocess.Popen([sys.executable, "-c", TWO, str(tmp_path), name], **words) for name in "ab"]  # type: ignore[call-overload]
        said = [process.communicate(timeout=60)[0].split() for process in both]
        paid = told(url)["paid"]
    assert said[0] == said[1][::-1] and len(set(said[0])) == 400
    assert paid <= 400 + 2 * 16, "what one has paid, the other does not"
    with closing(sqlite3.connect(tmp_path / ".medgo" / "replies.sqlite")) as file:
        assert file.execute("SELECT count(*) FROM replies").fetchone() == (400,)
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_kept_reply_is_used_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint() as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with house(tmp_path):
            first = echoed(CHAT, "癸<<count*>>")
        with house(tmp_path):
            assert echoed(CHAT, "癸<<count*>>") == first
        assert told(url)["paid"] == 1
