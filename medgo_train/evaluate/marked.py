"""The words of an option become a mark, and letters that are no option's (vitamin A, grade C) are taken out of a reply."""

from __future__ import annotations

import re

LETTERS = "ABCDEFGHIJ"
USUAL = "ABCDE"  # where nobody says what the options are
MARK = 0xE000  # stands in the text for the words of the first option, and so on
NUMBER = {sign: LETTERS[at % 5] for at, sign in enumerate("一二三四五12345")}
ORDINAL = re.compile(
    r"第([一二三四五1-5])(?:个?选项|项|个答案|个(?=[,。!是正]|$))|选项([一二三四五])(?![一-龥]{0,2}[、和])"
)
SOME = re.compile("[A-Ja-j]")
TRUE = re.compile(r"(?<=[A-J])\s*[(:]\s*([TF])\b\)?")
SPAN = re.compile(r"(?<![A-Za-z])([A-J])(?:选?项)? *(?:-|~|–|—|至|到|through|to) *([A-J])(?![A-Za-z])")
OTHER = re.compile(  # vitamin A, B-mode ultrasound, grade C, E. coli, a patient: letters that are no options
    r"(?:维生素|维他命|vitamins?|hepatitis|肝炎|stanford|debakey|child(?:-pugh)?(?:分级|评分|分期)?[为:]?|\btype|\bgroup|\bclass"
    r"|\bgrade|\bstage|血型[为是]?|influenza|factor|\bIg)\s*[A-J](?:(?:、|和|及|与| and )[A-J])*(?![A-Za-z])"
    r"|(?<![A-Za-z])[A-J](?:型|超|族|细胞|反应蛋白|群|级|期|区|波|淋巴|抗原|抗体|组(?!合)|肽|链|蛋白|带|环|因子|酶|受体|轮|-二聚体|二聚体"
    r"|型?血|/[GK](?![A-Za-z])|\s(?:cells?|lymphocytes?|virus|streptococc\w+|waves?)\b)"
    r"|(?<![A-Za-z])[A-J]\. ?(?:coli|difficile|pylori|fragilis|cereus|anthracis|albicans|tetani|botulinum|perfringens|influenzae)"
    r"|(?-i:(?<![A-Za-z])A)(?=\s+(?!(?:is|are|and|or|was|would|because|since|seems?|can|may|might|has|should|through|to|but|best|yes|no"
    r"|describes?|fits?|matches|alone|as|for|in|with|nor|also|both|only|correct|incorrect|true|false|right|wrong|cannot|does|if)\b)(?-i:[a-z0-9]))",
    re.IGNORECASE,
)


def marked(plain: str, own: tuple[str, ...]) -> str:
    """The text with a mark for every option's words, and without letters that are none of an option."""
    if own:
        low = plain.lower()
        if len(low) == len(plain):
            for at in sorted(range(len(own)), key=lambda at: -len(own[at])):
                plain, low = _replaced(plain, low, own[at].lower(), chr(MARK + at))
    if "第" in plain or "选项" in plain:
        plain = ORDINAL.sub(lambda met: NUMBER[met[1] or met[2]], plain)
    if not SOME.search(plain):
        return plain
    if "T" in plain or "F" in plain:
        plain = TRUE.sub(lambda met: "√" if met[1] == "T" else "×", plain)
    plain = SPAN.sub(_spanned, plain)
    return OTHER.sub(lambda met: "□" * len(met[0]), plain)


def _replaced(plain: str, low: str, words: str, mark: str) -> tuple[str, str]:
    at = low.find(words) if len(words) > 1 or (words and words in "是否") else -1
    while at >= 0:
        end = at + len(words)
        if _alone(low, at, end, words):
            plain, low = plain[:at] + mark + plain[end:], low[:at] + mark + low[end:]
            end = at + 1
        at = low.find(words, end)
    return plain, low


def _alone(low: str, at: int, end: int, words: str) -> bool:
    """Is it not part of a longer word or number? A word of one sign must be all of its clause."""
    before, after = low[at - 1 : at], low[end : end + 1]
    if len(words) == 1:
        return (not before or before in " :\"'\n为是") and (not after or after in " ,。.!\"'\n,")
    if words[0].isdigit() and (before.isdigit() or before == "."):
        return False
    if words[-1].isdigit() and (after.isdigit() or after == "."):
        return False
    if words[0].isascii() and words[0].isalpha() and before.isascii() and before.isalnum():
        return False
    return not (words[-1].isascii() and words[-1].isalnum() and after.isascii() and after.isalpha())


def _spanned(met: re.Match[str]) -> str:
    first, last = LETTERS.index(met[1]), LETTERS.index(met[2])
    return "、".join(LETTERS[first : last + 1]) if first < last else met[0]
