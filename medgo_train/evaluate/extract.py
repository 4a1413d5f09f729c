"""Which options a model's reply means: read as a person would read it, from one letter to a page of reasons.

``extract`` is total: whatever the reply is, there comes a value, and whether it is one (ok), nothing (empty) or nothing
that can be read as options (invalid). The stronger a sign, the more it counts: what is boxed or an answer in JSON; what
stands after 答案; what is chosen (选, 只有 … 对); what is judged, option by option; what is left when the others are
ruled out; an option's own words. A later sign takes the place of a stronger one only where the reply corrects itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from medgo_train.evaluate.marked import LETTERS, USUAL, marked
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.reading import Reading
from medgo_train.evaluate.said import folded, said

__all__ = ["LETTERS", "extract"]

LONGEST = 8_000  # characters of a reply that are read
TERSE_BELOW = 40  # characters

Options = int | Sequence[str] | Mapping[str, str]


def extract(reply: str | None, options: Options | None = None, *, multiple: bool = False) -> Parsed:
    """The letters that a reply means, in alphabetical order: "B", or "ABD" where several may be right.

    ``options`` says how many there are, or their texts in the order of the letters; with texts, an answer in an
    option's words is understood too.
    """
    if not isinstance(reply, str) or not reply.strip():
        return Parsed("", "empty")
    final = folded(said(reply)).strip()
    if len(final) > LONGEST:
        final = f"{final[: LONGEST // 4]}\n\n{final[-LONGEST * 3 // 4 :]}"  # what is meant stands at either end
    labels, texts = _labelled(options)
    found = _read(final, labels, texts, multiple=multiple) if final else ""
    return Parsed(found, "ok") if found else Parsed("", "invalid")


def _labelled(options: Options | None) -> tuple[str, tuple[str, ...]]:
    if options is None:
        return USUAL, ()
    if isinstance(options, int):
        return LETTERS[: max(1, options)], ()
    if not options:
        return USUAL, ()
    texts = tuple(str(text) for text in (options.values() if isinstance(options, Mapping) else options))
    return LETTERS[: len(texts)], texts[: len(LETTERS)]


TERSE = re.compile(
    r"[\s\"'(\[<{-]*(?:(?:本题|正确|最终|参考|标准|所以|因此|故|应该?|我)*(?:答案|选择|选|答)(?:应该|应)?(?:是|为|选)?\s*:?|选项|option\s"
    r"|(?:the\s)?(?:correct\s|final\s)?answer(?:\sis\s|\s?:))?\s*([A-J](?:[\s、,;/&+和与.)(]*[A-J])*)[\s.、,。!;)\]>}]*(?:选项|项)?[。.]?",
    re.IGNORECASE,
)
LABELLED = re.compile(r"([A-J])\s*[.、:)]\s*(.+?)[\s.。]*")
ENCLOSED = re.compile(
    r"<answer>(?P<tag>.*?)(?:</answer>|$)|\\boxed\s*\{(?P<box>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|[\"'](?:\w*answers?|result|correct_\w+|[最终正确参考]*答案)[\"']\s*:\s*(?P<json>\[[^\]]*\]|\"[^\"]*\"?|'[^']*'?)",
    re.IGNORECASE | re.DOTALL,
)
CHOSEN = re.compile(
    r"[\"'](?:\w*choices?|option|selected\w*|[正确最终]*选项|选择)[\"']\s*:\s*(?P<json>\[[^\]]*\]|\"[^\"]*\"?|'[^']*'?)",
    re.IGNORECASE,
)
UNQUOTED = {ord(sign): " " for sign in "[]\"'\\$"}
WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf|textbf|rm|bf)\s*\{([^{}]*)\}")
NEXT = re.compile(
    r"\n\s*(?:#+ *)?(?:(?:下一|第.{1,3})?题目?\s*\d*\s*[:：]|(?:问题|试题|例题|Question|Problem|Example|Q)\s*\d*\s*[:：.\n]"
    r"|\d+\s*[.、．]\s*(?:下列|以下|关于|患者|男|女|某|哪|Which|What|A \d))",
    re.IGNORECASE,
)


def _read(text: str, labels: str, texts: tuple[str, ...], *, multiple: bool) -> str:
    """Letters, or nothing. ``text`` is what was said in the end, folded."""
    follows = NEXT.search(text) if "\n" in text else None  # it went on to another question
    if follows and (first := _read(text[: follows.start()].rstrip(), labels, texts, multiple=multiple)):
        return first
    if "{" in text or "<a" in text:
        text = _enclosed(text) or text
    if len(text) < TERSE_BELOW and (only := TERSE.fullmatch(text)):
        return _chosen(re.sub(r"[^A-J]", "", only[1].upper()), labels, multiple=multiple)
    if (
        texts
        and (named := LABELLED.fullmatch(text))
        and named[1] in labels
        and named[2] == texts[labels.index(named[1])]
    ):
        return named[1]
    own = tuple(folded(each).strip() for each in texts)
    bare = text.strip(" 。.\n").casefold()
    if exact := [label for label, each in zip(labels, own, strict=False) if each and each.casefold() == bare]:
        return exact[0]
    return Reading(marked(text, own), labels, own, multiple).letters()


def _enclosed(text: str) -> str:
    """What stands in the last box, tag or field of an answer; nothing, where there is none."""
    for pattern in (ENCLOSED, CHOSEN):
        *_, inner = ["", *(met[met.lastgroup or 0] for met in pattern.finditer(text))]
        inner = WRAPPED.sub(r"\1", inner).translate(UNQUOTED).strip()
        if inner:
            return inner
    return ""


def _chosen(letters: str, labels: str, *, multiple: bool) -> str:
    """The letters as an answer; none, where they are none of the options, a loop, or several where one is asked for."""
    which = "".join(sorted(set(letters)))
    if not which or not set(which) <= set(labels):
        return ""
    if len(which) == 1:
        return which
    is_loop = len(letters) > len(which) and which == labels
    return which if multiple and not is_loop else ""
