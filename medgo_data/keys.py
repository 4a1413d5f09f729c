"""The key under which a name always becomes the same code: it comes from the environment or a file, never from a recipe."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

KEY, FILE = "MEDGO_KEY", "MEDGO_KEY_FILE"
FEWEST = 32  # characters
DISTINCT = 8  # of them, at least: a row of the same few is guessed
MAKE_ONE = "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"


class SecretError(ValueError):
    """There is no key where one is needed, or none that would keep a secret."""


def secret(wanted: str) -> bytes:
    """The key, for ``wanted``, which says in the error what it was needed for. The key itself is never told."""
    file = os.environ.get(FILE)
    if file:
        path = Path(file)
        if not path.is_file():
            raise SecretError(f"{wanted} needs a key, and {FILE} names {file}, which is no file. {MAKE_ONE}")
        found, where = path.read_bytes().strip(), file
    else:
        found, where = os.environ.get(KEY, "").strip().encode(), KEY
    if not found:
        raise SecretError(
            f"{wanted} needs a key: put it into {KEY}, or into a file that {FILE} names, and keep it away from the data. "
            f"{MAKE_ONE}"
        )
    if len(found) < FEWEST or len(set(found)) < DISTINCT:
        raise SecretError(
            f"{wanted} needs a key that cannot be guessed: that of {where} has {len(found)} characters, {len(set(found))} "
            f"of them different, and wants {FEWEST} and {DISTINCT} at least. {MAKE_ONE}"
        )
    return found


def code(key: bytes, *parts: str) -> str:
    """What stands for these words under this key: 64 digits of base 16, from which nobody gets the words back."""
    return hmac.new(key, "\0".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def name(key: bytes) -> str:
    """By what a recipe and a manifest know the key, without knowing it."""
    return f"k_{code(key, 'the name of this key')[:16]}"
