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


# ---- beds ----------------------------------------------------------------------------------------------------------

WARD = re.compile(
    r"床|病区|病房|手术|交班|交接|巡视|巡房|查房|探视|访客|陪护|空腹|禁食|一级护理|ICU|CCU|机位|透析|抢救|留观|监护|护士|红区|黄区|夜更|住院|输液|隔离|[Bb]ed|[Ww]ard|[Bb]ay"
)
QUEUE = re.compile(r"叫号|候诊|排队|取号|过号|序号?[ |│\t]|名单|第[0-9]+批|组别|船员|值班|排班|楼|组 ")
SPOT = r"(?:[一二三四五六七八九十]-)?(?:[+加抢临监留备走产待增婴N]|VIP|隔离|[东西南北])?[+-]?[A-Z]{0,3}[+-]?[0-9]{1,4}[A-Z]?(?:-[0-9]{1,3}[A-Z]?)?"
BEGIN = r"(?:(?<=\n)|^|(?<=[\s│|/,;、(:·①-⑳]))"
DISTINCT = re.compile(  # no plain number
    r"(?:[+加抢临监留备走产增婴]|N\+|VIP|隔离|[一二三四五六七八九十]-)[A-Z]?[0-9]{1,3}|[A-Z]{1,2}-?[0-9]{2,3}|[0-9]{1,4}-[0-9]{1,2}[A-Z]?|0[0-9]|[0-9]{1,2}[A-EGHJK]"
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
    found |= dict.fromkeys(_alike(text, [*known, *found], ward))
    yield from (Span(*place, "BED_NO", "beside", SCORE) for place in found if not _over(taken, *place))
    yield from (Span(*place, "PERSON", "beside", SCORE) for place in names if not _over(taken, *place))


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
