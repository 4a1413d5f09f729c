"""Days of a person's life and care in every writing that names the day: what is found, and what is no such day."""

from __future__ import annotations

import re
from functools import cache

import pytest
import regex

from medgo_data.pii import dates
from medgo_data.pii.fold import fold
from medgo_data.pii.span import POLICIES

MARK = re.compile("⟦(.*?)⟧")
SURE = """
    民国⟦民国六十三年九月十五日⟧生，⟦民國三十六年十二月五日⟧拔牙
    报告于⟦廿四年八月卅日⟧，⟦一百一十三年三月六日⟧复诊
    招工表写⟦1956年阴历五月初四⟧
    我爸⟦68年3月17⟧生的
    复印⟦2022.3.1⟧—⟦2022.3.17⟧住院病历
    Adm ⟦02-Jan⟧ D/C ⟦09-Jan⟧
    follow up on ⟦2024-Mar-06⟧
    StudyDate: ⟦20241108⟧ StudyTime 0812
    PatientBirthDate [⟦19570830⟧]
    PID|1||0042|^^||⟦19791122⟧|M|
    MSH|A|B|⟦20240511⟧093012||ORU
    Z5170283<4IND⟦910727⟧5F3108113
    休息兩天，由 ⟦16/3⟧ 至 ⟦17/3⟧
    首頁又寫⟦58.6.12⟧
    ⟦2/27⟧寒战高热，⟦5/16⟧回诊看报告，⟦3-14⟧回电
    出生日期：⟦6/3/24⟧
    ⟦大年初三⟧晚上摔倒
    电话随访：⟦腊月廿三⟧再来
"""
BOLD = """
    狂犬苗 ⟦6/1⟧ ⟦6/4⟧ ⟦6/8⟧ ⟦6/15⟧ ⟦6/29⟧ 接种完
    家属签 贺云清 ⟦2/28⟧
    已接通，⟦12.1⟧来
    姓名 贺云清  ⟦1150319⟧
    ⟦三月六⟧入院
    the bill by ⟦May 22nd⟧
    受診日 ⟦R6.3.16⟧
    寿星（⟦百岁⟧）
    老兵⟦一百零二岁⟧、另一位⟦97岁⟧、都在
"""
NOBODYS = """
    视力 4.9/4.8 5.0/5.0，肌力5/5，疼痛评分 3/10 4/10 2/10
    右肺功能由1/5改善为1/3
    有效期2019.01.02-2029.01.02，批号 230115，规格 1/2 3/4
    五月初五采艾，三月三节
    第3针、第5次、6/7页
    血钾 3.2，血钠 131
    Grade 2/3, ECOG 0/1, G2P1, T2N1M0, May be repeated
    平均90岁、95岁以上的人群
"""


@cache
def compiled(policy: str) -> list[tuple[regex.Pattern[str], dates.Rule]]:
    some = [rule for rule in dates.RULES if policy in rule.policies]
    return [(regex.compile(rule.pattern, regex.MULTILINE), rule) for rule in some]


def found(text: str, policy: str) -> set[int]:
    """The characters of the folded text that are hidden."""
    hidden: set[int] = set()
    for pattern, rule in compiled(policy):
        for met in pattern.finditer(text):
            start, end = met.span("v" if "v" in met.re.groupindex else 0)
            if rule.check is None or rule.check(text[start:end]):
                hidden.update(range(start, end))
    return hidden


def lines(some: str) -> list[str]:
    return [line.strip() for line in some.strip().splitlines()]


def marked(line: str) -> tuple[str, set[int]]:
    plain, wanted = "", set[int]()
    for at, piece in enumerate(MARK.split(fold(line).text)):
        wanted |= set(range(len(plain), len(plain) + len(piece))) if at % 2 else set()
        plain += piece
    return plain, wanted


@pytest.mark.parametrize("line", lines(SURE))
@pytest.mark.parametrize("policy", POLICIES)
def test_a_day_is_found_however_it_is_written(line: str, policy: str) -> None:
    plain, wanted = marked(line)
    assert found(plain, policy) == wanted


@pytest.mark.parametrize("line", lines(BOLD))
def test_in_records_a_day_needs_less(line: str) -> None:
    plain, wanted = marked(line)
    assert found(plain, "high_recall") == wanted


@pytest.mark.parametrize("line", lines(NOBODYS))
@pytest.mark.parametrize("policy", POLICIES)
def test_shares_doses_and_seasons_are_no_days(line: str, policy: str) -> None:
    assert found(fold(line).text, policy) == set()
