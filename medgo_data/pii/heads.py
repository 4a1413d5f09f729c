"""What the words above a column or before a value say: which kind of thing is held there, and whether a value can be one."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import regex

from medgo_data.pii import checks, names
from medgo_data.pii.cues import EXAMS, INSURED, MODALITY, NOT_WARE, PAPER, RECORDS, SAMPLES
from medgo_data.pii.needs import lasts, shape
from medgo_data.pii.roles import SOUNDS
from medgo_data.pii.words import BOTH, PLAIN, likely, listed, spoken, stated, word

# ---- heads ---------------------------------------------------------------------------------------------------------

EXACT = {
    "PERSON": """
        姓名 名字 患者 病人 患儿 产妇 参保人 被保险人 投保人 户主 家属 家长 受检者 受检人 受试者 受种者 经治 主管 主诊 责护 管床 主刀 术者 一助 二助 三助 助手 麻醉 器械 巡回 洗手 医师 医生 护士 大夫 签名 签字 一线 二线 三线 总值班
        带班 值班 白班 夜班 小夜 大夜 中班 早班 晚班 上夜 下夜 A班 P班 N班 听班 备班 一唤 二唤 主班 责班 办公 办公班 治疗班 姓 名 医护 责任人 负责人 组长 班主任 作者 收款人 开户名 户名 收件人 申请人 领药人 采样人 采样者 接种者 经手 经办 记录 审核 检验者
        报告者 操作者 执行者 陪护 护工 与会人员 参会人员 XM HZXM BRXM ZYYS ZZYS GCYS YSXM HSXM LXR LXRXM CZY BRMC SHYS BGYS SQYS JZYS
    """,
    "BED_NO": "CH CW CWH CWHM BCH 床号 床位 床 床位号 床次 病床 病床号 床号码 床位编号 机位 机位号 机号 透析机位 床/椅 现床号 原床号",
    "MEDICAL_RECORD_NO": """
        ZYH BAH MZH BLH PID JZKH JZH DJH BRID HZID TJH 住院号 病案号 病历号 门诊号 登记号 就诊卡号 就诊号 ID号 患者ID 病人ID 病员号 诊疗卡号 档案号 健康档案号 MRN 住院ID 急诊号 就诊卡 卡号 体检号 腕带号 住院编号 患者编号
        病历编号 病案 病历 流水号 病人编号 住院流水号 索引号 主索引 住院次号 ZYID MZID JZID JZXH BLBH DAH DABH JKDAH SSZH SXH GHXH 号 门诊/住院号 就诊编号 卡片编号
    """,
    "PHONE": "LXDH DH SJH SJ JTDH 电话 手机 联系方式 座机 Tel TEL 短号 分机 家电 宅电 内线",
    "ID_CARD": "SFZH SFZ ZJHM SFZHM 身份证 证件 ID HKID 身份证明 证号 身份证字号 证件号码",
    "INSURANCE_NO": "YBH YBKH 医保号 医保卡 医保 社保 社保卡 个人编号 参合号 保单号 医疗证 新农合 健保卡 GRBH YBBH YLZH CBH NHH BDH 个人编码 电脑号 医保/社保号",
    "SPECIMEN_NO": "TM TMH BBH YBHM BBTM SJTM BBBH YPBH 条码 样本 标本 检体编号 采样码 管码 袋号 血袋 条形码 管号 蜡块 玻片号 检体号 试管号 样本ID 标本ID",
    "EXAM_NO": "JCH YXH CSH CTH JCDH JCID YXID FSH CSBH NJH XDH BGH BGDH SQDH SQD 检查 影像 申请单 申请单号 片号 Acc AccessionNo 检查ID 申请号 单号",
    "BANK_CARD": "账号 帐号 银行卡 存折 一卡通 卡折号",
    "ADDRESS": "JTZZ XZZ DZ HKDZ 住址 地址 户籍 籍贯 村组 村别 所在村 居住小区 小区 住所 现居地 来源地 房号 住处 居住地",
    "HOSPITAL": "医院 医疗机构 机构名称 单位名称 送检单位 报告单位 转入机构 转出机构",
    "ORG": "GZDW 单位 学校 公司 企业",
    "DATE": "RYRQ CYRQ CSRQ JZRQ JCRQ BGRQ SSRQ RYSJ CYSJ CYRQ DJRQ 日期 入院 出院 生日 预产期 末次月经 出生 出生年月",
    "AGE_OVER_89": "NL 年龄 岁 岁数 Age 年纪",
    "PLATE": "车牌 车号",
    "EMAIL": "邮箱 电子邮箱 E-mail",
    "SOCIAL_ID": "微信 QQ 微信号 QQ号",
    "PASSPORT": "护照 HZ HZH HZHM 旅券",
    "TRAVEL_PERMIT": "通行证 台胞证 回乡证 港澳证 入台证 TXZ TXZH TBZ TBZH HXZ",
    "SEX": "XB 性别 性 Sex Gender",
    "": """
        ZD KS BQ XH 干体重 抗凝 通路 超滤 航班 座位 流向 采样 科室 科别 病区 序 序号 编号 号 民族 费别 结果 项目 术式 去向 饮食 血型 病情 主诉 处理 用药 药物 药品 规格 班级 年级 班次 地点 提示 参考 参考值 参考区间 标志 台次 手术间 房间
        隔离 签收 报销 开户行 转归 结局 亲属关系 关系 回访 接种 疫苗 次数 复查 体温 是否 备 注 单项 组别 种类 标本 送检 收费 缴费 押金 欠费 余额 已交 合计 宣教 跌倒 压疮 管路 过敏 护理 病重 病危 交班 视频码 事由 诊断 症状 备注
    """,
}  # fmt: skip
LATIN = {  # of keys in small letters, without what joins their words
    "SEX": "sex|gender",
    "AGE_OVER_89": "(?:patient|pat)?age(?:years)?",
    "BED_NO": r"(?:\w*bed|cot|chair)(?:no|num|number|id|code|label|name)?",
    "PHONE": r"\w*(?:phone|mobile|tel|telephone|cellphone|contactno|contactnumber|fax)(?:no|num|number)?\d?",
    "ID_CARD": r"\w*(?:idcard|idnumber|identityno|identity|certno|certificateno|idcardno|idcardnum|cardid|ssn|nationalid|sfz|sfzh)(?:no|num|number)?|idno",
    "PASSPORT": r"\w*passport(?:no|num|number)?",
    "INSURANCE_NO": r"\w*(?:insurance|insur|medicare|policy|member|sicard|ybcard|nhi)(?:card)?(?:no|num|number|id|code)|ssno",
    "SPECIMEN_NO": r"\w*(?:specimen|sample|barcode|tube|block|slide)(?:no|num|number|id|code)?",
    "EXAM_NO": r"\w*(?:accession|study|exam|report|order|apply|request|image|image|ris|pacs|check)(?:no|num|number|id)|acc|accession",
    "BANK_CARD": r"\w*(?:bank|account)(?:card|account)?(?:no|num|number)|bankcard",
    "MEDICAL_RECORD_NO": r"\w*(?:patient|pat|pt|inpatient|outpatient|inhos|inhosp|visit|record|medicalrecord|case|chart|admission|adm|hosp|hospital|reg|register|mr|empi|clinic|card|file|hn|encounter|archive)(?:no|num|number|id|code)|mrn|empi|uhid|hn|zyh|mzh|bah|blh",
    "EMAIL": r"\w*e?mail(?:address)?",
    "SOCIAL_ID": r"\w*(?:wechat|weixin|wx|qq|openid|wechatid)(?:id|no)?",
    "PLATE": r"\w*(?:plate|carno|licenseplate|vehicleno)(?:no|number)?",
    "DATE": r"\w*(?:date|birthday|birth|dob|datetime|createtime|admittime|intime|outtime|birthtime|edc|lmp)",
    "ADDRESS": r"\w*(?:address|addr|residence|domicile|birthplace|nativeplace)",
    "HOSPITAL": r"\w*hospital(?:name)?",
    "ORG": r"\w*(?:company|employer|school|workunit|workplace|orgname)(?:name)?",
    "PERSON": (
        r"(?:name|xm|patient|pat|pt|doctor|doc|dr|nurse|physician|surgeon|attending|operator|recorder|reporter|auditor"
        r"|contact|guardian|assistant|anesthetist|author|technician|signature|signer|user|realname|fullname|givenname|familyname)"
        r"|(?:pat|pt|doc|dr|real|full|cn|emp|opr|usr|baby|staff|his|her)name(?:cn|zh)?"
        r"|\w{0,12}(?:patient|doctor|nurse|contact|guardian|user|operator|creator|reporter|relative|family|chinese|person|member"
        r"|applicant|collector|checker|sender|receiver|mother|father|customer|linkman|account|holder)\w{0,6}name(?:cn|zh)?"
    ),
}  # fmt: skip
NUMBER = "编号|号码|流水号|序号|编码|号|码|ID"
ENDS = (
    ("", r"(?:手术|诊断|疾病|药品|项目|收费|操作)编码"),
    ("PHONE", r"(?:电话|手机|联系方式)(?:号码?)?"),
    ("BED_NO", r"(?:(?<![临起卧赖离下上陪同])床|机位)(?:位|号|编号|位号)?"),
    (
        "INSURANCE_NO",
        r"(?:医保|社保|社会保障|农合|参合|合作医疗|医疗|健保|保险|保单|离休)(?:卡|证|个人|单)?(?:编号|号码|号|证)",
    ),
    ("TRAVEL_PERMIT", r"(?:通行证|台胞证|回乡[证卡]|入台证|居住证|签注)(?:编号|号码|号)?"),
    ("PASSPORT", r"护照(?:号码?|编号)?"),
    ("ID_CARD", r"(?:身份证?|身分证|证件|残疾证|证明)(?:统一)?(?:编号|号码|号|字号|件号)?"),
    ("BANK_CARD", r"(?:银行|账户|帐户|存折|打卡|收款|开户)(?:卡|账|帐)?(?:号码|号)"),
    ("SPECIMEN_NO", rf"{NOT_WARE}(?:{SAMPLES}|检体|(?<![监导尿胃主])管){PAPER}(?:{NUMBER})|{NOT_WARE}条形?码"),
    ("EXAM_NO", rf"(?:{EXAMS}|{MODALITY}){PAPER}(?:{NUMBER})"),
    ("MEDICAL_RECORD_NO", rf"(?:{RECORDS}|[ID]|册){PAPER}(?:{NUMBER}|首页号)"),
    ("INSURANCE_NO", rf"(?:{INSURED}){PAPER}(?:{NUMBER})"),
    ("DATE", r"(?:日期|时间|生日|出生年月日?|年月日)"),
    ("ADDRESS", r"(?:地址|住址|住所|户籍|户籍地|所在地|居住地|籍贯|门牌号?)"),
    ("HOSPITAL", r"医院(?:名称)?"),
    ("ORG", r"(?:单位|学校|公司|企业)(?:名称)?"),
    ("PLATE", r"车牌(?:号码?)?"),
    ("SOCIAL_ID", r"(?:微信|QQ)(?:号|账号)?"),
    (
        "PERSON",
        r"(?:姓名|名字|签名|签字|签章|医师|医生|护士|技师|药师|大夫|病人|患者|患儿|产妇|术者|主刀|家属|家长|户主|[联监负经责收申记登填上受领接交送采审检报核取操陪代办见证护执接主值带参][\u4e00-\u9fff]{0,3}[者人员])",
    ),
    (
        "",
        r"(?:诊断|备注|情况|结果|项目|名称|科室|科别|病区|病种|类型|类别|级别|方式|状态|原因|费|费用|金额|数量|单价|次数|天数|部位|评分|说明|意见|措施|结论|史|体征|血压|心率|体温|血糖|关系|职业|民族|婚姻|学历|剂次|批号|参考值|范围|处理|处置|内容|班级|工种|去向|饮食|手术|麻醉方式|等级|病情|与否|症状|疾病|药物|疫苗)",
    ),
)
CODES = frozenset({"MEDICAL_RECORD_NO", "SPECIMEN_NO", "EXAM_NO", "INSURANCE_NO"})
_EXACT = {head: kind for kind, heads in EXACT.items() for head in heads.split()}
_LATIN = {kind: re.compile(pattern) for kind, pattern in LATIN.items()}
WORDED = re.compile(r"[\u3400-\u9fffA-Za-z/]+")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]*")
NOTE = re.compile(r"\([^()]{0,12}\)$")


@cache
def _ending(last: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Those of them that may end so."""
    may = ((known, pattern, lasts(pattern)) for known, pattern in ENDS)
    return tuple(
        (known, re.compile(rf"(?:{pattern})$")) for known, pattern, ends in may if ends is None or last in ends
    )


@lru_cache(1 << 16)
def kind(head: str) -> str | None:
    """What stands below or after this word: a type, "" for what tells nobody's identity, None where it is no head."""
    bare = NOTE.sub("", head.strip(" []*:.\"'")).replace(" ", "")
    if not 0 < len(bare) <= 24:
        return None
    if (known := _EXACT.get(bare, _EXACT.get(bare.upper()))) is not None:
        return known
    if WORD.fullmatch(bare):
        key = re.sub(r"[^a-z0-9]", "", bare.lower())
        return next((known for known, pattern in _LATIN.items() if pattern.fullmatch(key)), None)
    if len(bare) <= 12 and WORDED.fullmatch(bare):
        known = next((known for known, pattern in _ending(shape(bare[-1])) if pattern.search(bare)), None)
        first = kind(bare.split("/")[0]) if known is None and "/" in bare else None
        return first if first in CODES else known  # 住院号/门诊
    return None


PERSONAL = listed(  # a table with a head of these is one of persons
    "PERSON BED_NO MEDICAL_RECORD_NO PHONE ID_CARD INSURANCE_NO SPECIMEN_NO EXAM_NO BANK_CARD PASSPORT TRAVEL_PERMIT PLATE EMAIL SOCIAL_ID"
)

# ---- values --------------------------------------------------------------------------------------------------------

HAN = names.HAN
BED = r"(?:[加抢临备监观留增附走+]{1,2}(?:床|廊)? ?|VIP ?|N\+|隔离|特需|单间)?(?:[A-Za-z]{1,5}-?)?\d{1,4}[A-Z]?(?:-[A-Z]?\d{1,3})?[A-Z]?"
GIVEN = rf"(?=(?:[^\d]*\d){{3}})(?:[{HAN}]{{1,3}}-?)?[A-Za-z0-9](?:[ _/.-]?[A-Za-z0-9]){{2,27}}(?:\([A-Z0-9]{{1,2}}\))?"
VALUES = {
    "BED_NO": rf"{BED}|[一二三四五六七八九十]{{1,3}}",
    "MEDICAL_RECORD_NO": GIVEN,
    "PHONE": r"[+(]?\d(?:[ \-()]{0,2}\d){2,18}(?:转\d{1,5})?",
    "ID_CARD": r"(?=(?:[^\d]*\d){5})[A-Za-z0-9](?:[ \-]?[A-Za-z0-9*]){6,20}(?:\([0-9A]\))?",
    "INSURANCE_NO": GIVEN,
    "SPECIMEN_NO": GIVEN,
    "EXAM_NO": GIVEN,
    "BANK_CARD": r"\d(?:[ -]?\d){11,22}",
    "DATE": r"(?:\d{2,4} ?[-/.年] ?)?\d{1,2} ?[-/.月] ?\d{1,2} ?[日号]?|(?:19|20)\d{6}",
    "AGE_OVER_89": r"(?:9\d|1[0-2]\d)(?= ?(?:岁|y|Y|$))",
    "PLATE": rf"[{HAN}][A-Z][·\- ]?[A-Z0-9]{{4,6}}[{HAN}]?|[A-Z]{{2,3}}[ -]?\d{{3,4}}|\d{{3,4}}-[A-Z0-9]{{2}}",
    "EMAIL": r"[^@\s]+@[^@\s]+",
    "SOCIAL_ID": r"[A-Za-z0-9_\-.]{5,24}",
    "PASSPORT": r"(?=(?:[^\d]*\d){4})[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){5,12}",
    "TRAVEL_PERMIT": r"(?=(?:[^\d]*\d){6})[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){6,12}(?:\([0-9A-Z]{1,2}\))?",
    "SEX": r"(?!)",
}
_VALUES = {known: re.compile(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])") for known, pattern in VALUES.items()}
LABEL = re.compile(rf"[{HAN}]{{0,8}}号?[: ]{{0,2}}")
BETWEEN = re.compile(rf"[ /、,;]{{1,3}}(?:[{HAN}]{{1,6}}[: ]{{0,2}})?")
TAIL = re.compile(
    rf" {{0,2}}(?:\([^()]{{0,16}}\)|床|号床?|号|[{HAN}]{{0,4}})?|[ T]\d{{1,2}}(?::\d{{2}}){{1,2}}|(?:\d{{4}}){{1,2}}|[ ,]*"
)
UNTOLD = re.compile(
    r"同上|无|不详|略|未知|本院|我院|外院|本市|本地|当地|空床?|空|[-—/]+|待.{0,4}|无人.{0,4}|NULL|null|None|N/A"
)
AGE = re.compile(r"\d{1,3} ?(?:岁|周岁|y|Y|个?月|天|M|D)?|[〇零一二三四五六七八九十百]{1,4}岁")
SEX = re.compile(r"[男女]性?|[MF]|[Mm]ale|[Ff]emale")
NAME_CELL = regex.compile(rf"(?:[{HAN}](?: *[{HAN}]){{1,3}}|[{SOUNDS}]{{2,10}}|{names.DOTTED}|{names.LATIN})")
SHAPED = regex.compile(
    rf"(?:{names.COMPOUNDS}[{HAN}]{{1,2}}|{names.SURNAME}{names.LETTER}{{1,2}}|{names.SURNAME} {{1,3}}{names.LETTER}(?: {{1,3}}{names.LETTER})?)"
)
FOREIGN = regex.compile(rf"{names.DOTTED}|{names.PEOPLE}|{names.LATIN}")
LETTERS = re.compile(rf"[{HAN}]{{2}}|[{HAN}] +[{HAN}]|[A-ZÀ-Þ]")
FAMILY_NAME = regex.compile(names.SURNAME)
LATIN_NAME = regex.compile(names.LATIN)
FREE = frozenset({"ADDRESS", "HOSPITAL", "ORG"})  # whose values may be anything that is written in Han
BEFORE_NAME = re.compile(
    r"(?:\d{1,3}[.、)] ?|[+加]?\d{1,3}(?:号?床|号)? ?|[A-Z]\d{1,2} ?|[一二三四五六七八九十\d]{1,3}[组队社户台] ?)(?=[^\d.])"
)
AFTER_NAME = re.compile(r" ?\(.*|[*?√✓·:]+$")
JOINED = re.compile(r" ?[/、,;&+和] ?")


def held(known: str, text: str) -> list[tuple[int, int]]:
    """Where in a cell below such a head the values stand; none if the cell holds something else."""
    if not text or not known or UNTOLD.fullmatch(text):
        return []
    if known == "PERSON":
        return people(text)
    if (pattern := _VALUES.get(known)) is None:
        fits = len(re.findall(rf"[{HAN}]", text)) >= 2 and len(text) <= 60
        return [(0, len(text))] if fits else []
    found: list[tuple[int, int]] = []
    at = 0
    while len(found) < 4:
        lead = (BETWEEN if found else LABEL).match(text, at)
        met = pattern.match(text, at) or (pattern.match(text, lead.end()) if lead else None)
        if met is None:
            break
        found.append(met.span())
        at = met.end()
        if TAIL.fullmatch(text, at):
            return found if known != "DATE" or all(_day(text[start:end]) for start, end in found) else []
    return []


def _day(text: str) -> bool:
    parts = [int(part) for part in re.findall(r"\d+", text)]
    if len(parts) == 1:
        return checks.day(text)
    month, day = (parts[-2], parts[-1]) if parts[-1] < 100 else (parts[0], parts[1])
    return (1 <= month <= 12 and 1 <= day <= 31) or (1 <= day <= 12 and 1 <= month <= 31)


@lru_cache(1 << 14)
def people(text: str) -> list[tuple[int, int]]:
    """The names in a cell of one name or of several."""
    if len(text) > 60 or not LETTERS.search(text) or UNTOLD.fullmatch(text):
        return []
    if names_one(text):
        return [(0, len(text))]
    found, at = [], 0
    for met in (*JOINED.finditer(text), None):
        end = met.start() if met else len(text)
        lead = BEFORE_NAME.match(text, at, end)
        start = lead.end() if lead else at
        last = start + len(AFTER_NAME.sub("", text[start:end]).rstrip())
        if names_one(text[start:last]):
            found.append((start, last))
        at = met.end() if met else end
    return found


def names_one(text: str) -> bool:
    """Whether this may be a name where a name is to stand."""
    if NAME_CELL.fullmatch(text) is None or not stated(text):
        return False
    said = spoken(text)
    if shaped(text):
        return (said not in PLAIN or said in BOTH) and (kind(said) is None or likely(text))
    surnamed = FAMILY_NAME.match(said) is not None
    return said not in PLAIN and kind(said) is None and (surnamed or len(said) < 3 or not word(said))


def certain(text: str) -> bool:
    """Whether this is a name wherever it stands."""
    return (SHAPED.fullmatch(text) is not None and likely(text)) or FOREIGN.fullmatch(text) is not None


def shaped(text: str) -> bool:
    """Whether this is built as a name is."""
    return SHAPED.fullmatch(text) is not None or FOREIGN.fullmatch(text) is not None


def western(text: str) -> bool:
    return text.isascii() or LATIN_NAME.fullmatch(text) is not None
