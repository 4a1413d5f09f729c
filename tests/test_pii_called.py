"""Who is called by less than a name is found, where somebody is named."""

from __future__ import annotations

import pytest

from medgo_data.pii.called import called
from medgo_data.pii.fold import fold
from tests.marked import read


def told(line: str) -> tuple[str, list[tuple[int, int]], list[tuple[int, int]]]:
    text, known, meant = read(line)
    assert fold(text).text == text
    return text, sorted((span.start, span.end) for span in called(text, known)), meant


@pytest.mark.parametrize(
    "line",
    [
        "⟦阿May⟧:今日覆诊\n⟦Ken⟧哥:九点半\n⟦阿May⟧:行\n陪⟨竹青⟩",
        "⟨葛山水⟩,12岁;⟦山水⟧爷爷陪同",
        "⟨葛解放⟩,都喊⟦解放⟧。",
        "宝宝小名⟦豆包⟧,大名⟨竹青⟩",
        '"⟦老虎⟧"大名⟨竹青⟩,家系图Ⅱ-3即"⟦老虎⟧"。',
        "22:31|Hb|55|血液⟦薄荷⟧|√\n23:10|pH|6.98|ICU⟨竹青⟩|√",
        "主刀:⟨竹青⟩ 双签:⟦流星⟧ 核对:⟦落叶⟧",
    ],
)
def test_somebody_is_known_by_how_he_is_called(line: str) -> None:
    text, found, meant = told(line)
    assert found == meant, text


@pytest.mark.parametrize(
    "line",
    [
        "⟨竹青⟩ 麻醉医师:全麻 核对:无误",
        "护士:可以\n家属:谢谢\n护士:好\n⟨竹青⟩",
        "主诉:头晕\n诊断:肺炎\n处理:输液\n处理:吸氧\n⟨竹青⟩",
        "小名豆包,没有别人",
        "⟨葛山水⟩看山水画",
        "Hb 55|血液薄荷|√",
    ],
)
def test_roles_fields_and_words_are_nobody(line: str) -> None:
    text, found, _ = told(line)
    assert found == [], text
