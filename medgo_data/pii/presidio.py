"""Our rules and taggers as Presidio knows them. Loaded only where texts are scrubbed: Presidio takes a second to load.

Nothing of Presidio's own looks for anything: of its recognizers one asks the network, several end their words where Han
characters do not, and its context enhancer quotes the text in an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import regex
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from medgo_data.pii.gate import Look
from medgo_data.pii.needs import need
from medgo_data.pii.span import Rule, Span

LANGUAGE = "zh"
PATIENCE = 10.0  # CPU seconds for one rule and one line
NEAR = 500  # characters
TRIES = 6  # to begin at each of a few characters costs so much more for each than to search many
Looks = Mapping[int, Sequence[Look]]


class SearchError(RuntimeError):
    """A rule or a tagger failed: which, and how. What it was reading is not told."""

    def __init__(self, by: str, how: str) -> None:
        super().__init__(by, how)
        self.by, self.how = by, how


class Artifacts(NlpArtifacts):  # type: ignore[misc]
    """What is known of a text before anybody seeks in it: where each has to look, if not everywhere, and what taggers saw."""

    def __init__(self, text: str, looks: Looks | None = None, seen: Sequence[Span] = ()) -> None:
        super().__init__([], [], [], [], None, LANGUAGE)
        self.everywhere = ((0, len(text), len(text)),)
        self.looks = looks
        self.seen = seen

    def of(self, seeker: int) -> Sequence[Look]:
        """Where a seeker has to look."""
        return self.everywhere if self.looks is None else self.looks.get(seeker, ())


class Patterns(EntityRecognizer):  # type: ignore[misc]
    """All rules of a type."""

    def __init__(self, kind: str, rules: Sequence[tuple[int, Rule]]) -> None:
        self.rules = rules
        super().__init__([kind], name=kind, supported_language=LANGUAGE)

    def load(self) -> None:
        """They are here already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Artifacts) -> list[RecognizerResult]:  # noqa: ARG002  as Presidio calls it
        best: dict[tuple[int, int], Rule] = {}
        for number, rule in self.rules:
            looks = nlp_artifacts.of(number)
            ahead = scout(rule.pattern) if looks and nlp_artifacts.looks is not None else None
            for place in found_by(text, looks, rule, ahead):
                if place not in best or best[place].score < rule.score:
                    best[place] = rule
        return [_result(self, Span(*place, rule.type, rule.name, rule.score)) for place, rule in best.items()]


class Grammar(EntityRecognizer):  # type: ignore[misc]
    """What reads a line by itself and says what stands there."""

    def __init__(self, name: str, number: int, read: Callable[[str], list[Span]], kinds: Sequence[str]) -> None:
        self.number, self.read = number, read
        super().__init__([*kinds], name=name, supported_language=LANGUAGE)

    def load(self) -> None:
        """It is here already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Artifacts) -> list[RecognizerResult]:  # noqa: ARG002  as Presidio calls it
        looks = nlp_artifacts.of(self.number)
        best: dict[tuple[int, int, str], Span] = {}
        for start, line in ((start, line) for low, high, _ in looks for start, line in _lines(text, low, high)):
            try:
                found = self.read(line)
            except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
                raise SearchError(self.name, type(error).__name__) from None
            for span in found:
                moved = span._replace(start=span.start + start, end=span.end + start)
                key = moved.start, moved.end, moved.type
                if key not in best or best[key].score < span.score:
                    best[key] = moved
        return [_result(self, span) for span in best.values()]


class Taggers(NlpEngine):  # type: ignore[misc]
    """The taggers, as what Presidio calls an engine for natural language."""

    def __init__(self, tag: Callable[[Sequence[str]], list[list[Span]]]) -> None:
        self.tag = tag

    def load(self) -> None:
        """They load themselves."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> Artifacts:
        return next(self.process_batch([text], language))[1]

    def process_batch(self, texts: Sequence[str], language: str, **_: Any) -> Iterator[tuple[str, Artifacts]]:  # noqa: ARG002  as Presidio calls it
        try:
            told = self.tag(texts)
        except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
            raise SearchError("taggers", type(error).__name__) from None
        yield from ((text, Artifacts(text, seen=seen)) for text, seen in zip(texts, told, strict=True))

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002  as Presidio calls it
        return False

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002  as Presidio calls it
        return False

    def get_supported_entities(self) -> list[str]:
        return ["PERSON"]

    def get_supported_languages(self) -> list[str]:
        return [LANGUAGE]


class Silent(ContextAwareEnhancer):  # type: ignore[misc]
    """Cues stand in the rules."""

    def __init__(self) -> None:
        super().__init__(0, 0, 0, 0)

    def enhance_using_context(self, *, raw_results: list[RecognizerResult], **_: Any) -> list[RecognizerResult]:
        return raw_results


def analyzer(
    rules: Sequence[Rule], grammars: Sequence[EntityRecognizer], tag: Callable[[Sequence[str]], list[list[Span]]]
) -> AnalyzerEngine:
    """Presidio with these, and with nothing of its own."""
    registry = RecognizerRegistry(recognizers=[], supported_languages=[LANGUAGE])
    for kind in dict.fromkeys(rule.type for rule in rules):
        registry.add_recognizer(Patterns(kind, [(n, rule) for n, rule in enumerate(rules) if rule.type == kind]))
    for grammar in grammars:
        registry.add_recognizer(grammar)
    return AnalyzerEngine(
        registry=registry, nlp_engine=Taggers(tag), supported_languages=[LANGUAGE], context_aware_enhancer=Silent()
    )


def spans(engine: AnalyzerEngine, text: str, known: Artifacts) -> list[Span]:
    """What Presidio finds in a text."""
    return [
        Span(told.start, told.end, told.entity_type, told.recognition_metadata[told.RECOGNIZER_NAME_KEY], told.score)
        for told in engine.analyze(text, LANGUAGE, nlp_artifacts=known)
    ]


def _lines(text: str, low: int, high: int) -> Iterator[tuple[int, str]]:
    while low < high:
        end = text.find("\n", low, high)
        end = high if end < 0 else end
        yield low, text[low:end]
        low = end + 1


def found_by(text: str, looks: Sequence[Look], rule: Rule, ahead: re.Pattern[str] | None) -> Iterator[tuple[int, int]]:
    """What ``finditer`` finds, if nothing begins but where to look."""
    at = 0
    try:
        for low, high, stop in looks:
            at = max(at, low)
            while at <= high and (found := _first(ahead, rule.pattern, text, at, high, stop)):
                at = max(found.end(), found.start() + 1)
                first, last = found.span("v" if "v" in found.re.groupindex else 0)
                if first < last and (rule.check is None or rule.check(text[first:last])):
                    yield first, last
    except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
        raise SearchError(rule.name, type(error).__name__) from None


def _first(  # noqa: PLR0913, PLR0917
    ahead: re.Pattern[str] | None, pattern: str, text: str, low: int, high: int, stop: int
) -> regex.Match[str] | None:
    """The first match that begins from here to there."""
    few = (high - low) * TRIES < stop - low
    if ahead is None:
        if few:
            tried = (_compiled(pattern).match(text, at, stop, timeout=PATIENCE) for at in range(low, high + 1))
            return next(filter(None, tried), None)
        found = _compiled(pattern).search(text, low, stop, timeout=PATIENCE)
        return found if found and found.start() <= high else None
    while low <= high:
        if few:
            seen = next(filter(None, (ahead.match(text, at, stop) for at in range(low, high + 1))), None)
        else:
            seen = ahead.search(text, low, stop)
        if seen is None or seen.start() > high:
            return None
        if found := _compiled(pattern).match(text, seen.start(), stop, timeout=PATIENCE):
            return found
        low = seen.start() + 1
    return None


def _result(by: EntityRecognizer, span: Span) -> RecognizerResult:
    told = {RecognizerResult.RECOGNIZER_NAME_KEY: span.by, RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: by.id}
    return RecognizerResult(span.type, span.start, span.end, span.score, recognition_metadata=told)


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.MULTILINE)


@cache
def scout(pattern: str) -> re.Pattern[str] | None:
    """The same pattern for re, which reads large sets of characters a hundred times faster, but has no patience to lose.

    So it only says where a match may begin, and only of patterns that see a few hundred characters.
    """
    if need(pattern).reach > NEAR:
        return None
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error:  # it looks back over one of several lengths
        return None
