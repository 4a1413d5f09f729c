"""What a text says of a patient, and whether that was known: complaints, measurements, results, and for how long.

These are rules over Chinese sentences, so they see what is written in the usual ways and no more: a complaint in a word that is not
in the lists passes unseen. A physician may add words to the lists as they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from medgo_data.synth.quantities import value

COMPLAINTS = (  # each line is one complaint or condition in the words of physicians and of patients
    r"发热|发[过了着]?烧|高烧|低烧|低热|高热|烧到|体温升高",
    r"畏寒|寒战|怕冷|寒颤|发冷|恶寒|打冷战",
    r"咳嗽|干咳|咳得|咳了|咳个",
    r"咳痰|[黄白浓稀黏粘]痰|有痰|痰多",
    r"咯[过了]?血|咳[过了出]?血|痰[^,。]{0,3}带?血|血痰",
    r"胸痛|胸[口部][^,。]{0,3}[疼痛]|心口[疼痛]|[心胸]前区[^,。]{0,3}[疼痛]|胸骨后[^,。]{0,3}[疼痛]",
    r"胸闷|胸[口部][^,。]{0,2}闷|憋闷",
    r"气短|气促|气喘|喘息|喘促|短气|喘憋|憋喘|憋气|气急|呼吸困难|喘不[上过]来?气|上不来气|透不过气|呼吸费力",
    r"心悸|心慌|心跳[得很]?[快乱]",
    r"大汗|冷汗|出[过了]?汗|汗出|冒汗",
    r"放射|[牵串窜]到|肩背[疼痛]|左肩[疼痛]|左臂[疼痛]",
    r"头[部]?[胀刺跳闷]?[疼痛]|偏头痛",
    r"头晕|头昏|眩晕|天旋地转",
    r"恶心|想吐|反胃",
    r"呕吐|吐了|吐过",
    r"腹痛|肚子[疼痛]|胃[疼痛]|[上下]腹[部]?[疼痛]|腹部[疼痛]|胃脘痛",
    r"腹泻|拉[过了]?肚子|拉稀|稀便|水样便|便溏",
    r"腹胀|肚子胀",
    r"便[过了]?血|血便|大便带血|大便有血",
    r"黑便|柏油样便|大便发黑",
    r"呕[过了]?血|吐[过了]?血",
    r"便秘|大便干|便干|排便困难",
    r"黄疸|皮肤发黄|眼睛发黄|巩膜黄染",
    r"水肿|浮肿|肿胀|肿了",
    r"皮疹|疹子|起疹|风团|红斑",
    r"瘙痒|发痒|很痒",
    r"乏力|没劲|没力气|无力|疲乏|疲倦|疲劳",
    r"消瘦|体重下降|体重减轻|瘦了",
    r"食欲不振|食欲差|食欲减退|纳[差呆少]|没胃口|胃口差|胃口不好|吃不下",
    r"失眠|睡不着|入睡困难|入睡难|[眠寐]差|睡眠差|睡不好",
    r"麻木|发麻",
    r"偏瘫|半身不遂|半边身子|一侧肢体",
    r"言语不[清利]|说话[^,。]{0,2}不清|口齿不清|失语",
    r"口角[^,。]{0,3}[歪偏斜]|口眼歪斜|嘴歪|嘴角歪",
    r"视物模糊|看东西模糊|视力下降|看不清|眼花",
    r"昏迷|晕厥|黑[蒙矇]|晕倒|昏倒|晕过|意识丧失|意识不清|失去知觉|意识障碍",
    r"抽搐|抽[过了]?筋|抽过|惊厥",
    r"颈[部项]?强|颈[部项]?抵抗|脖子[^,。]{0,2}[硬僵]",
    r"自杀|自残|自伤|轻生|不想活|想死",
    r"休克",
    r"外伤|受伤|车祸|摔伤",
    r"停止排[气便]|不排气|不放屁",
    r"尿频|小便次数多",
    r"尿急",
    r"尿痛|小便[疼痛]",
    r"血尿|尿血|尿里有血|小便带血",
    r"咽[喉]?痛|嗓子[疼痛]|喉咙[疼痛]",
    r"流涕|流鼻涕|鼻涕",
    r"鼻塞|鼻子不通",
    r"关节[^,。]{0,3}[疼痛]",
    r"腰[部]?[疼痛酸]",
    r"失禁|憋不住[尿屎大小]",
    r"后背[疼痛]|背痛",
    r"流血|出血",
    r"高血压",
    r"糖尿病",
    r"冠心病|心脏病|心绞痛史",
    r"脑梗|中风|脑卒中",
    r"哮喘",
    r"肝炎",
    r"结核",
    r"过敏",
    r"手术|开过刀",
    r"怀孕|妊娠|停经",
    r"吸烟|抽烟",
    r"饮酒|喝酒",
)
MEASURES = (
    r"体温|血压|收缩压|舒张压|心率|脉搏|呼吸频率|血氧饱和度|血氧|SpO2|血糖|糖化血红蛋白|HbA1c|白细胞计数|白细胞|WBC|"
    r"中性粒细胞|血红蛋白|血小板|C反应蛋白|CRP|降钙素原|肌钙蛋白|D-二聚体|BNP|肌酐|尿酸|转氨酶|胆红素|淀粉酶|血钾|血钠|BP|HR"
)
TESTS = (  # each line is one examination
    r"心电图",
    r"胸片|X线片?|X光片?|拍片|片子|平片",
    r"CT(?!A)",
    r"磁共振|核磁|MRI|MRA",
    r"CTA|造影",
    r"B超|彩超|超声",
    r"胃镜|肠镜|支气管镜|内镜",
    r"血常规|血象",
    r"尿常规",
    r"便常规|潜血",
    r"血气分析|血气",
    r"心肌酶谱?",
    r"肝功能?",
    r"肾功能?",
    r"凝血功能",
    r"脑电图",
    r"肌电图",
    r"肺功能",
    r"妊娠试验|验孕|HCG",
    r"呼气试验",
    r"活检|病理",
    r"化验|抽血",
)
UNITS = {
    "岁": r"周?岁",
    "年": r"年",
    "月": r"个?[多余来]?月",
    "周": r"周|个?[多余来]?(?:星期|礼拜)",
    "天": r"天|日",
    "小时": r"个?[多余来]?小时|个?钟头|h",
    "分钟": r"分钟",
    "℃": r"°C|度",
    "mmHg": r"mmHg|毫米汞柱",
    "次/分": r"次/分钟?|bpm",
    "": r"mmol/L|μmol/L|umol/L|g/L|mg/L|mg/dL|ng/mL|pg/mL|×10|ml|毫升|kg|公斤|斤|cm|厘米|%",
}
DIGITS = "零一二三四五六七八九"
NUMERAL = re.compile(rf"(?:[{DIGITS}两]百)?零?(?:[{DIGITS}两]?十)?[{DIGITS}两]?")

CLAUSE = re.compile(r"[^,。;!?\n]+[,。;!?\n]?")
SENTENCE = re.compile(r"[^。!?\n]+[。!?\n]?")
DENIES = re.compile(
    r"否认|无(?!明显诱因|诱因|明显原因|故|力)|没有?(?!多久|几|劲|力|有?过的)|未(?!予|愈|能|治|有过?的|曾有过?的)|从不|不(?!停|断|住|由|时|明|止)"
)
FILLED = re.compile(
    r"(?:明显|任何|什么|再|太|怎么|出现|发生|发现|见|闻及|伴有?|合并|有|过|感到?|觉得?|患有?|是|的|夜间|夜里|日间|白天|阵发性?|持续性?|反复|活动后|劳力性|静息时?|剧烈)*"
)
LISTING = ("无", "否认", "没有", "未")
TURNS = re.compile(r"但|却|而|只|就是|倒是|还是|仍|后来|现在|之后")
UNKNOWN = re.compile(
    r"不清楚|不知道|不确定|说不[清好准]|没太?注意|没太?留意|记不[清得]|不记得|没有?[量测查做去拍照验检](?!出)|不了解|没[^,。]{0,3}检查|不懂"
)
ASKED = re.compile(
    r"\?|[吗么][?。,]?$|是不是|会不会|有没有|要不要|能不能|需不需要|是否|有无|还是|担心|害怕|怕是|怀疑|可能|请问"
)
UNTOLD = re.compile(
    r"(?:没有?|未|尚缺|缺少|缺乏)[^,。]{0,6}(?:提及|提到|说明|描述|提供|告知|交代|记录|完善|信息|资料|依据|证据|测|查|做|量)"
)
HYPOTHETICAL = re.compile(r"如果|假如|要是|一旦|万一|倘若|若|如[有出伴果]|的话|当[^,。]{0,10}时")
GENERAL = re.compile(
    r"应|需|建议|请|可(?!见)|要|能|会|注意|警惕|避免|复查|复诊|口服|服用|每[日天次周]|正常[值范]|"
    r"一般|通常|往往|常(?!规)|易|多[见数为]|目标|控制在|达到|范围|参考|标准|可能|排除|完善|帮助|用于|明确|判断|有助|[了]解|是否|有没有|有无"
)
LIMIT = re.compile(r"以[上下内]|超过|[高低大小]于|≥|≤|>|<|\?|[吗么][。,]?$")
LASTING = ("年", "月", "周", "天", "小时")
MEASURED = ("℃", "mmHg", "次/分")
LASTS = re.compile(r"加重|发作|持续|反复|已经?")
OF_PATIENT = re.compile(r"您|你|(?:^|[该本此])患者|(?:^|[该本此])病人|本例|孩子|宝宝")
DISEASES = (
    r"乙肝|丙肝|肝硬化|脂肪肝|肾病|肾炎|肾结石|胆结石|结石|肿瘤|[肺肝胃肠癌乳腺]癌|贫血|痛风|甲亢|甲减|胃溃疡|溃疡|胃炎|支气管炎|肺炎|慢阻肺|肺气肿|"
    r"抑郁|焦虑症|癫痫|帕金森|红斑狼疮|类风湿|骨折|血栓|房颤|早搏|心衰|心梗|颈椎病|椎间盘突出"
)
HAS_HAD = re.compile(rf"(?:有|得过|得了|患|确诊|查出|诊断)[^,。;]{{0,8}}?(?P<what>{DISEASES})")
DONE = re.compile(r"[做查拍照验][过了]|结果|提示|显示|看[到见]|查[到出]|说|发现|[阴阳]性|正常|[升增偏][高]|[降偏]低")
SHOWS = re.compile(
    r"(?:检查|结果|复查|平扫|已|均|也|曾|[:\s])*(?:提示|显示|示|发现|可见|见|证实|呈|看到|看见|查出|查到|说是)(?P<what>[^,。;!?\n]+)"
)
RESULT = re.compile(
    r"(?:检查|结果|水平|明显|轻度|稍|均|也|[:\s])*(?P<what>阳性|阴性|正常|异常|升高|增高|偏高|过高|降低|下降|偏低|过低|过快|过慢)"
)
ALIKE = ((r"升高|增高|偏高|过高|高", "升高"), (r"降低|下降|偏低|过低|低", "降低"))


def fold(text: str) -> str:
    """The same text in half width, so that a mark is one mark."""
    return unicodedata.normalize("NFKC", text)


def bare(text: str) -> str:
    """Its letters and digits."""
    return re.sub(r"[\W_]+", "", fold(text)).lower()


def holds(known: str, quote: str) -> bool:
    """Whether these words stand in that text, whatever the marks and spaces between them."""
    return bool(bare(quote)) and bare(quote) in bare(known)


@cache
def _any() -> re.Pattern[str]:
    return re.compile("|".join(COMPLAINTS))


@cache
def _tests() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<t{n}>{one})" for n, one in enumerate(TESTS)) + f"|(?P<m>{MEASURES})")


def _made(told: str) -> set[str]:
    """The examinations and measurements that a text names, each in one word."""
    return {one[0].lower() if one.lastgroup == "m" else str(one.lastgroup) for one in _tests().finditer(told)}


@cache
def _each() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, COMPLAINTS))


def affirmed(text: str) -> str:
    """The text, folded, with blanks for what it denies: 无发热、咳嗽，胸痛2天 leaves 胸痛2天."""
    return _apart(fold(text))[0]


def _apart(told: str) -> tuple[str, str]:
    """What a text affirms, and what it denies."""
    left, denied = told, []
    for start, end in _denials(told):
        left = left[:start] + " " * (end - start) + left[end:]
        denied.append(told[start:end])
    return left, "\n".join(denied)


def _denials(told: str) -> Iterator[tuple[int, int]]:
    for clause in CLAUSE.finditer(told):
        for found in DENIES.finditer(told, clause.start(), clause.end()):
            turn = TURNS.search(told, found.end(), clause.end())
            end = turn.start() if turn else clause.end()
            filled = FILLED.match(told, found.end(), end)
            after = filled.end() if filled else found.end()
            listed = found[0] in LISTING and "、" in told[found.end() : end]
            if listed or _any().match(told, after, end):
                yield found.start(), end


def complaints(text: str) -> tuple[set[int], set[int]]:
    """Of the complaints that are known here, those that it affirms, and those that it denies."""
    left, denied = _apart(fold(text))
    return _named(left), _named(denied)


def _named(told: str) -> set[int]:
    return {n for n, one in enumerate(_each()) if one.search(told)} if _any().search(told) else set()


class Known:
    """What is known of a patient: complaints that he has, and has not, and numbers."""

    def __init__(self, text: str) -> None:
        self.affirmed, self.denied = complaints(text)
        self.numbers = _quantities(fold(text))
        self.letters = bare(text)
        self.examined = _made(fold(text))

    def has(self, told: set[int], denied: set[int]) -> bool:
        return told <= self.affirmed and denied <= self.denied

    def counts(self, told: set[tuple[float, str]]) -> bool:
        """Whether each of these numbers is among them, with its unit, where both say one."""
        units: dict[float, set[str]] = {}
        for n, unit in self.numbers:
            units.setdefault(n, set()).add(unit)
        return all(n in units and (not unit or units[n] & {unit, ""}) for n, unit in told)


# ---- what the patient says


def invented_by_patient(said: str, known: str) -> bool:
    """Whether a patient tells a number, a complaint, or its absence, that is not in what is known of him."""
    patient = Known(known)
    for clause in CLAUSE.findall(fold(said)):
        if UNKNOWN.search(clause) or ASKED.search(clause):
            continue
        if not patient.has(*complaints(clause)) or not patient.counts(_quantities(clause)) or _results(clause, patient):
            return True
        if DONE.search(clause) and not _made(clause) <= patient.examined:
            return True
        if any(name not in patient.letters for name in HAS_HAD.findall(clause)):
            return True
    return False


# ---- what is said of the patient


def invented_about_patient(said: str, known: str, *, notes: bool = False) -> bool:
    """Whether an answer claims a measurement, a result, a complaint or a time of the patient that is not in what is known.

    What stands under a condition, asks, or speaks of people in general is no claim. In ``notes``, such as points for and
    against, a sentence without a subject that denies something speaks of the patient.
    """
    patient = Known(known)
    for sentence in SENTENCE.findall(fold(said)):
        supposed = HYPOTHETICAL.search(sentence)
        of_patient = notes
        for clause in CLAUSE.findall(sentence[: supposed.start()] if supposed else sentence):
            if not UNTOLD.search(clause) and (_results(clause, patient) or _claims(clause, patient, notes=of_patient)):
                return True
            of_patient = of_patient or bool(OF_PATIENT.search(clause))
    return False


def _claims(clause: str, patient: Known, *, notes: bool) -> bool:
    """Whether it says something of the patient that is not known. From a word that speaks of people in general on, nothing is."""
    if LIMIT.search(clause):
        return False
    general = GENERAL.search(clause)
    head = clause[: general.start()] if general else clause
    told, denied = complaints(head)
    if OF_PATIENT.search(head):
        return not (patient.has(told, denied) and patient.counts(_quantities(head)))
    if notes and DENIES.match(head.strip()) and not patient.has(set(), denied):
        return True
    units = MEASURED + LASTING if told or LASTS.search(head) else MEASURED
    measured = re.search(MEASURES, head)
    numbers = {(n, unit) for n, unit in _quantities(head) if unit in units}
    return not patient.counts(numbers | (_quantities(head[measured.start() :]) if measured else set()))


def _results(clause: str, patient: Known) -> bool:
    """Whether a test is said to show what it is not known to have shown."""
    for name in _tests().finditer(clause):
        found = SHOWS.match(clause, name.end()) or RESULT.match(clause, name.end())
        if not found or GENERAL.search(clause[: name.start()] + clause[name.end() : found.start("what")]):
            continue
        if not _made(name[0]) <= patient.examined:
            return True
        what = bare(found["what"])
        ways = next((ways for ways, word in ALIKE if re.fullmatch(ways, what) or what == word), None)
        if not (re.search(ways, patient.letters) if ways else what in patient.letters):
            return True
    return False


def _quantities(told: str) -> set[tuple[float, str]]:
    """All numbers of a text, each with its unit, if it is one that is known here."""
    units = "|".join(f"(?P<u{n}>{unit})" for n, unit in enumerate(UNITS.values()))
    names = list(UNITS)
    found: set[tuple[float, str]] = set()
    many = re.compile(
        rf"(?P<n>\d+(?:\.\d+)?|(?<!第)[{DIGITS}两十百]+|半)(?P<half>个半)?[多余来几]?\s*(?:{units})?(?P<after>半?)"
    )
    told = re.sub(r"(?<!\d)(\d{2,3})\s*/\s*(\d{2,3})(?!\d)\s*(?:mmHg|毫米汞柱)?", r"\1mmHg \2mmHg", told)
    for one in many.finditer(told):
        unit = next((names[n] for n in range(len(names)) if one[f"u{n}"]), None)
        number = _number(one["n"])
        if number is None or (unit is None and not one["n"][0].isdigit()):
            continue
        around = told[one.start() - 1 : one.start()] + "_" + told[one.end() : one.end() + 1]
        if one["n"] == "一" and re.search(r"[有每这那哪过比]_|_[比到几天]", around):
            continue
        if unit and (one["half"] or one["after"]):
            number += 0.5
        found.add((number, unit or ""))
    return found


def _number(told: str) -> float | None:
    """三 is 3, 十五 15, 两百 200; 三四 is no number."""
    return value(told) if told[0].isdigit() or told == "半" or NUMERAL.fullmatch(told) else None
