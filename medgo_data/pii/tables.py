"""What the layout of a record tells: the heads of columns say what stands below them, and rows of one shape hold the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from medgo_data.pii import names
from medgo_data.pii.roles import SOUNDS
from medgo_data.pii.span import Span
from medgo_data.pii.words import BOTH, PLAIN, likely, spoken, stated

HEADS = {
    "PERSON": """
        姓名 患者 病人 患者姓名 病人姓名 患儿姓名 学生姓名 儿童姓名 员工姓名 职工姓名 参保人 参保人姓名 被保险人 户主 户主姓名 联系人 联系人姓名 监护人 家属 家长 家长姓名 母亲姓名 父亲姓名 产妇姓名 受检者 受检人 受试者 经治医师 主管医师 主管医生 管床医生 管床医师 床位医生 责任护士 主刀 术者 手术者 手术医师 手术医生
        一助 二助 助手 麻醉医师 麻醉师 麻醉 器械护士 巡回护士 洗手护士 医师 医生 护士 接诊医生 接诊医师 首诊医生 报告医师 报告人 审核医师 审核者 审核人 检验者 记录人 记录者 登记人 填报人 上报人 经办人 签名 签字 领取人 领药人 接收人 采样人 送检医生 送检医师 申请医生 申请医师 值班医师 值班医生 值班护士 值班人员 交班者 接班者 交班人 接班人
        一线 二线 三线 总值班 带班 白班 夜班 小夜 大夜 中班 早班 上夜 下夜 姓 名 Name name 患者名 名字 医护 随访人 随访者 调查员 责任人 负责人 组长 班主任 作者 XM HZXM BRXM ZYYS ZZYS GCYS YSXM HSXM 收款人 开户名 户名 收件人 投保人 与会人员 参会人员
    """,
    "BED_NO": "CH CWH 床号 床位 床 床位号 床次 病床 病床号 床号码 机位 机号 Bed bed BED",
    "MEDICAL_RECORD_NO": "ZYH BAH MZH BLH PID 住院号 病案号 病历号 门诊号 登记号 就诊卡号 就诊号 ID号 患者ID 病人ID 病员号 诊疗卡号 档案号 健康档案号 MRN 住院ID 急诊号 就诊卡 卡号 体检号 腕带号 住院编号 患者编号 病历编号",
    "PHONE": "LXDH DH SJH SJ 电话 联系电话 手机 手机号 手机号码 联系方式 电话号码 家属电话 联系人电话 家长电话 本人电话 监护人电话 座机 Tel TEL Phone phone 短号 分机",
    "ID_CARD": "SFZH SFZ ZJHM 身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 身份证明号码 ID HKID 居民身份证号",
    "INSURANCE_NO": "医保号 医保卡号 社保号 社保卡号 医疗证号 参合号 新农合号 医保编号 个人编号 保单号 健保卡号 合作医疗证号 医保个人编号",
    "SPECIMEN_NO": "标本号 样本号 条码 条码号 标本编号 样本编号 病理号 标本条码 管号 采样管号 蜡块号 试管号 检体号",
    "EXAM_NO": "检查号 影像号 超声号 CT号 MR号 MRI号 放射号 X线号 内镜号 胃镜号 申请单号 检查编号 片号 Acc AccessionNo 心电号",
    "BANK_CARD": "银行卡号 银行账号 账号 卡号码 银行卡 开户账号 打卡账号 存折账号 收款账号",
    "ADDRESS": "JTZZ XZZ DZ 住址 地址 家庭住址 家庭地址 现住址 户籍地址 户籍 户口所在地 联系地址 居住地 居住地址 籍贯 村组 村别 所在村 居住小区 住所 户籍地 现居地 通讯地址 寄送地址 来源地",
    "HOSPITAL": "医院 医院名称 就诊医院 转入医院 转出医院 送检医院 送检单位 接诊医院 单位名称 医疗机构 机构名称 报告单位 来源医院 原医院 转诊医院",
    "ORG": "单位 工作单位 学校 班级学校 公司 就读学校 所在单位 用人单位 学校名称 企业名称",
    "DATE": "RYRQ CYRQ CSRQ JZRQ JCRQ BGRQ SSRQ RYSJ CYSJ 日期 出生日期 出生年月 出生年月日 生日 入院日期 入院时间 出院日期 出院时间 检查日期 报告日期 手术日期 采样日期 采样时间 送检日期 就诊日期 就诊时间 随访日期 登记日期 接种日期 发病日期 死亡日期 转入日期 转出日期 预产期 末次月经 确诊日期 复诊日期 预约日期 日期时间",
    "AGE_OVER_89": "年龄 岁 Age age 年龄(岁) 岁数",
    "PLATE": "车牌 车牌号 车牌号码 车号",
    "EMAIL": "邮箱 电子邮箱 Email E-mail email",
    "SOCIAL_ID": "微信 微信号 QQ QQ号",
    "PASSPORT": "护照 护照号 护照号码",
    "": """
        XB NL ZD KS BQ XH 干体重 抗凝 通路 超滤 航班 座位 流向 采样 性别 科室 科别 病区 诊断 入院诊断 临床诊断 初步诊断 疾病 备注 序号 编号 号 民族 职业 婚姻 费别 费用 金额 结果 项目 检查项目 手术名称 手术 拟行手术 术式 去向 护理级别 饮食 血型 体温 脉搏 呼吸 血压 血糖 身高 体重 关系 与患者关系 原因 处理 病情 主诉 症状 体征 治疗 用药 药物 剂量 用法 班级 年级 工种 工龄 学历 职务 职称
        时间 班次 地点 状态 是否 类型 类别 级别 数量 单价 合计 天数 住院天数 过敏 过敏史 注意事项 交班内容 情况 特殊情况 视力 疫苗 剂次 针次 批号 部位 接种部位 单位名 参考范围 提示 台次 手术间 房间 隔离 风险 评分 Sex Gender Dx Diagnosis 入院方式 来源 签收 报销 补偿金额 补助金额 开户行 医保类型 保险类型 参保类型 随访结果 转归 结局 出院情况
    """,
}  # fmt: skip
HEAD = {head: kind for kind, heads in HEADS.items() for head in heads.split()}
SPACE = r"[ \t]"
SEPARATORS = (
    ("\t", re.compile(r"\t")),
    ("|", re.compile(r"\|")),
    (",", re.compile(r"[,;、]")),
    ("/", re.compile(r"/")),
    (" ", re.compile(r" +")),
)
SEEMS_HEAD = re.compile(
    r"姓 *名|床 *[号位]|电话|患者|病人|身份证|住院号|医[师生]|护士|Name|[白夜]班|[一二]线|联系人|户主|签名|作者|收款人|参保人"
)
HAN = names.HAN
SHAPED = regex.compile(
    rf"(?:{names.COMPOUNDS}[{HAN}]{{1,2}}|{names.SURNAME}{names.LETTER}{{1,2}}|{names.SURNAME} {{1,3}}{names.LETTER}(?: {{1,3}}{names.LETTER})?)"
)
NAME_CELL = regex.compile(rf"(?:[{HAN}](?: *[{HAN}]){{1,3}}|[{SOUNDS}]{{2,10}}|{names.DOTTED}|{names.LATIN})")
VALUES = {
    "BED_NO": re.compile(r"(?:加床?|\+)? ?[A-Za-z]{0,4}[-]?\d{1,4}(?:-\d{1,3})?[A-Z]?|[一二三四五六七八九十]{1,3}"),
    "MEDICAL_RECORD_NO": re.compile(r"(?=(?:.*\d){3})[A-Za-z0-9\-]{3,24}"),
    "PHONE": re.compile(r"[+(]?\d[\d \-()]{3,20}\d"),
    "ID_CARD": re.compile(r"(?=(?:.*\d){5})[A-Za-z0-9()\- *]{7,24}"),
    "INSURANCE_NO": re.compile(r"(?=(?:.*\d){4})[A-Za-z0-9\-]{5,24}"),
    "SPECIMEN_NO": re.compile(r"(?=(?:.*\d){3})[A-Za-z0-9\-]{3,24}"),
    "EXAM_NO": re.compile(r"(?=(?:.*\d){3})[A-Za-z0-9\-]{3,24}"),
    "BANK_CARD": re.compile(r"\d[\d -]{10,24}\d"),
    "DATE": re.compile(r"(?:\d{2,4} ?[-/.年] ?)?\d{1,2} ?[-/.月] ?\d{1,2} ?[日号]?|(?:19|20)\d{6}"),
    "AGE_OVER_89": re.compile(r"(?:9\d|1[0-2]\d) ?岁?"),
    "PLATE": re.compile(rf"[{HAN}][A-Z][·\- ]?[A-Z0-9]{{4,6}}[{HAN}]?"),
    "EMAIL": re.compile(r"[^@\s]+@[^@\s]+"),
    "SOCIAL_ID": re.compile(r"[A-Za-z0-9_\-]{5,20}"),
    "PASSPORT": re.compile(r"[A-Za-z]{0,3}\d{6,9}"),
}
UNTOLD = re.compile(r"同上|无|不详|略|未知|本院|我院|外院|本市|本地|当地|空")
BED = re.compile(r"(?:[A-Z]{1,3}-?)?\d{1,2}|\d{2,3}-\d{1,2}")
WOMAN_OR_MAN = re.compile(r"[男女]性?|[MF]|[男女]?/?\d{1,3}岁?")


@dataclass(frozen=True)
class Cell:
    start: int
    end: int
    text: str


def structured(text: str) -> list[Span]:
    """Spans that the layout of a whole folded document gives away."""
    found: list[Span] = []
    if SEEMS_HEAD.search(text):
        found += _below_heads(text)
    found += _rows(text)
    found += _lists(text)
    return sorted(set(found))


# ---- columns with heads -----------------------------------------------------------------------------------------------


def _below_heads(text: str) -> Iterator[Span]:
    heads: list[str] | None = None
    mark = ""
    misses = 0
    for start, line in _lines(text):
        if (told := _heads(line)) is not None:
            mark, heads = told
            misses = 0
            continue
        if heads is None:
            continue
        cells = _cells(line, mark, start)
        if not line.strip() or len(cells) < min(2, len(heads)):
            misses += 1
            if misses > 1:
                heads = None
            continue
        row = list(_typed(cells, heads, mark))
        misses = 0 if row else misses + 1
        if misses > 2:
            heads = None
        yield from row


def _heads(line: str) -> tuple[str, list[str]] | None:
    """How the cells of this line are separated and the types of the columns below, if it is a line of heads."""
    if not 4 <= len(line) <= 400:
        return None
    for mark, separator in SEPARATORS:
        cells = [cell.strip(" []()*:") for cell in separator.split(line.strip(" |"))]
        if len(cells) < 2:
            continue
        kinds = [HEAD.get(cell.replace(" ", "")) for cell in cells]
        known = [kind for kind in kinds if kind is not None]
        if (
            len(known) >= 2
            and any(known)
            and (len(known) * 3 >= len(cells) * 2 or ("PERSON" in known and not re.search(r"\d", line)))
            and all(len(cell) <= 14 for cell in cells)
        ):
            return mark, [kind or "" for kind in kinds]
    return None


def _typed(cells: Sequence[Cell], heads: Sequence[str], mark: str) -> Iterator[Span]:
    if mark == " ":
        cells = _merged(cells, heads)
    for head, cell in zip(heads, cells, strict=False):
        if head and (span := _value(head, cell)):
            yield span


def _merged(cells: Sequence[Cell], heads: Sequence[str]) -> list[Cell]:
    """Cells between spaces, where a name of two letters may itself be written with one."""
    merged: list[Cell] = []
    k = 0
    while k < len(cells):
        cell = cells[k]
        head = heads[len(merged)] if len(merged) < len(heads) else ""
        if (
            head == "PERSON"
            and len(cell.text) == 1
            and k + 1 < len(cells)
            and len(cells[k + 1].text) == 1
            and cells[k + 1].text not in "男女"
        ):
            last = cells[k + 1]
            cell = Cell(cell.start, last.end, cell.text + " " + last.text)
            k += 1
        merged.append(cell)
        k += 1
    return merged


def _value(kind: str, cell: Cell) -> Span | None:
    text = cell.text
    if not text or UNTOLD.fullmatch(text):
        return None
    if kind == "PERSON":
        return _person(cell)
    if kind == "BED_NO":
        text = text.removesuffix("床")
    if kind == "DATE" and (clock := re.search(r"[ T]\d{1,2}:\d{2}", text)):
        text = text[: clock.start()]
    if (pattern := VALUES.get(kind)) is not None:
        fits = pattern.fullmatch(text) is not None
    else:
        fits = len(re.findall(rf"[{HAN}]", text)) >= 2 and len(text) <= 60
    return Span(cell.start, cell.start + len(text), kind, "column", 0.95) if fits else None


def _person(cell: Cell) -> Span | None:
    text = re.sub(r"\(.*|[*?]$", "", cell.text).rstrip()
    if NAME_CELL.fullmatch(text) and stated(text) and not (spoken(text) in PLAIN and spoken(text) not in BOTH):
        return Span(cell.start, cell.start + len(text), "PERSON", "column", 0.95)
    return None


# ---- rows of one shape, without heads -----------------------------------------------------------------------------------


def _rows(text: str) -> Iterator[Span]:
    """Rows of one shape in which most cells of a column are names: then its other cells are names as well."""
    block: list[list[Cell]] = []
    kind = ""
    for start, line in (*_lines(text), (len(text), "")):
        mark = next((m for m in "\t|/ ," if m in line.strip()), "")
        cells = _cells(line, mark, start) if mark and len(line) <= 300 else []
        if len(cells) >= 2 and (mark == kind or not block):
            block.append(cells)
            kind = mark
            continue
        yield from _columns(block)
        block, kind = ([cells], mark) if len(cells) >= 2 else ([], "")


def _columns(block: Sequence[Sequence[Cell]]) -> Iterator[Span]:
    if len(block) < 2:
        return
    for k in range(min(8, max(map(len, block)))):
        column = [row[k] for row in block if len(row) > k]
        sure = [cell for cell in column if _is_name(cell.text)]
        sexed = [row for row in block if len(row) > k + 1 and WOMAN_OR_MAN.fullmatch(row[k + 1].text)]
        if len(column) < 2 or not sure:
            continue
        half = len(sure) * 2 == len(column) and all(map(_shaped, column))
        if half or len(sure) * 2 > len(column) or (len(sexed) * 2 > len(column) and len(sexed) > 1):
            yield from (span for cell in column if len(cell.text) <= 12 and (span := _person(_bare(cell))))
            yield from _beds([row[k - 1] for row in block if len(row) > k > 0])


def _beds(column: Sequence[Cell]) -> Iterator[Span]:
    """The numbers before names, unless they only count the rows."""
    numbers = [cell for cell in column if BED.fullmatch(cell.text)]
    counts = [cell.text.lstrip("0") for cell in numbers] == [str(n + 1) for n in range(len(numbers))]
    if len(numbers) > 1 and len(numbers) * 2 > len(column) and not counts:
        yield from (Span(cell.start, cell.end, "BED_NO", "column", 0.7) for cell in numbers)


def _shaped(cell: Cell) -> bool:
    return SHAPED.fullmatch(_bare(cell).text) is not None


def _bare(cell: Cell) -> Cell:
    """A cell without the number of its row or bed."""
    head = re.match(r"(?:\d{1,3}[.、)]|[+加]?\d{1,3}床|\d{1,3}(?=[^\d])) ?", cell.text)
    return Cell(cell.start + head.end(), cell.end, cell.text[head.end() :]) if head else cell


def _is_name(text: str) -> bool:
    bare = _bare(Cell(0, len(text), text)).text
    return SHAPED.fullmatch(bare) is not None and likely(bare)


# ---- lists ----------------------------------------------------------------------------------------------------------------

ITEM = rf"(?:{names.DOTTED}|[{HAN}]{{2,4}}|[{HAN}] {{1,2}}[{HAN}])(?:\([^()\n]{{0,20}}\)|[¹²³⁴⁵⁶⁷⁸⁹⁰\d,*]{{0,4}})"
LIST = regex.compile(rf"(?<![{HAN}·A-Za-z])(?>{ITEM}(?: ?[、,;/|] ?|  ?){{1}}){{2,60}}+{ITEM}(?![{HAN}])", regex.V1)
SPLIT = regex.compile(r" ?[、,;/|] ?|  ?")
IN_LIST = regex.compile(rf"{names.DOTTED}|[{HAN}]{{2,4}}|[{HAN}] {{1,2}}[{HAN}]")


def _lists(text: str) -> Iterator[Span]:
    """Three names or more, one after the other; in a list of names an ordinary word is a name as well."""
    for met in LIST.finditer(text):
        if names.cited(text, met.start(), met.end()):
            continue
        items = list(IN_LIST.finditer(text, met.start(), met.end()))
        sure = [item for item in items if SHAPED.fullmatch(item[0]) and likely(item[0])]
        mostly = len(sure) * 3 >= len(items) * 2
        if len(sure) < 2 or not (
            mostly or (len(sure) * 2 >= len(items) and all(SHAPED.fullmatch(item[0]) for item in items))
        ):
            continue
        for item in items:
            if stated(item[0]) and (item in sure or SHAPED.fullmatch(item[0]) or names.PEOPLE_ONLY.fullmatch(item[0])):
                yield Span(item.start(), item.end(), "PERSON", "list", 0.85)


# ---- lines and cells ------------------------------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _cells(line: str, mark: str, start: int) -> list[Cell]:
    """The cells of a line; empty ones count where a mark stands for them."""
    separator = dict(SEPARATORS)[mark]
    inner = line.strip(" |") if mark in "| " else line
    shift = start + (line.find(inner) if inner else 0)
    cells, at = [], 0
    for met in (*separator.finditer(inner), None):
        end = met.start() if met else len(inner)
        piece = inner[at:end]
        left = len(piece) - len(piece.lstrip())
        bare = piece.strip()
        cells.append(Cell(shift + at + left, shift + at + left + len(bare), bare))
        at = met.end() if met else end
    return cells
