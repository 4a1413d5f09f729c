"""Who may come in, and as what: aliases with a role, passwords that are never kept, links that open once, and sessions that end."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field

from medgo_data.review.room.ledger import Ledger, LedgerError
from medgo_data.verdict import ALIAS

ROLES = ("reviewer", "adjudicator", "admin")
LINK = 7 * 24 * 3600.0  # seconds for which a link may be used
SESSION = 12 * 3600.0  # seconds after which one has to come in anew
FEWEST = 10  # characters of a password
COST = {"n": 1 << 14, "r": 8, "p": 1}  # of a guess: 16 MB and some 40 ms
TABLES = """
CREATE TABLE IF NOT EXISTS people(alias TEXT PRIMARY KEY, role TEXT, secret TEXT, closed INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS links(digest TEXT PRIMARY KEY, alias TEXT, until REAL);
CREATE TABLE IF NOT EXISTS sessions(digest TEXT PRIMARY KEY, alias TEXT, token TEXT, until REAL);
CREATE TABLE IF NOT EXISTS keys(digest TEXT PRIMARY KEY, name TEXT, closed INTEGER DEFAULT 0);
"""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever is in, and the token that proves that a form of his is his own."""

    alias: str
    role: str
    token: str


@dataclass(frozen=True)
class People:
    """Those who may use a ledger. What opens a door is kept as a digest, so the file opens none."""

    ledger: Ledger

    def __post_init__(self) -> None:
        self.ledger.db.executescript(TABLES)

    def invite(self, alias: str, role: str) -> str:
        """A link that opens once, for somebody new or for somebody who has lost the way in."""
        if not ALIAS.fullmatch(alias):
            raise LedgerError(
                f"{alias!r} is no alias: take letters and digits, 32 at most, and never a name, such as R07."
            )
        if role not in ROLES:
            raise LedgerError(f"{role!r} is no role; take one of {', '.join(ROLES)}.")
        there = self.role(alias)
        if there not in (None, role):
            raise LedgerError(f"{alias} is {there} already. Whoever has another role needs another alias.")
        word = secrets.token_urlsafe(24)
        with self.ledger.writing() as db:
            db.execute(
                "INSERT INTO people(alias, role) VALUES (?, ?) ON CONFLICT(alias) DO UPDATE SET closed = 0",
                (alias, role),
            )
            db.execute("INSERT INTO links VALUES (?, ?, ?)", (_digest(word), alias, self.ledger.now() + LINK))
        return word

    def role(self, alias: str) -> str | None:
        found = self.ledger.db.execute("SELECT role FROM people WHERE alias = ?", (alias,)).fetchone()
        return found[0] if found else None

    def all(self) -> list[tuple[str, str, bool]]:
        told = self.ledger.db.execute("SELECT alias, role, closed FROM people ORDER BY role, alias")
        return [(alias, role, bool(closed)) for alias, role, closed in told]

    def close(self, alias: str) -> None:
        """Let somebody in no longer. What was said stays."""
        with self.ledger.writing() as db:
            db.execute("UPDATE people SET closed = 1, secret = NULL WHERE alias = ?", (alias,))
            db.execute("DELETE FROM sessions WHERE alias = ?", (alias,))
            db.execute("DELETE FROM links WHERE alias = ?", (alias,))

    # ---- coming in and going out -----------------------------------------------------------------------------------

    def by_link(self, word: str) -> str | None:
        """The session that a link opens, once."""
        with self.ledger.writing() as db:
            found = db.execute("DELETE FROM links WHERE digest = ? RETURNING alias, until", (_digest(word),)).fetchone()
        return self._session(found[0]) if found and found[1] > self.ledger.now() else None

    def by_password(self, alias: str, password: str) -> str | None:
        """The session of whoever knows the password. It takes as long if there is nobody of that name."""
        found = self.ledger.db.execute("SELECT secret FROM people WHERE alias = ? AND NOT closed", (alias,)).fetchone()
        salt, _, kept = (found[0] if found and found[0] else "00:").partition(":")
        right = hmac.compare_digest(_stretched(password, salt), kept)
        return self._session(alias) if right else None

    def set_password(self, alias: str, password: str) -> None:
        if len(password) < FEWEST:
            raise LedgerError(f"a password has {FEWEST} characters or more")
        salt = secrets.token_hex(16)
        with self.ledger.writing() as db:
            db.execute("UPDATE people SET secret = ? WHERE alias = ?", (f"{salt}:{_stretched(password, salt)}", alias))

    def _session(self, alias: str) -> str | None:
        word = secrets.token_urlsafe(32)
        with self.ledger.writing() as db:
            now = self.ledger.now()
            if db.execute("SELECT 1 FROM people WHERE alias = ? AND NOT closed", (alias,)).fetchone() is None:
                return None
            db.execute("DELETE FROM sessions WHERE until < ?", (now,))
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)",
                (_digest(word), alias, secrets.token_urlsafe(16), now + SESSION),
            )
        return word

    def who(self, word: str | None) -> Person | None:
        """Whose session that is, if it has not ended."""
        if not word:
            return None
        found = self.ledger.db.execute(
            "SELECT s.alias, p.role, s.token FROM sessions s JOIN people p ON p.alias = s.alias WHERE s.digest = ? AND s.until > ? AND NOT p.closed",
            (_digest(word), self.ledger.now()),
        ).fetchone()
        return Person(alias=found[0], role=found[1], token=found[2]) if found else None

    def leave(self, word: str) -> None:
        with self.ledger.writing() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(word),))

    # ---- programs --------------------------------------------------------------------------------------------------

    def key(self, name: str) -> str:
        """A key for a program of the hospital's."""
        if not ALIAS.fullmatch(name):
            raise LedgerError(f"{name!r} is no name for a key: take letters and digits, 32 at most.")
        word = f"mg_{secrets.token_urlsafe(32)}"
        with self.ledger.writing() as db:
            db.execute("INSERT INTO keys(digest, name) VALUES (?, ?)", (_digest(word), name))
        return word

    def revoke(self, name: str) -> int:
        """Let a program in no longer: how many keys of that name there were. What it has posted stays."""
        with self.ledger.writing() as db:
            return db.execute("UPDATE keys SET closed = 1 WHERE name = ? AND NOT closed", (name,)).rowcount

    def program(self, word: str) -> str | None:
        """The name of the program that has this key."""
        found = self.ledger.db.execute(
            "SELECT name FROM keys WHERE digest = ? AND NOT closed", (_digest(word),)
        ).fetchone()
        return found[0] if found else None


@dataclass
class Gate:
    """So much at once and then so much a second, for each who comes; whoever wants more has to wait."""

    burst: float
    rate: float
    left: dict[str, tuple[float, float]] = field(default_factory=lambda: defaultdict(lambda: (-1.0, 0.0)))

    def wait(self, who: str) -> float:
        """For how many seconds; 0 if he may come now, and then he has."""
        now = time.monotonic()
        had, since = self.left[who]
        has = self.burst if had < 0 else min(self.burst, had + (now - since) * self.rate)
        if len(self.left) > 10_000:  # those who have all they may have again need not be remembered
            full = [one for one, (much, then) in self.left.items() if much + (now - then) * self.rate >= self.burst]
            for one in full:
                del self.left[one]
        if has < 1:
            self.left[who] = has, now
            return (1 - has) / self.rate
        self.left[who] = has - 1, now
        return 0.0


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _stretched(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), maxmem=1 << 26, **COST).hex()
