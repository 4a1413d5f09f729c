"""Who was asked what, and what was said: one SQLite file, in which a decision is only ever added.

An item is lent to one reviewer for a while, and never to more at once than it still needs. What is said is on disk before
the reviewer sees the next item. Times are the machine's at the start and then those of a clock that cannot be set, so one
that jumps neither ends a lease nor turns the order of decisions, which is that of their numbers.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from medgo_data import verdict
from medgo_data.review.room.items import Item, amiss
from medgo_data.verdict import WITHDRAWN, Verdict

LEASE = 30 * 60.0  # seconds for which an item is lent
CACHE = 128 * 1024  # kB of the file that are kept in memory
BUSY = 20_000  # milliseconds to wait for another process that writes
PAGE = "1"  # version of the page: raise it when a reviewer would see an item otherwise
TABLES = """
CREATE TABLE IF NOT EXISTS rounds(
  number INTEGER PRIMARY KEY, corpus TEXT, task TEXT, version TEXT, labels INTEGER, seed INTEGER, every INTEGER,
  guide TEXT, told TEXT, items INTEGER DEFAULT 0, done INTEGER DEFAULT 0, disputed INTEGER DEFAULT 0, UNIQUE(corpus, task));
CREATE TABLE IF NOT EXISTS items(
  number INTEGER PRIMARY KEY, round INTEGER, name TEXT, rows TEXT, item TEXT, version TEXT, stratum TEXT, lot INTEGER,
  shown TEXT, given INTEGER DEFAULT 0, state TEXT DEFAULT 'open', gold TEXT, filled INTEGER, UNIQUE(round, name));
CREATE INDEX IF NOT EXISTS waiting ON items(round, state, lot);
CREATE TABLE IF NOT EXISTS leases(
  item INTEGER, reviewer TEXT, round INTEGER, nonce TEXT UNIQUE, since REAL, until REAL, PRIMARY KEY(item, reviewer));
CREATE INDEX IF NOT EXISTS lent ON leases(reviewer, round);
CREATE TABLE IF NOT EXISTS skips(item INTEGER, reviewer TEXT, PRIMARY KEY(item, reviewer));
CREATE TABLE IF NOT EXISTS decisions(
  number INTEGER PRIMARY KEY AUTOINCREMENT, round INTEGER, item INTEGER, reviewer TEXT, nonce TEXT UNIQUE, decision TEXT UNIQUE,
  line TEXT, chain TEXT);
CREATE TABLE IF NOT EXISTS labels(item INTEGER, reviewer TEXT, decision INTEGER, round INTEGER, PRIMARY KEY(item, reviewer));
CREATE INDEX IF NOT EXISTS said ON labels(reviewer, round, decision);
CREATE TABLE IF NOT EXISTS tallies(reviewer TEXT, round INTEGER, said INTEGER DEFAULT 0, gold INTEGER DEFAULT 0, PRIMARY KEY(reviewer, round));
CREATE TRIGGER IF NOT EXISTS kept BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'a decision is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS unaltered BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'a decision is never altered'); END;
"""


class LedgerError(RuntimeError):
    """What was asked of the ledger cannot be done: what, and what to do."""


class LateError(LedgerError):
    """The item is no longer lent to whoever speaks of it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One task over one corpus: how many say it of each item, independently, and what they are told."""

    corpus: str
    task: str
    version: str
    labels: int
    seed: int
    every: int  # of so many items one whose answer is known; 0: none
    guide: str
    told: str  # which version of the guide


@dataclass(frozen=True, kw_only=True)
class Round(Plan):
    """And how far it is."""

    number: int
    items: int
    done: int
    disputed: int


@dataclass(frozen=True, kw_only=True)
class Lent:
    """An item before a reviewer: until it is said or given back, nobody else gets his place."""

    number: int
    round: int
    nonce: str
    name: str
    rows: tuple[str, ...]
    shown: Mapping[str, Any]
    opinions: tuple[Verdict, ...] = ()  # of the reviewers, where an adjudicator is asked


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a reviewer says of the item before him."""

    verdict: str
    reasons: tuple[str, ...] = ()
    edited: str | None = None
    marks: tuple[str, ...] = ()
    comment: str | None = None
    seconds: float | None = None


class Ledger:
    """For example ``Ledger(Path("data/review/review.sqlite"))``; whoever may read the file may read what reviewers see."""

    def __init__(self, path: Path, lease: float = LEASE) -> None:
        self.path, self.lease = path, lease
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._began = time.time(), time.monotonic()
        self._passed: dict[tuple[str, int], int] = {}  # up to which lot a reviewer has seen all there is
        try:
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY / 1000)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute(f"PRAGMA cache_size=-{CACHE}")
            self.db.executescript(TABLES)
            self.db.execute("UPDATE leases SET until = min(until, ?)", (self.now() + lease,))
        except sqlite3.DatabaseError as wrong:
            raise LedgerError(
                f"{path} is no ledger of reviews ({wrong}). Name another file, or bring back its copy."
            ) from wrong

    def close(self) -> None:
        self.db.close()

    def now(self) -> float:
        wall, steady = self._began
        return wall + time.monotonic() - steady

    def at(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="microseconds")

    @contextmanager
    def writing(self, *, sync: bool = True) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, and nobody else meanwhile; on disk at the end, unless losing it with the machine harms nobody."""
        self.db.execute(f"PRAGMA synchronous={'FULL' if sync else 'NORMAL'}")
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    # ---- rounds ----------------------------------------------------------------------------------------------------

    def rounds(self) -> list[Round]:
        return [self.round(number) for (number,) in self.db.execute("SELECT number FROM rounds ORDER BY number")]

    def round(self, number: int) -> Round:
        row = self.db.execute(
            f"SELECT {', '.join(Round.__dataclass_fields__)} FROM rounds WHERE number = ?",  # noqa: S608  our own names
            (number,),
        ).fetchone()
        if row is None:
            raise LedgerError(f"{self.path} has no round {number}")
        return Round(**dict(zip(Round.__dataclass_fields__, row, strict=True)))

    def fill(self, items: Iterable[Item], plan: Plan) -> Round:
        """A round over these items: a new one, or the one that there is, now over these.

        What was said of an item whose text has not changed holds; of one that is no longer there nothing is asked or shown.
        """
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO rounds(corpus, task) VALUES (?, ?)", (plan.corpus, plan.task))
            (number,) = db.execute(
                "SELECT number FROM rounds WHERE corpus = ? AND task = ?", (plan.corpus, plan.task)
            ).fetchone()
            db.execute(
                "UPDATE rounds SET version = :version, labels = :labels, seed = :seed, every = :every, guide = :guide, told = :told "
                "WHERE number = :number",
                asdict(plan) | {"number": number},
            )
            filled = (db.execute("SELECT max(filled) FROM items WHERE round = ?", (number,)).fetchone()[0] or 0) + 1
            db.executemany(
                "INSERT INTO items(round, name, rows, item, version, stratum, lot, shown, filled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT(round, name) DO UPDATE SET filled = excluded.filled, version = excluded.version, shown = excluded.shown",
                (
                    (
                        number,
                        i.name,
                        _json(i.rows),
                        i.item,
                        i.version,
                        i.stratum,
                        lot(plan.seed, i.name),
                        _json(i.shown),
                        filled,
                    )
                    for i in items
                ),
            )
            db.execute("UPDATE items SET state = 'gone', shown = '{}' WHERE round = ? AND filled < ?", (number, filled))
            db.execute(
                "UPDATE items SET state = 'open' WHERE round = ? AND filled = ? AND state = 'gone'", (number, filled)
            )
            self._recount(db, number)
        self._passed.clear()
        return self.round(number)

    def _recount(self, db: sqlite3.Connection, number: int) -> None:
        """Of each item that reviewers have spoken of how it stands, and of the round how far it is."""
        for (item,) in db.execute("SELECT DISTINCT item FROM labels WHERE round = ?", (number,)).fetchall():
            self._weigh(db, item)
        db.execute(
            "UPDATE rounds SET items = (SELECT count(*) FROM items WHERE round = :r AND state IN ('open', 'disputed', 'settled')), "
            "done = (SELECT count(*) FROM items WHERE round = :r AND state = 'settled'), "
            "disputed = (SELECT count(*) FROM items WHERE round = :r AND state = 'disputed') WHERE number = :r",
            {"r": number},
        )

    def measure(self, number: int, known: Mapping[tuple[str, ...], str]) -> int:
        """Hide items whose answer is known among the others, for every reviewer to be asked. How many were found."""
        hidden = 0
        with self.writing() as db:
            for rows, answer in known.items():
                hidden += db.execute(
                    "UPDATE items SET state = 'gold', gold = ? WHERE round = ? AND rows = ? AND state IN ('open', 'gold') AND given = 0",
                    (answer, number, _json(rows)),
                ).rowcount
            self._recount(db, number)
        return hidden

    # ---- lending ---------------------------------------------------------------------------------------------------

    def lend(self, number: int, reviewer: str, role: str) -> Lent | None:
        """The item that this reviewer has before him, or else the next one; None if there is none for him now."""
        with self.writing(sync=False) as db:
            held = db.execute(
                "SELECT l.item, l.nonce FROM leases l JOIN items i ON i.number = l.item WHERE l.reviewer = ? AND l.round = ? "
                "AND i.state != 'gone'",
                (reviewer, number),
            ).fetchone()
            if held is None or not self._room(db, held[0], reviewer, role):
                item = self._next(db, self.round(number), reviewer, role)
                if item is None:
                    return None
                held = item, self._lease(db, number, item, reviewer)
            db.execute("UPDATE leases SET until = ? WHERE nonce = ?", (self.now() + self.lease, held[1]))
        return self._lent(held[0], held[1], role)

    def _lease(self, db: sqlite3.Connection, number: int, item: int, reviewer: str) -> str:
        nonce, now = secrets.token_urlsafe(12), self.now()
        db.execute("DELETE FROM leases WHERE reviewer = ? AND round = ?", (reviewer, number))
        db.execute(
            "INSERT INTO leases(item, reviewer, round, nonce, since, until) VALUES (?, ?, ?, ?, ?, ?)",
            (item, reviewer, number, nonce, now, now + self.lease),
        )
        return nonce

    def _room(self, db: sqlite3.Connection, item: int, reviewer: str, role: str) -> bool:
        """Whether the item still needs a word of this reviewer, with what it is lent to others."""
        state, given, labels = db.execute(
            "SELECT i.state, i.given, r.labels FROM items i JOIN rounds r ON r.number = i.round WHERE i.number = ?",
            (item,),
        ).fetchone()
        if db.execute("SELECT 1 FROM labels WHERE item = ? AND reviewer = ?", (item, reviewer)).fetchone():
            return False
        if state == "gold":
            return role == "reviewer"
        lent = db.execute(
            "SELECT count(*) FROM leases WHERE item = ? AND reviewer != ? AND until > ?", (item, reviewer, self.now())
        ).fetchone()[0]
        if role == "adjudicator":
            return bool(state == "disputed" and lent == 0)
        return bool(state == "open" and given + lent < labels)

    def _next(self, db: sqlite3.Connection, told: Round, reviewer: str, role: str) -> int | None:
        if role == "adjudicator":
            return self._first(told, "disputed", reviewer) or self._first(told, "disputed", reviewer, skipped=True)
        if (gold := self._gold(db, told, reviewer)) is not None:
            return gold
        passed = self._passed.get((reviewer, told.number), -1)
        for start, skipped in dict.fromkeys(((passed, False), (-1, False), (-1, True))):
            item = self._first(told, "open", reviewer, start=start, skipped=skipped)
            if item is not None:
                if not skipped:
                    before = db.execute("SELECT lot FROM items WHERE number = ?", (item,)).fetchone()[0]
                    self._passed[reviewer, told.number] = before - 1
                return item
        return self._gold(db, told, reviewer, last=True)

    def _first(self, told: Round, state: str, reviewer: str, *, start: int = -1, skipped: bool = False) -> int | None:
        """The first item that still needs somebody, and this one."""
        given, labels = ("i.given", told.labels) if state == "open" else ("0", 1)
        found = self.db.execute(
            "SELECT i.number FROM items i WHERE i.round = :r AND i.state = :state AND i.lot > :start "  # noqa: S608  no text from outside
            "AND NOT EXISTS (SELECT 1 FROM labels WHERE item = i.number AND reviewer = :me) "
            f"AND {'' if skipped else 'NOT'} EXISTS (SELECT 1 FROM skips WHERE item = i.number AND reviewer = :me) "
            f"AND {given} + (SELECT count(*) FROM leases WHERE item = i.number AND reviewer != :me AND until > :now) < :labels "
            "ORDER BY i.lot LIMIT 1",
            {"r": told.number, "state": state, "start": start, "me": reviewer, "now": self.now(), "labels": labels},
        ).fetchone()
        return found[0] if found else None

    def _gold(self, db: sqlite3.Connection, told: Round, reviewer: str, *, last: bool = False) -> int | None:
        """Among so many items, at a place that nobody can foresee, one whose answer is known."""
        if not told.every:
            return None
        said, gold = self._tally(db, reviewer, told.number)
        turn = gold * told.every + lot(told.seed, f"{reviewer} {gold}") % told.every
        if said < turn and not last:
            return None
        found = db.execute(
            "SELECT i.number FROM items i WHERE i.round = ? AND i.state = 'gold' "
            "AND NOT EXISTS (SELECT 1 FROM labels WHERE item = i.number AND reviewer = ?) ORDER BY i.lot LIMIT 1",
            (told.number, reviewer),
        ).fetchone()
        return found[0] if found else None

    def _lent(self, item: int, nonce: str, role: str) -> Lent:
        number, name, rows, shown = self.db.execute(
            "SELECT round, name, rows, shown FROM items WHERE number = ?", (item,)
        ).fetchone()
        opinions = tuple(self._opinions(item)) if role == "adjudicator" else ()
        return Lent(
            number=item, round=number, nonce=nonce, name=name, rows=tuple(orjson.loads(rows)), shown=orjson.loads(shown), opinions=opinions
        )  # fmt: skip

    def _opinions(self, item: int) -> Iterator[Verdict]:
        """What holds of what reviewers said of an item: for an adjudicator alone."""
        for (line,) in self.db.execute(
            "SELECT d.line FROM labels l JOIN decisions d ON d.number = l.decision WHERE l.item = ? ORDER BY d.number",
            (item,),
        ):
            if (told := verdict.parsed(line, str(self.path))).role == "reviewer":
                yield told

    def skip(self, nonce: str, reviewer: str) -> None:
        """Give an item back; it comes again when all others are done."""
        with self.writing() as db:
            if item := self._held(db, nonce, reviewer):
                db.execute("INSERT OR IGNORE INTO skips VALUES (?, ?)", (item, reviewer))
                db.execute("DELETE FROM leases WHERE nonce = ?", (nonce,))

    def under(self, nonce: str, reviewer: str) -> Lent | None:
        """The item that this reviewer has, or had, under that nonce."""
        found = self.db.execute(
            "SELECT item FROM leases WHERE nonce = :n AND reviewer = :me UNION SELECT item FROM decisions WHERE nonce = :n AND reviewer = :me",
            {"n": nonce, "me": reviewer},
        ).fetchone()
        return self._lent(found[0], nonce, "reviewer") if found else None

    def _held(self, db: sqlite3.Connection, nonce: str, reviewer: str) -> int | None:
        found = db.execute("SELECT item FROM leases WHERE nonce = ? AND reviewer = ?", (nonce, reviewer)).fetchone()
        return found[0] if found else None

    # ---- deciding --------------------------------------------------------------------------------------------------

    def say(self, nonce: str, reviewer: str, role: str, said: Said) -> Verdict:
        """Write down what was said of the item that is lent under ``nonce``. Said twice, it is written once."""
        with self.writing() as db:
            before = db.execute("SELECT reviewer, line FROM decisions WHERE nonce = ?", (nonce,)).fetchone()
            if before is not None and before[0] == reviewer:
                return self._again(verdict.parsed(before[1], str(self.path)), said)
            item = self._held(db, nonce, reviewer)
            if item is None or not self._room(db, item, reviewer, role):
                raise LateError(
                    "this item is no longer before you: it was given to somebody else, settled, or left the corpus"
                )
            told = self._verdict(db, item, reviewer, role, said)
            (shown,) = db.execute("SELECT shown FROM items WHERE number = ?", (item,)).fetchone()
            fault = verdict.wrong(told) or amiss(told.task, orjson.loads(shown), said.verdict, said.edited, said.marks)
            if fault:
                raise LedgerError(f"the verdict {fault}")
            number = self._write(db, item, nonce, told)
            db.execute(
                "INSERT INTO labels SELECT ?, ?, ?, round FROM items WHERE number = ?", (item, reviewer, number, item)
            )
            db.execute("DELETE FROM leases WHERE nonce = ?", (nonce,))
            self._count(db, item, reviewer, 1)
        return told

    def _again(self, before: Verdict, said: Said) -> Verdict:
        if (before.verdict, before.edited, before.marks) != (said.verdict, said.edited, said.marks):
            raise LateError(
                "this item was decided already, and otherwise. Take that back first, if it is to be changed"
            )
        return before

    def _verdict(self, db: sqlite3.Connection, item: int, reviewer: str, role: str, said: Said) -> Verdict:
        rows, digest, version, gold, corpus, task, guide = db.execute(
            "SELECT i.rows, i.item, i.version, i.gold, r.corpus, r.task, r.told FROM items i JOIN rounds r ON r.number = i.round "
            "WHERE i.number = ?",
            (item,),
        ).fetchone()
        since = db.execute("SELECT since FROM leases WHERE item = ? AND reviewer = ?", (item, reviewer)).fetchone()
        lasted = self.now() - since[0] if since else 0.0
        return Verdict(
            corpus=corpus,
            version=version,
            task=task,
            rows=tuple(orjson.loads(rows)),
            item=digest,
            reviewer=reviewer,
            role=role,
            verdict=said.verdict,
            reasons=said.reasons,
            edited=said.edited,
            marks=said.marks,
            comment=said.comment,
            seconds=round(min(said.seconds if said.seconds is not None else lasted, lasted), 1),
            at=self.at(),
            gold=gold is not None,
            page=PAGE,
            guide=guide,
        ).named()

    def _write(self, db: sqlite3.Connection, item: int, nonce: str | None, told: Verdict) -> int:
        last = db.execute("SELECT chain FROM decisions ORDER BY number DESC LIMIT 1").fetchone()
        made = db.execute(
            "INSERT INTO decisions(round, item, reviewer, nonce, decision, line, chain) SELECT round, ?, ?, ?, ?, ?, ? FROM items "
            "WHERE number = ?",
            (item, told.reviewer, nonce, told.decision, told.line, chained(last[0] if last else "", told.line), item),
        )
        return int(made.lastrowid or 0)

    def withdraw(self, number: int, reviewer: str, role: str, decision: str | None = None) -> Lent | None:
        """Take back the last thing that this reviewer said, or a certain one; and have that item again."""
        with self.writing() as db:
            found = db.execute(
                "SELECT l.item, d.line FROM labels l JOIN decisions d ON d.number = l.decision WHERE l.reviewer = ? AND l.round = ? "
                "AND (? IS NULL OR d.decision = ?) ORDER BY d.number DESC LIMIT 1",
                (reviewer, number, decision, decision),
            ).fetchone()
            if found is None:
                return None
            item, line = found
            before = verdict.parsed(line, str(self.path))
            ended = db.execute("SELECT 1 FROM labels l JOIN decisions d ON d.number = l.decision WHERE l.item = ? AND l.reviewer != ? "
                               "AND json_extract(d.line, '$.role') = 'adjudicator'", (item, reviewer)).fetchone()  # fmt: skip
            if ended:
                raise LateError("an adjudicator has settled this item, so it cannot be taken back")
            taken = Verdict(
                **{name: getattr(before, name) for name in ("corpus", "version", "task", "rows", "item", "reviewer", "role", "gold", "page", "guide")},
                verdict=WITHDRAWN, at=self.at(), replaces=before.decision,
            ).named()  # fmt: skip
            self._write(db, item, None, taken)
            db.execute("DELETE FROM labels WHERE item = ? AND reviewer = ?", (item, reviewer))
            self._count(db, item, reviewer, -1)
            nonce = self._lease(db, number, item, reviewer)
        return self._lent(item, nonce, role)

    def _count(self, db: sqlite3.Connection, item: int, reviewer: str, one: int) -> None:
        number, state = db.execute("SELECT round, state FROM items WHERE number = ?", (item,)).fetchone()
        gold = int(state == "gold")
        db.execute(
            "INSERT INTO tallies VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET said = said + excluded.said, gold = gold + excluded.gold",
            (reviewer, number, one, one * gold),
        )
        if not gold:
            after = self._weigh(db, item)
            for name, kind in (("done", "settled"), ("disputed", "disputed")):
                if (state == kind) != (after == kind):
                    more = 1 if after == kind else -1
                    db.execute(f"UPDATE rounds SET {name} = {name} + ? WHERE number = ?", (more, number))  # noqa: S608  our own names

    def _weigh(self, db: sqlite3.Connection, item: int) -> str:
        """How an item stands after what was said of it."""
        state, labels = db.execute(
            "SELECT i.state, r.labels FROM items i JOIN rounds r ON r.number = i.round WHERE i.number = ?", (item,)
        ).fetchone()
        lines = db.execute(
            "SELECT d.line FROM labels l JOIN decisions d ON d.number = l.decision WHERE l.item = ? ORDER BY d.number",
            (item,),
        ).fetchall()
        told = [verdict.parsed(line, str(self.path)) for (line,) in lines]
        given = sum(one.role == "reviewer" for one in told)
        if state not in ("gold", "gone"):
            if given < labels and given == len(told):
                state = "open"
            else:
                held = verdict.settled(told).values()
                state = "settled" if all(one.verdict for one in held) else "disputed"
        db.execute("UPDATE items SET given = ?, state = ? WHERE number = ?", (given, state, item))
        return str(state)

    # ---- looking back ----------------------------------------------------------------------------------------------

    def _tally(self, db: sqlite3.Connection, reviewer: str, number: int) -> tuple[int, int]:
        found = db.execute(
            "SELECT said, gold FROM tallies WHERE reviewer = ? AND round = ?", (reviewer, number)
        ).fetchone()
        return found or (0, 0)

    def said(self, reviewer: str, number: int) -> int:
        """How many items a reviewer has decided, hidden ones among them."""
        return self._tally(self.db, reviewer, number)[0]

    def far(self, told: Round, reviewer: str) -> tuple[int, int]:
        """How many items are done, of how many, as a reviewer is told: hidden ones count, or he would see which they are."""
        hidden = self.db.execute(
            "SELECT count(*) FROM items WHERE round = ? AND state = 'gold'", (told.number,)
        ).fetchone()[0]
        return told.done + self._tally(self.db, reviewer, told.number)[1], told.items + hidden

    def mine(self, reviewer: str, number: int, most: int = 50) -> list[Verdict]:
        """What holds of what one reviewer said, the latest first."""
        lines = self.db.execute(
            "SELECT d.line FROM labels l JOIN decisions d ON d.number = l.decision WHERE l.reviewer = ? AND l.round = ? "
            "ORDER BY d.number DESC LIMIT ?",
            (reviewer, number, most),
        )
        return [verdict.parsed(line, str(self.path)) for (line,) in lines]

    def verdicts(self, number: int | None = None) -> Iterator[Verdict]:
        """All that was ever said, in its order, each line held against the one before: one that was altered is found."""
        last = ""
        for k, of, line, chain in self.db.execute("SELECT number, round, line, chain FROM decisions ORDER BY number"):
            last = chained(last, line)
            if last != chain:
                raise LedgerError(
                    f"{self.path}: decision {k} is not what was written, or one before it is gone. Bring back a copy."
                )
            if number is None or of == number:
                yield verdict.parsed(line, f"{self.path} decision {k}")

    def gold(self, number: int) -> dict[tuple[str, str], str]:
        """Of the task and the items by which reviewers are measured what is known of them."""
        task = self.round(number).task
        told = self.db.execute("SELECT item, gold FROM items WHERE round = ? AND gold IS NOT NULL", (number,))
        return {(task, item): answer for item, answer in told}


def lot(seed: int, name: str) -> int:
    """The place of an item in the order in which it is asked: the same seed, the same order."""
    return int.from_bytes(hashlib.blake2b(f"{seed} {name}".encode(), digest_size=7).digest())


def order(seed: int, name: str, reviewer: str, many: int) -> list[int]:
    """In which order answers are shown to one reviewer, so that none gains by its place."""
    return sorted(range(many), key=lambda k: lot(seed, f"{name} {reviewer} {k}"))


def chained(before: str, line: str) -> str:
    return hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()


def _json(told: Sequence[Any] | Mapping[str, Any]) -> str:
    return orjson.dumps(told).decode()
