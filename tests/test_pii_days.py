"""Days that are written in short are found in a text about somebody, and values are none."""

from __future__ import annotations

import pytest

from medgo_data.pii.days import days
from medgo_data.pii.fold import fold
from medgo_data.pii.span import Span


def told(line: str, *, about: bool = True) -> list[str]:
    text = f"竹青 {line}"
    assert fold(text).text == text
    found = days(text, [Span(0, 2, "PERSON", "other", 0.9)] if about else [])
    return [text[span.start : span.end] for span in found]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("3.18出院", ["3.18"]),
        ("手术日 0305", ["0305"]),
        ("[0305] 复查", ["0305"]),
        ("3月5、6、7日发热", ["3月5、6、7日"]),
        ("二零二四年叁月伍日", ["二零二四年叁月伍日"]),
        ("三月5日", ["三月5日"]),
        ("十八号出院", ["十八号"]),
        ("采样 202403050800", ["202403050800"]),
        ("DOB:05031985", ["05031985"]),
        ("令和6年3月5日", ["令和6年3月5日"]),
        ("3/6(三)", ["3/6"]),
        ("3.5~3.18住院", ["3.5", "3.18"]),
    ],
)
def test_a_day_is_told_by_what_is_done_on_it(line: str, meant: list[str]) -> None:
    assert sorted(told(line)) == sorted(meant)


@pytest.mark.parametrize(
    "line", ["血钾 3.5 mmol", "肌力5/5", "复查3.5mmol", "手术 3.5cm", "12号楼", "3号线", "第十八号方", "血糖 6.1,10.2"]
)
def test_a_value_is_no_day(line: str) -> None:
    assert told(line) == []


def test_in_a_text_about_nobody_no_day_is_sought() -> None:
    assert told("3.18出院", about=False) == []
