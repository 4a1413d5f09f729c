"""What was found in a text that could tell who somebody is: from where to where, of which type, and by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

TYPES = {  # in Chinese, as a placeholder names them
    "PERSON": "姓名",
    "PHONE": "电话",
    "ID_CARD": "证件号",
    "PASSPORT": "护照号",
    "TRAVEL_PERMIT": "通行证号",
    "INSURANCE_NO": "医保号",
    "MEDICAL_RECORD_NO": "病案号",
    "BED_NO": "床号",
    "SPECIMEN_NO": "标本号",
    "EXAM_NO": "检查号",
    "BANK_CARD": "银行卡号",
    "EMAIL": "邮箱",
    "URL": "网址",
    "IP": "网络地址",
    "SOCIAL_ID": "社交账号",
    "PLATE": "车牌号",
    "ADDRESS": "地址",
    "DATE": "日期",
    "AGE_OVER_89": "年龄",
    "HOSPITAL": "医院",
    "ORG": "单位",
    "USCC": "信用代码",
}
POLICIES = ("high_recall", "balanced")  # for records of patients; for the web and papers


class Span(NamedTuple):
    start: int  # in characters
    end: int
    type: str
    by: str  # the rule or tagger that found it
    score: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern over one line of folded text: what it finds is its group ``v``, or all of it where it has none."""

    type: str
    name: str
    pattern: str  # for the module `regex`, without flags
    score: float = 1.0  # of two that overlap the higher stays, then the longer
    check: Callable[[str], bool] | None = None  # whether the value can be one: a check digit, a date that exists
    policies: tuple[str, ...] = POLICIES
