"""How bytes become text. All content is invented."""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from medgo_data.corpus import Piece, Raw
from medgo_data.sources import raw
from medgo_data.sources.encoding import detect

MAINLAND = "维生素C片：成人一次一片，一日三次，饭后服用。\n如出现皮疹，请停药并咨询医生。\n"
TAIWAN = "維生素C錠：成人每次一錠，每日三次，飯後服用。\n若出現皮疹，請停藥並諮詢醫師。\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip of two members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]) + b"\0" * 512,
    "zstd": zstandard.compress,
    "zstd of two frames": lambda data: zstandard.compress(data[:7]) + zstandard.compress(data[7:]),
    "zstd with a skippable frame": lambda data: b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + zstandard.compress(data),
}


def read(path: Path, start: int = 0, encoding: str | None = None) -> tuple[str, str | None]:
    """All of a file that can be read, and why it ends there."""
    parts = []
    try:
        parts.extend(raw.text(path, encoding, start))
    except raw.BrokenError as broken:
        return b"".join(parts).decode(), broken.reason
    return b"".join(parts).decode(), None


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(("text", "encoding"), [*((MAINLAND, name) for name in ENCODINGS), (TAIWAN, "big5hkscs")])
def test_every_encoding_is_recognised_however_it_is_packed(
    tmp_path: Path, text: str, encoding: str, packing: str
) -> None:
    path = tmp_path / "misnamed.txt"
    path.write_bytes(PACKINGS[packing](text.encode(encoding)))
    assert read(path) == (text, None)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_file_can_be_read_from_any_position(tmp_path: Path, encoding: str, packing: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACKINGS[packing](MAINLAND.encode(encoding)))
    start = len(MAINLAND[:12].encode())
    assert read(path, start) == (MAINLAND[12:], None)


@pytest.mark.parametrize("size", [4, 8, 16, 64, 1000])
def test_few_characters_are_enough_to_tell_the_encodings_apart(size: int) -> None:
    mainland, taiwan = MAINLAND.replace("C", "")[:size], TAIWAN.replace("C", "")[:size]
    assert detect([mainland.encode("gb18030")]).name == "gb18030"
    assert detect([taiwan.encode("gb18030")]).name == "gb18030"
    assert detect([taiwan.encode("big5")]).name == "big5hkscs"


def test_ascii_at_the_start_does_not_hide_the_encoding() -> None:
    head = b"id,text\n" + b"1,plain\n" * 50_000
    assert detect([head, MAINLAND.encode("gb18030")]).name == "gb18030"
    assert detect([head]).name == "utf-8"


def test_a_few_damaged_characters_do_not_change_the_encoding() -> None:
    assert detect([MAINLAND.encode() * 10 + b"\xff" + MAINLAND.encode()]).name == "utf-8"
    assert detect(["Ménière’s disease, café\n".encode("cp1252")]).name == "utf-8"  # so its row is refused, not misread


def test_a_declared_encoding_goes_before_the_one_that_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("一".encode("big5"))
    assert read(path, encoding="big5") == ("一", None)
    path.write_bytes(MAINLAND.encode("utf-16"))
    assert read(path, encoding="utf-16") == read(path, encoding="utf-16-le") == (MAINLAND, None)


NOTHING = {
    "empty": (b"", "empty_file"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "empty_file"),
    "an empty gzip": (gzip.compress(b""), "empty_file"),
    "a PDF": (b"%PDF-1.7\n" + b"x" * 99, "not_text"),
    "a zip": (b"PK\x03\x04" + b"x" * 99, "not_text"),
    "NUL bytes": (b"text\0\0\1\2\3" * 9, "not_text"),
    "a zip in a gzip": (gzip.compress(b"PK\x03\x04" + b"x" * 99), "not_text"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_file_without_text_says_why(tmp_path: Path, case: str) -> None:
    content, reason = NOTHING[case]
    (tmp_path / "a").write_bytes(content)
    assert read(tmp_path / "a") == ("", reason)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_lies_before_a_break_is_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    lines = "".join(f"{number},{os.urandom(8).hex()}\n" for number in range(200_000))
    packed = bytearray(pack(lines.encode()))
    cases = {"truncated": packed[: len(packed) // 2], "damaged": packed + b"rubbish at the end"}
    for reason, content in cases.items():
        (tmp_path / reason).write_bytes(content)
        found, why = read(tmp_path / reason)
        assert why == reason
        assert lines.startswith(found) and len(found) > len(lines) // 3


def test_a_byte_flipped_in_the_middle_is_noticed(tmp_path: Path) -> None:
    for pack in (gzip.compress, lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data)):
        packed = bytearray(pack(os.urandom(1 << 20).hex().encode()))
        packed[len(packed) // 2] ^= 0x55
        (tmp_path / "a").write_bytes(packed)
        assert read(tmp_path / "a")[1] == "damaged"


def test_blocks_of_lines_hold_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "BLOCK", 50)
    path = tmp_path / "a"
    path.write_text(MAINLAND * 20 + "最后一行没有换行")
    blocks = list(raw.lines(Piece(Raw(path, "a")), None))
    assert len(blocks) > 10 and all(block.endswith(b"\n") for block in blocks[:-1])
    assert b"".join(blocks).decode() == MAINLAND * 20 + "最后一行没有换行"


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "BLOCK", 100)
    monkeypatch.setattr(raw, "LONGEST", 1000)
    path = tmp_path / "a"
    path.write_text("good\n" + "x" * 2000)
    with pytest.raises(raw.BrokenError, match="record_too_large"):
        list(raw.lines(Piece(Raw(path, "a")), None))


# ---- real files ----------------------------------------------------------------------------------------------------

REAL = Path(os.environ.get("MEDGO_REAL_DATA", "")) / "data"
real = pytest.mark.skipif(not os.environ.get("MEDGO_REAL_DATA"), reason="MEDGO_REAL_DATA does not name the real files")


@real
def test_every_real_file_has_its_encoding() -> None:
    found: Counter[str | None] = Counter()
    for path in sorted(p for p in REAL.rglob("*") if p.is_file()):
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        assert detect(raw.blocks(path)).name == _truth(path, content), path
        found[_truth(path, content)] += 1
    assert found == {"utf-8": 502, "gb18030": 37, "big5hkscs": 1, "utf-16-le": 1, None: 6}


def _truth(path: Path, content: bytes) -> str | None:
    if path.suffix in {".pdf", ".xlsx", ".parquet"}:
        return None
    if content.startswith(b"\xff\xfe"):
        return "utf-16-le"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "big5hkscs" if "big5" in path.name else "gb18030"
    return "utf-8"


@real
@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 64, 256, 4096])
def test_the_start_of_every_real_file_tells_its_encoding(size: int) -> None:
    """Recoded as GB18030, for most are UTF-8; what has fewer than two Chinese characters at its start tells nothing."""
    wrong = []
    for path in sorted(p for p in REAL.rglob("*") if p.is_file() and detect(raw.blocks(p)).name):
        text = read(path)[0][:size] if "big5" not in path.name else ""
        if sum("\u4e00" <= c <= "\u9fff" for c in text) >= 2:
            head = text.encode("gb18030", "ignore")
            wrong += [path.name] if detect([head]).name != "gb18030" else []
    assert wrong == []


@real
def test_the_same_book_in_two_encodings_reads_the_same() -> None:
    """To the last character, but for what whoever recoded the books had no code for: two marks and four rare characters."""
    spoiled = re.compile("[舋穣奭]|栻.")
    for other in sorted((REAL / "monograph/tcm_ancient_otherenc").iterdir()):
        here, there = (_told(path) for path in (REAL / "monograph/tcm_ancient" / other.name, other))
        assert detect(raw.blocks(other)).name != detect(raw.blocks(REAL / "monograph/tcm_ancient" / other.name)).name
        wanted = ".".join(re.escape(part) for part in spoiled.split(here))
        assert re.fullmatch(wanted, there, re.DOTALL), other.name


def _told(path: Path) -> str:
    return read(path)[0].replace("\r\n", "\n").translate(str.maketrans("・―\r", "·—\n"))
