"""Twenty reviewers at once: how many labels a second, how long each waits for the next item, and whether a kill loses one.

    python benchmarks/review.py [--quick]

The server is the one of `medgo-data review serve`, in a process of its own; the reviewers are connections of this one, each
with its own session, which ask over HTTP on loopback. In the second run the server is killed (-9) three times while they work.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from common import asked, tell, texts
from medgo_data.review.room import tasks
from medgo_data.review.room.items import Item
from medgo_data.review.room.ledger import Ledger, Plan
from medgo_data.review.room.people import People

NONCE, TOKEN = re.compile(r'data-nonce="([^"]*)"'), re.compile(r'data-token="([^"]*)"')


def items(many: int) -> Iterator[Item]:
    """Answers of some two hundred characters, with the passage that each stands on."""
    pool = texts(1000, 7).to_pylist()
    for k in range(many):
        text = pool[k % len(pool)]
        shown = {
            "turns": [["user", text[:30]]],
            "answers": [text],
            "source": text * 3,
            "cited": [[10, 40]],
            "about": None,
        }
        row = f"bench/rows.jsonl#0-{k}"
        yield Item(
            task="check", rows=(row,), item=f"{k:032x}", corpus="bench", version="0" * 12, stratum="", shown=shown
        )


@dataclass
class Place:
    """A ledger in a folder, and a server over it that may be killed."""

    folder: Path
    port: int
    links: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.sqlite"

    def fill(self, many: int, labels: int, reviewers: int) -> float:
        began = time.perf_counter()
        ledger = Ledger(self.ledger)
        task = tasks.TASKS["check"]
        plan = Plan(
            corpus="bench",
            task="check",
            version="0" * 12,
            labels=labels,
            seed=1,
            every=0,
            guide=task.guide[0],
            told="1",
        )
        ledger.fill(items(many), plan)
        filled = time.perf_counter() - began
        people = People(ledger)
        self.links = {f"R{k:02d}": people.invite(f"R{k:02d}", "reviewer") for k in range(reviewers)}
        people.invite("admin", "admin")
        ledger.close()
        return filled

    def start(self) -> None:
        words = [
            "-m",
            "medgo_data.cli",
            "review",
            "serve",
            "--ledger",
            self.ledger,
            "--root",
            self.folder,
            "--port",
            self.port,
        ]
        self.process = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@contextmanager
def place(many: int, labels: int, reviewers: int) -> Iterator[tuple[Place, float]]:
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        made = Place(Path(folder), port)
        filled = made.fill(many, labels, reviewers)
        made.start()
        try:
            yield made, filled
        finally:
            made.kill()


async def reviewer(where: Place, alias: str, waits: list[float], heard: list[str], most: int) -> None:
    """One who says accept or reject as fast as the next item comes, and comes again when the room is closed for a moment."""
    base, dice = f"http://127.0.0.1:{where.port}", random.Random(alias)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{base}/in/{where.links[alias]}") as answer:
            answer.raise_for_status()
        page = ""
        while most > 0:
            try:
                if not page:
                    async with session.get(f"{base}/r/1") as answer:
                        page = await answer.text()
                nonce, token = NONCE.search(page), TOKEN.search(page)
                if not nonce or not token or not nonce[1]:
                    return
                said = {"nonce": nonce[1], "verdict": dice.choice(("accept", "accept", "reject")), "seconds": 1.0}
                began = time.perf_counter()
                async with session.post(f"{base}/r/1/say", json=said, headers={"x-token": token[1]}) as answer:
                    page = await answer.text()
                waits.append(time.perf_counter() - began)
                if answer.status == 200:
                    heard.append(nonce[1])
                    most -= 1
            except aiohttp.ClientError:
                page = ""
                await asyncio.sleep(0.05)


async def work(where: Place, kills: int, *, pause: int = 0, most: int = 10**9) -> tuple[float, list[float], list[str]]:
    waits: list[float] = []
    heard: list[str] = []
    began = time.perf_counter()
    everybody = asyncio.gather(*(reviewer(where, alias, waits, heard, most) for alias in where.links))
    for k in range(kills):
        while len(heard) < (k + 1) * pause and not everybody.done():  # noqa: ASYNC110  a count is looked at
            await asyncio.sleep(0.01)
        where.kill()
        await asyncio.to_thread(where.start)
    await everybody
    return time.perf_counter() - began, waits, heard


def audited(where: Place, labels: int, heard: list[str]) -> tuple[int, int, int]:
    """How many decisions there are, how many items have more labels than asked for, how many that were answered are not there."""
    ledger = Ledger(where.ledger)
    said = list(ledger.verdicts())
    there = {nonce for (nonce,) in ledger.db.execute("SELECT nonce FROM decisions")}
    ledger.close()
    each = Counter(one.rows for one in said)
    return len(said), sum(many > labels for many in each.values()), len(set(heard) - there)


def quantile(waits: list[float], share: float) -> str:
    return f"{sorted(waits)[int(share * (len(waits) - 1))] * 1000:.0f}"


def main() -> None:
    told = asked(__doc__)
    rows, many, met = [], 600 if told.quick else 3000, True
    for name, kills in (("twenty reviewers", 0), ("killed (-9) meanwhile", 1 if told.quick else 3)):
        with place(many, 2, 20) as (where, _):
            took, waits, heard = asyncio.run(work(where, kills, pause=many // 2))
            said, over, lost = audited(where, 2, heard)
        rows.append([name, said, f"{said / took:,.0f}", quantile(waits, 0.5), quantile(waits, 0.99), over, lost])
        met &= (over, lost, said) == (0, 0, 2 * many) and (
            kills > 0 or (said / took >= 500 and sorted(waits)[int(0.99 * len(waits))] <= 0.15)
        )
    large = 20_000 if told.quick else 1_000_000
    with place(large, 2, 1) as (where, filled):
        _, waits, _ = asyncio.run(work(where, 0, most=200))
    rows.append(
        [
            f"one reviewer, {large:,} items, filled in {filled:.0f} s",
            200,
            "",
            quantile(waits, 0.5),
            quantile(waits, 0.99),
            0,
            0,
        ]
    )
    met &= sorted(waits)[198] <= 0.05
    head = ["", "labels", "labels/s", "p50 ms", "p99 ms", "items with too many", "labels lost"]
    tell(
        "review: 500 labels a second, 150 ms at the most for 99 of 100, 50 ms at a million items, nothing lost",
        head,
        rows,
        met=met,
    )


if __name__ == "__main__":
    main()
