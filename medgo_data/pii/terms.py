"""Lists of terms: where nothing but short words stand, a name counts if a word says whose it is, or if nearly all of them are names."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

import regex

from medgo_data.pii.heads import HAN, certain, kind, shaped
from medgo_data.pii.names import KIN, LONE, ROLES, one_of
from medgo_data.pii.roles import TITLES
from medgo_data.pii.span import Span
from medgo_data.pii.surnames import COMMON
from medgo_data.pii.words import named

LONGEST = 6  # letters of a word; more say what is or was
MARK = r"[ \t\n、,;/|()\[\]{}~*+&=—-]"  # what may stand between two
BARE = regex.compile(rf"{MARK}*+(?:[{HAN}]{{1,{LONGEST}}}+{MARK}++)*+[{HAN}]{{0,{LONGEST}}}+")
WORDS = regex.compile(rf"[{HAN}]+")
CUED = frozenset(  # by what stands beside the name in the same word; the others need no word that says whose it is
    ["tagger", "lac", "list", "column", "item", "name_after_role", "name_after_role_bold", "name_of_hand"]
)
SURE = 0.6  # of a place, that it is one wherever it stands
MOST = 0.6  # of the words of a roster are seen to be names, at least
OFTEN = COMMON[:100]
FEW = 8  # words; among more, some are alike by chance
GROUP = regex.compile(  # whose names follow: 签到, 值班表, 内科, 一组
    rf"(?:{one_of(ROLES - LONE)}|{one_of(TITLES)}|[男女父母夫妻兄弟姐妹]|.*(?:名[单册]|签到|签[名字]|值[班日]|排班|班表|参会|与会|出席|列席|缺席|请假|考勤|人员|成员|代表|同志|[科室部组班队院病区]))表?"
)
SAID = regex.compile(rf"(?:{one_of(ROLES)}|{KIN}|其[父母夫妻子女兄弟姐妹])(?P<v>[{HAN}]{{2,3}})")
ILL = regex.compile(  # of whom it is said what he has, or what is done
    r".*(?:[炎癌瘤症痛晕吐泻咳烧疹]|发热|骨折|高血压|糖尿病|手术|术[前后]|[入出住转]院|转科|待产|复[查诊]|[化放]疗|透析|检查|禁食|输[血液]|病[危重]|胃镜|肠镜|抽血|换药|拆线)"
)
TITLED = regex.compile(rf"[{HAN}]+{one_of(title for title in TITLES.split() if len(title) > 1)}")


def counted(text: str, spans: Sequence[Span]) -> list[Span]:
    """Without the persons and places that a list of terms only seems to hold."""
    if not spans or BARE.fullmatch(text) is None:
        return [*spans]
    words = [met.span() for met in WORDS.finditer(text)]
    said = [text[start:end] for start, end in words]
    if any(map(_tells, said)):
        return [*spans]
    people = [span for span in spans if span.type == "PERSON"]
    doubted = set[Span]() if len(said) < 2 or _roster(words, said, people) else {s for s in people if s.by in CUED}
    return [span for span in spans if span not in doubted and (span.type == "PERSON" or span.score >= SURE)]


def _tells(word: str) -> bool:
    """Whether a word says that somebody is named here, or what."""
    if any(one.fullmatch(word) for one in (GROUP, TITLED, ILL)) or kind(word) is not None:
        return True
    return (met := SAID.fullmatch(word)) is not None and shaped(met["v"]) and named(met["v"])


def _roster(words: Sequence[tuple[int, int]], said: Sequence[str], people: Sequence[Span]) -> bool:
    """Whether most words are names; if they are but two, each has to be one wherever it stands, or to have two witnesses."""
    seen: list[set[str]] = [set() for _ in words]
    for span in people:
        first, last = bisect_left(words, (span.start,)), bisect_left(words, (span.end,))
        for by in seen[first : last - (last > first and words[last - 1][1] > span.end)]:
            by.add(span.by)
    if len(said) == 2 and not all(by and (len(by) > 1 or certain(word)) for word, by in zip(said, seen, strict=True)):
        return False
    return sum(map(bool, seen)) >= MOST * len(said) and (len(said) > FEW or _alike(said) * 2 < len(said) + all(seen))


def _alike(said: Sequence[str]) -> int:
    """How many words end as another does, or begin so: people share one of the many surnames, terms their noun."""
    first, last = Counter(word[0] for word in said), Counter(word[-1] for word in said)
    return sum(last[word[-1]] > 1 or (first[word[0]] > 1 and not (word[0] in OFTEN and certain(word))) for word in said)
