"""A thousand workers that fail and lag, as discrete events: how large a part should be, and when one is begun a second time.

    python benchmarks/simulate.py                        a pass over 4.6 TB of text (1 T tokens), at the rates that were measured
    python benchmarks/simulate.py --picture FILE.svg

What is assumed stands in ``Machines``; what is chosen is the size of a part, at how many times the median a second worker begins it
too, and into how many pieces the rows are cut that are to meet. Time lost is told against work that is spread evenly over
the same workers, fast and slow, of which none fails. The same seeds meet every choice.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common import Size, asked, median, tell

RATES = Path(__file__).parent.parent / "medgo_data" / "rates.json"
MEGABYTES, SEEDS = Size(4_640_000, 464_000), Size(3, 1)
PARTS = (16, 64, 256, 1024)  # MB
AGAIN = (None, 1.5, 2.0, 4.0)  # times the median
BANDS, PREFIXES = 23, (1, 4, 16, 64, 256)
HOUSE = (64, 4.0)  # what is proposed for so many workers; and when engines begin a part a second time
MOST_LOST = 0.15  # of the time, with the choice of the house
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Machines:
    """What is assumed of the workers."""

    workers: int = 1000
    uneven: float = 0.08  # the spread of their speeds, log-normal
    slow: float = 0.02  # of them take
    slower: float = 4.0  # times as long, with noisy neighbours
    hiccups: float = 0.005  # of all attempts take
    longer: float = 5.0  # times as long, for a disk that hangs
    between_failures: float = 200.0  # hours of one worker
    back: float = 300.0  # seconds until a worker that failed is back
    dispatch: float = 0.004  # seconds in which the driver hands out a part and takes its receipt, one after the other
    part: float = 0.15  # seconds that every part takes, however small: opened, synced, renamed
    work: float = 0.15  # the spread of what parts of one size take, log-normal


@dataclass
class Pass:
    """One pass over all parts; ``run`` returns when the last is done."""

    on: Machines
    seconds: float  # of a part, in the mean
    parts: int
    again: float | None
    seed: int
    now: float = 0.0
    driver: float = 0.0  # when the driver is free again
    copies: int = 0
    failures: int = 0
    most_tries: int = 0
    wasted: float = 0.0
    events: list[tuple[float, int, str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = np.random.default_rng([self.seed, self.parts])
        on = self.on
        self.speed = np.exp(self.dice.normal(0, on.uneven, on.workers))
        self.speed[self.dice.random(on.workers) < on.slow] /= on.slower
        self.work = self.seconds * np.exp(self.dice.normal(-(on.work**2) / 2, on.work, self.parts)) + on.part
        self.chance = np.random.default_rng([self.seed, 7])  # of what happens on the way

    def run(self) -> float:
        on = self.on
        self.queue = list(range(self.parts))[::-1]
        self.idle = list(range(on.workers))
        self.done = np.zeros(self.parts, np.bool_)
        self.tries = np.zeros(self.parts, np.int32)
        self.running: dict[int, dict[int, float]] = {}  # by part: its workers, and when each began
        self.attempt = np.zeros(on.workers, np.int64)  # of a worker: what belongs to an earlier one is not heard
        self.took: list[float] = []
        self.left, self.waiting = self.parts, False
        self._hand_out()
        while self.left:
            self.now, _, what, worker, attempt = heapq.heappop(self.events)
            if what == "back":
                self.idle.append(worker)
            elif what == "look":
                self.waiting = False
            elif attempt == self.attempt[worker]:
                self._ended(what, worker)
            self._hand_out()
        return self.now

    def _ended(self, what: str, worker: int) -> None:
        part = self.on_it[worker]
        began = self.running[part].pop(worker)
        self.attempt[worker] += 1
        if what == "failed":
            self.failures += 1
            self.wasted += self.now - began
            self._push(self.now + self.on.back, "back", worker)
            if not self.running[part] and not self.done[part]:
                self.queue.append(part)
            return
        self.idle.append(worker)
        self.took.append(self.now - began)
        self.done[part] = True
        self.left -= 1
        for other, since in self.running.pop(part).items():  # who was slower stops
            self.wasted += self.now - since
            self.attempt[other] += 1
            self.idle.append(other)

    def _hand_out(self) -> None:
        while self.idle and self.queue:
            self._begin(self.queue.pop(), self.idle.pop())
        if not self.idle or self.again is None or len(self.took) < self.parts // 20:
            return
        limit = self.again * float(np.median(self.took[-2000:]))
        late = sorted(
            (min(since.values()), part)
            for part, since in self.running.items()
            if len(since) == 1 and self.now - min(since.values()) > limit
        )
        for _, part in late[: len(self.idle)]:
            self.copies += 1
            self._begin(part, self.idle.pop())
        if self.idle and not self.waiting and self.running:
            self.waiting = True
            self._push(self.now + limit / 10, "look", -1)

    def _begin(self, part: int, worker: int) -> None:
        on = self.on
        self.driver = max(self.driver, self.now) + on.dispatch
        self.tries[part] += 1
        self.most_tries = max(self.most_tries, int(self.tries[part]))
        took = self.work[part] / self.speed[worker] * (on.longer if self.chance.random() < on.hiccups else 1)
        fails = self.chance.exponential(on.between_failures * 3600)
        self.on_it[worker] = part
        self.running.setdefault(part, {})[worker] = self.driver
        self._push(self.driver + min(took, fails), "failed" if fails < took else "done", worker)

    def _push(self, at: float, what: str, worker: int) -> None:
        self.count += 1
        heapq.heappush(self.events, (at, self.count, what, worker, int(self.attempt[worker]) if worker >= 0 else 0))

    on_it: dict[int, int] = field(default_factory=dict)
    count: int = 0


def passed(megabytes: float, rate: float, part: int, again: float | None, seed: int) -> dict[str, float]:
    """How much longer a pass takes than even work on workers that never fail, and how much of the work was for nothing."""
    one = Pass(on=Machines(), seconds=part * rate, parts=max(1, round(megabytes / part)), again=again, seed=seed)
    took = one.run()
    even = megabytes * rate / float(one.speed.sum())
    return {
        "lost": took / even - 1,
        "wasted": one.wasted / (one.wasted + float(one.work.sum())),
        "copies": one.copies / one.parts,
        "failures": one.failures,
        "tries": one.most_tries,
        "hours": took / 3600,
    }


def met(seconds: float, pieces: int, seed: int, on: Machines, *, hot: float = 0.002) -> float:
    """How long rows meet, in so many pieces for each band; in every band one key is that of so many of all rows."""
    dice = np.random.default_rng([seed, 9])
    each = np.full((BANDS, pieces), seconds / BANDS / pieces * (1 - hot)) * np.exp(
        dice.normal(0, 0.05, (BANDS, pieces))
    )
    each[np.arange(BANDS), dice.integers(pieces, size=BANDS)] += seconds / BANDS * hot
    speed = np.exp(dice.normal(0, on.uneven, on.workers))
    speed[dice.random(on.workers) < on.slow] /= on.slower
    free = [(0.0, worker) for worker in range(on.workers)]
    for work in sorted(each.ravel() + on.part, reverse=True):
        at, worker = heapq.heappop(free)
        heapq.heappush(free, (at + float(work / speed[worker]), worker))
    return max(at for at, _ in free)


COLOURS = ("#9d9d9d", "#e45756", "#4c78a8", "#54a24b")


def picture(lost: dict[tuple[int, float | None], float], path: Path) -> None:
    """Time lost by size of a part, a line for each rule of second beginnings."""
    wide, tall, left, top = 560, 260, 70, 50
    most = max(0.4, min(2.0, max(lost.values())))

    def at(part: int, value: float) -> tuple[float, float]:
        return left + wide * PARTS.index(part) / (len(PARTS) - 1), top + tall * (1 - min(value, most) / most)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 190} {top + tall + 60}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/><text x="14" y="24" font-size="15">Time lost to stragglers and failures, 1,000 workers (simulated)</text>',
    ]
    for step in np.arange(0, most + 1e-9, most / 4):
        y = at(PARTS[0], float(step))[1]
        out.append(
            f'<line x1="{left}" x2="{left + wide}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{step:.0%}</text>'
        )
    below = f'y="{top + tall + 20}" text-anchor="middle"'
    out += [f'<text x="{at(part, 0)[0]:.0f}" {below}>{part} MB</text>' for part in PARTS]
    for again, colour in zip(AGAIN, COLOURS, strict=True):
        points = [at(part, lost[part, again]) for part in PARTS]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        name = "never begun twice" if again is None else f"twice at {again:g} × the median"
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        y = top + 16 + 20 * AGAIN.index(again)
        out.append(
            f'<rect x="{left + wide + 14}" y="{y - 9}" width="11" height="11" fill="{colour}"/><text x="{left + wide + 30}" y="{y + 1}">{name}</text>'
        )
    out.append(f'<text x="{left + wide / 2}" y="{top + tall + 42}" text-anchor="middle">size of a part</text></svg>\n')
    path.write_text("\n".join(out), "utf-8")


def main() -> None:
    told = asked(__doc__, picture={"type": Path, "help": "where to draw it (SVG)"})
    on, megabytes, seeds = Machines(), MEGABYTES.of(told), range(SEEDS.of(told))
    cpu = json.loads(RATES.read_text("utf-8"))["cpu_seconds_a_mb"]
    rate = cpu["scrub balanced"] + cpu["write"] / 2
    found: dict[tuple[int, float | None], dict[str, float]] = {}
    for part in PARTS:
        for again in AGAIN:
            runs = [passed(megabytes, rate, part, again, seed) for seed in seeds]
            found[part, again] = {name: median([run[name] for run in runs]) for name in runs[0]}
            found[part, again]["most"] = max(run["lost"] for run in runs)
            found[part, again]["tries"] = max(run["tries"] for run in runs)
    meeting = cpu["meet"] * megabytes
    meets = {pieces: median([met(meeting, pieces, seed, on) for seed in seeds]) for pieces in PREFIXES}
    house = found[HOUSE]
    tell(
        f"parts of {HOUSE[0]} MB, begun a second time at {HOUSE[1]:g} times the median: <= {MOST_LOST:.0%} of the time lost on {on.workers:,} workers",
        (
            "a part",
            "second at",
            "time lost",
            "worst seed",
            "work wasted",
            "second beginnings",
            "failures",
            "most tries",
            "hours",
        ),
        [
            (
                f"{part} MB",
                "never" if again is None else f"{again:g} x",
                f"{one['lost']:.1%}",
                f"{one['most']:.1%}",
                f"{one['wasted']:.1%}",
                f"{one['copies']:.1%}",
                one["failures"],
                one["tries"],
                one["hours"],
            )
            for (part, again), one in found.items()
        ],
        met=bool(house["most"] <= MOST_LOST),
        lost={f"{part} MB, {again}": round(one["lost"], 4) for (part, again), one in found.items()},
        wasted={f"{part} MB, {again}": round(one["wasted"], 4) for (part, again), one in found.items()},
        meets_seconds={pieces: round(took, 1) for pieces, took in meets.items()},
    )
    print(f"\nrows meet in {BANDS} bands, {meeting:,.0f} CPU seconds in all:")
    for pieces, took in meets.items():
        print(f"  {pieces:>4} pieces a band: {took:,.0f} s, {meeting / on.workers / took:.0%} of the workers busy")
    chance = 1 - np.exp(-HOUSE[0] * rate / (on.between_failures * 3600))
    print(
        f"\na part fails {TRIES} times in a row, though nothing is wrong with it: {chance**TRIES * megabytes / HOUSE[0]:.1g} of all passes"
    )
    if told.picture:
        picture({key: one["lost"] for key, one in found.items()}, told.picture)


if __name__ == "__main__":
    main()
