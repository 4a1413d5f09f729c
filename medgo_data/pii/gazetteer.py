"""The places of China by name: provinces, prefectures, counties, and the districts of Hong Kong, Macau and Taiwan."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

# Written from general knowledge for this project (names of administrative units are facts); a line is
# `unit above:units below`, a line without a unit's suffix opens a province. Autonomous units lose their peoples'
# names (三江侗族自治县 → 三江县), as the suffix is read by the grammar and the stem is what counts.
TABLE = Path(__file__).with_name("places.txt")
SUFFIX = re.compile(r"(?:地区|新区|林区|矿区|特区|[省市州盟县区旗镇乡])$")


def each(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROVINCES = each(
    "北京 天津 上海 重庆 河北 山西 内蒙古 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南"
    " 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门"
)


WORDS = each(  # which are words of every day too, and places only with their suffix
    "延长 中西 公安 合作 通道 资源 互助 长子 大方 中方 城中 城东 城西 城北 城南 新城 老城 大内 新市 前锋 友好 方正 平安 东方 南部 天等 将军"
    " 观音 后里 外埔 大里 水里 水上 山上 二水 五结 成功 光复 复兴 信义 仁爱 中正 和平 安乐 暖暖 三星 太平 后壁 公馆 大湖 关庙 官田 市中 城关 西区 新区"
    " 解放 红旗 向阳 前进 东风 新兴 新华 长寿 桥头 路口 港口 河口 中原 大通 博爱 安定 镇静 富裕 集贤 双清 天心 天元 和顺 祥和 民乐 民权 民勤 甘泉 温泉 石棉 黑水 赤水 清水 白水 石门 永安 宁静 安全 兴业 乐业 开化 大化 蓝天 新建 海港 站前 学院 平和 中心"
)


@cache
def names() -> frozenset[str]:
    """Every place, with its suffix and, where two characters or more remain, without."""
    found = set(PROVINCES)
    for line in TABLE.read_text("utf-8").split():
        above, _, first = line.partition(":")
        for name in (above, first):
            stem = SUFFIX.sub("", name)
            found |= {name, stem if len(stem) > 1 and stem not in WORDS else name}
    return frozenset(found - {"", "旧称"})


@cache
def starts() -> dict[str, tuple[int, ...]]:
    """By the first two characters of a name, the lengths that occur, longest first."""
    lengths: dict[str, set[int]] = {}
    for name in names():
        lengths.setdefault(name[:2], set()).add(len(name))
    return {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


def at(text: str, start: int) -> int:
    """Where the longest place that begins at `start` ends; `start` itself where none does."""
    for length in starts().get(text[start : start + 2], ()):
        if (name := text[start : start + length]) in names():
            return start + len(name)
    return start
