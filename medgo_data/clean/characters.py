"""Characters put right, one by one: other forms of the same character, glyphs of private fonts, text read in a wrong encoding.

A character is replaced only by one that a physician reads in the same way. So ½, ②, Ⅲ, ℃, ≤, ² and Chinese
punctuation stay what they are.
"""

from __future__ import annotations

import re
import unicodedata

# ---- other forms ---------------------------------------------------------------------------------------------------

# By block: what compatibility decomposition (NFKC) makes of these is the same character in its usual form.
DECOMPOSED = (
    (0x2F00, 0x2FD5),  # Kangxi radicals: ⼼ → 心
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0x2F800, 0x2FA1F),
    (0xFB00, 0xFB06),  # ligatures: ﬁ → fi
    (0xFF10, 0xFF19),  # full-width digits and letters
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
    (0x1D400, 0x1D7FF),  # mathematical letters: 𝑃 → P
    (0x3371, 0x337A),  # units in one square: ㎎ → mg
    (0x3380, 0x33DF),
    (0x212A, 0x212B),  # kelvin, ångström
    (0x2126, 0x2126),  # ohm
    (0x00B5, 0x00B5),  # the micro sign is a Greek mu
    (0x0132, 0x0133),
)
# fmt: off
RADICALS = dict(zip(  # of the CJK supplement, for which Unicode has no decomposition
    "⺁⺄⺅⺆⺈⺉⺊⺌⺍⺎⺏⺐⺒⺓⺔⺕⺖⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺨⺩⺫⺬⺭⺯⺰⺱⺲⺶⺹⺺⺻⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "厂乙亻冂刀刂卜小小兀尣尢巳幺彑彐忄扌攵旡日月歺母民氵氺灬爫爫丬犭王目示礻糹纟罓罒羊耂肀聿臼艹艹艹虎衤覀西见角角讠贝车辶辶辶阝钅長镸长门阜阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
    strict=True,
))
SIGNS = dict(zip(  # small and vertical forms, and full-width signs, of which the plain ones say the same
    "﹐﹑﹒﹔﹕﹖﹗﹙﹚﹝﹞﹟﹠﹡﹢﹣﹤﹥﹦﹩﹪﹫︐︑︒︓︔︕︖︰︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄％＆＠\u2010\u2011",
    "，、.；：？！（）〔〕#&*+-<>=$%@，、。：；！？：（）{}〔〕【】《》〈〉「」『』%&@--",
    strict=True,
))
# fmt: on


def _compatible() -> dict[str, str]:
    found = {char: unicodedata.normalize("NFKC", char) for a, b in DECOMPOSED for char in map(chr, range(a, b + 1))}
    for square, power in (("㎟㎠㎡㎢", "²"), ("㎣㎤㎥㎦", "³")):
        found |= {char: found[char][:-1] + power for char in square}
    found |= {
        char: found[char].replace("\u2215", "/").replace("m/s2", "m/s²").replace("rad/s2", "rad/s²")
        for char in "㎧㎨㎮㎯"
    }
    return {char: made for char, made in (found | RADICALS | SIGNS).items() if made != char}


COMPATIBLE = _compatible()
# beyond the basic plane in whole ranges: a set of single characters from there makes a pattern a hundred times slower
_COMPATIBLE = re.compile(
    f"[{re.escape(''.join(char for char in COMPATIBLE if char <= chr(0xFFFF)))}\U0001d400-\U0001d7ff\U0002f800-\U0002fa1f]"
)
_ACCENTED = re.compile(r"[A-Za-z\u00c0-\u024f][\u0300-\u036f]+")
# ３．５ is a dose, mg／L a unit; but 1． begins a list, and （＋） is a finding
_BETWEEN = re.compile(r"[．－／＋＝](?<=[0-9A-Za-z)].)(?=[0-9A-Za-z(])")


def compatibility(text: str) -> str:
    text = _COMPATIBLE.sub(lambda found: COMPATIBLE.get(found[0], found[0]), text)
    text = _BETWEEN.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _ACCENTED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)


# ---- private use ---------------------------------------------------------------------------------------------------


# Glyphs of the fonts Symbol and Wingdings lie at U+F000 and their letter. Some are a letter in the one and a bullet in the
# other: at the beginning of a line they are a bullet.
BULLETS = "\uf06c\uf06e\uf06f\uf070\uf071\uf075\uf076"
# fmt: off
GREEK = dict(zip("abcdefghiklmnopqrstuwxyzGDFLPSWXY", "αβχδεφγηικλμνοπθρστυωξψζΓΔΦΛΠΣΩΞΨ", strict=True))
SYMBOLS = {
    0x2B: "+", 0x2D: "-", 0x3C: "<", 0x3D: "=", 0x3E: ">", 0x7E: "~", 0x9F: "•", 0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xA7: "•",
    0xA8: "•", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB7: "•",
    0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xD6: "√", 0xD8: "•", 0xE5: "∑", 0xE8: "•", 0xFB: "×", 0xFC: "√", 0xFE: "☑",
}
# fmt: on
FIGURES = (
    0xF030,
    0xF356,
    0xF730,
)  # where fonts keep a zero: Symbol, Libertinus (as XeLaTeX sets it), Adobe's old style


def _private() -> dict[str, str]:
    found = {chr(first + digit): str(digit) for first in FIGURES for digit in range(10)}
    found |= {chr(0xF000 + ord(letter)): sign for letter, sign in GREEK.items()}
    found |= {chr(0xF000 + code): sign for code, sign in SYMBOLS.items()}
    for trail in (*range(0x50, 0x7F), *range(0x80, 0xA1)):  # characters of GBK that once had no code point
        found[chr(0xE815 + trail - 0x50 - (trail > 0x7F))] = bytes([0xFE, trail]).decode("gb18030")
    return {char: made for char, made in found.items() if unicodedata.category(made) != "Co"}


PRIVATE = _private()
_BULLET = re.compile(f"^([ \t]*)[{BULLETS}]", re.MULTILINE)
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")


def private_use(text: str) -> str:
    """Known glyphs as what they show; without the others."""
    return _PRIVATE_USE.sub(lambda found: PRIVATE.get(found[0], ""), _BULLET.sub(r"\1•", text))


# ---- a wrong encoding ----------------------------------------------------------------------------------------------

HAN = re.compile("[\u3400-\u9fff]")
# what cp1252 makes of the bytes from 80 to 9F; where it makes nothing, readers leave the control character
CP1252 = {
    bytes([byte]).decode("cp1252"): chr(byte)
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_HIGH = re.compile("[{0}][{0}]+".format("\x80-\xff" + "".join(CP1252)))
_ALL_LATIN = re.compile(f"[\0-\xff{''.join(CP1252)}]+")
_AS_BYTES = str.maketrans(CP1252)
_LOST, _EURO = "\ufffd".encode("gb18030"), "€".encode("gb18030")
# what 的, 患, 在, 。 and others begin with when their UTF-8 is read as GBK; without those that are in use (鏈 鎮 鐘)
MISREAD = "鐨鏄浜鍦涓鐥銆锛鈥鎬鍙鍚鏃鑰鎴鏂瀛鐢鏁绗缁娌姝"
_MISREAD = re.compile(f"[{MISREAD}]")
MAX_LOST = 0.1  # of the characters of a line, to the bytes that the wrong reader could not keep
FIRST_LEVEL = bytes(range(0xB0, 0xD8))  # rows of GB 2312
COMMON = 0.8  # of the Han of a real text are among the 3,755 characters of the first level of GB 2312


def mojibake(text: str) -> str:
    """UTF-8 that was read as GBK or as Latin-1, and GBK that was read as Latin-1, read anew; left if no Chinese comes of it."""
    text = _HIGH.sub(lambda found: _utf8_as_latin(found[0]), text)
    if not _HIGH.search(text) and not _MISREAD.search(text):
        return text
    return "\n".join(_utf8_as_gbk(_gbk_as_latin(line)) for line in text.split("\n"))


def _utf8_as_latin(run: str) -> str:
    try:
        read = run.translate(_AS_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return run
    return run if any("\x80" <= char < "\xa0" for char in read) else read


def _gbk_as_latin(line: str) -> str:
    if not _ALL_LATIN.fullmatch(line) or not _HIGH.search(line):
        return line
    try:
        read = line.translate(_AS_BYTES).encode("latin-1").decode("gb18030")
    except UnicodeDecodeError:
        return line
    return read if len(HAN.findall(read)) > 1 and _common(read) > COMMON else line


def _utf8_as_gbk(line: str) -> str:
    if not _MISREAD.search(line) or _common(line) > COMMON:
        return line
    raw = line.encode("gb18030", "replace").replace(_LOST, b"")
    # Windows reads 80, which begins nothing in GBK, as the sign of the euro
    read = min(
        (some.decode("utf-8", "replace") for some in (raw, raw.replace(_EURO, b"\x80"))),
        key=lambda s: s.count("\ufffd"),
    )
    return read if _common(read) > COMMON and read.count("\ufffd") <= MAX_LOST * len(read) else line


def _common(text: str) -> float:
    """The share of its Han that every schoolchild knows; 0 if it has none."""
    han = HAN.findall(text)
    rows = "".join(han).encode("gb2312", "ignore")[::2]  # the first byte of each: its row in the standard
    return (len(rows) - len(rows.translate(None, FIRST_LEVEL))) / len(han) if han else 0.0
