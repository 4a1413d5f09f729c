"""Dumps of databases (MySQL, PostgreSQL, SQLite): each row that an INSERT or a COPY would write is a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medgo_data.corpus import Piece
from medgo_data.sources.fields import Refused
from medgo_data.sources.raw import BLOCK, LONGEST, BrokenError, text
from medgo_data.sources.records import Records
from medgo_data.sources.table import needed

BATCH = 1 << 12  # rows
HEAD = 1 << 16  # bytes in which a dump says which database wrote it
TOKEN = rb"""
    (?:[xXnNbB]|_\w+)?'(?:[^'%(slash)s]++|''%(escape)s)*+' | [eE]'(?:[^'\\]++|''|\\.)*+' | "(?:[^"%(slash)s]++|""%(escape)s)*+"
    | `(?:[^`]++|``)*+` | --[^\n]*\n? | \#[^\n]*\n? | /\*.*?\*/ | [(),;] | \s++
    | (?!(?:[xXnNbBeE]|_\w+)'|/\*)[^\s'"`(),;]++
"""
MYSQL = re.compile(TOKEN % {b"slash": rb"\\", b"escape": rb"|\\."}, re.VERBOSE | re.DOTALL)
STANDARD = re.compile(TOKEN % {b"slash": b"", b"escape": b""}, re.VERBOSE | re.DOTALL)
SAYS_STANDARD = re.compile(
    rb"PostgreSQL|standard_conforming_strings|\bPRAGMA\b|\bAUTOINCREMENT\b|BEGIN TRANSACTION", re.IGNORECASE
)
STATEMENT = re.compile(rb"\n\s*(?=(?:INSERT|REPLACE|CREATE|COPY)\s)", re.IGNORECASE)
SKIPPED = re.compile(rb"\s|--|#|/\*")
NO_COLUMN = re.compile(
    rb"PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FOREIGN|FULLTEXT|SPATIAL|CHECK|LIKE|EXCLUDE", re.IGNORECASE
)
NUMBER = re.compile(rb"0[xX][0-9a-fA-F]+|[-+]?[\d.]+(?:[eE][-+]?\d+)?|TRUE|FALSE|DEFAULT|CURRENT_\w+", re.IGNORECASE)
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0", b"b": b"\b", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_"}


@dataclass(frozen=True, kw_only=True)
class Sql(Records):
    """For example ``Sql(name="products", files="raw/*.sql", license="public", table="medicine", fields={"text": "usage"})``.

    The columns are those that the INSERT names, or the CREATE TABLE before it; where neither does, a row is a list, and its
    fields are ``[0]``, ``[1]``. Without ``table`` the rows of all tables are read, each with its own columns.
    """

    table: str | None = None

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        tokens = _Tokens(text(piece.raw.path, self.encoding, piece.start))
        found: list[Any] = []
        told = 0
        try:
            for record in _Dump(self, tokens).rows():
                found.append(record)
                if len(found) == BATCH or tokens.passed >= told + BLOCK:
                    yield found
                    found, told = [], tokens.passed
        except BrokenError:
            yield found
            raise
        yield found


class SyntaxBrokenError(Exception):
    """What stands here is no SQL."""


class _Tokens:
    """The words of a dump, one after the other, of which only those from ``kept`` on are held."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts
        self.held = b""
        while len(self.held) < HEAD and (part := next(parts, None)) is not None:
            self.held += part
        self.at = self.kept = self.passed = 0
        self.ended = False
        self.escapes = not SAYS_STANDARD.search(self.held[:HEAD])
        self.pattern = MYSQL if self.escapes else STANDARD

    def next(self) -> bytes:
        """The next word, or nothing at the end of the file."""
        while True:
            found = self.pattern.match(self.held, self.at)
            if found is None or (found.end() == len(self.held) and not self.ended):
                if self.more():
                    continue
                if found is None and self.at < len(self.held):
                    raise SyntaxBrokenError
                if found is None:
                    return b""
            self.at = found.end()
            if not SKIPPED.match(found[0]):
                return found[0]

    def more(self) -> bool:
        if self.ended:
            return False
        self.held, self.passed = self.held[self.kept :], self.passed + self.kept
        self.at, self.kept = self.at - self.kept, 0
        if len(self.held) > LONGEST:
            raise SyntaxBrokenError
        part = next(self.parts, None)
        self.ended = part is None
        self.held += part or b""
        return True

    def back(self, token: bytes) -> None:
        self.at -= len(token)

    def keep(self) -> None:
        """What stands before this is done with."""
        self.kept = self.at

    def line(self) -> bytes:
        """The rest of the line."""
        while (end := self.held.find(b"\n", self.at)) < 0 and self.more():
            pass
        end = len(self.held) if end < 0 else end + 1
        line, self.at = self.held[self.at : end], end
        return line

    def to_next_statement(self) -> bool:
        """Go on from what was kept, at the next line that begins a statement."""
        self.at = self.kept + 1
        while (found := STATEMENT.search(self.held, self.at)) is None:
            self.at = self.kept = max(self.at, len(self.held) - 100)
            if not self.more():
                return False
        self.at = self.kept = found.end()
        return True


class _Dump:
    """The statements of a dump; the columns of its tables, as far as they were told."""

    def __init__(self, source: Sql, tokens: _Tokens) -> None:
        self.source = source
        self.tokens = tokens
        self.columns: dict[bytes, list[str]] = {}
        self.wanted = source.table.encode() if source.table is not None else None
        self.seen = self.seen_wanted = False

    def rows(self) -> Iterator[Any]:
        while True:
            try:
                self.tokens.keep()
                token = self.tokens.next()
                if not token:
                    break
                yield from self._statement(token.upper())
            except SyntaxBrokenError:
                if self.seen:
                    yield Refused("not_sql")
                if not self.tokens.to_next_statement():
                    break
        if not self.seen:
            raise BrokenError("not_sql")
        if self.wanted is not None and not self.seen_wanted:
            raise BrokenError("no_such_table")

    def _statement(self, verb: bytes) -> Iterator[Any]:
        if verb in (b"INSERT", b"REPLACE"):
            self.seen = True
            yield from self._insert()
        elif verb == b"CREATE":
            self._create()
        elif verb == b"COPY":
            yield from self._copy()
        elif verb != b";":
            self._skip()

    def _skip(self) -> None:
        """To the end of the statement; but no further than a line that begins another."""
        while (token := self.tokens.next()) not in (b";", b""):
            if self.tokens.at - self.tokens.kept > BLOCK:
                self.tokens.keep()
            if token.upper() in (b"INSERT", b"COPY"):
                self.tokens.back(token)
                return

    def _insert(self) -> Iterator[Any]:
        token = self.tokens.next()
        while token.upper() not in (b"INTO", b"", b";", b"("):
            token = self.tokens.next()
        table, columns, token = self._named(self.tokens.next())
        while token.upper() not in (b"VALUES", b"VALUE", b"SELECT", b"SET", b"DEFAULT", b"", b";"):
            token = self.tokens.next()
        if token.upper() not in (b"VALUES", b"VALUE"):
            if token not in (b"", b";"):
                self._skip()
            return
        columns = columns or self.columns.get(table)
        self._meet(table, columns)
        while (token := self.tokens.next()) == b"(":
            yield from self._record(table, columns, self._values())
            token = self.tokens.next()
            if token != b",":
                break
            self.tokens.keep()
        if token.upper() in (b"INSERT", b"REPLACE", b"CREATE"):
            self.tokens.back(token)
        elif token.upper() in (b"ON", b"AS", b"RETURNING"):
            self._skip()
        elif token not in (b";", b""):
            raise SyntaxBrokenError

    def _named(self, token: bytes) -> tuple[bytes, list[str] | None, bytes]:
        """The table that is named here, its columns if they are, and what stands behind."""
        name = token
        while (token := self.tokens.next()) and (token.startswith(b".") or name.endswith(b".")):
            name = token if token != b"." else b"."
        columns = None
        if token == b"(":
            columns = [_identifier(part[0]).decode("utf-8", "replace") for part in self._parts() if part]
            token = self.tokens.next()
        return _identifier(name), columns, token

    def _meet(self, table: bytes, columns: list[str] | None) -> None:
        self.seen = True
        if self.wanted == table:
            self.seen_wanted = True
            if columns is not None and not needed(self.source) <= set(columns):
                raise BrokenError("no_such_column")

    def _record(self, table: bytes, columns: list[str] | None, values: list[bytes | None]) -> Iterator[Any]:
        if self.wanted not in (None, table):
            return
        if columns is not None and len(values) != len(columns):
            yield Refused("wrong_columns")
            return
        try:
            said = [value if value is None else value.decode() for value in values]
        except UnicodeDecodeError:
            yield Refused("undecodable")
            return
        yield said if columns is None else dict(zip(columns, said, strict=True))

    def _values(self) -> list[bytes | None]:
        return [_value(part, escapes=self.tokens.escapes) for part in self._parts()]

    def _parts(self) -> list[list[bytes]]:
        """What stands between the commas, up to the bracket that closes."""
        parts: list[list[bytes]] = [[]]
        depth = 0
        while (token := self.tokens.next()) != b")" or depth:
            if token in (b"", b";") or token.upper() in (b"INSERT", b"CREATE"):
                raise SyntaxBrokenError
            if token == b"," and not depth:
                parts.append([])
                continue
            depth += (token == b"(") - (token == b")")
            parts[-1].append(token)
        return parts

    def _create(self) -> None:
        token = self.tokens.next()
        while token.upper() in (b"TEMPORARY", b"TEMP", b"UNLOGGED", b"GLOBAL", b"LOCAL"):
            token = self.tokens.next()
        if token.upper() != b"TABLE":
            if token not in (b";", b""):
                self._skip()
            return
        token = self.tokens.next()
        while token.upper() in (b"IF", b"NOT", b"EXISTS"):
            token = self.tokens.next()
        name = token
        while (token := self.tokens.next()) not in (b"(", b";", b"", b"AS"):
            name = token if token != b"." else name
        if token == b"(":
            self.seen = True
            parts = [part[0] for part in self._parts() if part and not NO_COLUMN.fullmatch(part[0])]
            self.columns[_identifier(name)] = [_identifier(part).decode("utf-8", "replace") for part in parts]
        if token not in (b";", b""):
            self._skip()

    def _copy(self) -> Iterator[Any]:
        """Rows as PostgreSQL writes them: a line each, tabs between, up to a line that ends them."""
        table, columns, token = self._named(self.tokens.next())
        words = [token.upper()]
        while token not in (b";", b""):
            token = self.tokens.next()
            words.append(token.upper())
        if words[:2] != [b"FROM", b"STDIN"]:
            return
        columns = columns or self.columns.get(table)
        self._meet(table, columns)
        self.tokens.line()
        while (line := self.tokens.line().rstrip(b"\r\n")) != b"\\." and (line or not self.tokens.ended):
            self.tokens.keep()
            values = [None if value == b"\\N" else _unescaped(value, b"") for value in line.split(b"\t")]
            yield from self._record(table, columns, values)


# ---- values --------------------------------------------------------------------------------------------------------


def _identifier(token: bytes) -> bytes:
    token = token.rpartition(b".")[2] if token[:1] not in (b"`", b'"') else token
    quote = token[:1]
    if quote in (b"`", b'"', b"["):
        return token[1:-1].replace(quote * 2, quote)
    return token


def _value(tokens: list[bytes], *, escapes: bool) -> bytes | None:
    if len(tokens) > 1 and tokens[-1].startswith(b"::"):  # 'x'::text
        tokens = tokens[:-1]
    if len(tokens) == 2 and tokens[1][-1:] == b"'" and re.fullmatch(rb"\w+", tokens[0]):  # DATE '2026-01-02'
        tokens = tokens[1:]
    if len(tokens) > 2 and tokens[1] == b"(" and tokens[-1] == b")":
        return _called(tokens, escapes=escapes)
    if len(tokens) != 1:
        raise SyntaxBrokenError
    (token,) = tokens
    token = token.partition(b"::")[0] if token[-1:] not in b"'\"" else token
    if token[-1:] in (b"'", b'"'):
        return _text(token, escapes=escapes)
    if token.upper() == b"NULL":
        return None
    if token[:2] in (b"0x", b"0X"):
        return _from_hex(token[2:], token)
    if NUMBER.fullmatch(token):
        return token
    raise SyntaxBrokenError


def _text(token: bytes, *, escapes: bool) -> bytes:
    quote = token[-1:]
    before, _, said = token[:-1].partition(quote)
    if before.lower() == b"x":
        return _from_hex(said, token)
    if before.lower() == b"b":
        return token
    return _unescaped(said, quote) if escapes or before.lower() == b"e" else said.replace(quote * 2, quote)


def _called(tokens: list[bytes], *, escapes: bool) -> bytes:
    """A function as it is written; but SQLite writes line breaks as replace('…', '…', char(10))."""
    if tokens[0].lower() == b"replace" and tokens[-7:-3] and tokens[-5].lower() == b"char":
        said, old = _value(tokens[2:-8], escapes=escapes), _value([tokens[-7]], escapes=escapes)
        if said is not None and old and tokens[-3].isdigit():
            return said.replace(old, bytes([int(tokens[-3]) % 128]))
    return b"".join(tokens)


def _from_hex(digits: bytes, token: bytes) -> bytes:
    """The text that is spelled in hexadecimal, if it is one."""
    try:
        said = bytes.fromhex(digits.decode("ascii", "replace"))
        said.decode()
    except ValueError:
        return token
    return said


def _unescaped(said: bytes, quote: bytes) -> bytes:
    if b"\\" not in said and not (quote and quote in said):
        return said
    pattern = rb"\\(.)|" + quote * 2 if quote else rb"\\(.)"
    return re.sub(pattern, lambda m: quote if m[1] is None else ESCAPES.get(m[1], m[1]), said, flags=re.DOTALL)
