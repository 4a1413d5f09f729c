"""The numbers and accounts by which somebody can be found: telephones, cards, records, samples, plates, addresses of the net.

A rule looks for a cue and takes what stands after it, or for a number that proves itself by its form and check character.
"""

from __future__ import annotations

from medgo_data.pii import checks
from medgo_data.pii.span import Rule

BOLD = ("high_recall",)
FREE = r"(?<![0-9A-Za-z.])"  # where a number may begin
WHOLE = r"(?![0-9A-Za-z]|\.[0-9])"  # and end
LATIN = r"(?<![0-9A-Za-z_-])"
JOIN = r" {0,3}(?:(?:号码|号|为|是|系|叫|即|改为|写的是|这是|我发你) ?)?[:=#/|(\[\"'“‘「<→—-]{0,3} {0,4}"
FAR = r"[^0-9A-Za-z\n,。;!?、]{0,8}"  # words between a cue and its number
UNITS = (
    r"(?! ?(?:元|万|亿|千|例|份|人|次|个|名|年|月|天|日|周|岁|分|秒|小时|[mμnpk]?[gGlL](?![A-Za-z])|[cm]m|%|‰|℃|张|块|条|支"
    r"|片/|家|所|种|位|倍|[×*/~^≈]))"
)


def spaced(*words: str) -> str:
    """Any of these words, with a space between its Han characters or none; an underscore stands for a space."""
    return "|".join(
        "".join(char + " ?" if char >= "\u3400" else char for char in word[:-1].replace("_", " ?")) + word[-1]
        for word in sorted({word for line in words for word in line.split()}, key=lambda word: (-len(word), word))
    )


# ---- what a hospital, a laboratory or an insurer numbers -------------------------------------------------------------

PAPER = r"(?: ?(?:(?:IC|磁)?卡|证|册|本|单|档案|手册|登记|个人|人员|患者|备案|账户|凭证|电脑|申请|报告|标识|条))?"
NO = r" ?(?:编 ?号|号 ?码|流 ?水 ?号|编 ?码|号|码|(?i:id|no\.?|#)(?![A-Za-z]))(?: ?\([^()\n0-9]{1,8}\))?"
CODE = rf"(?=[A-Za-z_-]{{0,8}}[0-9OoIl])[A-Za-z0-9](?:[-_]?[A-Za-z0-9]){{3,23}}[①-⑳]?{WHOLE}"
# 0037 2915, P0220 1907 3365; what begins with a year is the date beside it
GROUPS = (
    r"(?:[A-Z]{1,3} [0-9]{5,18}(?![0-9])|[A-Z]{1,3}[0-9]{3,8}(?:[ -][0-9]{2,8}){1,4}(?![0-9])|(?:[A-Z]{1,3} ?)?[0-9]{1,8}(?:[ -](?!(?:19"
    r"|20)[0-9]{2}[-./ ]?[01年])[0-9]{3,14}){1,5}(?:[ -][0-9]{1,2})?)"
    r"(?![0-9A-Za-z./①-⑳]|[ -]?[0-9]|-[A-Za-z]| ?[年月日岁天]|床)"
)
APART = r"(?:[A-Za-z0-9-]{2,12} )?(?:[A-Za-z0-9-] ){2,30}[A-Za-z0-9-]{1,20}(?![0-9A-Za-z])"  # C T 5 8 1 6
VALUE = rf"(?P<v>{APART}|{GROUPS}|{CODE})"

INSURED = spaced(
    "医疗 医保 社保 社会保障 社会保险 医疗保险 医疗保障 基本医疗 新农合 农合 合医 合作医疗 参合 健保 全民健保 居民医保 职工医保 城镇职工 城乡居民 公费医疗 公费"
    " 离休 离休干部 优抚 低保 特困 保单 保险单 保险 投保单 理赔 赔案 商保 会员 被保险人 工伤保险 生育保险 医疗救助 统筹 参保 个人 大病保险 长护险 团单 团体保单 客户"
)
RECORDS = spaced(
    "住院 门诊 急诊 门急诊 病历 病案 病史 病志 档案 健康档案 就诊 就医 诊疗 登记 健康 居民健康 病员 病人 患者 体检 挂号 腕带 手环 手圈 保健 保健手册 母子健康 "
    "产检 孕检 建册 建档 建卡 唯一标识 唯一 患者标识 孕产 孕产妇 围产 围保 孕册 接种 预防接种 疫苗接种 受试者 筛选 随机 入组 主索引 患者主索引 透析 放疗 化疗 转诊 一卡通 诊断卡 "
    "家庭档案 慢病 随访 入院 出院 "
    "住院登记 新生儿 婴儿 产妇 留观 收治 家床 康复 血透 来诊 初诊 会诊 传染病 肿瘤登记 器官捐献 捐献 供者 受者 移植"
)
SAMPLES = spaced(
    "标本 样本 样品 病理 采样 试管 采血 采血管 蜡块 玻片 切片 白片 涂片 冰冻 尸检 细胞学 液基 骨髓 骨穿 活检 滤纸 滤纸卡 血片 血样 送检 送检单 会诊片 条 条码 条形码 "
    "免疫组化 基因检测 核酸 组织 组织块 血型 交叉配血 标本条 标本条形 核酸管 留样 实验 检材 毒检 亲子鉴定"
)
EXAMS = spaced(
    "检查 影像 影像学 超声 放射 放射科 X线 X光 胸片 片 片子 平片 摄片 胶片 内镜 内窥镜 胃镜 肠镜 胃肠镜 支气管镜 膀胱镜 宫腔镜 阴道镜 喉镜 心电图 心电 动态心电图 B超 彩超 心超 "
    "心脏超声 腹超 阴超 核磁 磁共振 核医学 骨密度 肺功能 脑电图 脑电 肌电图 钼靶 造影 介入 检验 检验单 化验 化验单 报告 报告单 预约 检查预约 申请 申请单 医嘱 "
    "检查流水 影像流水 眼底 OCT 急查 加急 门诊检查 检查登记 号码"
)
MODALITY = r"(?:CTA?|MRI?|MRA|DR|CR|DSA|PET(?:[-/]CT)?|SPECT|ECT|ECG|EKG|EEG|EMG|US|ERCP|EUS|TCD|TCT|HPV|OCT|XR|X)"
ENGLISH_RECORDS = (
    r"(?i:MRN|MR ?No|UHID|URN|EMPI|MPI|PID|HN|hosp(?:ital)?\.? ?(?:no|number|id)|chart ?(?:no|number|#)"
    r"|record ?(?:no|number)"
    r"|(?:patient|pt|visit|case|file|reg|subject|encounter|admission|IP|OP|adm)[._ -]?(?:id|no|number|#))"
)
ENGLISH_SAMPLES = (
    r"(?i:(?:specimen|sample|lab|path(?:ology)?|slide|block|tube|biopsy|cyto)[._ -]?(?:id|no|number|#)|barcode"
    r"|bar code|case ?#)"
)
ENGLISH_EXAMS = (
    r"(?i:acc(?:ession)?(?:[._ -]{0,2}(?:no|number|#))?|(?:study|exam|image|film|x-?ray|imaging)[._ -]?(?:id|no"
    r"|number|#))"
)
ENGLISH_INSURED = (
    r"(?i:policy(?= [A-Z]*[0-9-])|(?:policy|member(?:ship)?|insurance|NHI|claim|subscriber|group)[._ -]?(?:id|no"
    r"|number|#|card))"
)


def numbered(kind: str, things: str, english: str, bare: str) -> tuple[Rule, ...]:
    """Numbers of a kind: after a cue that says so, after a thing alone, before the cue, and at some distance."""
    return (
        Rule(
            type=kind,
            name=f"{kind.lower()}_cue",
            pattern=rf"(?:{things}){PAPER}{NO}{FAR}{VALUE}(?!-? ?(?:年|月|@))",
            check=checks.code,
        ),
        Rule(
            type=kind,
            name=f"{kind.lower()}_english",
            pattern=rf"{LATIN}{english}(?![A-Za-z])\.?{JOIN}(?:[Nn]o\.? ?|是|为)?{VALUE}",
            check=checks.code,
        ),
        Rule(
            type=kind,
            name=f"{kind.lower()}_thing",
            pattern=rf"(?:{bare}){PAPER}{JOIN}{VALUE}{UNITS}(?![@+])",
            score=0.7,
            check=checks.long_code,
        ),
        Rule(
            type=kind,
            name=f"{kind.lower()}_next",  # 病案号0219983(死亡)、0220107
            pattern=rf"(?:(?:{things}){PAPER}{NO}{FAR}|(?:{bare}){PAPER}{JOIN}){CODE}(?:\([^()\n]{{0,24}}\))? ?[/、,和及与] ?"
            rf"(?P<v>{CODE}){UNITS}",
            score=0.7,
            check=checks.long_code,
        ),
        Rule(
            type=kind,
            name=f"{kind.lower()}_before",
            pattern=rf"[(\[</](?<={FREE}(?P<v>[0-9A-Za-z][0-9A-Za-z_-]{{3,23}}) ?.) ?(?:{things}){PAPER}(?:号|编号|ID|卡)"
            rf"(?![ :=#]{{0,3}}[0-9A-Za-z])",
            score=0.9,
            check=checks.long_code,
        ),
    )


NUMBERED = (
    *numbered(
        "INSURANCE_NO",
        INSURED,
        ENGLISH_INSURED,
        spaced(
            "医疗 医保 社保 社会保障 新农合 农合 参合 健保 职工医保 居民医保 保单 离休 公费医疗 会员 被保险人 医疗证 医保电子凭证 保险凭证"
        ),
    ),
    *numbered(
        "MEDICAL_RECORD_NO",
        RECORDS,
        ENGLISH_RECORDS,
        spaced(
            "住院 门诊 病历 病案 档案 就诊 就诊卡 诊疗卡 健康卡 登记 腕带 手环 主索引 唯一标识 患者标识 接种证 孕产登记 保健手册 患者 病人 病员 体检 健康档案 一卡通"
        ),
    ),
    *numbered(
        "SPECIMEN_NO",
        rf"(?<!商品)(?<!产品)(?<!药品)(?<!包装)(?:{SAMPLES}|(?<![监导尿胃主])管)",
        ENGLISH_SAMPLES,
        r"(?<!商品)(?<!产品)(?<!药品)(?<!包装)(?:"
        + spaced(
            "标本 样本 样品 病理 条码 条形码 送检 采样 蜡块 玻片 切片 冰冻 试管 活检 原号 管号 片号 滤纸卡 血样 样管 采样管 采血管 细胞学 液基 拭子 咽拭子 痰培养 血培养"
        )
        + ")",
    ),
    *numbered(
        "EXAM_NO",
        rf"{EXAMS}|{LATIN}{MODALITY}",
        ENGLISH_EXAMS,
        spaced("影像 超声 检查 放射 内镜 胃镜 肠镜 心电图 彩超 片号 申请单 检验单 报告单 预约")
        + rf"|{LATIN}{MODALITY}(?=[ :#(])",
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="card_number",
        pattern=rf"(?<!银行)(?<!信用)(?<!储蓄)(?<!汇款)(?:(?<![一-龥])卡 ?号|(?<![A-Za-z0-9] ?)ID ?号?){JOIN}(?P<v>{CODE}){UNITS}",
        score=0.7,
        check=checks.long_code,
    ),
    Rule(
        type="EXAM_NO",
        name="number_alone",
        pattern=rf"(?<![一-龥])(?:号 ?码|编 ?号|单 ?号|流水号){JOIN}(?P<v>[A-Z]{{1,4}}{CODE})",
        score=0.5,
        check=checks.long_code,
        policies=BOLD,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="after_age",
        pattern=rf"(?:岁|[男女])[,、|/ ]{{1,3}}(?P<v>(?![0-9]{{1,3}}[-/.])[A-Z]{{0,4}}{CODE}){UNITS}(?![-/~])",
        score=0.5,
        check=checks.record,
        policies=BOLD,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="record_by_initials",  # of 住院, 门诊, 病案, 急诊, 体检, 档案, 挂号, 登记
        pattern=rf"(?:ZY|MZ|BA|BL|JZ|TJ|DA|GH|DJ)H?(?<![0-9A-Za-z]...?)[-_]?[0-9][0-9_-]{{5,18}}{WHOLE}",
        score=0.7,
        check=checks.code,
        policies=BOLD,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="unknown_person",
        pattern=rf"无名[氏男女]{{0,2}}{JOIN}(?P<v>[A-Z]{{0,2}}[0-9]{{3,12}}){WHOLE}{UNITS}",
        score=0.7,
    ),
    Rule(
        type="INSURANCE_NO",
        name="veteran",
        pattern=r"(?:离休|优抚|医疗|荣誉|抚恤|伤残|残疾军人|老年|低保|特困|生育)证(?:号码?|编号)?[: (]{0,3}(?P<v>[\u3400-\u9fff]{0,4}字? ?\(?第? "
        r"?[0-9]{4,14} ?号?)(?![0-9A-Za-z])",
        score=0.9,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="specimen_short",
        pattern=rf"(?:标本|样本|玻片|切片|蜡块|白片|拭子|痰|尿|涂片|瓶|试管|管)(?:号|编号)?[: ]?(?P<v>[A-Z]{{1,4}}-?[0-9]{{1,6}}"
        rf"(?:[-/][0-9]{{1,4}})?[①-⑳]?){WHOLE}{UNITS}",
        score=0.7,
        check=checks.code,
        policies=BOLD,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="specimen_far",
        pattern=rf"(?:标本|样本|病理|细胞学|TCT|液基|受检者|送检|采样|检验)[^\n。;0-9]{{0,20}}[编原管片] ?号{FAR}(?P<v>{CODE})",
        score=0.9,
        check=checks.code,
    ),
    Rule(
        type="EXAM_NO",
        name="exam_far",
        pattern=rf"(?:超声|彩超|B超|{LATIN}{MODALITY}|胸片|X线|内镜|胃镜|肠镜|造影|心电图|检查)[^\n。;,0-9A-Za-z]{{0,10}}号{FAR}(?P<v>{CODE})",
        score=0.9,
        check=checks.code,
    ),
)

# ---- beds ------------------------------------------------------------------------------------------------------------

BED = r"(?:[A-Z]{1,4}-)?[A-Z]{0,2}[0-9OlI]{1,4}[A-Z]?(?:-[0-9A-Z]{1,3})?"
TENS = r"(?:(?:[一二三四五六七八九] ?)?十(?: ?[一二三四五六七八九])?|[一二三四五六七八九])"
NOT_BED = (  # what else begins with the word: bedside, beds in all, bedding
    r"(?![位旁边头尾上下单垫铺罩褥被架沿次帘友数号棉]|以上|以下|规模|左右|的?医院|的规模|综合|使用|周转| ?号)"
)
BEDS = (
    Rule(
        type="BED_NO",
        name="bed",
        pattern=rf"(?<![0-9A-Za-z.~×+-])(?<![共设有放制约置张达近] ?)(?![0-9]{{1,2}}00 ?床|[0-9]{{4}})(?P<v>(?:[+]|(?<![增添追另要人])加)?{BED}) ?(?:号 "
        rf"?)?床{NOT_BED}",
        score=0.9,
    ),
    Rule(
        type="BED_NO",
        name="bed_of_unit",
        pattern=rf"(?:ICU|CCU|RCU|ER){{e}}(?P<v>{BED}) ?(?:号 ?)?床{NOT_BED}".replace("{e}", " ?"),
        score=0.9,
    ),
    Rule(
        type="BED_NO",
        name="bed_spoken",
        pattern=rf"(?<![第同一二三四五六七八九十百每])(?P<v>{TENS})(?: ?号)? ?床{NOT_BED}(?![大小])",
        score=0.7,
        check=checks.bed,
        policies=BOLD,
    ),
    Rule(
        type="BED_NO",
        name="bed_cue",
        pattern=rf"(?:床 ?[号位]|床 ?位 ?号|病 ?床|机 ?位|(?<![卧起临下上离陪同赖尿产占据病])床|{LATIN}(?:bed|Bed|BED)(?: ?(?i:no)\.?)?)(?! "
        rf"?[数旁])"
        rf" ?[:：=#/|(\[ ]{{0,4}}(?P<v>[+加]?(?:{BED}(?![0-9A-Za-z]|[.-][0-9])|{TENS}(?![一-龥]))){UNITS}(?! "
        rf"?[天日/%~]|:[0-9])",
        score=0.9,
        check=checks.bed,
    ),
    Rule(
        type="BED_NO",
        name="bed_in_a_row",
        pattern=rf"{FREE}(?P<v>[+加]?[0-9]{{1,3}})(?=(?:[、,和及/ ]{{1,2}}[+加]?[0-9]{{1,3}}){{1,12}} ?号?床{NOT_BED})",
        score=0.7,
    ),
)

# ---- telephones ------------------------------------------------------------------------------------------------------

TALK = spaced(
    "电话 手机 手机号 座机 固话 热线 传真 号码 联系方式 联系 致电 电联 拨打 拨通 来电 去电 回电 咨询 联络 联络号码 短信 通知家属 护士站 值班室 办公室 "
    "总机 预约 家属 客服 微信同号 咨询台 急救 宅电 家电 办公电话 小灵通 行动 市话"
)
CALLED = r"(?i:tel(?:ephone)?|fax|phone|mobile|mob|cell|contact|whatsapp|hotline|call|HP|ph)"
EXTENSION = r"(?:(?:[-#*]| ?[-,(]? ?(?:转|分机|(?i:ext|x)\.?):?) ?[0-9]{1,6}(?![0-9月年]))?"
PHONES = (
    Rule(
        type="PHONE",
        name="mobile",
        pattern=r"1[3-9][0-9](?<![0-9A-Za-z]...|[0-9]\....|(?<![0-9])[0-9]{4}[ -][0-9]{4}[ -]...)(?:"
        r"(?:[- .]{0,2}[0-9]{4}){2}|[0-9][- ][0-9]{4}[- ][0-9]{3}"
        r"|[- ][0-9]{3}[- ][0-9]{5})(?![0-9]|[-.][0-9]|[A-Za-z](?![A-Za-z]))",
    ),
    Rule(
        type="PHONE",
        name="mobile_in_groups",
        pattern=rf"{FREE}1[3-9][0-9]{{1,4}}[- ][0-9]{{2,6}}(?:[- ][0-9]{{2,6}})?(?![0-9A-Za-z]|[-./ ][0-9]|[年岁])",
        score=0.5,
        check=checks.mobile,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="mobile_abroad",
        pattern=r"\(?(?:\+|(?<![0-9])00|(?<![0-9A-Za-z+.-]))86[ )-]{0,3}(?:1[3-9][0-9](?:[- ]{0,2}[0-9]){8}"
        r"|\(?0?[1-9][0-9]{1,2}\)?[- ]{0,2}[2-8][0-9]{2,3}[- ]?[0-9]{4})(?![0-9])",
    ),
    Rule(
        type="PHONE",
        name="mobile_masked",
        pattern=rf"{FREE}1[3-9][0-9][- ]?[*xX×]{{4}}[- ]?[0-9]{{4}}{WHOLE}",
    ),
    Rule(
        type="PHONE",
        name="number_masked",
        pattern=rf"{FREE}[0-9]{{2,7}}-?[*×]{{3,8}}-?[0-9]{{2,6}}{WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="mobile_misread",
        pattern=r"(?<![0-9A-Za-z])[1lI][3-9][0-9OoIl](?:[- ]?[0-9OoIl]{4}){2}(?![0-9A-Za-z])",
        score=0.7,
        check=checks.mobile,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="landline",
        pattern=rf"(?<![0-9A-Za-z./_-])(?P<v>(?:\(0(?:10|2[0-9]|[3-9][0-9]{{2}})\)|0(?:10|2[0-9]"
        rf"|[3-9][0-9]{{2}})[-— ]{{1,2}})[- ]?[2-8][0-9]{{2,3}}[- ]?[0-9]{{3,4}}{EXTENSION})(?![0-9]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="landline_misread",  # O2l-5O8O39l4
        pattern=r"(?<![0-9A-Za-z.])(?P<v>\(?[0OoQ][0-9OoIl]{2,3}(?:\) ?|-)[2-8OoIl][0-9OoIl]{6,7})(?![0-9A-Za-z]|[-.][0-9])",
        score=0.7,
        check=checks.telephone,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="landline_second",
        pattern=r"(?<![0-9])0[0-9]{2,3}\)?[- ]?[2-8][0-9]{2,3}[- ]?[0-9]{4}[/、,;或 ]{1,2}"
        r"(?P<v>[2-8][0-9]{2,3}[- ]?[0-9]{4})(?![0-9A-Za-z]|[-./][0-9]|[年月日])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="landline_together",
        pattern=rf"{FREE}0(?:10|2[0-9]|[3-9][0-9]{{2}})[2-8][0-9]{{6,7}}(?![0-9A-Za-z]|[-./][0-9]){UNITS}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="service",
        pattern=r"(?<![0-9A-Za-z.-])[48]00(?:-[0-9]{3}-[0-9]{4}|-[0-9]{4}-[0-9]{3}| [0-9]{3} [0-9]{4}| [0-9]{4} "
        r"[0-9]{3}|-?[0-9]{7})(?:转 ?[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
    ),
    Rule(
        type="PHONE",
        name="taiwan",
        pattern=r"(?<![0-9A-Za-z./-])(?:(?:\+886[- ]?|0)9[0-9]{2}(?:-[0-9]{3}-?[0-9]{3}| [0-9]{3} ?[0-9]{3})"
        r"|(?:\(0[2-8][0-9]?\)[- ]?|0[2-8][0-9]?-|\+886[- ]?[2-8][0-9]?-)[2-8][0-9]{2,3}[- ]?[0-9]{3,4}(?: ?"
        r"(?:#|转|分机) ?[0-9]{1,6})?)(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="taiwan_together",
        pattern=rf"{FREE}09[0-9]{{8}}(?![0-9A-Za-z]|[-./][0-9]){UNITS}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="abroad",
        pattern=r"(?:\+|(?<![0-9A-Za-z.-])00|\((?=(?:85[23]|886|86)\)))(?<![0-9+]..)(?:85[23]|886|1|7|2[07]|3[0-469]"
        r"|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})\)?[- ]{0,2}\(?[0-9](?:[-() ]{0,2}[0-9]){5,11}"
        r"(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="phone_cue",
        pattern=rf"(?:{TALK})(?: ?[(]?(?:[一-龥]{{1,4}}|[/和、])[)]?)?{JOIN}(?P<v>\+?\(?[0-9OoIl]"
        rf"(?:[-() .]{{0,3}}[0-9OoIl]){{6,13}}{EXTENSION})(?![0-9A-Za-z]|[-./][0-9]|[年岁]){UNITS}",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="american",
        pattern=r"(?<![0-9A-Za-z.-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}-)[2-9][0-9]{2}-[0-9]{4}(?: ?(?:ext|x)\.? "
        r"?[0-9]{1,5})?(?![0-9A-Za-z]|[-.][0-9])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="hongkong_mobile",
        pattern=r"(?<![0-9A-Za-z.-])(?<![0-9] )[5679][0-9]{3} [0-9]{4}(?![0-9A-Za-z]|[-./ ][0-9])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PHONE",
        name="phone_english",
        pattern=rf"{LATIN}{CALLED}(?![A-Za-z])[.:#() 电话号码是]{{0,5}}(?P<v>\+?\(?[0-9]"
        rf"(?:[-() .]{{0,2}}[0-9]){{6,14}}{EXTENSION})(?![0-9A-Za-z]|[-./][0-9])",
        score=0.9,
        check=checks.telephone,
    ),
    Rule(
        type="PHONE",
        name="extension",
        pattern=rf"(?:{spaced('内线 短号 分机 小号 虚拟网 集群网 院内网 科内 总机转 内部电话 V网')}|(?i:{LATIN}(?:ext|extension)(?![a-z])))"
        rf"(?:号码?)?[.: =(]{{0,3}}(?:转|为|是)?(?P<v>[0-9]{{3,8}}|[〇零一幺二两三四五六七八九]{{3,6}}){WHOLE}{UNITS}",
        score=0.9,
        check=checks.extension,
    ),
    Rule(
        type="PHONE",
        name="extension_after",
        pattern=rf"{FREE}(?P<v>[0-9]{{3,6}}) ?\( ?(?:内线|短号|分机|(?i:ext)\.?) ?\)",
        score=0.9,
        check=checks.extension,
    ),
    Rule(
        type="PHONE",
        name="phone_short",
        pattern=rf"(?:电 ?话|座 ?机|传 ?真|短 ?号|护士站|值班室?|听班|备班|[一二三]线|住院总|院总|(?i:{LATIN}(?:tel|phone|fax))(?![A-Za-z]))"
        rf"(?:号码?)? ?[.: (]{{0,3}}(?P<v>[2-8][0-9]{{3,7}}|[0-9]{{5,6}})(?![0-9A-Za-z]|[-./:][0-9]|[-年]){UNITS}",
        score=0.7,
        check=checks.extension,
        policies=BOLD,
    ),
)

# ---- cards of identity, passports, permits ---------------------------------------------------------------------------

IDENTITY = spaced(
    "身份证 身分证 身份证件 身份证明 公民身份 居民身份 身份 身份证号 身分证字 证件 居留证 居留许可 永居证 永久居留 永久居留身份证 军官证 士兵证 警官证 残疾证 残疾人证 驾驶证 驾照 户口 统一证号 证号"
)
IDENTITY_ENGLISH = r"(?i:HK ?ID|ID ?(?:card|no)|identity(?: card)?|national ID|SFZH?|BIR|ARC|citizen ID)"
CARDS = (
    Rule(
        type="ID_CARD",
        name="resident",
        pattern=r"[1-9](?<![0-9A-Za-z].|[0-9]\..)[0-9](?:[ -]?[0-9]){15}[ -]?[0-9Xx](?:[0-9]{2}|B[12]?)?"
        r"(?![0-9A-Za-z])",
        check=checks.resident,
    ),
    Rule(
        type="ID_CARD",
        name="resident_mistyped",
        pattern=rf"{FREE}[1-9][0-9]{{16}}[0-9Xx]{WHOLE}",
        score=0.7,
        check=checks.born,
    ),
    Rule(
        type="ID_CARD",
        name="resident_misread",
        pattern=r"(?<![0-9A-Za-z])[1-9lI][0-9OoIl]{16}[0-9XxOoIl](?![0-9A-Za-z])",
        score=0.5,
        check=checks.born,
        policies=BOLD,
    ),
    Rule(
        type="ID_CARD",
        name="resident_old",
        pattern=rf"{FREE}[1-9][0-9]{{14}}{WHOLE}",
        score=0.5,
        check=checks.born,
        policies=BOLD,
    ),
    Rule(
        type="ID_CARD",
        name="resident_masked",
        pattern=rf"{FREE}[1-9][0-9]{{1,13}}[*xX×]{{4,14}}[0-9]{{0,4}}[0-9Xx]?(?![0-9A-Za-z*])",
        score=0.9,
        check=checks.masked,
    ),
    Rule(
        type="ID_CARD",
        name="identity_cue",
        pattern=rf"(?:{IDENTITY}|{LATIN}{IDENTITY_ENGLISH})(?: ?(?:号 ?码?|编 ?号|字 ?号|(?i:no)\.?))?{FAR}(?P<v>[0-9OoIl]"
        rf"(?:[ -]?[0-9OoIl*]){{13,16}}[ -]?[0-9OoIlXx](?:[0-9]{{2}})?)(?![0-9A-Za-z])",
        check=checks.identity,
    ),
    Rule(
        type="ID_CARD",
        name="identity_letters",
        pattern=rf"(?:{IDENTITY}|{LATIN}{IDENTITY_ENGLISH})(?: ?(?:号 ?码?|编 ?号|字 ?号|(?i:no)\.?))?{FAR}"
        rf"(?P<v>[A-Z][0-9OoIl]{{9}}|[A-Z]{{2}}[0-9]{{8}}|[A-Z]{{1,2}}[0-9OoIl]{{6}} ?\(?[0-9AOol]\)?|[1578][0-9]{{6}} "
        rf"?[(/]?[0-9]\)?|[A-Z]{{3}}[0-9]{{12}}|[一-龥]{{1,4}}字 ?\(?第? ?[0-9]{{4,10}} ?号?)(?![0-9A-Za-z])",
    ),
    Rule(
        type="ID_CARD",
        name="identity_tail",
        pattern=rf"(?:身份证|证件)(?:号码?)?(?:后|末|尾号?)[四4六6]?位?[数码]?{JOIN}(?P<v>[0-9]{{3,5}}[0-9Xx])(?![0-9A-Za-z])",
        score=0.7,
        policies=BOLD,
    ),
    Rule(
        type="ID_CARD", name="taiwan_id", pattern=rf"{FREE}[A-Z][1289][0-9]{{8}}{WHOLE}", score=0.9, check=checks.taiwan
    ),
    Rule(
        type="ID_CARD",
        name="hongkong_id",
        pattern=rf"{FREE}[A-Z]{{1,2}}[0-9]{{6}} ?\([0-9A]\)(?![0-9A-Za-z])",
        check=checks.hongkong,
    ),
    Rule(
        type="ID_CARD",
        name="hongkong_id_mistyped",
        pattern=rf"{FREE}[A-Z]{{1,2}}[0-9OoIl]{{6}} ?\([0-9AOol]\)(?![0-9A-Za-z])",
        score=0.7,
    ),
    Rule(
        type="ID_CARD",
        name="macau_id",
        pattern=rf"{FREE}[157][0-9]{{6}}\([0-9]\)(?![0-9A-Za-z])",
        score=0.7,
    ),
    Rule(
        type="ID_CARD",
        name="foreigner_id",
        pattern=rf"{FREE}[A-Z]{{3}}[1-9][0-9]{{11}}{WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="PASSPORT",
        name="passport_cue",
        pattern=rf"(?:护 ?照|(?i:{LATIN}passport(?: ?(?:number|no)\.?)?)|(?<![A-Za-z])PP(?= ?[Nn]o| ?#))(?! ?"
        rf"(?i:control))[^\n0-9A-Z。;]{{0,12}}?(?P<v>[A-Z]{{1,3}} [0-9]{{6,9}}|(?:[A-Z]{{1,3}} ?)?[0-9]{{1,5}}"
        rf"(?: [0-9]{{2,8}}){{1,3}}(?! "
        rf"?[0-9年月日岁])|(?:[A-Z] ){{1,3}}[0-9]{{6,9}}|(?=[A-Z]{{0,3}}[0-9OoIl])[A-Z0-9ol]{{6,10}})"
        rf"(?![0-9A-Za-z])",
        check=checks.long_code,
    ),
    Rule(
        type="PASSPORT",
        name="passport",
        pattern=rf"{FREE}(?:[EG][0-9]{{8}}|E[A-HJ-NP-Z][0-9]{{7}}){WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="TRAVEL_PERMIT",
        name="permit_cue",
        pattern=rf"(?:{spaced('通行证 回乡证 回乡卡 返乡证 台胞证 台胞 入台证 入台许可 入境许可 入出境 港澳证 港澳居民来往内地 往来内地 往来港澳 往来大陆 往来台湾 旅行证 居住证 签注')})"
        rf"[^0-9A-Z\n。;,]{{0,10}}(?P<v>[HM][0-9]{{8}} [0-9]{{2}}(?![0-9]| ?[年月日岁])|(?:[A-Z]{{1,2}} "
        rf"?)?[0-9]{{1,6}}(?: [0-9]{{2,10}}(?! ?[年月日岁])){{1,3}}|"
        rf"(?:[A-Z]{{1,2}} ?)?[0-9OoIl]{{7,12}}(?:\([0-9A-Z]{{1,2}}\)|[A-Z])?|[0-9]{{17}}[0-9X])(?![0-9A-Za-z])",
        check=checks.not_day,
    ),
    Rule(
        type="TRAVEL_PERMIT",
        name="permit_of_eight",
        pattern=rf"{FREE}(?<![字号证] ?)[CWTLHM](?!(?:19|20)[0-9]{{6}})[0-9]{{8}}{WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="TRAVEL_PERMIT",
        name="permit",
        pattern=rf"{FREE}[HM][0-9]{{10}}{WHOLE}",
        score=0.5,
        policies=BOLD,
    ),
)

# ---- money and firms -------------------------------------------------------------------------------------------------

PAID = spaced(
    "银行卡 银行账号 银行 储蓄卡 信用卡 借记卡 工资卡 卡号 账号 帐号 账户 帐户 开户 汇至 汇到 打到 打至 转至 转到 转账 退至 退到 退款 收款 汇款 刷卡 汇入 打入 赔款 存折 建行 工行 农行 中行 交行 "
    "招行 邮储 农信 支付宝"
)
MONEY = (
    Rule(
        type="BANK_CARD",
        name="bank_card",
        pattern=rf"[2-69](?<![0-9A-Za-z].|[0-9][-.].)[0-9]{{3}}(?:[ -]?[0-9]{{4}}){{2,3}}[ -]?[0-9]{{1,7}}{WHOLE}",
        score=0.9,
        check=checks.issued_card,
    ),
    Rule(
        type="BANK_CARD",
        name="bank_cue",
        pattern=rf"(?:{PAID})(?: ?(?:号 ?码?|编 ?号))?{FAR}(?P<v>[0-9OoIl](?:[ -]?[0-9OoIl]){{11,22}}){WHOLE}",
        score=0.9,
        check=checks.account,
    ),
    Rule(
        type="BANK_CARD",
        name="bank_in_groups",
        pattern=rf"62(?<![0-9A-Za-z]..|[0-9][-.]..)(?:[0-9]{{2}}(?: [0-9]{{4}}){{3}}(?: [0-9]{{1,3}})?"
        rf"|[0-9]{{4}}[ -][0-9]{{6}}[ -][0-9]{{4,7}}|[0-9]{{14,17}}){WHOLE}",
        score=0.7,
    ),
    Rule(
        type="BANK_CARD",
        name="bank_masked",
        pattern=rf"{FREE}[3-6][0-9]{{3}}[ -]?(?:[0-9]{{2}})?[*xX×][*xX× -]{{3,16}}[0-9]{{3,4}}{WHOLE}",
        score=0.7,
    ),
    Rule(
        type="USCC",
        name="credit_code",
        pattern=rf"{FREE}[1-9ANY][1-59](?=[0-9]{{6}})[0-9A-HJ-NPQRTUWXY]{{16}}{WHOLE}",
        check=checks.credit_code,
    ),
    Rule(
        type="USCC",
        name="credit_mistyped",
        pattern=rf"{FREE}(?:9[1-3]|5[1-3]|1[1-39])[0-9]{{6}} ?(?=[0-9]{{0,9}}[A-Z])[0-9A-Z]{{10}}{WHOLE}",
        score=0.7,
    ),
    Rule(
        type="USCC",
        name="credit_in_groups",
        pattern=rf"{FREE}[159NY][0-9]{{3}} [0-9]{{4}}(?: [0-9A-Z]{{4}}){{2}} [0-9A-Z]{{2}}{WHOLE}",
        check=checks.credit_code,
    ),
    Rule(
        type="USCC",
        name="credit_cue",
        pattern=rf"(?:{spaced('信用代码 社会信用 信用码 税号 纳税人识别号 纳税识别号 识别号 组织机构代码 机构代码 营业执照 注册号')})(?:证|号|:)?{FAR}(?P<v>{APART}|"
        rf"(?=[0-9A-Za-z]{{0,8}}[0-9])[0-9A-Za-z]{{15}}(?:[0-9A-Za-z]{{3}})?|[0-9A-Z]{{8}}-[0-9A-Z]"
        rf"|[0-9A-Z]{{4}}(?: [0-9A-Z]{{4}}){{3}} [0-9A-Z]{{2}})(?![0-9A-Za-z])",
    ),
)

# ---- the net ---------------------------------------------------------------------------------------------------------

TOP = (
    r"(?:com|cn|net|org|edu|gov|info|io|cc|tv|top|xyz|site|online|vip|club|shop|me|tw|hk|mo|jp|kr|uk|us|de|fr|ru"
    r"|sg|my|vn|au|ca|local|app|dev|live|health|med|pro|link|ltd|wang|tech|store|mobi|biz|asia|intl|int|example"
    r"|test)"
)
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61})"
REFERENCE = (  # where papers, trials and standards lie
    r"(?:[a-z0-9-]{1,20}\.){0,3}(?:doi\.org|clinicaltrials\.gov|chictr\.org\.cn|pubmed|ncbi\.|nih\.gov"
    r"|who\.int|cochrane|cnki\.|wanfangdata|"
    r"crossref|orcid\.org|creativecommons|fda\.gov|ema\.europa|nccn\.org|uptodate|prisma-statement|w3\.org"
    r"|cdc\.gov|nejm\.|thelancet|[a-z]{2,12}\.gov\.cn)"
)
SIGNS = r"(?:[A-Za-z0-9_~/?#@$&'*+=%.-]|:(?=[0-9]{2,5}/))"  # a wide colon or comma ends it
NET = (
    Rule(
        type="EMAIL",
        name="email",
        pattern=rf"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}} ?(?:@| ?[\[(<{{](?:at|AT|At|@)[\])>}}] ?| (?:at|AT) "
        rf"(?=[A-Za-z0-9-]{{1,63}}(?: ?[\[(](?i:dot)| (?i:dot) )))"
        rf" ?(?:{LABEL}(?: ?\. ?| ?[\[(] ?(?i:dot) ?[\])] ?| (?i:dot) |。)){{1,4}}[A-Za-z]{{2,10}}(?![A-Za-z0-9])",
    ),
    Rule(
        type="EMAIL",
        name="email_of_qq",
        pattern=r"(?:邮 ?[箱件]|(?i:e-?mail))(?:地址)?[: 是为]{0,4}(?P<v>[A-Za-z0-9][A-Za-z0-9._-]{4,40}(?:#|艾特|圈a"
        r"|\(a\))[A-Za-z0-9-]{2,30}\.(?:com|cn|net))",
        score=0.9,
    ),
    Rule(
        type="URL",
        name="url",
        pattern=rf"(?:[Hh]ttps?|HTTPS?|ftp|FTP|hxxps?) ?: ?// ?(?!{REFERENCE})(?:{SIGNS}| \. (?=[A-Za-z0-9])){{2,300}}"
        rf"(?<=[A-Za-z0-9/_=~#&])",
    ),
    Rule(
        type="URL",
        name="url_www",
        pattern=rf"(?<![A-Za-z0-9@./-])(?:www|WWW|Www) ?\. ?(?!{REFERENCE})(?:{LABEL} ?\. ?){{1,4}}[A-Za-z]{{2,10}}"
        rf"(?::[0-9]{{2,5}})?(?:/{SIGNS}{{0,200}}(?<=[A-Za-z0-9/_=~#&]))?(?![A-Za-z])",
    ),
    Rule(
        type="URL",
        name="url_bare",
        pattern=rf"(?<![A-Za-z0-9@./_-])(?!{REFERENCE})(?:{LABEL}\.){{1,4}}{TOP}(?::[0-9]{{2,5}})?/{SIGNS}{{1,200}}"
        rf"(?<=[A-Za-z0-9/_=~#&])",
        score=0.9,
    ),
    Rule(
        type="URL",
        name="url_cue",
        pattern=rf"(?:网址|官网|网站|网页|登录|登陆|链接|访问|主页|平台|域名|{LATIN}URL)[: 是为(]{{0,4}}(?P<v>(?!{REFERENCE})"
        rf"(?:{LABEL}\.){{1,4}}{TOP})(?![A-Za-z0-9@.-])",
        score=0.9,
    ),
    Rule(
        type="IP",
        name="ip",
        pattern=r"(?<![0-9A-Za-z.[])(?<!EC )[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z]|\.[0-9])",
        score=0.9,
        check=checks.host,
    ),
    Rule(
        type="IP",
        name="ip_cue",
        pattern=rf"(?:{LATIN}(?i:ip|src|dst|host|from|addr)|地址)(?:v[46])?(?:地址)?[: =是为]{{0,3}}(?P<v>[0-9]{{1,3}}"
        rf"(?:\.[0-9]{{1,3}}){{3}})(?![0-9A-Za-z]|\.[0-9])",
        check=checks.address,
    ),
    Rule(
        type="IP",
        name="ip_spoken",
        pattern=r"(?<![零〇一幺两二三四五六七八九十百点0-9.])[零〇一幺两二三四五六七八九0-9]{1,3}(?:点[零〇一幺两二三四五六七八九0-9]{1,3}){3}"
        r"(?![零〇一二三四五六七八九十点0-9])",
        score=0.9,
    ),
    Rule(
        type="IP",
        name="ip_six",
        pattern=r"(?<![0-9A-Za-z:.])(?=[0-9a-fA-F:]{0,30}[0-9])[0-9a-fA-F]{1,4}:"
        r"(?:[0-9a-fA-F]{0,4}:){1,6}[0-9a-fA-F]{1,4}(?![0-9A-Za-z:.])",
        check=checks.address,
        score=0.9,
    ),
)

# ---- accounts --------------------------------------------------------------------------------------------------------


def either(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


WECHAT_WORDS = "微信 企微 威信 薇信 徽信 微X 微芯 卫星号 加微 加薇 加V 加v 加威 V信 v信 薇❤ 微❤ 微心 溦信"
WECHAT_LATIN = "wechat WeChat Wechat WECHAT weixin Weixin WEIXIN WX wx Wx VX vx Vx V❤ v❤"
QQ_WORDS = "QQ qq Qq 扣扣 企鹅 秋秋 Q群 q群 Q号 q号 Q: q: 加Q 加q 加我Q 加我q 我Q 我q"
MEDIA_WORDS = "抖音 快手 小红书 微博 视频号 公众号 B站 哔哩哔哩 知乎 豆瓣 贴吧 头条号 今日头条 西瓜视频 陌陌 探探 钉钉 飞书 企业微信 好大夫 用户名 网名 昵称 登录名 账号 帐号"
MEDIA_LATIN = (
    "LINE Telegram telegram Facebook facebook FB Instagram instagram IG Twitter twitter Skype skype WhatsApp "
    "Whatsapp whatsapp"
    " Kakao kakao KakaoTalk Zalo zalo TikTok tiktok Tiktok Weibo weibo Douyin douyin Viber viber"
)
HANDLE = (
    r"(?!1[3-9][0-9]{9}(?![0-9])|[0-9]+(?:\.[0-9]|[mk]?[gl]|[mu]L|[cm]m|I?U))(?=[A-Za-z0-9_.-]{5})[A-Za-z0-9]"
    r"(?:[._-]{0,2}[A-Za-z0-9]){3,30}_?(?![A-Za-z0-9@]|\.[A-Za-z0-9])"
)
WECHAT = rf"(?:{either(WECHAT_WORDS)}|{LATIN}(?:{either(WECHAT_LATIN)})(?![A-Za-z_]))"
MEDIA = rf"(?:{either(MEDIA_WORDS)}|{LATIN}(?:{either(MEDIA_LATIN)})(?![A-Za-z_]))"
CALL = r" ?(?:号码?|账号|帐号|群号?|ID号?|id|Id|名|昵称|搜索?|联系|加|添加|好友|添加好友)?(?:\([^()\n]{1,6}\))?(?:一下|同号|也是|就是|我的?|她的?|他的?)?"
ACCOUNTS = (
    Rule(
        type="SOCIAL_ID",
        name="wechat",
        pattern=rf"{WECHAT}{CALL}{JOIN}(?P<v>{HANDLE}){UNITS}",
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="wechat_apart",
        pattern=rf"(?:微 信|{LATIN}[VvWw] [Xx]){CALL}{JOIN}(?P<v>(?=[A-Za-z_-]{{0,16}}[0-9]){HANDLE}){UNITS}",
        score=0.9,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="at",
        pattern=r"(?<![A-Za-z0-9._%+-])@(?=[A-Za-z0-9]{0,16}_|[A-Za-z]{2,16}[0-9]{2})[A-Za-z][A-Za-z0-9_.]{3,24}"
        r"(?![A-Za-z0-9])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq",
        pattern=rf"{LATIN}(?:{either(QQ_WORDS)}){CALL}(?:邮箱)?{JOIN}(?P<v>[1-9][0-9]{{2,4}}(?: [0-9]{{3,4}}){{1,2}}"
        rf"|[1-9][0-9]{{4,10}})(?![0-9A-Za-z@]|\.[0-9]){UNITS}",
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq_far",
        pattern=rf"{LATIN}(?:QQ|qq|扣扣|企鹅)[^\n。0-9A-Za-z]{{0,16}}(?P<v>[1-9][0-9]{{6,10}})(?![0-9A-Za-z@]"
        rf"|[-.][0-9]){UNITS}",
        score=0.7,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="qq_name",
        pattern=rf"{LATIN}(?:QQ|qq)(?:号|账号|:)[: ]{{0,2}}(?P<v>{HANDLE})",
        score=0.9,
    ),
    Rule(
        type="SOCIAL_ID",
        name="media",
        pattern=rf"{MEDIA}{CALL}{JOIN}(?P<v>@?{HANDLE}){UNITS}",
        score=0.9,
        check=checks.handle,
    ),
    Rule(
        type="SOCIAL_ID",
        name="media_at",
        pattern=rf"{MEDIA}{CALL}{JOIN}(?P<v>@[\u3400-\u9fffA-Za-z0-9_·-]{{2,20}})",
        score=0.9,
    ),
    Rule(
        type="SOCIAL_ID",
        name="nickname",
        pattern=r"(?:昵称|网名|用户名?|账号名?|抖音号?|快手号?|小红书号?|公众号|视频号|微博)[: 为是]{1,3}[“\"「《]?"
        r"(?P<v>(?=[\u3400-\u9fffA-Za-z_-]{0,16}[0-9])[\u3400-\u9fffA-Za-z0-9_.-]{3,20})(?![0-9A-Za-z@])",
        score=0.7,
    ),
    Rule(
        type="SOCIAL_ID",
        name="channel",
        pattern=r"(?:公众号|抖音|快手|小红书|视频号|微博)(?:号|名称?|账号)?[:“\"「]{1,2}(?P<v>[\u3400-\u9fffA-Za-z0-9_]{2,16})"
        r"(?=[”\"」,。;) ]|(?!.))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="handle",
        pattern=r"(?:加|找|关注|搜|私信)[\u3400-\u9fff]{0,6}[: ]{0,2}(?P<v>@?(?=[A-Za-z_-]{0,16}[0-9])"
        r"(?=[A-Za-z0-9-]{1,20}_[A-Za-z0-9]|[A-Za-z]{3,16}-?[A-Za-z]{0,8}[0-9]{2})"
        rf"{HANDLE})",
        score=0.5,
        check=checks.long_handle,
        policies=BOLD,
    ),
    Rule(
        type="SOCIAL_ID",
        name="handle_of_letter",
        pattern=rf"{LATIN}(?:[Vv]:|[Ll]ine(?: ?(?:id|ID)|:)|(?:ig|tg|TG)(?: ?(?:id|ID))?[: ]) {{0,2}}(?P<v>"
        rf"(?=[A-Za-z][A-Za-z_.-]{{0,20}}[0-9]){HANDLE})",
        score=0.7,
        check=checks.long_handle,
        policies=BOLD,
    ),
    Rule(type="SOCIAL_ID", name="wxid", pattern=r"(?<![A-Za-z0-9])wxid_[A-Za-z0-9]{4,24}(?![A-Za-z0-9])"),
)

# ---- plates ----------------------------------------------------------------------------------------------------------

PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
GAP = r"[·.•・ -]{0,2}"
PLATES = (
    Rule(
        type="PLATE",
        name="plate",
        pattern=rf"[{PROVINCE}] ?[A-Z]{GAP}(?!T[0-4xX][a-c]?N[0-3xX])(?=[A-HJ-NP-Z]{{0,4}}[0-9])"
        rf"(?:[A-HJ-NP-Z0-9][ ·-]?){{4,6}}(?<![ ·-])(?:[A-HJ-NP-Z0-9]|[挂学警港澳领使试超])?(?![0-9A-Za-z]|\.[0-9]|%| ?[例人元])",
        score=0.9,
        check=checks.plate,
    ),
    Rule(
        type="PLATE",
        name="plate_cue",
        pattern=rf"(?:{spaced('车牌号 车牌 牌照 车号 牌号 号牌 驾驶 车辆')})[^0-9A-Za-z\n,。;]{{0,6}}?(?P<v>[\u3400-\u9fff]? "
        rf"?[A-Za-z]{{1,3}}{GAP}(?=[A-Za-z]{{0,4}}[0-9])[A-Za-z0-9]{{4,6}}[挂学警港澳领使试超]?)(?![0-9A-Za-z]"
        rf"|[.,][0-9])",
        score=0.9,
        check=checks.plate,
    ),
    Rule(
        type="PLATE",
        name="plate_of_taiwan",
        pattern=r"[车巴](?:牌|号|牌号|辆|号牌)?[: (]{0,3}(?P<v>[A-Z]{2,3}[- ]?[0-9]{3,4}|[0-9]{3,4}-[A-Z0-9]{2})(?![0-9A-Za-z]"
        r"|[-.][0-9])",
        score=0.7,
    ),
    Rule(
        type="PLATE",
        name="plate_of_police",
        pattern=rf"WJ(?<![A-Za-z]..) ?[{PROVINCE}]?{GAP}[0-9A-Z]{{2}}{GAP}[0-9A-Z]{{3,4}}(?![0-9A-Za-z])",
        score=0.7,
    ),
    Rule(
        type="PLATE",
        name="plate_of_army",
        pattern=rf"[军空海北沈兰济南广成][A-Z]{GAP}(?=[A-Z]?[0-9])[0-9A-Z]{{5}}(?![0-9A-Za-z])",
        score=0.7,
    ),
    Rule(
        type="PLATE",
        name="plate_of_embassy",
        pattern=r"使 ?[0-9]{6}(?![0-9A-Za-z])|(?<![0-9A-Za-z])[0-9]{6}使(?![\u3400-\u9fff](?<!车))",
        score=0.7,
    ),
)

RULES: tuple[Rule, ...] = (*NUMBERED, *BEDS, *PHONES, *CARDS, *MONEY, *NET, *ACCOUNTS, *PLATES)

# What is found without a digit holds one of these, or an @.
HINTS: tuple[str, ...] = tuple(
    sorted(
        {
            *("艾特", "圈a", " at ", " AT ", "wxid_"),
            *(f"{left}{at}{right}" for left, right in ("[]", "()", "{}", "<>") for at in ("at", "AT", "At")),
            *("http", "Http", "HTTP", "ftp", "FTP", "hxxp", "www", "Www", "WWW"),
            *(f".{top}" for top in TOP.strip("(?:)").split("|")),
            *f"{WECHAT_WORDS} {WECHAT_LATIN} {QQ_WORDS} {MEDIA_WORDS} {MEDIA_LATIN}".split(),
        }
    )
)
