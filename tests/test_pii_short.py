"""Institutions that are said in short behind their place are found, and what only stands behind a place is not."""

from __future__ import annotations

import pytest

from medgo_data.pii.short import found


@pytest.mark.parametrize(
    ("line", "kind", "name"),
    [
        ("在榆中县院住院", "HOSPITAL", "榆中县院"),
        ("后转兰州一院,复查", "HOSPITAL", "兰州一院"),
        ("郴州附一做的手术", "HOSPITAL", "郴州附一"),
        ("嘉义长庚", "HOSPITAL", "嘉义长庚"),
        ("台山一中毕业", "ORG", "台山一中"),
        ("喜德民中读书", "ORG", "喜德民中"),
        ("昆山仁宝电子派驻", "ORG", "昆山仁宝电子"),
        ("武安顺兴锻造 冲压", "ORG", "武安顺兴锻造"),
        ("邯钢二炼 天车工", "ORG", "邯钢二炼"),
        ("步步高梅溪湖店那个", "ORG", "步步高梅溪湖店"),
        ("派遣:中铁八局安哥拉项目部", "ORG", "中铁八局安哥拉项目部"),
    ],
)
def test_an_institution_is_known_behind_its_place(line: str, kind: str, name: str) -> None:
    assert [(span.type, line[span.start : span.end]) for span in found(line)] == [(kind, name)]


@pytest.mark.parametrize(
    "line", ["北京医药行业", "上海电子产品", "济南市中心", "杭州一附近", "深圳市区一大型医院", "北京某一院", "上海住院"]
)
def test_what_only_stands_behind_a_place_is_none(line: str) -> None:
    assert [line[span.start : span.end] for span in found(line)] == []
