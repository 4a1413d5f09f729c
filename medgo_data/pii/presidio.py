"""Our rules and taggers as Presidio knows them. Loaded only where texts are scrubbed: Presidio takes a second to load.

Nothing of Presidio's own looks for anything: of its recognizers one asks the network, several end their words where Han
characters do not, and its context enhancer quotes the text in an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

import regex

from medgo_data.pii.gate import Look
from medgo_data.pii.span import Rule, Span

ABSENT = dict.fromkeys({"torch", "transformers", "stanza"} - sys.modules.keys())
sys.modules |= ABSENT  # type: ignore[arg-type]  # Presidio and spaCy load these if they can, for a second and more, and we need none of them
try:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
finally:
    for name in ABSENT:
        del sys.modules[name]

LANGUAGE = "zh"
PATIENCE = 10.0  # CPU seconds for one rule and one line
NEAR = 500  # characters
FEW = 6  # to begin at each of a few characters costs so much more for each than to search many
Looks = Mapping[int, Sequence[Look]]
Tag = Callable[..., list[list[Span]]]  # of texts, and of what rules found in each


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
    """All rules of a type; of those that are ``near`` a match sees but few characters."""

    def __init__(self, kind: str, rules: Sequence[tuple[int, Rule]], near: Collection[int]) -> None:
        self.rules, self.near = rules, near
        super().__init__([kind], name=kind, supported_language=LANGUAGE)

    def load(self) -> None:
        """They are here already."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Artifacts) -> list[RecognizerResult]:  # noqa: ARG002  as Presidio calls it
        best: dict[tuple[int, int], Rule] = {}
        for number, rule in self.rules:
            if looks := nlp_artifacts.of(number):
                near = number in self.near and nlp_artifacts.looks is not None
                for place in found_by(text, looks, rule, tries(rule.pattern, near=near)):
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

    def __init__(self, tag: Tag) -> None:
        self.tag = tag

    def load(self) -> None:
        """They load themselves."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str, found: Sequence[Span] = ()) -> Artifacts:
        return next(self.process_batch([text], language, found=[found]))[1]

    def process_batch(
        self,
        texts: Sequence[str],
        language: str,  # noqa: ARG002  as Presidio calls it
        found: Sequence[Sequence[Span]] = (),
        **_: Any,
    ) -> Iterator[tuple[str, Artifacts]]:
        """With what rules ``found`` in each, for taggers read where it may count."""
        try:
            told = self.tag(texts, found=found)
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
    rules: Sequence[Rule],
    near: Collection[int],
    grammars: Sequence[EntityRecognizer],
    tag: Tag,
) -> AnalyzerEngine:
    """Presidio with these, and with nothing of its own."""
    registry = RecognizerRegistry(recognizers=[], supported_languages=[LANGUAGE])
    for kind in dict.fromkeys(rule.type for rule in rules):
        registry.add_recognizer(Patterns(kind, [(n, rule) for n, rule in enumerate(rules) if rule.type == kind], near))
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


class Tries(NamedTuple):
    """A pattern to be tried at a place of a text, and from there on."""

    match: Callable[[str, int, int], Any]
    search: Callable[[str, int, int], Any]


@cache
def tries(pattern: str, *, near: bool) -> Tries:
    """By re if a match sees but few characters, for it has no patience to lose: it reads large sets of them a hundred times faster."""
    with suppress(re.error):  # it looks back over one of several lengths
        if near:
            quick = re.compile(pattern, re.MULTILINE)
            return Tries(quick.match, quick.search)
    patient = regex.compile(pattern, regex.MULTILINE)
    return Tries(partial(patient.match, timeout=PATIENCE), partial(patient.search, timeout=PATIENCE))


def found_by(text: str, looks: Sequence[Look], rule: Rule, tried: Tries) -> Iterator[tuple[int, int]]:
    """What ``finditer`` finds, if nothing begins but where to look."""
    at = 0
    try:
        for low, high, stop in looks:
            at = max(at, low)
            while at <= high and (found := _first(tried, text, at, high, stop)):
                at = max(found.end(), found.start() + 1)
                first, last = found.span("v" if "v" in found.re.groupindex else 0)
                if first < last and (rule.check is None or rule.check(text[first:last])):
                    yield first, last
    except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
        raise SearchError(rule.name, type(error).__name__) from None


def _first(tried: Tries, text: str, low: int, high: int, stop: int) -> Any:
    """The first match that begins from here to there."""
    if (high - low) * FEW < stop - low:
        for at in range(low, high + 1):
            if there := tried.match(text, at, stop):
                return there
        return None
    found = tried.search(text, low, stop)
    return found if found and found.start() <= high else None


def _result(by: EntityRecognizer, span: Span) -> RecognizerResult:
    told = {RecognizerResult.RECOGNIZER_NAME_KEY: span.by, RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: by.id}
    return RecognizerResult(span.type, span.start, span.end, span.score, recognition_metadata=told)
