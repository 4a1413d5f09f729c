"""Where a reply speaks of options, and how: what is chosen, what is ruled out, what is only named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from medgo_train.evaluate.cues import (
    ALSO,
    AS_SAID,
    BEST,
    CLAUSE,
    END,
    EVERY,
    EXCEPT,
    HEAD,
    HEARSAY,
    HERE,
    LABEL,
    LATE,
    LIST_ENDS,
    MANY,
    MEDIUM,
    NONE,
    NOT,
    ODD,
    ONE,
    ONLY,
    REST,
    RIGHT,
    RUN_ENDS,
    SECOND,
    SMALL,
    SMALL_ONES,
    STRONG,
    TIES,
    TOLD,
    TURN,
    UNABLE,
    UNSURE,
    WEAK,
    WHEREAS,
    WRONG,
)
from medgo_train.evaluate.marked import LETTERS, MARK, USUAL

SOME_SMALL = re.compile("[a-j]")


class Mention(NamedTuple):
    """Options that are named in one breath, and what is said of them."""

    letters: str
    start: int
    end: int
    rank: float  # 3 the answer, 2 chosen, 1 meant, 0 only named
    verdict: str  # right, wrong, best or nothing
    own: bool  # named by an option's words, not by letters


@dataclass(frozen=True)
class Reading:
    """One reply, with marks for the options' words."""

    text: str
    labels: str
    own: tuple[str, ...]
    multiple: bool

    def letters(self) -> str:
        if wide := self._wide():
            return "" if wide == "-" else wide
        mentions = list(self._mentions())
        return self._several(mentions) if self.multiple else self._one(mentions)

    def _mentions(self) -> Iterator[Mention]:
        text = self.text
        if has_small := SOME_SMALL.search(text):
            text = SMALL.sub(_capital, text)
        if has_small and self.multiple:
            text = SMALL_ONES.sub(lambda met: met[0].upper(), text)
        for met in (MANY if self.multiple else ONE).finditer(text):
            for start, end in self._parts(met):
                if letters := self._named(text[start:end]):
                    yield self._weighed(text, letters, start, end)

    def _parts(self, met: re.Match[str]) -> list[tuple[int, int]]:
        """One group; or several, where a comma comes after another tie (A和B,C…), or beside a run (AB,C…)."""
        tied = TIES.search(met[0])
        if not tied:
            return [met.span()]
        is_run = tied[0][:1] in LETTERS
        parts, begin = [], 0
        for cut in (RUN_ENDS if is_run else LIST_ENDS).finditer(met[0], 0 if is_run else tied.end()):
            parts.append((met.start() + begin, met.start() + cut.start()))
            begin = cut.end()
        return [*parts, (met.start() + begin, met.end())]

    def _named(self, said_: str) -> str:
        """The letters of a group; none, where they are no options, or are the letters of a word (CEA, AED)."""
        runs = re.findall(r"[A-J]+", said_)
        if not runs:
            return "".join(dict.fromkeys(self.labels[ord(sign) - MARK] for sign in said_ if ord(sign) >= MARK))
        letters = "".join(runs)
        which = "".join(dict.fromkeys(letters))
        is_run = any(len(set(run)) > 1 for run in runs)
        if is_run and not (self.multiple and len(which) == len(letters)):
            return ""
        return which if set(which) <= set(self.labels) else ""

    def _weighed(self, text: str, letters: str, start: int, end: int) -> Mention:
        """``text`` with capital letters; what stands before the options and behind them says what is meant."""
        before, own = text[max(0, start - 40) : start], letters[0] not in text[start:end]
        if before and ODD.search(before):
            return Mention(letters, start, end, 1.9, "odd", own)
        verdict = self._verdict(text, letters, start, end)
        if not before:
            return Mention(letters, start, end, 2 if verdict == "best" and not self.multiple else 0, verdict, own)
        if UNSURE.search(before):
            return Mention(letters, start, end, 0, verdict, own)
        if NOT.search(before) or (WHEREAS if self.multiple else SECOND).search(before):
            return Mention(letters, start, end, 0, "wrong", own)
        rank = self._rank(before, verdict)
        if rank and AS_SAID.search(sentence := END.split(before)[-1]) and not HERE.search(sentence):
            rank, verdict = 0, ""
        if rank and HEARSAY.search(CLAUSE.split(before)[-1]):
            rank = 0.5
        return Mention(letters, start, end, rank - (0.25 if own and rank else 0), verdict, own)

    def _verdict(self, text: str, letters: str, start: int, end: int) -> str:
        after = text[end : end + 40]
        for name, verdict in (("wrong", WRONG), ("best", BEST), ("right", RIGHT)):
            if verdict.match(after):
                return name
        return self._late(text, start, end) if len(letters) == 1 else ""

    def _rank(self, before: str, verdict: str) -> float:
        if STRONG.search(before):
            return 3
        if MEDIUM.search(before) or (verdict == "best" and not self.multiple):
            rank = 2
        else:
            rank = 1 if WEAK.search(before) else 0
        is_ruled_out = verdict == "wrong" and (self.multiple or not ONLY.search(before))
        return 0 if is_ruled_out else rank

    def _late(self, text: str, start: int, end: int) -> str:
        """A verdict that comes after the option's words: ``A. … — 正确``, ``B选项 … 不符合``."""
        before = text[max(0, start - 6) : start].rstrip(' -•("[')
        if (
            before
            and before[-1] not in "\n。;,.:、"
            and not before[-1].isdigit()
            and not before.endswith(("选项", "ption"))
        ):
            return ""
        if not LABEL.match(text, end):
            return ""
        said_ = re.split(r"[。;\n]|[,;. ](?=[A-J](?![A-Za-z]))", text[end : end + 80])[0]
        *_, met = [None, *LATE.finditer(said_)]
        if met is None:
            return ""
        return "wrong" if met["wrong"] or met["wrong2"] else "best" if met["best"] else "right"

    # ---- one answer -------------------------------------------------------------------------------------------------

    def _one(self, mentions: list[Mention]) -> str:
        mentions = self._unlisted(mentions)
        claims = [each for each in mentions if each.rank >= 0.75]
        if lead := self._lead(mentions):
            claims.insert(0, lead)
        if claims:
            top = max(each.rank for each in claims)
            best = [each for each in claims if each.rank == top][-1]
            for each in claims:
                if each.start > best.start and each.rank > 1.5 and TURN.search(self.text, best.end, each.start):
                    best = each
            singles = [
                each for each in claims if len(each.letters) == 1 and each.start > best.start and each.rank > 1.5
            ]
            if len(best.letters) > 1 and singles:
                best = singles[-1]
            if ALSO.search(self.text[best.end :]) and any(
                each.letters != best.letters and ALSO.search(self.text[max(0, each.start - 8) : each.start])
                for each in mentions
            ):
                return ""
            if best.rank > 1 or not UNABLE.search(self.text):
                return best.letters if len(best.letters) == 1 else self._judged(mentions)
        if UNABLE.search(self.text):
            return ""
        return self._judged(mentions) or self._alone(mentions) or self._excepted(mentions)

    def _unlisted(self, mentions: list[Mention]) -> list[Mention]:
        """The same, where options that were only written down again (A. … B. … C. …) claim nothing."""
        names = [
            each.letters if each.rank < 1.9 and not each.verdict and self._labels(each) else "-" for each in mentions
        ]
        told, at = list(mentions), 0
        while at < len(names):
            many = 0
            while at + many < len(names) and names[at + many] == LETTERS[many]:
                many += 1
            if many > 2:
                told[at : at + many] = [each._replace(rank=0) for each in told[at : at + many]]
            at += max(1, many)
        return told

    def _labels(self, each: Mention) -> bool:
        return bool(HEAD.match(self.text, each.start))

    def _lead(self, mentions: list[Mention]) -> Mention | None:
        """The reply begins with its letter, and does not go through the options one by one."""
        if not mentions or len(mentions[0].letters) > 1 or mentions[0].verdict == "wrong":
            return None
        first = mentions[0]
        if self.text[: first.start].strip(" \n\"'([-#:"):
            return None
        after = self.text[first.end : first.end + 4]
        if self.text[first.end - 1] not in ")]}>" and not re.match(
            r"\s*(?:$|[.、,:;。!\n)\]\"'\-–—]|吧|呗|选?项[。,!]|[一-龥](?<![选项和或与及、]))", after
        ):
            return None
        heads = [each for each in mentions[1:] if self._heads(each)]
        if heads and first.letters == "A" and heads[0].letters == "B" and not first.verdict:
            return None
        if first.verdict == "right" and len(heads) > 1:
            return None
        is_sure = not re.match(r"\s*[一-龥]", after) or after[:1] in "吧呗选项"
        return first._replace(rank=1.25 if first.own or not is_sure else 2.5)

    def _heads(self, each: Mention) -> bool:
        before = self.text[max(0, each.start - 8) : each.start].rstrip(" -•(")
        is_first = not before or before[-1] in "\n。;,."
        return len(each.letters) == 1 and is_first and bool(HEAD.match(self.text, each.start))

    def _judged(self, mentions: list[Mention]) -> str:
        """What judgements, option by option, come to: the one that is right, the odd one, or the one that is left."""
        right = {letter for each in mentions if each.verdict in {"right", "best"} for letter in each.letters}
        wrong = {letter for each in mentions if each.verdict == "wrong" for letter in each.letters}
        both = right & wrong
        right, wrong = right - both, wrong - both
        if len(right) == 1:
            return right.pop()
        if len(wrong) == 1 and len(right) > 1:
            return wrong.pop()
        if right:
            return ""
        named = max([*wrong, "D"] if self.labels == USUAL and not self.own else self.labels)
        left = [label for label in self.labels if label not in wrong and label <= named]
        return left[0] if len(left) == 1 and len(wrong) > 1 else ""

    def _alone(self, mentions: list[Mention]) -> str:
        for own in (False, True):
            named = {each.letters for each in mentions if each.own == own and each.verdict != "wrong"}
            if len(named) == 1 and len(only := next(iter(named))) == 1:
                return only
        return ""

    def _excepted(self, mentions: list[Mention]) -> str:
        """The only one that is named, as what the others are not."""
        named = {each.letters for each in mentions}
        return (
            named.pop() if len(named) == 1 and mentions[0].letters in self.labels and EXCEPT.search(self.text) else ""
        )

    # ---- several answers --------------------------------------------------------------------------------------------

    def _several(self, mentions: list[Mention]) -> str:
        others = any(each.verdict not in {"odd", "wrong"} for each in mentions) or REST.search(self.text)
        mentions = [
            each._replace(rank=0, verdict="wrong") if each.verdict == "odd" and others else each for each in mentions
        ]
        wrong = {letter for each in mentions if each.verdict == "wrong" for letter in each.letters}
        if mentions and self._begins(mentions[0]):
            mentions[0] = mentions[0]._replace(rank=2.5)
        if claims := [each for each in mentions if each.rank >= 2.5]:
            return self._joined(claims[-1], mentions)
        if EVERY.search(self.text) or (wrong and REST.search(self.text)):
            return "".join(label for label in self.labels if label not in wrong)
        if claims := [each for each in mentions if each.rank >= 1.5]:
            return self._joined(claims[-1], mentions)
        right = {letter for each in mentions if each.verdict in {"right", "best"} for letter in each.letters}
        if right - wrong:
            return "".join(sorted(right - wrong))
        return "" if UNABLE.search(self.text) else self._unclaimed(mentions, wrong)

    def _unclaimed(self, mentions: list[Mention], wrong: set[str]) -> str:
        """What is meant, listed or left, where nothing is said to be the answer or to be right."""
        open_ = [each for each in mentions if each.verdict != "wrong" and not TOLD.match(self.text, each.end)]
        if not open_:
            return "".join(label for label in self.labels if label not in wrong) if len(wrong) > 1 else ""
        if claims := [each for each in open_ if each.rank >= 0.75]:
            return self._joined(claims[-1], mentions)
        if not self.text[: open_[0].start].strip(" \n\"'([-#:•1."):
            return self._joined(open_[0], mentions)
        runs = [each for each in open_ if re.search("[A-J]{2}", self.text[each.start : each.end])]
        named = {letter for each in open_ if each not in runs or len(self.text) < 20 for letter in each.letters}
        return "".join(sorted(named - wrong))

    def _begins(self, first: Mention) -> bool:
        is_bare = not first.verdict and not first.own and len(first.letters) > 1
        after = self.text[first.end : first.end + 3]
        return is_bare and not self.text[: first.start].strip() and bool(re.match(r"\s*(?:$|[.,。;!\n])", after))

    def _joined(self, first: Mention, mentions: list[Mention]) -> str:
        """The letters of a claim, and of the list that goes on from it: ``A. …；C. …`` or a line each."""
        letters = set(first.letters)
        stop = re.search(r"\n\s*\n|解析|理由|因为|其中|。", self.text[first.end :])
        limit = first.end + stop.start() if stop else len(self.text)
        if self._listed(first) or (first.own and self.text[first.start] < chr(MARK)):
            listed = [each for each in mentions if first.end <= each.start <= limit and each.verdict != "wrong"]
            letters |= {x for each in listed if self._heads(each) or self._listed(each) for x in each.letters}
        return "".join(sorted(letters))

    def _listed(self, each: Mention) -> bool:
        return bool(re.match(r"\s*[.、:)]", self.text[each.end : each.end + 2]))

    # ---- all of them, none of them ----------------------------------------------------------------------------------

    def _wide(self) -> str:
        """All of the above, or none of them, as letters; "-" for what is none of the options."""
        every, none = EVERY.search(self.text), NONE.search(self.text)
        for met, kind in ((every, EVERY), (none, NONE)):
            if met:
                for label, words in zip(self.labels, self.own, strict=False):
                    if kind.search(words):
                        return label
        return "-" if none and len(self.text) < 40 else ""


def _capital(met: re.Match[str]) -> str:
    return re.sub(r"(?<![A-Za-z])[a-j]+(?![A-Za-z])", lambda letters: letters[0].upper(), met[0])
