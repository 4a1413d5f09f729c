"""LaTeX, as publishers set their textbooks in it, becomes Markdown; what only a printer needs is left out.

Headings become ``#``, lists and tables those of Markdown, footnotes and captions stay where they stand. A formula becomes
plain text where nothing is lost by that (10⁹/L, ≥ 5 μg) and else stays what it is, between dollar signs. Of a command that
is not known here the name goes and the words in it stay.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from medgo_data.sources.formats import Work

DEEPEST = 40  # groups within groups that are looked into; deeper ones are taken for their words
GROWS = 4  # times its size is what a text may become when its own commands are written out
FAR = 20_000  # characters; the end of a formula is not looked for farther away, that of an option within a tenth of it

# Marks that no text contains, for what is put together only when all of it is known.
LINE, CELL, ROW, HEAD, HELD, INNER = "\x01", "\x02", "\x03", "\x04", "\x05", "\x10"
ENDS = {"endfirsthead": "\x06", "endhead": "\x07", "endfoot": "\x0e", "endlastfoot": "\x0f"}
NO_TEXT = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])

PAIRS = re.compile(r"(\S+) (\S+)")
WORDS = re.compile(r"\S+")
LEVELS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
TABLES = dict.fromkeys(("tabular", "longtable", "tabu", "supertabular", "tblr"), 1)
TABLES |= dict.fromkeys(("tabular*", "tabularx", "tabulary"), 2)
LISTS = {"itemize": "- ", "enumerate": "{}. ", "description": "- ", "thebibliography": "{}. "}
FORMULAS = WORDS.findall("math displaymath equation align gather multline eqnarray flalign alignat")
VERBATIM = "verbatim|Verbatim|lstlisting|minted"
UNSEEN = "comment|tikzpicture|pgfpicture|filecontents"

# How many arguments of a command, or of the beginning of an environment, are for the printer; what stands behind them is text.
DROPPED = {
    1: "label ref eqref pageref autoref cref Cref nameref vref index glossary includegraphics graphicspath input include "
    "bibliography bibliographystyle usepackage documentclass pagestyle thispagestyle pagenumbering hspace vspace "
    "captionsetup color textcolor colorbox hypertarget hyperlink hypersetup href bookmark raisebox ctexset cline CJKfamily "
    "fontfamily fontseries fontshape linespread rowcolor cellcolor columncolor tag stepcounter refstepcounter value "
    "phantom hphantom vphantom bibitem pdfbookmark author date parbox cmidrule enlargethispage let markright selectlanguage",
    2: "setlength addtolength setcounter addtocounter fontsize rule multirow fcolorbox definecolor renewenvironment "
    "newenvironment DeclareMathOperator resizebox newtheorem markboth settowidth titlespacing",
    3: "addcontentsline CJKfontspec titleformat",
}
TAKES = {name: n for n, names in DROPPED.items() for name in WORDS.findall(names)}
OPENS = dict.fromkeys(("minipage", "multicols", "adjustbox", "spacing", "subfigure"), 1)
OPENS |= dict.fromkeys(("CJK", "wrapfigure", "wraptable"), 2)
CITES = re.compile(r"[a-zA-Z]*cite[a-z]*\*?")

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi "
    "chi psi omega"
)
SYMBOLS: dict[str, str] = {name: chr(0x3B1 + n) for n, name in enumerate(WORDS.findall(GREEK))}
SYMBOLS |= {n.capitalize(): chr(ord(c) - 0x20) for n, c in SYMBOLS.items()}
SYMBOLS |= dict(
    PAIRS.findall(
        "geq ≥ ge ≥ geqslant ≥ leq ≤ le ≤ leqslant ≤ neq ≠ ne ≠ approx ≈ sim ～ pm ± mp ∓ times × div ÷ cdot · bullet • "
        "rightarrow → to → longrightarrow → leftarrow ← leftrightarrow ↔ rightleftharpoons ⇌ uparrow ↑ downarrow ↓ "
        "Rightarrow ⇒ infty ∞ degree ° textdegree ° celsius ℃ textcelsius ℃ circ ° permil ‰ textperthousand ‰ "
        "ldots … dots … cdots … textellipsis … varepsilon ε varphi φ vartheta θ micro μ textmu μ square □ checkmark ✓ "
        "textgreater > textless < textasciitilde ~ lbrack [ rbrack ] lbrace { rbrace } "
        "ss ß o ø O Ø ae æ AE Æ oe œ aa å AA Å l ł i ı S § P ¶ copyright © textregistered ® texttrademark ™ pounds £ "
        "textquotedblleft “ textquotedblright ” textquoteleft ‘ textquoteright ’ textendash – textemdash — "
        "LaTeX LaTeX TeX TeX gt > lt < triangle △ star ★ prime ′ textbullet • male ♂ female ♀ mars ♂ venus ♀"
    )
) | {"textbar": "|", "textbackslash": "\\", "quad": " ", "qquad": " ", "enspace": " ", "newline": LINE, "par": "\n\n"}
UNITS: dict[str, str] = dict(
    PAIRS.findall(
        "kilo k milli m micro μ nano n pico p centi c deci d gram g litre L liter L metre m meter m mole mol second s minute min "
        "hour h day d hertz Hz joule J pascal Pa kelvin K volt V watt W becquerel Bq gray Gy sievert Sv celsius ℃ percent % "
        "degreeCelsius ℃ degree ° per / squared ² cubed ³ kg kg g g mg mg ug μg ng ng L L l L mL mL ml mL uL μL mol mol "
        "mmol mmol umol μmol cm cm mm mm um μm nm nm m m s s ms ms h h kPa kPa kJ kJ"
    )
)
ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
ACCENTS |= {"c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a"}
RAISED = dict(zip("0123456789+-=()niＯoO○+−－＋abcdex", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ°°°°⁺⁻⁻⁺ᵃᵇᶜᵈᵉˣ", strict=True))
LOWERED = dict(zip("0123456789+-=()aeoxhklmnpst−－＋", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜ₋₋₊", strict=True))
WIDE = "\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60“”‘’…—·①-⑳"  # between two of these no space is meant,
MARKS = "，。、；：？！（）【】《》～％"  # and beside one of these neither


def read(content: str) -> Work:
    held: list[str] = []
    content = _written_out(_bare(content, held))
    reader = _Reader(content)
    begin = content.find(r"\begin{document}")
    end = content.find(r"\end{document}")
    if begin >= 0:
        reader.text(0, begin)  # for the title alone
    text = reader.text(begin + 16 if begin >= 0 else 0, end if end >= 0 else len(content))
    text, only = _headings(_flowing(text))
    text = re.sub(f"{HELD}(\\d+){HELD}", lambda m: held[int(m[1])], text)
    return Work(text.replace(LINE, "\n").replace(INNER, "  "), _line(reader.title) or only)


def _bare(content: str, held: list[str]) -> str:
    """The text without comments and drawings. What is to be taken letter by letter is held back."""

    def kept(found: re.Match[str]) -> str:
        if found["code"] is not None:
            held.append(
                "```" + re.sub(r"^(?:\[[^\]\n]*\])?(?:\{[^}\n]*\})?[ \t]*", "", found["code"]).rstrip() + "\n```"
            )
            return f"\n\n{HELD}{len(held) - 1}{HELD}\n\n"
        if found["word"] is not None:
            held.append(found["word"])
            return f"{HELD}{len(held) - 1}{HELD}"
        return found["sign"] or ""

    return COMMENT.sub(kept, content.translate(NO_TEXT))


COMMENT = re.compile(
    rf"\\begin\{{(?P<v>{VERBATIM})\*?\}}(?P<code>.*?)(?:\\end\{{(?P=v)\*?\}}|\Z)"
    rf"|\\begin\{{(?P<u>{UNSEEN})\*?\}}.*?(?:\\end\{{(?P=u)\*?\}}|\Z)|\\iffalse\b.*?(?:\\fi\b|\Z)"
    r"|\\verb\*?(?P<d>[^\sa-zA-Z*])(?P<word>[^\n]*?)(?P=d)|(?P<sign>\\.)|%[^\n]*(?:\n[ \t]*(?![ \t]*\n))?",
    re.DOTALL,
)


# ---- commands of the author's own -----------------------------------------------------------------------------------


class Macro(NamedTuple):
    takes: int
    default: str | None
    body: str


def _written_out(content: str) -> str:
    """The text with the commands that it defines itself in place of their names."""
    macros: dict[str, Macro] = {}
    pairs = _pairs(content)
    parts, at = [], 0
    for found in DEFINITION.finditer(content):
        body = found.end() - 1
        if found.start() >= at and body in pairs:
            name = found["name"] or found["old"]
            macros[name] = Macro(int(found["takes"] or 0), found["default"], content[body + 1 : pairs[body]])
            parts.append(content[at : found.start()])
            at = pairs[body] + 1
    if not macros:
        return content
    whole = "".join([*parts, content[at:]])
    most = GROWS * len(whole) + 10_000
    for _ in range(8):  # one may be made of another
        names = "|".join(sorted(macros, key=len, reverse=True))
        text = _once(whole, re.compile(rf"\\({names})(?![A-Za-z@])[ \t]*"), macros, most)
        if text in (None, whole):
            break
        whole = str(text)
    return whole


DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*\{?\\(?P<name>[A-Za-z@]+)\}?\s*(?:\[(?P<takes>\d)\])?"
    r"(?:\[(?P<default>[^\]]{0,500})\])?\s*\{|\\def\s*\\(?P<old>[A-Za-z@]+)\s*\{"
)


def _once(content: str, uses: re.Pattern[str], macros: dict[str, Macro], most: int) -> str | None:
    pairs = _pairs(content)
    parts, at, size = [], 0, len(content)
    for found in uses.finditer(content):
        if found.start() < at:  # within an argument that was just written
            continue
        macro, end, given = macros[found[1]], found.end(), []
        if macro.default is not None:
            option = re.compile(r"\[([^\]\n]*)\]").match(content, end)
            given.append(option[1] if option else macro.default)
            end = option.end() if option else end
        while len(given) < macro.takes:
            if end not in pairs:
                break
            given.append(content[end + 1 : pairs[end]])
            end = pairs[end] + 1
        if macro.takes == 0 and content.startswith("{}", end):
            end += 2
        said = re.sub(r"#(\d)", lambda m: given[int(m[1]) - 1] if int(m[1]) <= len(given) else "", macro.body)  # noqa: B023
        size += len(said)
        if size > most:
            return None
        parts += [content[at : found.start()], said]
        at = end
    return "".join([*parts, content[at:]])


def _pairs(content: str) -> dict[int, int]:
    """Where each opened brace is closed."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for found in BRACE.finditer(content):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs


BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


# ---- the text ------------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"\\(?P<name>[A-Za-z@]+)(?P<star>\*?)(?:[ \t]*\n(?![ \t]*\n)[ \t]*|[ \t]+|(?=[^ \t]|$))"
    r"|\\(?P<sign>.)|(?P<mark>\$\$?|[{}&~]|``|''|---?)",
    re.DOTALL,
)
SIZE = re.compile(
    r"\s*=?\s*-?(?:\d+\.?\d*|\.\d+)?\s*(?:pt|em|ex|cm|mm|in|bp|\\[A-Za-z]+)(?![A-Za-z])(?:\s*(?:plus|minus)\s*\S+)*"
)
LENGTHS = WORDS.findall(
    "parindent parskip baselineskip vskip hskip kern leftskip rightskip topmargin textwidth textheight tabcolsep"
)
PLAIN = {"``": "“", "''": "”", "--": "–", "---": "—", "~": " ", "{": "", "}": ""}
OPTION = re.compile(r"\n\n|[\]{]")
# a line break in them ends no row
BOXES = WORDS.findall("makecell shortstack thead tabincell parbox textbf textit emph text mbox")


class _Reader:
    """A text with its braces paired, and what was met in it on the way."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.pairs = _pairs(content)
        self.title = ""
        self.depth = 0
        self.in_table = False
        self.lists: list[tuple[str, int]] = []
        self.captions: list[str] = []

    def text(self, start: int, end: int) -> str:
        """What a reader reads of this stretch."""
        if self.depth > DEEPEST:
            return re.sub(r"\\[A-Za-z@]+\*?|\\.|[{}$]", "", self.content[start:end])
        self.depth += 1
        parts, at = [], start
        while (found := TOKEN.search(self.content, at, end)) is not None:
            parts.append(self.content[at : found.start()])
            if found["name"]:
                said, at = self._command(found["name"] + found["star"], found.end(), end)
            elif found["sign"]:
                said, at = self._sign(found["sign"], found.end(), end)
            elif found["mark"].startswith("$"):
                said, at = self._formula(found["mark"], found["mark"], found.end(), end)
            elif found["mark"] == "&":
                said, at = CELL if self.in_table else "&", found.end()
            else:
                said, at = PLAIN[found["mark"]], found.end()
            parts.append(said)
        parts.append(self.content[at:end])
        self.depth -= 1
        return "".join(parts)

    def _command(self, name: str, at: int, end: int) -> tuple[str, int]:  # noqa: C901, PLR0911, PLR0912  one line a command
        bare = name.removesuffix("*")
        if bare in ("begin", "end"):
            start, stop, at = self._argument(at, end)
            kind = self.content[start:stop]
            return self._begin(kind, at, end) if bare == "begin" else self._end(kind, at)
        if bare in LEVELS:
            said, at = self._read(self._option(at, end)[2], end)
            return f"\n\n{HEAD}{LEVELS.index(bare)}{_line(said)}\n\n", at
        if bare in SYMBOLS:
            return SYMBOLS[bare], at + 2 if self.content.startswith("{}", at) else at
        if bare in ENDS and self.in_table:
            return ENDS[bare], at
        if bare in ("textsuperscript", "textsubscript"):
            said, at = self._read(at, end)
            return _moved(_line(said), raised=bare == "textsuperscript"), at
        if bare in ("footnote", "footnotetext", "thanks"):
            said, at = self._read(self._option(at, end)[2], end)
            return _in_brackets(_line(said)), at
        if bare in ("caption", "captionof", "subcaption"):
            return self._caption(bare, at, end)
        if bare in ("subfloat", "subfigure"):
            start, stop, at = self._option(at, end)
            return f"\n\n{self.text(start, stop)}\n\n", at
        if bare == "title":
            said, at = self._read(at, end)
            self.title = self.title or said
            return "", at
        if bare == "item":
            return self._item(at, end)
        if bare == "tabularnewline" and self.in_table:
            return ROW, self._option(at, end)[2]
        if bare == "multicolumn":
            start, stop, at = self._argument(at, end)
            said, at = self._read(self._argument(at, end)[2], end)
            return said + CELL * (
                min(40, int(self.content[start:stop])) - 1 if self.content[start:stop].isdigit() else 0
            ), at
        if bare in ("SI", "qty", "si", "unit", "num"):
            return self._quantity(bare, at, end)
        if bare in ("ding", "textcircled", "circled"):
            start, stop, at = self._argument(at, end)
            return _circled(self.content[start:stop].strip(), bare), at
        if bare in ACCENTS and at < end:
            start, stop, at = self._argument(at, end)
            return _accented(self.content[start:stop], bare), at
        if bare in LENGTHS:
            size = SIZE.match(self.content, at, end)
            return "", size.end() if size else at
        return self._other(bare, at, end)

    def _other(self, name: str, at: int, end: int) -> tuple[str, int]:
        """A command that is for the printer, or that is not known: its words follow as text."""
        if name not in TAKES:
            at = self._option(at, end, only_before_a_brace=True)[2]
        for _ in range(TAKES.get(name, bool(CITES.fullmatch(name)))):
            at = self._argument(self._option(self._option(at, end)[2], end)[2], end)[2]
        if self.in_table and name in BOXES and at in self.pairs:
            return self._in_one_cell(at + 1, self.pairs[at]), self.pairs[at] + 1
        return "", at

    def _sign(self, sign: str, at: int, end: int) -> tuple[str, int]:
        """What a backslash makes of the sign behind it."""
        if sign in "([":
            return self._formula("$" if sign == "(" else "$$", "\\)" if sign == "(" else "\\]", at, end)
        if sign == "\\":
            at += self.content.startswith("*", at, end)
            return ROW if self.in_table else LINE, self._option(at, end)[2]
        if sign in ACCENTS and self.content[at : at + 1].isalpha():
            return _accented(self.content[at], sign), at + 1
        if sign in ACCENTS and at in self.pairs and self.pairs[at] <= at + 3:
            return _accented(self.content[at + 1 : self.pairs[at]], sign), self.pairs[at] + 1
        return {",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "\t": " "}.get(
            sign, sign if sign in "%&$#_{}" else ""
        ), at

    # ---- environments

    def _begin(self, kind: str, at: int, end: int) -> tuple[str, int]:
        bare = kind.removesuffix("*")
        if bare in FORMULAS:
            at = self._argument(at, end)[2] if bare == "alignat" else at
            return self._formula(
                "$$", f"\\end{{{kind}}}", at, end, rows=bare not in ("math", "displaymath", "equation")
            )
        if kind in TABLES:
            return self._table(kind, at, end)
        at = self._option(at, end)[2]
        if bare in LISTS:
            outer = LINE if self.lists else "\n\n"
            self.lists.append((LISTS[bare], 0))
            return outer, self._argument(at, end)[2] if bare == "thebibliography" else at
        for _ in range(OPENS.get(bare, 0)):
            at = self._argument(self._option(at, end)[2], end)[2]
        return " " if self.in_table else "\n\n", at

    def _end(self, kind: str, at: int) -> tuple[str, int]:
        if kind.removesuffix("*") in LISTS and self.lists:
            self.lists.pop()
            return ("\n\n" if not self.lists else LINE), at
        return " " if self.in_table else "\n\n", at

    def _item(self, at: int, end: int) -> tuple[str, int]:
        start, stop, at = self._option(at, end)
        mark, number = self.lists[-1] if self.lists else ("- ", 0)
        if self.lists:
            self.lists[-1] = (mark, number + 1)
        said = _line(self.text(start, stop))
        inner = INNER * min(DEEPEST, len(self.lists) - 1)
        return f"{LINE}{inner}{mark.format(number + 1)}" + (f"{said} " if said else ""), at

    def _caption(self, name: str, at: int, end: int) -> tuple[str, int]:
        if name == "captionof":
            at = self._argument(at, end)[2]
        said, at = self._read(self._option(at, end)[2], end, in_table=False)
        if self.in_table:
            self.captions.append(_line(said))
            return "", at
        return f"\n\n{said}\n\n", at

    # ---- tables

    def _table(self, kind: str, at: int, end: int) -> tuple[str, int]:
        for _ in range(TABLES[kind]):
            at = self._argument(self._option(at, end)[2], end)[2]
        stop = self._closing(kind, at, end)
        if self.in_table:  # in one cell of another
            return self._in_one_cell(at, stop).replace(CELL, " "), stop
        self.in_table, outer = True, self.captions
        self.captions = []
        said = self.text(at, stop)
        captions, self.captions, self.in_table = self.captions, outer, False
        return f"\n\n{''.join(c + chr(10) * 2 for c in dict.fromkeys(captions))}{_table(said)}\n\n", stop

    def _closing(self, kind: str, at: int, end: int) -> int:
        """Where the environment ends that began before this."""
        within = 1
        for found in re.compile(rf"\\(begin|end)\{{{re.escape(kind)}\}}").finditer(self.content, at, end):
            within += 1 if found[1] == "begin" else -1
            if not within:
                return found.start()
        return end

    def _in_one_cell(self, start: int, end: int) -> str:
        self.in_table = False
        said = _line(self.text(start, end))
        self.in_table = True
        return said

    # ---- formulas and quantities

    def _formula(self, mark: str, closing: str, at: int, end: int, *, rows: bool = False) -> tuple[str, int]:
        stop, end = at, min(end, at + FAR)
        while (
            (stop := self.content.find(closing, stop, end)) > 0 and self.content[stop - 1] == "\\" and closing[0] == "$"
        ):
            stop += 1
        paragraph = self.content.find("\n\n", at, end)
        if stop < 0 or (mark == "$" and 0 <= paragraph < stop):  # a dollar is meant
            return mark if closing[0] == "$" else "", at
        said = " ".join(re.sub(r"\\label\{[^}]*\}|\\(?:notag|nonumber)\b", "", self.content[at:stop]).split())
        plain = None if rows else _plain(said)
        around = "\n\n" if mark == "$$" and not self.in_table else ""
        formula = said.replace("|", r"\vert ") if self.in_table else said  # a bar would end the cell
        shown = f"{mark}{formula}{mark}" if plain is None else plain
        return f"{around}{shown}{around}", stop + len(closing)

    def _quantity(self, name: str, at: int, end: int) -> tuple[str, int]:
        number = unit = ""
        at = self._option(at, end)[2]
        if name in ("SI", "qty", "num"):
            start, stop, at = self._argument(at, end)
            number = re.sub(
                r"(?<=\d)e([-+]?\d+)", lambda m: "×10" + _moved(m[1], raised=True), self.content[start:stop]
            )
        if name != "num":
            start, stop, at = self._argument(at, end)
            unit = re.sub(r"\\([A-Za-z]+)\s*", lambda m: UNITS.get(m[1], m[1]), self.content[start:stop])
        return f"{number} {unit}".strip(), at

    # ---- arguments

    def _argument(self, at: int, end: int) -> tuple[int, int, int]:
        """From where to where the argument stands that comes next, and where it is over."""
        start = at
        while start < end and self.content[start] in " \t\n":
            start += 1
        if start in self.pairs and self.pairs[start] < end:
            return start + 1, self.pairs[start], self.pairs[start] + 1
        command = re.compile(r"\\(?:[A-Za-z@]+|.)").match(self.content, start, end)
        return (start, command.end(), command.end()) if command else (at, at, at)

    def _option(self, at: int, end: int, *, only_before_a_brace: bool = False) -> tuple[int, int, int]:
        """The same for an argument in square brackets; there may be none."""
        if not self.content.startswith("[", at):
            return at, at, at
        stop, far = at + 1, min(end, at + FAR // 10)
        while (found := OPTION.search(self.content, stop, far)) is not None and found[0] == "{":
            stop = self.pairs.get(found.start(), found.start()) + 1
        if found is None or found[0] != "]":
            return at, at, at
        stop = found.start()
        if only_before_a_brace and not self.content.startswith("{", stop + 1):
            return at, at, at
        return at + 1, stop, stop + 1

    def _read(self, at: int, end: int, *, in_table: bool | None = None) -> tuple[str, int]:
        start, stop, after = self._argument(at, end)
        before = self.in_table
        self.in_table = before if in_table is None else in_table
        said = self.text(start, stop)
        self.in_table = before
        return said, after


# ---- how it is put together ------------------------------------------------------------------------------------------


def _flowing(text: str) -> str:
    """Paragraphs, each in one line, with an empty line between two."""
    parts = re.split(r" ?\n ?\n\s*", re.sub(r"[ \t]+", " ", text))
    return "\n\n".join(part for part in map(_joined, parts) if part)


def _joined(part: str) -> str:
    part = re.sub(rf"(?<=[{WIDE}]) ?\n ?(?=[{WIDE}])|(?<=[{MARKS}]) ?\n ?| ?\n ?(?=[{MARKS}])", "", part)
    part = re.sub(r" ?\n ?", " ", part)
    part = re.sub(rf"(?<=[{WIDE}]) (?=[{MARKS}])| (?=[⁰¹²³⁴-⁾₀-₎])", "", part)  # such as a reference left behind
    part = re.sub(rf" ?{LINE}[ {LINE}]*", LINE, part)
    return re.sub(r" +", " ", part).strip(" \n\u3000" + LINE)


def _line(text: str) -> str:
    """The same in one line."""
    return " ".join(_flowing(text).replace(LINE, "\n\n").split("\n\n")).strip()


def _headings(text: str) -> tuple[str, str | None]:
    """The text with its headings as Markdown, the outermost with one ``#``; and that one, if there is only one."""
    found = re.findall(f"{HEAD}(\\d)(.*)", text)
    top = min((int(level) for level, _ in found), default=0)
    first = [said for level, said in found if int(level) == top and said]

    def shown(head: re.Match[str]) -> str:
        return "#" * min(6, int(head[1]) - top + 1) + f" {head[2]}" if head[2] else ""

    return re.sub(f"{HEAD}(\\d)(.*)", shown, text), first[0] if len(first) == 1 else None


def _table(said: str) -> str:
    """A pipe table. Of headings and feet that a long table repeats on each page, one is enough."""
    *parts, rest = re.split(f"([{''.join(ENDS.values())}])", said)
    told = dict(zip(parts[1::2], parts[::2], strict=True))
    first, head, foot, last = (told.get(mark) for mark in ENDS.values())
    shown = (head if first is None else first, rest, foot if last is None else last)
    rows = [_cells(row) for part in shown if part for row in part.split(ROW)]
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    if width < 2:
        return LINE.join(cell for row in rows for cell in row)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return LINE.join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _cells(row: str) -> list[str]:
    cells = [_line(cell.replace(ROW, LINE)).replace("|", "｜") for cell in row.split(CELL)]
    return cells if any(cells) else []


def _in_brackets(said: str) -> str:
    if not said:
        return ""
    return f"（{said}）" if re.search(f"[{WIDE}]", said) else f" ({said})"


def _circled(said: str, name: str) -> str:
    if not said.isdigit():
        return said
    number = int(said) - 171 if name == "ding" else int(said)
    return chr(0x245F + number) if 1 <= number <= 20 else "" if name == "ding" else f"({said})"


def _accented(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", letter.removeprefix("\\") + ACCENTS[accent])


def _moved(said: str, *, raised: bool) -> str:
    """Raised or lowered characters; as a formula, if they do not all exist."""
    there = RAISED if raised else LOWERED
    if all(character in there for character in said):
        return "".join(map(there.__getitem__, said))
    if re.fullmatch(r"[\[［(（【].*[\])］）】]|[*†‡§①-⑳®™]+|.*[^\x00-\x7f].*", said):
        return said
    return f"${'^' if raised else '_'}{{{said}}}$"


def _plain(formula: str) -> str | None:
    """A formula as plain text, or None if that would lose something."""
    parts, at = [], 0
    while at < len(formula):
        found = SIMPLE.match(formula, at)
        if found is None:
            return None
        at = found.end()
        if found["script"]:
            there = RAISED if found["script"] == "^" else LOWERED
            said = found["group"] if found["group"] is not None else found["one"]
            said = "".join(SYMBOLS.get(p[1:], p) if p[0] == "\\" else p for p in re.findall(r"\\[A-Za-z]+|[^\s]", said))
            if said == "°" and found["script"] == "^":
                parts.append(said)
            elif all(character in there for character in said):
                parts.append("".join(map(there.__getitem__, said)))
            else:
                return None
        elif found["symbol"]:
            if found["symbol"] not in SYMBOLS:
                return None
            parts.append(SYMBOLS[found["symbol"]])
        elif found["words"] is not None:
            parts.append(found["words"])
        else:
            parts.append((found["space"] and " ") or found["sign"] or found["rest"])
    return " ".join("".join(parts).split())


SIMPLE = re.compile(
    r"(?P<script>[\^_])\s*(?:\{(?P<group>[^{}^_]*)\}|(?P<one>\\[A-Za-z]+|[^\\\s{}^_]))"
    r"|\\(?:text|mathrm|mbox|rm|mathbf|mathit|textrm|operatorname)\s*\{(?P<words>[^{}\\^_$]*)\}"
    r"|\\(?P<symbol>[A-Za-z]+)\s*|(?P<space>\\[,;: !]|~|\s+)|\\(?P<sign>[%&$#_])|(?P<rest>[^\\{}^_$&])"
)
