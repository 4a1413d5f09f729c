"""Remnants of HTML, LaTeX and Markdown become the text that they stand for; a formula that text cannot say stays a formula."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from operator import itemgetter

SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
INSIDE = itemgetter(1)  # what a pattern has in parentheses; for the template "\\1" Python takes much longer
RAISED = re.compile(r"[\d+\-−=()n]+")
CITED = re.compile(
    r"[\[［]\s*\d[\d\s,，、\-–~]*[\]］]|\d[\d\s\-–~]*(?:[,，]\s*\d[\d\s\-–~]*)+"
)  # ¹⁻³ may be an exponent; ¹,³ is none

# ---- HTML ----------------------------------------------------------------------------------------------------------

BLOCKS = "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|tbody|thead|tfoot|tr|section|article|header|footer|center|form|blockquote|pre"
INLINE = "a|abbr|b|big|button|code|em|font|i|iframe|img|input|ins|label|link|meta|o:p|s|small|span|strong|sub|sup|td|th|tt|u|html|body|head|title"
ATTRIBUTES = r"""(?:\s+[\w:\-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))*\s*/?"""
HIDDEN = re.compile(
    r"<(script|style|noscript)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<!doctype[^>]*>", re.IGNORECASE | re.DOTALL
)
RAISE = re.compile(r"<(su[pb])>([^<>]{1,30})</\1>", re.IGNORECASE)
TABLE = re.compile(r"<table\b[^>]*>([^<]*(?:<(?!table\b|/table\s*>)[^<]*)*)</table\s*>", re.IGNORECASE)
ROW = re.compile(r"<tr\b[^>]*>([^<]*(?:<(?!tr\b|/tr)[^<]*)*)", re.IGNORECASE)
CELL = re.compile(r"<t[dh]\b([^>]*)>([^<]*(?:<(?!t[dh]\b|/t[dh]|/tr)[^<]*)*)", re.IGNORECASE)
SPAN = re.compile(r"(col|row)span\s*=\s*[\"']?(\d{1,3})", re.IGNORECASE)
BLOCK = re.compile(rf"</?(?:{BLOCKS}){ATTRIBUTES}>", re.IGNORECASE)
NEXT_CELL = re.compile(r"</t[dh]\s*>\s*<t[dh]\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(rf"</?({INLINE})({ATTRIBUTES})>", re.IGNORECASE)
CLOSING = re.compile(r"</(\w+)\s*>")
SHORT = frozenset("abisu")  # in a<b>c nothing is bold
HTML = rf"(?i)</?(?:script|style|noscript|{BLOCKS}|{INLINE})\b|<!--|<!doctype"  # without it there is none
_HTML = re.compile(HTML)
ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[a-zA-Z][a-zA-Z0-9]{1,30});")


def from_html(text: str) -> str:
    if not _HTML.search(text):
        return text
    text = HIDDEN.sub("", text)
    text = RAISE.sub(lambda found: raised(found[2], below=found[1].lower() == "sub"), text)
    while (rest := TABLE.sub(lambda found: _table(found[1]), text)) != text:
        text = rest
    text = NEXT_CELL.sub(" | ", text)
    text = BLOCK.sub("\n", text)
    closed = {name.lower() for name in CLOSING.findall(text)}
    return TAG.sub(lambda found: _tag(found, closed), text)


def _tag(found: re.Match[str], closed: set[str]) -> str:
    name = found[1].lower()
    is_sure = name not in SHORT or found[2].strip(" /") or name in closed
    return "" if is_sure else found[0]


def raised(said: str, *, below: bool = False) -> str:
    """Small figures above or below the line, as characters of their own; a citation goes."""
    said = said.strip()
    if not below and CITED.fullmatch(said):
        return ""
    if RAISED.fullmatch(said) and not (below and "n" in said):
        return said.translate(SUBSCRIPTS if below else SUPERSCRIPTS)
    return f"^{said}" if len(said) == 1 and said.isascii() and said.isalpha() and not below else said


def _table(inside: str) -> str:
    """The rows of an HTML table between pipes. A cell that spans several is told in each of them."""
    grid: list[dict[int, str]] = []
    for number, row in enumerate(ROW.findall(inside)):
        while len(grid) <= number:
            grid.append({})
        column = 0
        for attributes, inner in CELL.findall(row):
            while column in grid[number]:
                column += 1
            plain_text = TAG.sub("", BLOCK.sub(" ", inner)) if "<" in inner else inner
            said = " ".join(plain_text.replace("|", "\\|").split())
            if not attributes:
                grid[number][column] = said
                column += 1
                continue
            spans = {kind.lower(): max(1, int(size)) for kind, size in SPAN.findall(attributes)}
            for below in range(spans.get("row", 1)):
                while len(grid) <= number + below:
                    grid.append({})
                grid[number + below] |= dict.fromkeys(range(column, column + spans.get("col", 1)), said)
            column += spans.get("col", 1)
    grid = [row for row in grid if any(row.values())]
    wide = max((max(row) + 1 for row in grid), default=0)
    lines = ["| " + " | ".join(row.get(column, "") for column in range(wide)) + " |" for row in grid]
    return "\n\n" + "\n".join([*lines[:1], "|" + " --- |" * wide, *lines[1:]]) + "\n\n" if lines else "\n"


def entities(text: str) -> str:
    return ENTITY.sub(lambda found: html.unescape(found[0]), text)


# ---- Markdown ------------------------------------------------------------------------------------------------------

IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)")
LINK = re.compile(
    r"\[(?<!!\[)\s*([^\[\]\n]+?)\s*\]\((?:https?:|/|www\.|\.{1,2}/|#|mailto:)[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)"
)
CAPTION = re.compile(r"[\u3400-\u9fff]")


def links(text: str) -> str:
    """Without images, but for what stands in their place in Chinese; links as their words."""
    if "](" not in text:
        return text
    return LINK.sub(INSIDE, IMAGE.sub(lambda found: found[1] if CAPTION.search(found[1]) else "", text))


# ---- LaTeX ---------------------------------------------------------------------------------------------------------

NAMES = {
    "geq": "≥", "ge": "≥", "geqslant": "≥", "leq": "≤", "le": "≤", "leqslant": "≤", "pm": "±", "mp": "∓", "times": "×",
    "div": "÷", "cdot": "·", "sim": "~", "approx": "≈", "neq": "≠", "ne": "≠", "equiv": "≡", "infty": "∞", "circ": "°",
    "degree": "°", "celsius": "℃", "to": "→", "rightarrow": "→", "leftarrow": "←", "uparrow": "↑", "downarrow": "↓",
    "Rightarrow": "⇒", "prime": "′", "ldots": "…", "dots": "…", "cdots": "…", "colon": ":", "lt": "<", "gt": ">", "mid": "|",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "textregistered": "®", "copyright": "©",
    "star": "*", "ast": "*", "bullet": "•", "checkmark": "√", "surd": "√", "angle": "∠", "textdegree": "°", "textmu": "μ",
}  # fmt: skip
STYLES = (
    "mathrm|mathbf|mathit|mathsf|mathtt|mathnormal|boldsymbol|bf|rm|it|tt|sf|pmb|bm|operatorname|scriptstyle|displaystyle|"
    "textstyle|scriptscriptstyle|left|right|big|Big|bigg|Bigg|mathop|mathord|mathbin|mathrel|limits|nolimits|smash"
)
WORDS = "text|textbf|textit|textrm|textsf|texttt|textup|textnormal|emph|underline|uline|mbox|hbox"
MATH = re.compile(r"\$\$.*?\$\$|\$([^$\n]{1,300})\$", re.DOTALL)
STYLE = re.compile(rf"\\(?:{STYLES})(?![A-Za-z])\s*\*?")
WORD = re.compile(rf"\\(?:{WORDS})\s*\{{([^{{}}]*)\}}")
NAME = re.compile(r"\\([A-Za-z]+)")
OUTSIDE = re.compile(r"\\(?:" + "|".join(name for name in NAMES if len(name) > 2) + r"|ge|le|pm|mu)(?![A-Za-z])")
TIGHT = re.compile(r"\s\s*")
SPACED = re.compile(r"~|\\[ ,;:!]|\\q?quad(?![A-Za-z])")
KEEP = "\x00"  # a space that is meant
SCRIPT = re.compile(r"([\^_])(?:\{([^{}^_\\]*)\}|([^\s{}^_\\]))")
GROUP = re.compile(r"\{(?<![\^_]\{)([^{}^_\\]*)\}")
STATED = re.compile(r"[(（]?[A-Za-zχ]{1,4}²?[<>=≤≥].*")  # P<0.05 is set below the line by nobody
PROSE = re.compile(r"[\u3000-\u9fff]|[A-Za-z]{3,} +[A-Za-z]{2,}")
GONE = re.compile(
    r"\\(?:cite[a-z]*|label|vspace|hspace|noindent|centering)\*?(?:\[[^\[\]]*\])?(?:\{[^{}]*\}|(?![A-Za-z{]))"
)
ROMAN = re.compile(r"\\mathrm\s*\{([^{}\\]*)\}")
ESCAPED = re.compile(r"\\([%&~_<>])|\\(\*)(?! )|\\(?:[ ,;])(?=\S)")
LITERAL_BREAK = re.compile(r"\\(?:r\\)?n(?![A-Za-z\"'\\])")
TEX = (  # without it there is nothing to do
    r"\$[^$]*\$|\\(?:n(?:[^A-Za-z\"'\\]|$)|[%&~_<>*,; ]|mathrm|cite|label|vspace|hspace|noindent|centering|"
    rf"{WORDS}|{'|'.join(name for name in NAMES if len(name) > 2)}|ge|le|pm|mu)"
)


def from_latex(text: str) -> str:
    if "\\" not in text and "$" not in text:
        return text
    text = LITERAL_BREAK.sub("\n", text) if "\\n" in text else text
    parts, at = [], 0
    while found := MATH.search(text, at):
        said = plain(found[1]) if found[1] is not None else None
        is_formula = said is not None or found[1] is None or "\\" in found[1] or "^" in found[1] or "_" in found[1]
        end = found.end() if is_formula else found.start() + 1
        parts.append(_outside(text[at : found.start()]))
        parts.append(text[found.start() : end] if said is None else said)
        at = end
    return "".join([*parts, _outside(text[at:])])


REWRITTEN = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (r"\\(?=\\[A-Za-z%])", ""),
        (SPACED.pattern, KEEP),
        (STYLE.pattern, " "),
        (r"[\^_]\s*\{?\s*\\(?:circ|degree)\s*\}?\s*(?:\{\s*)?C(?![A-Za-z])\s*\}?", "℃"),
        (r"_\s*\{\s*\\(?:circ|odot|bullet)\s*\}\s*$", "。"),  # a full stop, to those who expect formulae
        (r"\^\s*(?:\{\s*\\(?:circ|degree)\s*\}|\\(?:circ|degree)(?![A-Za-z]))", "°"),
    )
)
CIRCLED = re.compile(r"\\textcircled\s*\{?\s*([1-9])\s*\}?")
SIGN = re.compile(r"\\([%&#])")
IS_TEX, LEFT_OVER, KEPT = re.compile(r"[\\^_{]"), re.compile(r"[\\{}^_$]"), re.compile(f"{KEEP}+")
PRICE = re.compile(r"[\d.,]+[A-Za-z]{2,}")


@lru_cache(1 << 14)  # P<0.05 stands in every paper
def plain(formula: str) -> str | None:
    """What a formula says, if plain text can say it; None if it is mathematics, or no formula at all."""
    if not IS_TEX.search(formula):
        is_text = formula[0].isspace() or formula[-1].isspace() or formula[-1] in ",，" or PROSE.search(formula)
        return None if is_text or PRICE.fullmatch(formula) else TIGHT.sub("", formula)
    said = WORD.sub(lambda found: "{" + TIGHT.sub(KEEP, found[1]) + "}", formula)
    for pattern, made in REWRITTEN:
        said = pattern.sub(made, said)
    said = CIRCLED.sub(lambda found: chr(0x245F + int(found[1])), said)
    said = TIGHT.sub("", SIGN.sub(INSIDE, NAME.sub(lambda found: NAMES.get(found[1], found[0]), said)))
    while (less := GROUP.sub(INSIDE, SCRIPT.sub(_script, said))) != said:
        said = less
    if LEFT_OVER.search(said) or not said.strip(KEEP):
        return None
    return KEPT.sub(" ", said).strip(" ")


def _script(found: re.Match[str]) -> str:
    said = (found[2] if found[2] is not None else found[3]).replace(KEEP, "")
    if found[1] == "^" and CITED.fullmatch(said):
        return ""
    if RAISED.fullmatch(said) and not (found[1] == "_" and "n" in said):
        return said.translate(SUPERSCRIPTS if found[1] == "^" else SUBSCRIPTS)
    if found[1] == "_" and STATED.fullmatch(said):
        return said
    if said in {"′", "°", "*", "®", "©"}:
        return said
    return found[0]


def _outside(text: str) -> str:
    """Prose between formulae, without its commands."""
    if "\\" not in text:
        return text
    while (less := WORD.sub(INSIDE, text)) != text:
        text = less
    text = ROMAN.sub(INSIDE, GONE.sub("", text))
    text = OUTSIDE.sub(lambda found: NAMES[found[0][1:]], text)
    return ESCAPED.sub(lambda found: found[1] or found[2] or " ", text)


def markup(text: str) -> str:
    made = from_latex(links(from_html(entities(text))))
    return text if made == text else made.strip("\n")
