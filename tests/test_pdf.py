"""PDF files made on the spot, every line where a test wants it. All content is invented."""

from __future__ import annotations

import io
import os
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl
import pytest
from pypdf import PdfReader, PdfWriter

from medgo_data.corpus import Piece, Raw
from medgo_data.sources.formats.pdf import read
from medgo_data.sources.raw import BrokenError
from medgo_data.sources.works import Works

HEIGHT, TOP, LEADING, MARGIN, SIZE = 800, 720, 15, 60, 10
PICTURE = "q 400 0 0 400 100 200 cm BI /W 1 /H 1 /BPC 8 /CS /G ID A EI Q"
DRAWING = "100 100 m 300 500 l 350 200 l f"
SENTENCE = "本例纯属虚构只为检验程序能否按照版面的顺序读出全文而写"  # 27 characters, none of them twice at its ends
NUMBERS = "零壹贰叁肆伍陆柒捌玖"
Said = tuple[float, float, str] | tuple[float, float, str, float]  # left, baseline, text, size


def made(*pages: Sequence[Said] | str, tells: bool = True, turned: int = 0) -> bytes:
    """A PDF file, each page of lines or of operators; ``tells`` what characters its font has."""
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/Invented/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 6 0 R>>",
        # ASCII is half as wide
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/Invented/FontDescriptor 5 0 R/DW 1000/W[32 126 500]>>",
        "<</Type/FontDescriptor/FontName/Invented/Flags 4/FontBBox[0 -120 1000 880]/Ascent 880/Descent -120>>",
    )
    rows = " ".join(f"<{row:02X}00><{row:02X}FF><{row:02X}00>" for row in range(256))
    codes = f"begincmap 1 begincodespacerange<0000><FFFF>endcodespacerange 256 beginbfrange {rows} endbfrange endcmap"
    sheets = [7 + 2 * n for n in range(len(pages))]
    things = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(sheets)}/Kids[{' '.join(f'{n} 0 R' for n in sheets)}]>>".encode(),
        *map(str.encode, font),
        stream(codes if tells else "begincmap endcmap"),
    ]
    for number, page in zip(sheets, pages, strict=True):
        told = (
            f"<</Type/Page/Parent 2 0 R/Rotate {turned}/MediaBox[0 0 600 {HEIGHT}]"
            "/Resources<</Font<</F 3 0 R/H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
            f"/Contents {number + 1} 0 R>>"
        )
        things += [told.encode(), stream(page if isinstance(page, str) else "\n".join(map(shown, page)))]
    out, starts = bytearray(b"%PDF-1.7\n"), []
    for number, thing in enumerate(things, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + thing + b"\nendobj\n"
    table = len(out)
    entries = "".join(f"{at:010} 00000 n \n" for at in starts)
    out += f"xref\n0 {len(things) + 1}\n0000000000 65535 f \n{entries}".encode()
    return bytes(out) + f"trailer<</Size {len(things) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n".encode()


def stream(content: str) -> bytes:
    packed = zlib.compress(content.encode())
    return f"<</Filter/FlateDecode/Length {len(packed)}>>stream\n".encode() + packed + b"\nendstream"


def shown(said: Said) -> str:
    """A character is its own code in the font."""
    left, baseline, text, size = (*said, SIZE)[:4]
    return f"BT /F {size} Tf {left} {baseline} Td <{str(text).encode('utf-16-be').hex()}> Tj ET"


def body(page: int = 0, lines: int = 20, left: float = MARGIN, top: float = TOP, chars: int = 40) -> list[Said]:
    """Full lines, no two of which are alike."""
    return [(left, top - LEADING * n, line(page, n, chars)) for n in range(lines)]


def line(page: int, number: int, chars: int = 40) -> str:
    mark = "".join(NUMBERS[int(c)] for c in f"{page:02}{number:02}")
    return (mark + SENTENCE * 2)[:chars]


def again(
    content: bytes, *, outline: Iterable[tuple[int, int, str]] = (), title: str | None = None, **locks: str
) -> bytes:
    """The same file with an outline of (level, page, title), a title of its own, or a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    above: dict[int, object] = {}
    for level, page, said in outline:
        above[level] = writer.add_outline_item(title=said, page_number=page, parent=above.get(level - 1))
    if title is not None:
        writer.add_metadata({"/Title": title})
    if locks:
        writer.encrypt(**locks, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def squeezed(text: str) -> str:
    return re.sub(r"[ \n]+", "\n", text).strip("\n")


# ---- pages ---------------------------------------------------------------------------------------------------------


def test_pages_are_parted_by_form_feeds_and_lines_stay_lines() -> None:
    work = read(made(body(1, 3), body(2, 2)))
    expected = ["\n".join(line(page, n) for n in range(count)) for page, count in ((1, 3), (2, 2))]
    assert work.text == "\n\f\n".join(expected)
    assert (work.title, work.lost) == (None, ())


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (PICTURE, "no_text_layer"),
        (DRAWING, "no_text_layer"),  # letters may be drawn
        ("", "blank_page"),
        ([(MARGIN, TOP, "   ")], "blank_page"),
    ],
)
def test_a_page_without_text_is_counted_and_keeps_its_place(page: Sequence[Said] | str, reason: str) -> None:
    work = read(made(body(1, 2), page, body(3, 2)))
    assert work.lost == (reason,)
    assert [part.strip() == "" for part in work.text.split("\f")] == [False, True, False]


def test_text_over_a_scanned_page_is_read() -> None:
    work = read(made(PICTURE + "\n3 Tr\n" + "\n".join(map(shown, body(1, 3)))))
    assert work.lost == () and line(1, 2) in work.text


def test_a_scanned_page_with_a_printed_number_has_no_text() -> None:
    scans = [f"{PICTURE}\n{shown((300, 40, str(n + 1)))}" for n in range(5)]
    assert read(made(*scans)).lost == ("no_text_layer",) * 5
    empty = [shown((300, 40, str(n + 1))) for n in range(5)]
    assert read(made(*empty)).lost == ("blank_page",) * 5


def test_a_font_that_does_not_tell_its_characters_is_not_read_as_text() -> None:
    assert read(made(body(1), tells=False)).lost == ("unreadable_text_layer",)


def test_characters_beyond_the_first_plane_are_whole() -> None:
    said = "𠮷田氏𰻝面"
    assert read(made([(MARGIN, TOP, said)])).text == said


def test_radicals_are_left_to_be_cleaned() -> None:
    assert read(made([(MARGIN, TOP, "⽤⼯⼈")])).text == "⽤⼯⼈"


# ---- running heads and feet ----------------------------------------------------------------------------------------


def framed(page: int, *, head: str, foot: str) -> list[Said]:
    return [(MARGIN, 770, head), (400, 770, "虚构医学杂志"), *body(page), (290, 40, foot)]


@pytest.mark.parametrize("number", ["{}", "- {} -", "第{}页", "· {} ·", "{} / 9"])
def test_running_heads_and_page_numbers_go_and_nothing_else(number: str) -> None:
    chapters = ["第一章 总论", "第二章 各论"]
    pages = [framed(n, head=chapters[n % 2], foot=number.format(n + 1)) for n in range(9)]
    assert read(made(*pages)).text == "\n\f\n".join("\n".join(line(n, k) for k in range(20)) for n in range(9))


def test_a_head_of_two_lines_goes_even_where_a_section_is_named_once() -> None:
    pages = [
        [(MARGIN, 780, "虚构手册"), (MARGIN, 760, f"第{NUMBERS[n]}节" if n % 2 else "概述"), *body(n)] for n in range(9)
    ]
    text = read(made(*pages)).text
    assert "虚构手册" not in text and "概述" not in text and "节" not in text
    assert len(text.split()) == 9 * 20


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("two pages are too few", [[(MARGIN, 770, "同一行字"), *body(n)] for n in range(2)]),
        ("a table of numbers", [[(MARGIN, TOP, f"{n}.5  {n}7  {n}9"), *body(n, top=TOP - 15)] for n in range(9)]),
        ("each says something else", [[(MARGIN, 770, line(n, 77)), *body(n)] for n in range(9)]),
        ("larger than the body: titles of slides", [[(MARGIN, 770, "病例讨论", 24), *body(n)] for n in range(9)]),
        ("not at one height", [[(MARGIN, 720 + 9 * n, "同一行字"), *body(n, top=700)] for n in range(9)]),
        ("inside the page", [[*body(n, 5), (MARGIN, 600, "同一行字"), *body(n + 20, 5, top=500)] for n in range(9)]),
    ],
)
def test_what_belongs_to_the_body_stays(name: str, pages: list[list[Said]]) -> None:
    text = squeezed(read(made(*pages)).text.replace("\f", ""))
    wanted = "\n".join(said[2] for page in pages for said in sorted(page, key=lambda said: -said[1]))
    assert text == squeezed(wanted), name


def test_page_numbers_tell_the_digits_of_a_font_that_has_its_own() -> None:
    own = {ord(str(k)): chr(0xF356 + k) for k in range(10)}
    doses = [(MARGIN, 400, f"每日{n + 3}次，每次50mg") for n in range(12)]
    pages = [[*body(n), doses[n], *body(n + 20, 5, top=350), (290, 40, str(n + 8))] for n in range(12)]
    coded = [[(x, y, text.translate(own)) for x, y, text in page] for page in pages]  # type: ignore[misc]
    assert read(made(*coded)).text == read(made(*pages)).text
    unnumbered = read(made(*(page[:-1] for page in coded))).text
    assert "每日\uf359次" in unnumbered  # nothing tells: they are left as they are


# ---- order and paragraphs ------------------------------------------------------------------------------------------


def two_columns() -> tuple[list[Said], list[Said], list[Said], list[Said]]:
    across = [(180.0, 760.0, "一项并不存在的研究的全部结果及其讨论")]
    left, right = body(1, 30, chars=22), body(2, 30, left=320, chars=22)
    below = [(MARGIN, 200.0, line(3, 1, 48))]
    return across, left, right, below


@pytest.mark.parametrize("order", ["column after column", "line after line", "bottom up"])
def test_two_columns_are_read_one_after_the_other_however_they_were_set(order: str) -> None:
    across, left, right, below = two_columns()
    pairs = [said for pair in zip(left, right, strict=True) for said in pair]
    page = {
        "column after column": [*across, *left, *right, *below],
        "line after line": [*across, *pairs, *below],
        "bottom up": [*below, *reversed(right), *reversed(left), *across],
    }[order]
    wanted = "\n".join(said[2] for said in (*across, *left, *right, *below))
    assert squeezed(read(made(page)).text) == wanted


def test_a_table_is_not_two_columns() -> None:
    rows = [
        (x, TOP - LEADING * n, said) for n in range(10) for x, said in ((60, f"药品{NUMBERS[n]}"), (330, "每日三次"))
    ]
    text = read(made([*rows, *body(1, top=500)])).text
    assert text.split("\n")[0].split() == ["药品零", "每日三次"]


def test_a_blank_line_stands_where_a_paragraph_can_be_seen_to_begin() -> None:
    indent = MARGIN + 2 * SIZE
    said = [
        (indent, 0, line(0, 0, 38)),
        (MARGIN, 1, line(0, 1)),
        (MARGIN, 2, line(0, 2, 10)),
        (indent, 3, "一行成段。"),  # indented after a line that was not
        (indent, 4, line(0, 4, 38)),  # indented after one that was, and ended early
        (MARGIN, 5, line(0, 5)),
        (MARGIN, 7, line(0, 7)),  # after a gap
        (MARGIN, 8, line(0, 8, 12)),
    ]
    text = read(made([(left, TOP - LEADING * n, words) for left, n, words in said])).text
    paragraphs = [[0, 1, 2], [3], [4, 5], [6, 7]]
    assert text == "\n\n".join("\n".join(said[n][2] for n in lines) for lines in paragraphs)


@pytest.mark.parametrize("turned", [0, 90, 270])
@pytest.mark.parametrize("up", [True, False])
def test_text_that_runs_up_or_down_the_page_is_read_like_any_other(turned: int, *, up: bool) -> None:
    def page(number: int) -> str:
        lines = [
            "A journal",
            *(f"{'abcd'[number]} {'abcdefghijkl'[n]} the words of an invented study" for n in range(12)),
        ]
        places = [(60 + 15 * n, 60) if up else (540 - 15 * n, 740) for n in range(13)]
        matrix = "0 1 -1 0" if up else "0 -1 1 0"
        return "".join(
            f"BT /H 10 Tf {matrix} {x} {y} Tm ({said}) Tj ET\n" for said, (x, y) in zip(lines, places, strict=True)
        )

    text = read(made(*(page(n) for n in range(4)), turned=turned)).text
    assert "A journal" not in text
    assert [page.count("\n") for page in text.replace("\n\f\n", "\f").split("\f")] == [11] * 4


def test_a_word_broken_at_the_end_of_a_line_shows_its_hyphen() -> None:
    assert read(made([(MARGIN, TOP, "hallu-"), (MARGIN, TOP - LEADING, "cination")])).text == "hallu-\ncination"


# ---- outline and title ---------------------------------------------------------------------------------------------


def test_bookmarks_become_headings_of_their_level() -> None:
    first = [(240, 740, "第一章 绪论", 20), (MARGIN, 700, "1.1 概　　述", 12), *body(1, top=670)]
    second = [(MARGIN, 740, "1.2 常⻅的⽤药"), *body(2), (MARGIN, 400, "1.2.1 很长的"), (MARGIN, 385, "标题")]
    outline = [(0, 0, "绪论"), (1, 0, "概述"), (1, 1, "常见的用药"), (2, 1, "很长的标题"), (2, 1, "未见于本页")]
    text = read(again(made(first, second), outline=outline)).text
    heads = [said for said in text.split("\n") if said.startswith("#")]
    assert heads == ["# 第一章 绪论", "## 1.1 概　　述", "## 1.2 常⻅的⽤药", "### 1.2.1 很长的 标题"]
    assert "\n\n## 1.1 概　　述\n\n" in text


def test_a_line_that_only_ends_like_a_bookmark_is_no_heading() -> None:
    page = [(MARGIN, TOP, "本章不讨论概述"), (MARGIN, TOP - 15, "ICU概述"), *body(1, top=690)]
    assert "#" not in read(again(made(page), outline=[(0, 0, "概述")])).text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("虚构病诊疗指南（2031年版）", "虚构病诊疗指南（2031年版）"),
        ("Guideline on an invented disease", "Guideline on an invented disease"),
        ("Ménière’s disease", "Ménière’s disease"),
        ("Microsoft Word - 1.doc", None),
        ("Microsoft PowerPoint - 新建演示文稿", None),
        ("终稿2.docx", None),
        ("untitled", None),
        ("无标题", None),
        ("文档1", None),
        ("幻灯片 1", None),
        (" ", None),
        ("---", None),
        ("诊疗指南".encode("gb18030").decode("latin-1"), None),
    ],
)
def test_a_title_is_taken_only_if_it_is_one(said: str, title: str | None) -> None:
    assert read(again(made(body(1, 2)), title=said)).title == title


# ---- files that cannot be read -------------------------------------------------------------------------------------


def whole() -> bytes:
    return made(*(body(n) for n in range(6)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (again(whole(), user_password="geheim"), "encrypted"),
        (b"not a PDF at all, whatever it is called", "damaged"),
        (b"", "damaged"),
        (b"%PDF-1.7\n", "damaged"),
        (whole()[: len(whole()) // 2], "damaged"),
        (whole()[:-200], "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(BrokenError) as broken:
        read(content)
    assert broken.value.reason == reason


@pytest.mark.parametrize("drawn", ["0 0 1 1 re f ", "(a) Tj "])
def test_a_page_that_unfolds_without_end_is_refused(drawn: str) -> None:
    with pytest.raises(BrokenError) as broken:
        read(made(body(), drawn * (40 * 2**20 // len(drawn))))
    assert broken.value.reason == "page_too_large"


def test_a_password_that_only_forbids_printing_hinders_nobody() -> None:
    assert read(again(whole(), user_password="", owner_password="geheim")).text == read(whole()).text


def test_wherever_a_file_breaks_off_nothing_is_lost_in_silence() -> None:
    content, pages = whole(), read(whole()).text.split("\f")
    for end in range(0, len(content) - 7, 97):
        try:
            work = read(content[:end])
        except BrokenError:
            continue
        found = work.text.split("\f")
        assert len(found) == len(pages)
        assert sum(page.strip() == "" for page in found) == len(work.lost)
        assert all(page.strip() in ("", whole.strip()) for page, whole in zip(found, pages, strict=True))


def test_a_damaged_table_of_objects_is_mended() -> None:
    assert read(whole().replace(b"xref\n", b"xerf\n")).text == read(whole()).text
    assert read(b"some lines of a mail before it\n" + whole()).text == read(whole()).text


def test_a_missing_page_is_counted() -> None:
    work = read(whole().replace(b"9 0 obj", b"99 0 ob"))
    assert len(work.text.split("\f")) == 6
    assert len(work.lost) == 1


def test_works_tell_pages_and_what_was_lost(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made(body(1), PICTURE, body(3)))
    works = Works(name="w", files="*", license="public", longest=900)
    rows = pl.concat(works.read(Piece(Raw(tmp_path / "a.pdf", "a.pdf"))))
    assert rows["position"].to_list() == ["p. 1", "p. 3", None]
    assert rows["drop"].to_list() == [None, None, "no_text_layer"]


# ---- real material -------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.slow
def test_a_textbook_says_what_its_manuscript_says() -> None:
    folder = Path(os.environ["MEDGO_REAL_DATA"])
    manuscript = sorted((folder / "data/textbook/精神病学").glob("chap0[1-4].tex"))
    wanted = "".join(
        han(re.sub(r"\\(label|ref)\{.*?\}|(?<!\\)%.*", "", file.read_text("utf-8"))) for file in manuscript
    )
    work = read((folder / "data/pdf/精神病学_main.pdf").read_bytes())
    assert in_order(wanted, han(work.text)[: 2 * len(wanted)]) >= 0.99 * len(wanted)
    assert work.title == "精神病学"
    assert work.text.count("\f") == 416 and set(work.lost) == {"blank_page"}
    assert len(re.findall(r"^#+ ", work.text, re.MULTILINE)) == 992


def han(text: str) -> str:
    return "".join(re.findall(r"[\u3400-\u9fff]+", unicodedata.normalize("NFKC", text)))


def in_order(wanted: str, found: str) -> int:
    """The length of the longest common subsequence, a bit for each character that is wanted (Hyyrö 2004)."""
    where: dict[str, int] = {}
    for n, character in enumerate(wanted):
        where[character] = where.get(character, 0) | 1 << n
    every = left = (1 << len(wanted)) - 1
    for character in found:
        met = left & where.get(character, 0)
        left = ((left + met) | (left - met)) & every
    return len(wanted) - left.bit_count()
