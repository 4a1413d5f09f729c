"""The text of a PDF: at least 99 % of its manuscript's Han characters in order, in fewer CPU seconds than pypdf and pdfminer.six.

``--input book.pdf --manuscript folder`` takes a real book and the LaTeX it was set from; without them a book is invented. Each tool
runs as a process of its own, seen from outside; what importing it costs is measured the same way, and taken off.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import zlib
from pathlib import Path

from common import Size, asked, command, median, scratch, tell, texts
from peers import HERE, environment

PAGES, ROUNDS = Size(400, 40), Size(3, 1)
LINES, CHARS = 38, 42  # on a page, on a line
TOOLS = {"medgo": "pdf_medgo.py", "pdfium alone": "pdf_medgo.py", "pypdf": "pdf_text.py", "pdfminer.six": "pdf_text.py"}
LIMIT = 0.99
# what fonts give for common characters, and NFKC leaves
RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻊⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰", "母民虎西见角贝足车长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙"
)


def main() -> None:
    told = asked(
        __doc__,
        input={"type": Path, "help": "a PDF, in place of an invented one"},
        manuscript={"type": Path, "help": "a folder with the .tex files that say the same"},
    )
    with scratch(told) as folder:
        given, paragraphs = told.input, []
        if given is None:
            given = folder / "book.pdf"
            paragraphs = _invented(given, PAGES.of(told))
        elif told.manuscript:
            files = sorted(told.manuscript.glob("*.tex"), key=lambda file: (file.stem.startswith("app"), file.stem))
            paragraphs = [said for file in files for said in _manuscript(file)]
        paragraphs = [said for said in map(_han, paragraphs) if len(said) >= 8]
        python = {
            tool: Path(sys.executable) if "medgo" in script else environment("pdf") for tool, script in TOOLS.items()
        }
        spent: dict[str, list[float]] = {tool: [] for tool in TOOLS}
        for _ in range(ROUNDS.of(told)):
            for tool, script in TOOLS.items():
                start = command(python[tool], HERE / "peers" / script)
                whole = command(python[tool], HERE / "peers" / script, tool, given, folder / f"{tool}.txt")
                spent[tool].append(whole.cpu - start.cpu)
        found = {tool: (folder / f"{tool}.txt").read_text("utf-8") for tool in TOOLS}
    pages = found["medgo"].count("\f") + 1
    cpu = {tool: median(runs) for tool, runs in spent.items()}
    wanted = "".join(paragraphs)
    share = {tool: _in_order(wanted, _han(text)) / max(1, len(wanted)) for tool, text in found.items()}
    whole = {tool: _whole(paragraphs, _han(text)) for tool, text in found.items()}
    tell(
        f"{pages:,} pages: medgo reads >= {LIMIT:.0%} of the manuscript's Han in order, in less CPU than pypdf and pdfminer.six",
        ("tool", "CPU s net", "pages/CPU s", "CPU of medgo's", "Han in order, %", "in whole paragraphs, %"),
        [
            (
                t,
                cpu[t],
                pages / cpu[t],
                f"{cpu[t] / cpu['medgo']:.2f} x",
                round(100 * share[t], 2),
                round(100 * whole[t], 1),
            )
            for t in TOOLS
        ],
        met=share["medgo"] >= LIMIT and cpu["medgo"] < min(cpu["pypdf"], cpu["pdfminer.six"]),
        pages=pages,
        han=len(wanted),
        cpu_s={tool: round(seconds, 2) for tool, seconds in cpu.items()},
        ratio={tool: round(seconds / cpu["medgo"], 2) for tool, seconds in cpu.items()},
        in_order={tool: round(each, 4) for tool, each in share.items()},
        in_whole_paragraphs={tool: round(each, 4) for tool, each in whole.items()},
    )


def _han(text: str) -> str:
    return "".join(re.findall(r"[\u3400-\u9fff]+", unicodedata.normalize("NFKC", text.translate(RADICALS))))


def _manuscript(file: Path) -> list[str]:
    """The paragraphs and cells of a LaTeX file, without comments, commands and labels."""
    text = re.sub(
        r"(?<!\\)%.*|\\(label|ref|hypertarget|includegraphics)(\[.*?\])?\{[^{}]*\}", "", file.read_text("utf-8")
    )
    return re.sub(r"\\[a-zA-Z]+\*?", "", re.sub(r"\\tabularnewline|\\\\|&", "\n\n", text)).split("\n\n")


def _in_order(wanted: str, found: str) -> int:
    """The length of the longest common subsequence, a bit for each character that is wanted (Hyyrö 2004)."""
    where: dict[str, bytearray] = {}
    for n, character in enumerate(wanted):
        bits = where.setdefault(character, bytearray(len(wanted) // 8 + 1))
        bits[n // 8] |= 1 << n % 8
    places = {character: int.from_bytes(bits, "little") for character, bits in where.items()}
    every = left = (1 << len(wanted)) - 1
    for character in found:
        met = left & places.get(character, 0)
        left = ((left + met) | (left - met)) & every
    return len(wanted) - left.bit_count()


def _whole(paragraphs: list[str], found: str) -> float:
    """The share of the characters whose paragraph is found in one piece: no running head in its midst, no line astray."""
    return sum(len(said) for said in paragraphs if said in found) / max(1, sum(map(len, paragraphs)))


def _invented(path: Path, pages: int) -> list[str]:
    """A book of invented paragraphs, with a running head and a number on every page."""
    paragraphs = [re.sub(r"\s", "", said) for said in texts(pages * LINES * CHARS // 300, 1, foreign=0.0).to_pylist()]
    # no line of one character: in a font that is not embedded it has no extent, and pdfium leaves it out
    paragraphs = [said[: len(said) - (len(said) % CHARS == CHARS - 1)] for said in paragraphs]
    lines = [("　　" + said)[at : at + CHARS] for said in paragraphs for at in range(0, len(said) + 2, CHARS)]
    sheets = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    rows = "".join(f"<{row:02X}00><{row:02X}FF><{row:02X}00>" for row in range(256))
    things = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(sheets)}/Kids[{' '.join(f'{7 + 2 * n} 0 R' for n in range(len(sheets)))}]>>".encode(),
        b"<</Type/Font/Subtype/Type0/BaseFont/Invented/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 6 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Invented/FontDescriptor 5 0 R/DW 1000>>",
        b"<</Type/FontDescriptor/FontName/Invented/Flags 4/FontBBox[0 -120 1000 880]/Ascent 880/Descent -120>>",
        _stream(
            "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange<0000><FFFF>endcodespacerange "
            f"256 beginbfrange{rows}endbfrange endcmap end"
        ),
    ]
    for number, sheet in enumerate(sheets):
        set_ = [
            (770, f"第{'一二三四五六七八九'[number // 20 % 9]}章"),
            *((730 - 17 * n, said) for n, said in enumerate(sheet)),
        ]
        said = "".join(
            f"BT /F 11 Tf 60 {y} Td <{t.encode('utf-16-be').hex()}> Tj ET\n" for y, t in [*set_, (40, str(number + 1))]
        )
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents {8 + 2 * number} 0 R>>"
        things += [page.encode(), _stream(said)]
    out, starts = bytearray(b"%PDF-1.7\n"), []
    for number, thing in enumerate(things, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + thing + b"\nendobj\n"
    table = f"xref\n0 {len(things) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in starts)
    path.write_bytes(
        out + f"{table}trailer<</Size {len(things) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )
    return paragraphs


def _stream(said: str) -> bytes:
    packed = zlib.compress(said.encode())
    return f"<</Filter/FlateDecode/Length {len(packed)}>>stream\n".encode() + packed + b"\nendstream"


if __name__ == "__main__":
    main()
