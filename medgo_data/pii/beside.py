"""What nobody announced: beside somebody who is named, a number that is no dose, no date and no code of a disease is one of his.

So is what looks like a bed in a text of the ward, and what is written as a number is that was announced elsewhere in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from medgo_data.pii import checks
from medgo_data.pii.cues import UNITS
from medgo_data.pii.gazetteer import at
from medgo_data.pii.heads import HAN, certain
from medgo_data.pii.span import Span
from medgo_data.pii.words import listed

SCORE, DOUBTFUL = 0.5, 0.7
NEAR, CLOSE, LINES = 160, 16, 3  # characters and lines between a number and whose it is
LONGEST = 200  # characters of an identifier
CODES = listed("INSURANCE_NO MEDICAL_RECORD_NO SPECIMEN_NO EXAM_NO PASSPORT TRAVEL_PERMIT")
SURE = {  # from which score on it is sure that somebody is told
    "PERSON": 0.55,
    **dict.fromkeys(("BED_NO", "PHONE", "SOCIAL_ID", "AGE_OVER_89"), 0.7),
    **dict.fromkeys((*CODES, "ID_CARD", "EMAIL"), 0.9),
}
Places = Sequence[tuple[int, int]]


def beside(text: str, spans: Sequence[Span]) -> list[Span]:
    """Numbers and beds of which no word says what they are, near what tells who somebody is."""
    found = [*_numbers(text, spans, {})]
    if any(span.score >= SURE.get(span.type, 1.0) for span in spans):
        taken = sorted([*spans, *found])
        found += [span for span in _worded(text) if not _over(taken, span.start, span.end)]
    shapes = {_shape(text[span.start : span.end]): span.type for span in found if span.type in CODES}
    alike = {shape: kind for shape, kind in shapes.items() if OWN.search(shape)}
    found = [*dict.fromkeys([*found, *_numbers(text, [*spans, *found], alike)])]
    codes = sum(span.by == "beside" and span.type in CODES for span in found)
    if codes > 4 + 3 * sum(span.type == "PERSON" for span in spans):  # a list of something else
        found = [span for span in found if span.by != "beside"]
    return [*found, *_beds(text, [*spans, *found])]


def _over(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Those of the sorted spans that have a character in common with this."""
    first, last = bisect_left(spans, (start - LONGEST,)), bisect_left(spans, (end,))
    return [span for span in spans[first:last] if span.end > start]


# ---- numbers -------------------------------------------------------------------------------------------------------

NUMBER = re.compile(
    r"(?<![0-9A-Za-z@])(?<![0-9]\.)(?<![0-9A-Za-z][-_/])(?!(?<=[0-9]:)[0-9])(?:"
    r"(?:[A-Z0-9]-? ){4,20}[A-Z0-9](?:-[A-Z0-9])?(?= |[^0-9A-Za-z]|$)"  # C A 3 3 1 9 0 4 2
    r"|[A-Z]{1,4}-?[0-9](?: [0-9](?:-[0-9])?){4,14}"
    r"|(?<![男女FMfm] )[0-9]{2,6}(?: [0-9]{3,8}){1,5}+(?: [0-9]{1,2})?(?![.:])"
    r"|[A-Z]{1,4} ?[0-9]{1,8}(?:[ -][0-9]{2,8}){1,5}+(?![.:])|[0-9][A-Z][0-9](?: [0-9]{2,6}){1,4}|[A-Z]{1,4} [0-9]{6,12}"
    r"|[0-9A-Za-z]{1,24}+(?:[-_/][0-9A-Za-z]{1,20}+){0,6}"
    r"|[零〇洞幺一二三四五六七八九拐勾两]{4,12}"
    r")(?:\([0-9A-Z]{1,2}\)|[-/]?[①-⑳])?(?![0-9A-Za-z]|\.[0-9]|[-_/@:^][0-9A-Za-z])"
)
TWO = re.compile(r"(?<=[0-9]{6})/(?=[A-Z]{0,3}[0-9]{6})")  # numbers
PARTS = re.compile("[0-9]+|[零〇洞幺一二三四五六七八九拐勾两]+")
SPOKEN = re.compile("[洞幺拐勾]")
LOWER = re.compile(r"[a-z]{1,3}-?[0-9]{5,}(?:-[0-9]+)?|[0-9]{5,}[a-z]{1,3}")
OWN = re.compile(r"(?=.*[A-Z/-])(?:[^0]*0){4}|0{8}")  # a form that is no other number's
DULL = re.compile(  # years, ranges, codes of diseases, genes, markers, stages, doses, flights
    r"(?:19|20)[0-9]{2}(?:[-/]?(?:0?[1-9]|1[0-2]))?|[A-Z]{2,6}-?(?:19|20)[0-9]{2}|[0-9]{1,5}[-/][0-9]{1,5}|[0-9]{1,2}(?:/[0-9]{1,3})+"
    r"|[A-Z][0-9]{2,3}(?:[xX][0-9]{0,3})?|[0-2][0-9][0-5][0-9][A-Z]|[0-9]{2,5}[ACGT]|[A-Z][0-9]{2,3}/[0-9]{2,3}"
    r"|(?:CA|CD|CK|IL|TNF|HPV|HLA|CYP|NM|NP|ADAM|TP|PD|ST|GSK|BMS|AZD|MK|LOT|SN|REF|GB|YY|HR|BP|MHz|Ref)[-_ ]?[0-9]{1,4}[A-Z]?(?:[-/ ][0-9A-Z]{1,4})*"
    r"|BP ?[0-9/]+|(?:LOT|Lot|SN|REF|Ref)[-_ ]?.*|[A-Z]{2,5} [0-9]{1,4}[-/][0-9]{1,4}|.*(?:U|g|mol)/[LlmM]+|T[0-4xX][a-d]?N[0-3xX][a-c]?(?:M[01xX])?"
    r"|[0-9]+(?:mg|g|kg|ml|mL|ug|iu|IU|U|mm|cm|mmol|umol|h|d|w|kV|mA|Hz|ms|s|x|X|D|F|G|T|V|W)(?:/[A-Za-z0-9]+)*"
)
NOBODYS = re.compile(  # what stands before numbers that are nobody's
    r"(?:批号?|批次|货号|型号?|准字|国械注[准进许]|注册证?|备案|许可证?|文号|版本?|软件|固件|标准|专利|基金|项目编?号?|课题|伦理|序列号?|设备号?|机身|资产|封条|灭菌|锅次?|试剂|有效期?至?|效期|失效"
    r"|生产|规格|发票|发票代码|处方笺?|快递|运单|顺丰|物流|订单|邮编|编码|ICD|DRGs?|DIP|doi|DOI|PMID|PMC|ISSN|ISBN|GB|YY|WS|JR|DB|/T|GenBank|探头|起搏器|支架|植入|[Ll]o[Tt]|LOT"
    r"|REF|SN|S/N|UDI|文献|文章编?号?|论文编?号?|来信编?号?|证明编?号?|收据|票据?号?|函号?|仪编?号?|书编?号?|杂志|期刊|元|¥|￥|\$|约|共|计|合计|总计|余额|金额|总|第|电子监管码|商品码?|房号|叫号|排队"
    r"|候诊|基因|突变|位点|端口|尺码|编制|密码|验证码|错误码?|报警|车次|航班|[×*^])(?:编?号码?|为|是)?[:： .=#№(\[]{0,3}$"
)
FUNDED = re.compile(r"(?:基金|课题|项目|计划|资助)[^\n。;]{0,40}$")
MEASURED = re.compile(r"(?:[A-Za-zα-ω%+]{2,}(?<!No)(?<!NO)(?<!ID)(?<!id)|值|计数|浓度|滴度|载量|拷贝|水平)[:= ]{0,3}$")
FLIGHT, TRAVEL = re.compile("[A-Z0-9]{2}[0-9]{3,4}"), re.compile("航班|旅客|乘客|机场|登机|航空")
AFTER = re.compile(  # units, and what is counted
    rf"(?!{UNITS})| ?(?:[dU](?![A-Za-z])|nm(?![A-Za-z])|[mkn]?mol|IU|cop|拷贝|°|盒|瓶|步|[><=]|号楼|号院|室|单元|层|楼|弄|幢|栋|期|版|页|卷|mAs|kV|bpm|Hz|ms|kcal|r/min|rpm)"
)
ABOUT = re.compile(  # somebody who has no name
    r"[男女]性?[ ,/|、]{1,3}[0-9]{1,3}(?= ?(?:岁|[,/|、 \n]|$))|[0-9]{1,3} ?[岁yY][ ,/|、]{0,2}[男女]|(?:姓名|受检者|受检人|送检者)(?=[:： ])|[MF]/[0-9]{1,3}(?![0-9])"
)
INITIAL = re.compile(r"[门住急病档案诊检片超放影号](?:诊|院|案|历|查)? ?$")  # 门03318
WORD = re.compile(r"[A-Za-z]{2,}[ .:#/]{0,2}")  # before a number, and none of it
SPOKEN_OF = re.compile(  # a word for a number, some lines before it at most
    r"病案|病历|档案|住院号|门诊号|护照|[Pp]assport|PASSPORT|通行证|台胞证|回乡证|医保|社保|保单|商保|农合|检查号|影像号|病理号|标本号|条码|就诊卡|登记号|证号|[:：]号|号[?？]|号多少|什么号"
)
ANSWER = re.compile(  # on the line after the question
    r"[:：](?:[他她]|病人)?的?(?:号码?|住院号|门诊号|编号)(?:呢|多少|是多少|[?？])?[^\S\n]*\n[^\n:：]{0,8}[:：] ?$"
)
NAME_AFTER = re.compile(rf"[ \t│|:(/]{{1,3}}(?P<name>[{HAN}]{{2,4}})(?=[\s(,;:│|/]|$)")
NAME_BEFORE = re.compile(rf"(?<![{HAN}])(?P<name>[{HAN}]{{2,4}})[ \t│|:(/,]{{1,3}}$")
WORDS = {  # what is spoken of where a number of a kind stands
    "SPECIMEN_NO": r"标本|样本|条码|检体|送检|送省|蜡块|切片|玻片|病理|血清|血浆|拭子|采样|采检|采血|血袋|献血|试管|紫管|黄管|抽血|箱[0-9]|瓶|株|培养|冻存|Specimen|Sample|Barcode|Slide|Block",
    "EXAM_NO": r"CT|MR|DR|(?:US|XR|MG|DX)(?=[0-9-])|X线|X光|片|影像|超声|彩超|B超|胃镜|肠镜|内镜|镜|心电|报告|检查|放射|核磁|磁共振|拍|钼靶|造影|Accession|Study|Exam",
    "INSURANCE_NO": r"医保|社保|保险|保单|商保|参合|农合|健保|医疗证|证号|理赔|赔付|投保|缴费|已缴|会员|Cert|Member|Policy|Insur",
    "PASSPORT": r"护照|船员|机组|国籍|外籍|籍患者|[Pp]assport|PASSPORT|[Nn]ationality|MASTER|签证",
    "TRAVEL_PERMIT": r"台胞|通行证|回乡|台商|入台|港澳|[Pp]ermit|小三通",
    "PHONE": r"电话|手机|联系|Tel|TEL|打",
    "MEDICAL_RECORD_NO": r"住院|门诊|病案|病历|档案|登记|就诊|急诊|受试|随机|入组|MRN|号",
}
KINDS = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in WORDS.items()))
SHAPES = (
    ("PHONE", re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}")),
    ("PASSPORT", re.compile(r"[A-Z]{1,2}[0-9]{7}[A-Z]?|[A-Z]{2}[0-9]{2}-?[0-9]{4,5}|[A-Z]{2}[0-9]{6,7}|[A-Z][0-9]{8}")),
    ("TRAVEL_PERMIT", re.compile(r"[HMCTLW][A-Z]?[0-9]{7,10}|[0-9]{8}|[0-9]{10}\([A-Z]\)")),
)


def _numbers(text: str, spans: Sequence[Span], alike: Mapping[str, str]) -> Iterator[Span]:
    """Those that nobody announced, those that are written as others are, and those of which only a part was found."""
    sure = [span for span in spans if span.score >= SURE.get(span.type, 1.0)]
    people = sorted({*((span.start, span.end) for span in sure), *(met.span() for met in ABOUT.finditer(text))})
    shapes = {**alike, **{_shape(text[span.start : span.end]): span.type for span in sure if span.type in CODES}}
    taken = sorted(spans)
    for start, end in _tokens(text):
        said = text[start:end]
        same = shapes.get(_shape(said)) if len(said) > 5 else None
        if not (same or _coded(said) or _short(text, start, said)) or _nobodys(text, start, end):
            continue
        over = _over(taken, start, end)
        yield from _whole(text, start, end, over)
        if any(span.score >= DOUBTFUL or span.type not in CODES for span in over):
            continue
        if same or _his(text, start, end, people):
            yield Span(start, end, same or _kind(text, start, end), "beside", SCORE)
        elif not over and (name := _named(text, start, end)):
            yield Span(start, end, _kind(text, start, end), "beside", SCORE)
            yield Span(*name, "PERSON", "beside", SCORE)


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """What is written in one piece; two numbers with a slash between them are two."""
    for met in NUMBER.finditer(text):
        at = met.start()
        for bar in TWO.finditer(text, *met.span()):
            yield at, bar.start()
            at = bar.end()
        yield at, met.end()


def _shape(said: str) -> str:
    """Of which characters it is written, whichever they are."""
    plain = re.sub("[①-⑳]", "①", said.replace(" ", ""))
    return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "0", plain)))


def _coded(said: str) -> bool:
    """Whether this may be a number that somebody was given."""
    parts = [len(part) for part in PARTS.findall(said)]
    letters = sum(char.isascii() and char.isalpha() for char in said)
    if sum(parts) < 4 or letters > 8 or DULL.fullmatch(said) or checks.day(said) or not checks.code(said):
        return False
    if not said[0].isascii():
        return bool(SPOKEN.search(said))
    if letters:
        return said.upper() == said or bool(LOWER.fullmatch(said))
    if len(parts) > 2 and (" " not in said or max(parts) > 3):  # 41-07-88, 150525 0307 0016
        return sum(parts) >= 6
    return max(parts) >= 6


def _short(text: str, start: int, said: str) -> bool:
    return said.isdigit() and len(said) == 5 and bool(INITIAL.search(text, max(0, start - 4), start))


def _nobodys(text: str, start: int, end: int) -> bool:
    """Whether it is a measure, or the number of a thing, a paper or a flight."""
    said = text[start:end]
    if said.isdigit() and (
        AFTER.match(text, end) or (end - start < 9 and MEASURED.search(text, max(0, start - 12), start))
    ):
        return True
    if NOBODYS.search(text, max(0, start - 14), start) or FUNDED.search(text, max(0, start - 60), start):
        return True
    if end - start == 6 and said.isdigit() and at(text, after := end + (text[end : end + 1] in " ,")) > after:
        return True  # 450052 郑州
    return FLIGHT.fullmatch(said) is not None and TRAVEL.search(text) is not None


def _whole(text: str, start: int, end: int, over: Sequence[Span]) -> Iterator[Span]:
    """A number of which a part was found, as one."""
    if not over or any(span.type not in CODES and span.type != "PHONE" for span in over):
        return
    low, high = min(span.start for span in over), max(span.end for span in over)
    begin = low if WORD.fullmatch(text, start, low) else start
    if begin <= low and high <= end and end - begin > high - low:
        best = max(over, key=lambda span: span.score)
        yield best._replace(start=begin, end=end, score=min(1.0, best.score + 0.01))


def _his(text: str, start: int, end: int, people: Places) -> bool:
    """Whether somebody is told near it, or the word for such a number."""
    if _typed(text, start, end) or _near(text, start, end, people) or ANSWER.search(text, max(0, start - 40), start):
        return True
    at = start
    for _ in range(LINES):
        at = text.rfind("\n", 0, max(0, at))
    return bool(people) and SPOKEN_OF.search(text, max(0, at, start - 100), start) is not None


def _near(text: str, start: int, end: int, people: Places) -> bool:
    k = bisect_left(people, (start, end))
    near = CLOSE if end - start == 6 and text[start:end].isdigit() else NEAR  # of six digits are postcodes too
    for low, high in people[max(0, k - 1) : k + 1]:
        between = text[high:start] if high <= start else text[end:low]
        if len(between) <= near and between.count("\n") <= LINES:
            return True
    return False


def _typed(text: str, start: int, end: int) -> bool:
    """Whether it has the form of a passport or a permit, where such are spoken of."""
    return _by_form(text, start, end) not in {None, "PHONE"}


def _by_form(text: str, start: int, end: int) -> str | None:
    around, said = text[max(0, start - LONGEST) : end + 60], text[start:end].replace(" ", "")
    forms = (kind for kind, shape in SHAPES if shape.fullmatch(said))
    return next((kind for kind in forms if kind == "PHONE" or re.search(WORDS[kind], around)), None)


def _kind(text: str, start: int, end: int) -> str:
    """Of which kind it is: by its form, or by the word that was last said of a kind."""
    last = [met.lastgroup for met in KINDS.finditer(text, max(0, start - 80), end)][-1:]
    return _by_form(text, start, end) or (last and last[0]) or "MEDICAL_RECORD_NO"


def _named(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The name that stands next to a number."""
    some = (NAME_AFTER.match(text, end), NAME_BEFORE.search(text, max(0, start - 8), start))
    return next((met.span("name") for met in some if met and certain(met["name"])), None)


MADE = {  # what short numbers stand behind, where they are somebody's
    "EXAM_NO": "CT|MRI?|DR|CR|DSA|PET(?:-?CT)?|X[线光]片?|胸片|平片|拍片|彩超|B超|超声|心超|胃镜|肠镜|内镜|支气管镜|喉镜|膀胱镜|宫腔镜|阴道镜|鼻咽镜|心电图?|脑电图?|肌电图?|骨密度|钼靶|造影|核磁|影像|放射|造影",
    "INSURANCE_NO": "医保|社保|农合|新农合|参合|医疗证|健保|保单|商保|离休|医疗卡|社会保障",
    "SPECIMEN_NO": "标本|条码|蜡块|切片|病理|玻片|白片|涂片|血袋|样本|检体|试管|冻存管|采血管|活检|培养",
}
WORDED = [
    (
        kind,
        re.compile(
            rf"(?:{words})(?:(?P<mark>检查号?|单号?|卡号?|证号?|本号?|片号|流水号?|登记号?|申请号?|编号|号码?|ID|[:#№])[:# ]{{0,2}}| )?(?P<v>[A-Z]{{0,4}}-?[0-9]{{2,10}}(?:[-/][0-9A-Z]{{1,8}}){{0,3}})(?![0-9A-Za-z.%~～×*/^+-]|{AFTER.pattern}| ?[岁年月日天次例人张个枚])"
        ),
    )
    for kind, words in MADE.items()
]
BLOCKS = re.compile(
    r"(?:蜡块|切片|白片|玻片)[:# ]?(?P<list>[A-Z][0-9]{1,2}(?:[、,/ ]{1,2}[A-Z][0-9]{1,2}){0,9})(?![0-9A-Za-z])"
)


def _worded(text: str) -> Iterator[Span]:
    """Short numbers behind a word for what was made of somebody: 脑电 24-88, 彩超单 118, 蜡块A3."""
    for kind, pattern in WORDED:
        for met in pattern.finditer(text):
            said, digits = met["v"], sum(char.isdigit() for char in met["v"])
            plain = DULL.fullmatch(said) and not (met["mark"] or "-" in said)
            if plain or checks.day(said) or digits < (3 if met["mark"] or said[0].isalpha() else 4):
                continue
            if met["mark"] or "-" in said or said[0].isalpha() or digits > 4:
                yield Span(*met.span("v"), kind, "beside", SCORE)
    for met in BLOCKS.finditer(text):
        start = met.start("list")
        yield from (
            Span(start + one.start(), start + one.end(), "SPECIMEN_NO", "beside", SCORE)
            for one in re.finditer("[A-Z][0-9]+", met["list"])
        )


# ---- beds ----------------------------------------------------------------------------------------------------------

WARD = re.compile(
    r"床|病区|病房|手术|交班|交接|巡视|巡房|查房|探视|访客|陪护|空腹|禁食|一级护理|ICU|CCU|机位|透析|抢救|留观|监护|护士|红区|黄区|夜更|住院|输液|隔离|[Bb]ed|[Ww]ard|[Bb]ay"
)
QUEUE = re.compile(r"叫号|候诊|排队|取号|过号|序号?[ |│\t]|名单|第[0-9]+批|组别|船员|值班|排班|楼|组 ")
SPOT = r"(?:[一二三四五六七八九十]-|[0-9]{1,2}(?=[A-Z][0-9]))?(?:[+加抢临监留备走产待增婴隔N]|VIP|隔离|[东西南北])?[+-]?[A-Z]{0,3}[+-]?[0-9]{1,4}[A-Z]?(?:-[0-9]{1,3}[A-Z]?)?"
BEGIN = r"(?:(?<=\n)|^|(?<=[\s│|/,;、(:·①-⑳]))"
DISTINCT = re.compile(  # no plain number
    r"(?:[+加抢临监留备走产增婴隔东西南北]|N\+|VIP|隔离|[一二三四五六七八九十]-)[A-Z]?[0-9]{1,3}|[A-Z]{1,2}-?[0-9]{2,3}|[0-9]{1,4}-[0-9]{1,2}[A-Z]?|0[0-9]|[0-9]{1,2}[A-EGHJK]|[0-9]{1,2}[A-Z][0-9]{1,3}"
    r"|[0-9]{3,4}[A-H]"
)
ROOMS = re.compile(r"[0-9]{3,4}-[0-9]{1,2}[A-Z]?|[0-9]{3,4}[A-H]|[+加][0-9]{1,2}")  # with a bed in each
ROOM_AND_BED = re.compile(r"(?!19|20)[0-9]{3,4}-[0-9]{1,2}[A-Z]?")
AHEAD = re.compile(rf"{BEGIN}(?<![0-9]:)(?P<v>{SPOT})(?:号?床?|号|#)?[ \t│|:,、(/→-]{{0,3}}$")
BEHIND = re.compile(rf"[ \t│|/,(]{{1,6}}(?:[男女FM][ /│|,]{{1,3}})?(?P<v>{SPOT})(?:号?床)?(?=[\s│|/,;)。]|$)")
PLACED = re.compile(rf"{BEGIN}(?P<v>{SPOT})(?:号?床)?[ \t│|:]{{1,3}}(?P<name>[{HAN}]{{2,4}})(?=[\s(,;:│|/]|$)")
LONE = re.compile(rf"{BEGIN}(?P<v>{SPOT})(?:号?床)?(?=[ \t\n│|:(,]|$)")
HEAD = re.compile(rf"(?:(?<=\n)|^)[ │|]{{0,3}}(?P<v>{SPOT})(?:号?床)?(?=[ \t│|:]{{1,4}}\S)")
EMPTY = re.compile(r"(?:号?床)?[ \t│|:]{1,6}(?:空|吉床|无人|无名|待|备用|已出院|出院)")


def _beds(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """What stands before a name and after it as a bed does, and all that is written as those are."""
    taken = sorted(spans)
    known = [span[:2] for span in spans if span.type == "BED_NO"]
    people = sorted({span[:2] for span in spans if span.type == "PERSON" and span.score >= SCORE})
    ward = bool(known) or WARD.search(text) is not None
    placed = (
        [met for met in PLACED.finditer(text) if DISTINCT.fullmatch(met["v"]) and certain(met["name"])] if ward else []
    )
    found = {met.span("v"): None for met in placed} if len(placed) > 1 else {}
    names = [met.span("name") for met in placed] if len(placed) > 1 else []
    found |= dict.fromkeys([*_ahead(text, people, ward, bool(known)), *_behind(text, people, bool(known))])
    found |= dict.fromkeys(_called(text, bool([*known, *found])) if SHIFT.search(text) else ())
    found |= dict.fromkeys(_alike(text, [*known, *found], ward))
    yield from (Span(*place, "BED_NO", "beside", SCORE) for place in found if not _over(taken, *place))
    yield from (Span(*place, "PERSON", "beside", SCORE) for place in names if not _over(taken, *place))


SHIFT = re.compile(  # what those talk of who look after beds
    r"床|交班|交接|接班|查房|巡视|夜班|病区|病房|病室|护士|护理|危重|病危|一级|特护|禁食|空腹|出院|新入|新收|入院|手术|血透|透析|ICU|NICU|留观|抢救|引流|尿管|胃管"
)
PLAIN_SPOT = r"(?:[+加抢监临留备隔产]|VIP)?[0-9]{1,2}[A-H]?(?![0-9A-Za-z.%:+×~/-])"
LISTED = re.compile(  # 危重 3 人: 4、17、监2
    r"(?:新入|新收|收治|入院|在院|出院|手术|术后|术前|危重|病重|病危|空腹|禁食|禁水|空床|吉床|转入|转出|转科|特护|特级|一级|陪护|留陪|发热|高热|输血|压疮|压力性损伤|坠床|跌倒|高危|抽血|采血|血糖|备皮|灌肠|拔管|拆线|换药|请假|外出|欠费|导尿|气切|呼吸机|约束|隔离|会诊"
    r"|待产|顺产|剖宫产|剖腹产|透析|重点|巡视|翻身|雾化|吸痰|监护|吸氧|心电监护|测压|血压|记出入量|留尿|送检|检查|挂水|打针|没来|未到|死亡|特殊|关注|告病重|告病危)(?:护理|患者|病人|人员|人数|风险|高危|者|的|的有|名单)?[ ]?(?:[0-9一二两三四五六七八九十]{1,2} ?[人例名位个])?(?P<told>[ ]?[:(]? ?)"
    rf"(?P<list>(?>{PLAIN_SPOT}(?:\([^()\n]{{1,12}}\)|[一-龥]{{2,4}}(?=[、,;]))?(?: ?[、,;/和及 ] ?{PLAIN_SPOT}(?:\([^()\n]{{1,12}}\)|[一-龥]{{2,4}}(?=[、,;。\n]|$))?){{0,14}}))"
    r"(?! ?(?:[人例名位个次天日月年岁点时分小只支瓶袋片粒包台张间条周号楼级度步度期项份家元公克毫厘升米万组套针]|mg|ml|mL|g|cm|mm|kg|U|h|d))(?=[\s,。;)、]|$)"
)
ITEM = re.compile(rf"(?<![0-9(])(?P<v>{PLAIN_SPOT})(?![^(]{{0,12}}\))")
SAYS = re.compile(  # 17吐了, 39也快了
    rf"(?:(?<=[\n,。;:!?、】\]])|^|(?<=[\n,。;:!?] )|(?<=[给叫让把问看替帮跟去和]))(?<![0-9]:)(?<![0-9]: )(?P<v>{PLAIN_SPOT})(?:号)?"
    r"(?=(?:的|又|也|还|刚|已|今|明|昨|夜里|夜间|晚上|说|要|想|吐|烧|发烧|发热|退烧|拔|测|查|抽|换|禁食|禁水|空腹|输|挂|打|推|喂|翻|吸|拍|做|灌|导|插|上了|下了|加了|停|走|回|转|出院|入院|新来|家属|家里|病人|患者|老太|老头|大爷|大妈|阿姨|奶奶|爷爷|他|她|疼|痛|喘|咳|胸|心率|心慌|血压|血糖|血氧|氧|引流|尿|便|大便|伤口|渗|睡|闹|躁|摔|掉|哭|叫|喊|醒|没|不|可以|能|先|再|准备|复查|备皮|术|皮试|过敏|管|液体|补液|泵|呼吸|监护|床|拉|量|约|交|结|欠|签|陪|请假|外出|宫口|胎心|破水|生了|见红|BP|HR|SpO|T[0-9]|K[0-9])(?!数|量|度))"
)
CENSUS = re.compile("[原现]有|总人数|在院人数|实有")  # how many there are
HEADED = re.compile(  # 12 吸氧;15 半流
    rf"(?:(?<=[\n;。!?】])|^|(?<=[\n;。] ))(?P<v>{PLAIN_SPOT})(?: ?[:：]| (?=[一-龥])|(?=[一-龥]))(?! ?(?:[人例名位个次天日月年岁点时分小只支瓶袋片粒包台张间条周号楼级度步期项份家元公克毫厘升米万组套针、.)男女科病内外妇儿护房室]|mg|ml))"
)
TWICE = re.compile(rf"(?:由|从)?(?P<a>{PLAIN_SPOT})(?:号?床?)(?:[换转调搬挪])(?:到|至|去)?(?P<b>{PLAIN_SPOT})")


def _called(text: str, known: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001
    """Beds in a list of the ward, and those that are spoken of as their patients: once is enough where beds are known."""
    found = []
    for met in LISTED.finditer(text):
        some = [item.span("v") for item in ITEM.finditer(text, *met.span("list"))]
        told = met["told"].strip() and not CENSUS.search(text)
        found += some if told or len(some) > 1 or not met["list"].isdigit() else []
    found += [met.span("v") for met in SAYS.finditer(text)]
    found += [met.span(one) for met in TWICE.finditer(text) for one in "ab"]
    heads = [met.span("v") for met in HEADED.finditer(text)]
    numbers = [int(digits.group()) for a, b in heads if (digits := re.search("[0-9]+", text[a:b]))]
    steps = [b - a for a, b in pairwise(numbers)]
    if (
        len(heads) > (1 if known else 2)
        and any(step != 1 for step in steps)
        and numbers[0] + len(numbers) > 3
        and not QUEUE.search(text)
    ):
        found += heads
    if known or len(found) > 1:
        yield from found


def _ahead(text: str, people: Places, ward: bool, known: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001
    line = ((start, text.rfind("\n", 0, start) + 1) for start, _ in people)
    some = [met for start, first in line if (met := AHEAD.search(text, max(0, start - 16, first), start))]
    plain = [int(met["v"]) for met in some if met["v"].isdigit() and len(met["v"]) < 4]
    counted = len(plain) == len(some) and plain[:1] < [2] and all(b - a == 1 for a, b in pairwise(plain))
    queue = QUEUE.search(text) is not None
    for met in some:
        if DISTINCT.fullmatch(met["v"]):
            if (ward or ROOMS.fullmatch(met["v"])) and (known or not queue):
                yield met.span("v")
        elif (
            met["v"].isdigit()
            and len(met["v"]) < 4
            and ward
            and not counted
            and not queue
            and (known or len(plain) > 1)
        ):
            yield met.span("v")


def _behind(text: str, people: Places, known: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001
    some = [met for _, end in people if (met := BEHIND.match(text, end)) and DISTINCT.fullmatch(met["v"])]
    told = known or len(some) > 1 or re.search("床|病区|科", text) is not None
    yield from (met.span("v") for met in some if told or ROOMS.fullmatch(met["v"]))


def _alike(text: str, found: Places, ward: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001
    """Rooms with beds; what is written as other beds are; what stands where others do, and is empty."""
    lone = [met for met in LONE.finditer(text) if ward or len(found) > 1]
    rooms = [met.span("v") for met in lone if ROOM_AND_BED.fullmatch(met["v"])] if ward else []
    yield from rooms if len(rooms) > 1 else ()
    if len(found) < 2:
        return
    shapes = {_shape(text[start:end]) for start, end in found}
    for met in lone:
        if not met["v"].isdigit() and _shape(met["v"]) in shapes and (len(met["v"]) > 2 or met["v"][-2:].isdigit()):
            yield met.span("v")
    heads = sum(not text[text.rfind("\n", 0, start) + 1 : start].strip(" │|") for start, _ in found)
    for met in HEAD.finditer(text) if heads > 1 else ():
        padded = met["v"].startswith("0") and _shape(met["v"]) in shapes
        if padded or EMPTY.match(text, met.end("v")):
            yield met.span("v")
