"""What scanning, typesetting and web pages leave in a text: stray spaces, marks of citations, advertisements, endless marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

HAN = "\u3400-\u9fff"
HAN_CHAR = re.compile(f"[{HAN}]")

# ---- spacing -------------------------------------------------------------------------------------------------------

# a pattern that begins with one character or a set of them is found many times faster than any other
BREAK = re.compile("[\r\v\x1c-\x1e\x85\u2028\u2029](?:(?<=\r)\n)?")
BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\x1f]")
UNSEEN = re.compile(  # without width; but a joiner between pictures makes one of two
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
    "(?<![\ufe0f\U0001f000-\U0001ffff]\u200d)"
)


def odd_space(text: str) -> str:
    """Spaces and ends of lines in their usual form, and nothing that cannot be seen."""
    return UNSEEN.sub("", BLANK.sub(" ", BREAK.sub("\n", text)))


# Each pattern begins with a plain space or break, which is found faster than what is asked of the character before it.
DOUBLED = re.compile(r"  (?<=[^\s|]  ) *(?=[^\s|])")
INDENT = re.compile(rf"\n[ \t]+(?=[{HAN}，。、；：？！（《“])")
BEFORE_MARK = re.compile(r" (?<=[\w）》”’%\])] ) *(?=[，。；：？！、）》])")
AFTER_MARK = re.compile(r" (?<=[，。；：？！、（《] ) *(?=[^\s|#*+\-）》])")  # （ ） is to be filled in
BLANK_LINES = re.compile(r"\n\n\n\n+")


def trailing(text: str) -> str:
    return "\n".join([line.rstrip(" \t") for line in text.split("\n")])  # a list is joined faster than a generator


def doubled(text: str) -> str:
    """Two spaces or more as one, but for indents and the cells of tables."""
    return DOUBLED.sub(" ", text)


def indent(text: str) -> str:
    """Chinese lines begin where the line begins."""
    text = INDENT.sub("\n", text)
    return text.lstrip(" \t") if INDENT.match("\n" + text[:80]) else text


def before_mark(text: str) -> str:
    return BEFORE_MARK.sub("", text)


def after_mark(text: str) -> str:
    return AFTER_MARK.sub("", text)


def blank_lines(text: str) -> str:
    return BLANK_LINES.sub("\n\n", text)


SPREAD = re.compile(rf"(?<![{HAN}])(?:[{HAN}] ){{5,}}[{HAN}](?![{HAN}])")


def spread(text: str) -> str:
    """Words that a scanner took apart; 肝 肺 脾 肾, a list, stays one."""
    return SPREAD.sub(lambda found: found[0].replace(" ", ""), text)


HEADS = frozenset(
    [
        "前言",
        "目录",
        "摘要",
        "附录",
        "概述",
        "概论",
        "总论",
        "各论",
        "绪论",
        "绪言",
        "引言",
        "导言",
        "导论",
        "结论",
        "结语",
        "结果",
        "讨论",
        "方法",
        "序言",
        "后记",
        "附注",
        "说明",
        "定义",
        "病因",
        "病机",
        "病理",
        "诊断",
        "治疗",
        "预后",
        "预防",
        "护理",
        "症状",
        "体征",
        "分类",
        "分型",
        "成份",
        "成分",
        "性状",
        "规格",
        "禁忌",
        "包装",
        "贮藏",
        "有效期",
        "关键词",
        "主诉",
        "现病史",
        "既往史",
        "个人史",
        "家族史",
        "方解",
        "用法",
        "组成",
        "主治",
        "功用",
        "加减",
    ]
)
BRACKETED = re.compile(rf"【([{HAN}]+(?: +[{HAN}]+)+)】")
HEAD_LINE = re.compile(
    rf"^(#{{0,6}} *(?:[一二三四五六七八九十\d]+[、.．])? *)([{HAN}](?: +[{HAN}]){{1,3}})(?= *$)", re.MULTILINE
)


def spread_head(text: str) -> str:
    """The same where a heading was spaced out."""
    text = BRACKETED.sub(lambda found: found[0].replace(" ", ""), text)
    return HEAD_LINE.sub(lambda found: found[1] + _head(found[2]), text)


def _head(said: str) -> str:
    joined = said.replace(" ", "")
    return joined if joined in HEADS else said


# ---- citations -----------------------------------------------------------------------------------------------------

REFERENCES = re.compile(r"\n[ \t#*]*(?:参考文献|主要参考文献|References|REFERENCES)[ \t*:：]*$", re.MULTILINE)
REFERENCE_WORDS = ("参考文献", "References", "REFERENCES")
LIST = r"\d{1,3}(?:\s*[-,，、~～–—]\s*\d{1,3})*"
# with one sign at the beginning a pattern is found faster than with one of two
CITATION = tuple(re.compile(rf"{sign}\s*({LIST})\s*[\]］]") for sign in (r"\[", "［"))
CORNERED = re.compile(r"【([1-9]\d{0,2}(?:\s*[-,，、~～–—]\s*\d{1,3})*)】(?=[，。；、])")
CITING = re.compile(rf"[{HAN}A-Za-z%％)）\]］”’》，。；：、,;]")  # what stands before a citation; a number never does
NOT_BEHIND = re.compile(
    r"\s*(?:[A-Za-z\d(（×*/%‰℃°μ^~～]|[-–+]\s*\d)"
)  # a unit or a number: then it was a range, or a link
ENGLISH_BEHIND = re.compile(
    r"[.,;:]?\s+[A-Z]|[.,;:]\s+[a-z]|\s+(?:and|or|in|of|to|is|are|was|were|the|that|with|for|by|have|has|but)\b"
)
CLAUSE_BEHIND = re.compile(r"[，。；、,;]|\.(?:\s|$)")
A_RANGE = re.compile(
    r"(?:区间|范围|取值|参考值|正常值|CI|OR|RR|HR|IQR|值为|评分|得分|步骤|选项|编号|序号|第)[:：为是\s]*$"
)
FIGURES = "¹²³⁰⁴⁵⁶⁷⁸⁹"
RAISED_CITATION = re.compile(r"[¹²³⁰⁴-⁹][¹²³⁰⁴-⁹]*((?:[⁻,，、\-–][¹²³⁰⁴-⁹]+)*)(?![A-Za-z⁺⁻¹²³⁰⁴-⁹])")
UNREADABLE = re.compile(  # [3-4], [10] and others, as a scanner reads them
    rf"[¨t旧](?<=[{HAN}%％)）].)(?:(?<=t)\d{{1,2}}[’‘']\d{{1,2}}|(?<=¨)(?:引|⋯|[\d|]{{1,3}}[lf|\]]?)|(?<=旧)引(?=[。，；]))(?=[{HAN}。，；：、,;:\s]|$)"
)
NUMBER = re.compile(r"\d\d*")
HIGHEST = 500  # number of a reference


def citations(text: str) -> str:
    """Without the marks that point to references. The list of references itself stays, and so does what may be a dose."""
    listed = REFERENCES.search(f"\n{text}") if any(word in text for word in REFERENCE_WORDS) else None
    body, rest = (text[: listed.start()], text[listed.start() :]) if listed else (text, "")
    gone = {*_bracketed(body), *_raised(body)}
    if "¨" in body or "’" in body or "旧引" in body:
        gone |= {one.span() for one in UNREADABLE.finditer(body)}
    kept, at = [], 0
    for start, end in sorted(gone):
        if start >= at:
            kept.append(body[at:start])
            at = end
    return "".join([*kept, body[at:], rest]) if gone else text


def _bracketed(body: str) -> Iterator[tuple[int, int]]:
    marks = [one for pattern in CITATION for one in pattern.finditer(body)]
    found = [one for one in marks if _fits(body, one.end()) and _cites(body, one)]
    # a lone [3] is a citation only where a clause ends behind it
    alone = len({number for one in found for number in NUMBER.findall(one[1])}) < 2
    for one in found:
        if not alone or CLAUSE_BEHIND.match(body, one.end()):
            yield _before(body, one.start()), one.end()
    cornered = [one for one in CORNERED.finditer(body) if _cites(body, one)] if "【" in body else []
    if len(cornered) > 1:
        yield from (one.span() for one in cornered)


def _fits(body: str, end: int) -> bool:
    return not NOT_BEHIND.match(body, end) or ENGLISH_BEHIND.match(body, end) is not None


def _cites(body: str, one: re.Match[str]) -> bool:
    """Whether words stand before it, and the numbers in it rise, as those of references do, from 1 or more."""
    start = _before(body, one.start())
    if not start or not CITING.match(body, start - 1):
        return False
    numbers = [int(number) for number in NUMBER.findall(one[1])]
    rise = all(a < b for a, b in pairwise([0, *numbers])) and numbers[-1] <= HIGHEST
    return rise and not A_RANGE.search(body[max(0, start - 12) : start])


def _before(body: str, at: int) -> int:
    """Where the spaces before a place begin."""
    while at and body[at - 1] in " \t":
        at -= 1
    return at


def _raised(body: str) -> Iterator[tuple[int, int]]:
    """Small figures behind the end of a clause, or several behind a word; m² and 10⁹ are neither."""
    for one in RAISED_CITATION.finditer(body) if any(figure in body for figure in FIGURES) else ():
        left = body[one.start() - 1 : one.start()]
        if left and (left in "。，；！？”）" or (one[1] and HAN_CHAR.match(left))):
            yield one.span()


# ---- boilerplate ---------------------------------------------------------------------------------------------------

ADVERTISING = (  # without one of these words there is no advertisement
    "免费咨询|在线咨询|立即咨询|点击咨询|我要咨询|咨询在线|咨询医生|咨询专家|咨询客服|在线问诊|在线客服|快速问医生|我要提问|咨询热线|服务热线|咨询电话|客服|在线预约|立即预约|免费预约|我要预约"
    "|预约挂号|上一篇|下一篇|上一页|下一页|版权|侵权|ICP|公网安备|责任编辑|责编|本文来源|文章来源|信息来源|图片来源|原标题|公众号|分享到|分享至|推荐阅读|延伸阅读|相关推荐|相关阅读|相关文章"
    "|转载|自网络|自互联网|于网络|于互联网|阅读原文|展开全文|点击查看|查看更多|二维码|采纳|加微信|返回首页|返回顶部|网站地图|QQ空间|朋友圈|加入收藏|设为首页|联系我们|关于我们|关注我们|小程序"
)
BUTTONS = (
    "免费咨询|在线咨询|在线预约|立即咨询|立即预约|点击咨询|我要咨询|我要提问|我要预约|预约挂号|免费预约|在线问诊|在线客服|咨询医生|快速问医生|查看更多|更多详情|展开全文|点击查看全文|点击查看|阅读原文"
    "|返回首页|返回顶部|返回列表|网站地图|加入收藏|设为首页|联系我们|关于我们|分享到|分享至|打印本页|关闭窗口|上一页|下一页|上一篇|下一篇|微信|微博|QQ空间|朋友圈|收藏|点赞|举报"
    "|相关推荐|相关阅读|相关文章|推荐阅读|热门推荐|热门文章|猜你喜欢"
)
WHOLE_LINES = (
    rf"\W*(?:(?:{BUTTONS})[\W_]*)+",  # one or several
    r"\W*(?:上一篇|下一篇|上一页|下一页)\s*[:：].{0,60}",
    r"\W*(?:相关推荐|相关阅读|相关文章|推荐阅读|延伸阅读)\s*[:：].{0,80}",
    r"\W*(?:责任编辑|责编|本文来源|文章来源|信息来源|图片来源|原标题|分享到|分享至)\s*[:：].{0,40}",
    r".{0,60}(?:ICP\s*(?:备|证)|公网安备).{0,80}",
    r".{0,40}(?:[Cc]opyright|©|\(c\)).{0,60}版权所有.{0,60}",
    r".{0,60}版权所有.{0,20}(?:[Cc]opyright|©|未经|不得|\d{4}).{0,60}",
    r"\W*(?:咨询|客服|预约|服务)(?:热线|电话|微信|QQ)\s*[:：]?\s*[\d\-—\s转]{7,30}(?:[（(].{0,20}[)）])?\W*",
)
IN = r"[^。！？!?\n]"
SENTENCES = (
    (
        rf"(?:如果?您?|若您?|您)?(?:还)?(?:有|对){IN}{{0,16}}(?:疑问|问题|疑虑|疑惑|需要|不明白|想了解){IN}{{0,12}}[，,]?(?:请|可以?|欢迎|建议)(?:您)?(?:随时|直接|立即)?"
        rf"(?:点击|拨打|添加|扫码|扫描|在线咨询|免费咨询|咨询在线){IN}{{0,30}}"
    ),
    rf"(?:欢迎|请|立即|赶快|马上|快来|现在就|更多{IN}{{0,20}})?(?:点击|扫码|扫描|长按|搜索){IN}{{0,20}}(?:在线咨询|免费咨询|在线预约|咨询(?:在线)?(?:专家|医生|客服)|二维码|公众号|小程序){IN}{{0,30}}",
    rf"(?:欢迎|请|扫码|长按|更多{IN}{{0,20}}请?)(?:大家)?(?:搜索)?(?:并)?关注{IN}{{0,20}}(?:公众号|微信号|微博|我们){IN}{{0,30}}",
    rf"{IN}{{0,12}}公众号\s*[:：]\s*[\w\-]{{2,30}}",
    rf"{IN}{{0,20}}(?:未经{IN}{{0,16}}(?:授权|许可|同意|允许){IN}{{0,12}}(?:转载|复制|使用)|转载(?:请|须|需|时){IN}{{0,4}}(?:注明|联系|标明)){IN}{{0,40}}",
    rf"(?:本文|本站|文中|文章|图片|以上内容|部分内容){IN}{{0,10}}(?:来源于?|来自|转自|摘自|源自|整理自){IN}{{0,10}}(?:网络|互联网|网站){IN}{{0,40}}",
    rf"(?:如有|如涉及?|若有|若涉及){IN}{{0,10}}(?:侵权|版权){IN}{{0,40}}",
    rf"{IN}{{0,30}}(?:满意|帮助|回答|答案|有用){IN}{{0,12}}采纳{IN}{{0,12}}|(?:望|请|求|希望)(?:您)?(?:及时)?采纳{IN}{{0,12}}",
)
_ADVERTISING = re.compile(ADVERTISING)
_LINES = re.compile("|".join(f"(?:{line})" for line in WHOLE_LINES))
_SENTENCES = re.compile(rf"\s*(?:{'|'.join(f'(?:{one})' for one in SENTENCES)})[。！？!?]*[”\"]?\s*")
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*[”\"]?|[。！？!?]+")
LONGEST_LINE = 160  # of boilerplate


def boilerplate(text: str) -> str:
    """Without lines and sentences that sell, navigate or claim rights. A sentence that also says something else stays whole."""
    lines = (_without_adverts(line) if _ADVERTISING.search(line) else line for line in text.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _without_adverts(line: str) -> str | None:
    if line.startswith("|"):
        return line
    if len(line) <= LONGEST_LINE and _LINES.fullmatch(line.strip("#*- \t")):
        return None
    less = _SENTENCE.sub(lambda found: "" if _is_advert(found[0]) else found[0], line)
    return less if less.strip() else None


def _is_advert(sentence: str) -> bool:
    return _ADVERTISING.search(sentence) is not None and _SENTENCES.fullmatch(sentence) is not None


# ---- repeats -------------------------------------------------------------------------------------------------------

MARKS = re.compile(r"([！？!?。，、,；;～~…♥★☆❤^])\1{3,}")
SYLLABLES = re.compile(rf"([{HAN}])\1{{4,}}")
RULES = re.compile(r"([-=*_#+—─━－])\1{5,}")
RULE_ROW = re.compile(r"[\s|:+\-=]*")
LEADERS = re.compile(r"([.·．])\1{6,}(?!\s*\d)")  # 阿司匹林......100 mg: dots that lead to a number say which


def repeats(text: str) -> str:
    """Runs of one character, shortened to three (leaders to six). Digits, letters and rules of tables stay."""
    text = LEADERS.sub(lambda found: found[1] * 6, SYLLABLES.sub(_thrice, MARKS.sub(_thrice, text)))
    if not RULES.search(text):
        return text
    return "\n".join(
        line if "|" in line and RULE_ROW.fullmatch(line) else RULES.sub(_thrice, line) for line in text.split("\n")
    )


def _thrice(found: re.Match[str]) -> str:
    return found[1] * 3
