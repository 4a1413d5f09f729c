"""What taggers hold for a place is one in a text about somebody, and taken whole."""

from __future__ import annotations

import re

import pytest

from medgo_data.pii.believed import believed
from medgo_data.pii.engine import within
from medgo_data.pii.fold import fold
from medgo_data.pii.span import Span

MARK = re.compile("⟨(?P<by>[a-z_]+):(?P<kind>[A-Z_]+):(?P<score>[0-9.]+)\\|(?P<v>.*?)⟩")


def told(line: str) -> list[tuple[str, str]]:
    """What is believed of a text in whose marks stands who saw what, and how surely."""
    text, spans, last = "", [], 0
    for met in MARK.finditer(line):
        text += line[last : met.start()]
        last = met.end()
        place = (len(text), len(text) + len(met["v"]))
        spans.append(Span(*place, met["kind"], met["by"], float(met["score"])))
        text += met["v"]
    text += line[last:]
    assert fold(text).text == text
    seen = [span for span in spans if span.by in {"tagger", "lac"} and span.type != "PERSON"]
    found = [span for span in spans if span not in seen]
    return [(span.type, text[span.start : span.end]) for span in believed(text, found, seen)]


WHO = "⟨cue:PERSON:0.9|竹青⟩,"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("⟨tagger:ADDRESS:0.9|芦塘坎四圩⟩", ("ADDRESS", "芦塘坎四圩")),
        ("⟨tagger:ORG:0.8|芦塘顺乐⟩⟨lac:ORG:0.5|恒记家具⟩", ("ORG", "芦塘顺乐恒记家具")),
        ("⟨address:ADDRESS:0.5|筒车湾镇⟩⟨tagger:ADDRESS:0.5|七里砭⟩", ("ADDRESS", "筒车湾镇七里砭")),
        ("⟨tagger:HOSPITAL:0.9|芦塘杏和医院⟩", ("HOSPITAL", "芦塘杏和医院")),
        ("在⟨lac:ADDRESS:0.9|皇岗村⟩吉龙街3号", ("ADDRESS", "皇岗村吉龙街3号")),
        ("任职⟨tagger:ORG:0.9|于南亚塑胶厂⟩", ("ORG", "南亚塑胶厂")),
        ("申办方 ⟨tagger:PERSON:0.8|瑞岚⟩生物", ("ORG", "瑞岚生物")),
        ("老家阆中水观 人", ("ADDRESS", "阆中水观")),
        ("⟨place:ADDRESS:0.7|阆中⟩水观", ("ADDRESS", "阆中水观")),
    ],
)
def test_a_place_is_believed_beside_somebody(line: str, place: tuple[str, str]) -> None:
    assert told(WHO + line) == [place]


@pytest.mark.parametrize(
    "line",
    [
        "⟨lac:ADDRESS:0.9|日本⟩",
        "⟨tagger:ADDRESS:0.9|河南省⟩",
        "⟨lac:ADDRESS:0.9|厦门⟩旅游",
        "⟨lac:ORG:0.9|畲族⟩",
        "⟨lac:ORG:0.9|人民卫生出版社⟩",
        "⟨tagger:HOSPITAL:0.9|诊所⟩",
        "⟨tagger:HOSPITAL:0.9|各乡镇卫生院⟩",
        "⟨tagger:ADDRESS:0.3|芦塘四圩⟩",
        "⟨phone:PHONE:0.9|芦塘四圩⟩",
        "阳明燥热",
    ],
)
def test_what_tells_of_nobody_is_not_believed(line: str) -> None:
    assert told(WHO + line) == []


def test_in_a_text_about_nobody_nothing_is_believed() -> None:
    assert told("⟨tagger:ADDRESS:0.9|芦塘坎四圩⟩") == []


def test_a_person_whom_only_a_tagger_saw_gives_way_to_the_institution_around_him() -> None:
    person, place = Span(0, 3, "PERSON", "tagger", 0.8), Span(0, 6, "ORG", "short", 0.5)
    assert within([person, place]) == [place]
    named = person._replace(by="cue")
    assert within([named, place]) == [named, place]
