"""The numbers by which somebody can be found: here those of hospitals, laboratories and insurers, and beds.

A rule looks for a cue and takes what stands after it, or for a number that proves itself by its form and check character.
"""

from __future__ import annotations

from medgo_data.pii import ages, beds, cards, checks, contacts
from medgo_data.pii.cues import (
    APART,
    BOLD,
    EXAMS,
    FAR,
    FREE,
    INSURED,
    JOIN,
    LATIN,
    MODALITY,
    NO,
    NOT_WARE,
    PAPER,
    RECORDS,
    SAMPLES,
    UNITS,
    WHOLE,
    spaced,
)
from medgo_data.pii.span import Rule

# ---- what a hospital, a laboratory or an insurer numbers -------------------------------------------------------------

CODE = rf"(?=[A-Za-z_-]{{0,8}}[0-9OoIl])[A-Za-z0-9](?:[-_]?[A-Za-z0-9]){{3,23}}[①-⑳]?{WHOLE}"
# 0037 2915, P0220 1907 3365; what begins with a year is the date beside it
GROUPS = (
    r"(?:[A-Z]{1,3} [0-9]{5,18}(?![0-9])|[A-Z]{1,3}[0-9]{3,8}(?:[ -][0-9]{2,8}){1,4}(?![0-9])"
    r"|(?:[A-Z]{1,3} ?)?[0-9]{1,8}(?:[ -](?!(?:19|20)[0-9]{2}[-./ ]?[01年])[0-9]{3,14}){1,5}(?:[ -][0-9]{1,2})?)"
    r"(?![0-9A-Za-z./①-⑳]|[ -]?[0-9]|-[A-Za-z]| ?[年月日岁天]|床)"
)
# LPX/26/S/007, 24dr 3316, PDZA 2024 4109 0000: only where a word says that it is a number
LOOSE = (
    r"(?=[=%]{0,2}[A-Za-z_/. -]{0,9}(?:[0-9]|[OoIl]{1,3}[0-9]))(?:=(?=%|[A-Z][0-9]{4}))?%?(?:[A-Za-z]{1,5}[ .])?[0-9A-Za-z]{1,24}+"
    r"(?:[-_/][0-9A-Za-z]{1,20}+|\.[0-9]{2,12}+(?![.0-9])"
    r"| (?!(?:19|20)[0-9]{2}[-./年])(?:[0-9]{3,8}+|[0-9]{2}(?![-/~、][0-9]))(?![0-9A-Za-z.:%*×]| ?[年月日岁天床次个℃元块枚男女mMgkFu]|[一-龥])){0,8}+"
    r"(?: [A-Z](?![0-9A-Za-z. ])|(?<=[0-9]{4}) [0-9](?![0-9A-Za-z.:%*×/~-]| ?[一-龥]))?(?:[-/]?[①-⑳]|\([0-9A-Z]{1,2}\))?(?![0-9A-Za-z])(?! ?[岁床])"
)
BOXES = r"(?:[□▢_|]{1,2}[0-9A-Z]){5,24}(?![0-9A-Za-z])"  # □0□3□8□1
SAID = r"(?:[A-Z]{1,3} ?)?[零〇洞幺一二两三四五六七八九拐勾0-9]{3,20}(?![一-龥](?<![，。号,;]))"  # MR幺洞洞四四三
# 社A08837716, 阿-炭-26-02, MAL-豫-2024-017
NATIVE = (
    rf"(?:[一-龥]|[A-Z]{{1,5}}(?=-[一-龥]-))(?:-(?:[一-龥](?=-)|[0-9A-Z]{{1,8}})){{1,6}}(?<=[0-9]){WHOLE}"
    rf"|(?<=[:：(\[ 号])[一-龥]{{1,3}}(?<![年月第约为是有见同于至改系叫即写填报查到记位数])-?[A-Z]{{0,3}}-?[0-9](?:[-/]?[0-9A-Z]){{3,16}}{WHOLE}(?![-/]?[0-9年月岁]| ?[年月岁])"
)
VALUE = rf"(?P<v>{APART}|{GROUPS}|{LOOSE})"
NAMED = rf"(?P<v>{APART}|{NATIVE}|{BOXES}|{LOOSE}|{SAID})"

WARE = (  # of which a number is nobody's
    r"(?:邮|代|密|验证|尺|二维|监管|扫|起|数|解|加|价|页|补|单|批|货|型|文|版|刊|书|锅|房|门|楼|栋|街|巷|弄|幢|室|组|队|层|座|字|尺|信|符|括|引|逗|冒|句|顿|问|叹|星|称|旗|外|绰|代|略|绝|记|暗|口|准|标准|注册|注册证|备案|许可|许可证"
    r"|执照|设备|机器|机身|资产|封条|发票|处方|快递|运单|物流|订单|专利|课题|项目|基金|伦理|批件|追溯|仪器|器械|植入物|灭菌包?|叫|排队|候诊|呼叫|车厢|包厢|航班|车次|公众|服务|账|帐|列|文章编|信编|书编|证编|明编|刊编|票|序列|工|批准文|准文"
    r"|医保编|目录|编目|通知|公告|合同|图|表|附件|条款|章节|基因|位点|登录|入藏|数据集|软件|版本|网格|商标|开户行|联行|行|邮)"
)
# by kind: words that say it by themselves, and words that do with "No."
ENGLISH_RECORDS = (
    r"MRN|ZYH|MZH|BAH|BLH|JZH|DJH|TJH|DAH|MR ?No|UHID|URN|EMPI|MPI|PID|HN",
    (
        r"A ?& ?E|AE|OPD|IPD|ER|OP|IP|clinic|record|patient|pt|trial|subj(?:ect)?|screening|randomi[sz]ation|rand|enrol(?:l)?ment|archive"
        r"|dossier|folder|file|hosp(?:ital)?\.?|chart|visit|case|reg(?:istration)?|encounter|admission|admit|adm|health|card|participant"
        r"|wristband|unit|med(?:ical)? rec(?:ord)?|MR|med"
    ),
)
ENGLISH_SAMPLES = (
    r"BBH|TMH|barcode|bar code|case ?#|DIN(?= ?[:#])",
    (
        r"specimen|sample|spec|bar(?:code)?|lab|path(?:ology)?|slide|block|tube|biopsy|cyto(?:logy)?|histo(?:logy)?|vial|aliquot|bottle|bag"
        r"|swab|donation|donor|unit|isolate|strain|culture|surg path|LIS|lab ref"
    ),
)
ENGLISH_EXAMS = (
    r"acc(?:ession)?|JCH|YXH|CSH|FSH|CTH",
    (
        r"acc(?:ession)?|study|exam(?:ination)?|image|film|x-?ray|imaging|order|req(?:uest|uisition)?|report|rpt|scan|radiology|RIS|PACS"
        r"|endoscopy|echo|USG|ECG|EKG|EEG|appt|appointment|booking"
    ),
)
ENGLISH_INSURED = (
    r"YBH|GRBH|YBKH|policy(?= [A-Z/]{0,5}[0-9 -])|(?:cert|member|policy)/(?:cert|member|policy)",
    (
        r"policy|pol|member(?:ship)?|insurance|ins|NHI|claim|subscriber|group|cert(?:ificate)?\.?|plan|insured|beneficiary|voucher|coverage"
        r"|medicare|GOP|LOG"
    ),
)


def numbered(kind: str, things: str, english: tuple[str, str], bare: str) -> tuple[Rule, ...]:
    """Numbers of a kind: after a cue that says so, after a thing alone, before the cue, and at some distance."""
    name = kind.lower()
    alone, words = english
    return (
        Rule(
            type=kind,
            name=f"{name}_cue",
            pattern=rf"(?:{things}){PAPER}{NO}{FAR}?{NAMED}(?!-? ?(?:年|月|@))",
            check=checks.code,
        ),
        Rule(
            type=kind,
            name=f"{name}_english",
            pattern=rf"{LATIN}(?i:{alone}|(?:{words})[._ -]{{0,2}}(?:id|no|number|nr|num|ref|card|#))(?![A-Za-z])\.?{JOIN}(?:[Nn]o\.? ?|是|为)?"
            rf"(?P<v>{APART}|{BOXES}|{LOOSE})",
            check=checks.code,
        ),
        Rule(
            type=kind,
            name=f"{name}_told",  # Exam: B24.0093
            pattern=rf"{LATIN}(?i:{words})(?:[:=#] ?\*?| (?=[A-Z]{{2,5}}[.-][0-9]|[A-Z0-9]{{1,5}}-[A-Z0-9]|[0-9]{{6}}))(?P<v>{LOOSE})",
            score=0.6,
            check=checks.long_code,
            policies=BOLD,
        ),
        Rule(
            type=kind,
            name=f"{name}_thing",
            pattern=rf"(?:{bare}){PAPER}{JOIN}{VALUE}{UNITS}(?![@+])",
            score=0.7,
            check=checks.long_code,
        ),
        Rule(
            type=kind,
            name=f"{name}_issued",  # 就诊卡: 无卡临时L00913, 合作医疗本信平07-1123-04
            pattern=rf"(?:{bare}){PAPER}(?:[:=] ?|[( ]?(?=[一-龥]{{1,4}}(?:[A-Z0-9]{{0,8}}[-/][0-9]|[A-Z]{{1,3}}[0-9]{{5}})))(?P<v>(?![号编码卡证册本单原])[一-龥]{{1,6}}(?<![额付费报缴元第约为是机型仪器号码])[A-Z]{{0,3}}-?[0-9](?:[-/ ]?[0-9A-Z]){{3,16}})"
            rf"{WHOLE}{UNITS}",
            score=0.5,
            check=checks.long_code,
        ),
        Rule(
            type=kind,
            name=f"{name}_far",  # 住院号您记一下,0031127
            pattern=rf"(?:{things}){PAPER}{NO}(?![0-9A-Za-z])[^0-9A-Za-z\n。;!]{{0,24}}(?P<v>{CODE}){UNITS}(?![-/@.])",
            score=0.6,
            check=checks.record,
        ),
        Rule(
            type=kind,
            name=f"{name}_next",  # 病案号0219983(死亡)、0220107
            pattern=rf"(?:(?:{things}){PAPER}{NO}{FAR}|(?:{bare}){PAPER}{JOIN}){CODE}(?:\([^()\n]{{0,24}}\)(?=[ 和及与])|(?:\([^()\n]{{0,24}}\))? ?[/、,和及与]) ?"
            rf"(?P<v>{CODE}){UNITS}",
            score=0.7,
            check=checks.code,
        ),
        Rule(
            type=kind,
            name=f"{name}_before",  # 0012345(住院号)
            pattern=rf"[(\[</](?<={FREE}(?P<v>[0-9A-Za-z][0-9A-Za-z_-]{{3,23}}) ?.) ?(?:{things}){PAPER}(?:号码?|编号|ID|卡|条码|码)"
            rf"(?![ :=#]{{0,3}}[0-9A-Za-z])",
            score=0.9,
            check=checks.long_code,
        ),
        Rule(
            type=kind,
            name=f"{name}_back",  # 6004471(病历), 0031127 ←住院, 0031127是他住院号
            pattern=rf"{FREE}(?P<v>[0-9A-Z](?:[-/]?[0-9A-Za-z]){{3,23}}) ?(?:\( ?(?:{bare}){PAPER}(?:号码?|ID)?\)"
            rf"|(?:←|<-{{1,2}}|<=) ?(?:{things}|{bare})"
            rf"|(?:-{{1,2}}|—{{1,2}}|,|就?[是为])? ?[这那该]?个?(?:[他她其]|患者|病人)?的?(?:{things}){PAPER}(?:号码?|编号)(?![:= ]{{0,2}}[0-9A-Za-z]|[一-龥](?<![，。哈啊呀吧的])))",
            score=0.6,
            check=checks.record,
        ),
    )


NUMBERED = (
    *numbered(
        "INSURANCE_NO",
        INSURED,
        ENGLISH_INSURED,
        spaced(
            "医疗 医保 社保 社会保障 新农合 农合 参合 健保 职工医保 居民医保 保单 离休 公费医疗 会员 被保险人 医疗证 医保电子凭证 保险凭证 健保卡 健保IC卡 社保卡 医保卡 合作医疗 学平险 意外险 "
            "保险卡 商保 商业险 参合证 合医证 惠民保 理赔 赔案 农合证 投保"
        ),
    ),
    *numbered(
        "MEDICAL_RECORD_NO",
        RECORDS,
        ENGLISH_RECORDS,
        spaced(
            "住院 门诊 病历 病案 档案 就诊 就诊卡 诊疗卡 健康卡 登记 腕带 手环 主索引 唯一标识 患者标识 接种证 孕产登记 保健手册 患者 病人 病员 体检 健康档案 一卡通 受试者 筛选号 随机号 急诊 "
            "挂号 门诊卡 建档 建卡 病例 个案 病史 母册 孕册 儿保 留观 就医 诊疗"
        ),
    ),
    *numbered(
        "SPECIMEN_NO",
        rf"{NOT_WARE}(?:{SAMPLES}|(?<![监导尿胃主])管)",
        ENGLISH_SAMPLES,
        rf"{NOT_WARE}(?:"
        + spaced(
            "标本 样本 样品 病理 条码 条形码 送检 采样 蜡块 玻片 切片 冰冻 试管 活检 原号 管号 片号 滤纸卡 血样 样管 采样管 采血管 细胞学 液基 拭子 咽拭子 痰培养 血培养 检体 血袋 献血码 株号 瓶号 "
            "蜡块号 扫码 白片 涂片 骨髓 核酸 冻存管 原片 病检 咽拭 鼻拭子 尿培养 痰涂片"
        )
        + ")",
    ),
    *numbered(
        "EXAM_NO",
        rf"{EXAMS}|{LATIN}{MODALITY}",
        ENGLISH_EXAMS,
        spaced(
            "影像 超声 检查 放射 内镜 胃镜 肠镜 心电图 彩超 片号 申请单 检验单 报告单 预约 胸片 平片 心电 B超 钼靶 肺功能 肺功 脑电图 肌电图 核磁 磁共振 造影 胶片 X片 拍片 支气管镜 喉镜 骨密度 心超 报告 化验单"
        )
        + rf"|{LATIN}{MODALITY}(?=[ :#(])",
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="card_number",
        pattern=rf"(?<!银行)(?<!信用)(?<!储蓄)(?<!汇款)(?:(?<![一-龥])卡 ?号|(?<![A-Za-z0-9])ID ?号?){JOIN}(?P<v>{CODE}){UNITS}",
        score=0.7,
        check=checks.long_code,
    ),
    Rule(
        type="EXAM_NO",
        name="number_alone",
        pattern=rf"(?<![一-龥])(?:号 ?码|编 ?号|单 ?号|流水号){JOIN}(?P<v>[A-Z]{{1,4}}{LOOSE})",
        score=0.5,
        check=checks.long_code,
        policies=BOLD,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="number_of_something",  # whatever it is that has a number, but for wares, papers, rooms and machines
        pattern=rf"(?<!{WARE})(?<!编)(?:号(?:码|是|为)?|码(?=[是为:]))(?: ?\([^()\n0-9]{{1,8}}\))?[:：=#]? ?(?:是|为)?(?P<v>[A-Z]{{0,4}}{CODE}){UNITS}(?![-/@.])",
        score=0.5,
        check=checks.record,
        policies=BOLD,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="number_in_a_book",  # 分娩登记第2021-0093号, 卷第0417号
        pattern=r"(?:登记|档案|病历|病案|卷宗?|册|簿|证)第 ?(?P<v>[0-9〇零一二三四五六七八九](?:-?[0-9〇零一二三四五六七八九]){2,15}) ?号",
        score=0.6,
    ),
    Rule(
        type="EXAM_NO",
        name="unique_identifier",  # of a study, as every picture bears it
        pattern=r"(?<![0-9.])1\.(?:2|3)(?:\.[0-9]{1,20}){5,14}(?![0-9.])",
        score=0.9,
    ),
    Rule(
        type="MEDICAL_RECORD_NO",
        name="tail_of_a_number",
        pattern=rf"(?:住院|病案|病历|门诊|条码|标本|检查|病理|医保|身份证|手机|电话)(?:卡|号|号码)?(?:的?尾 ?号|的?[末后][三四五六3456]位(?:数字?|号码)?)(?:是|为|的)?[: (]{{0,2}}"
        rf"(?P<v>[0-9]{{3,6}}[Xx]?|[幺洞零一二两三四五六七八九]{{3,6}}){WHOLE}{UNITS}",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="donation",  # as bags of blood are numbered: =A0113 24 517309
        pattern=r"(?:=?%?(?<![0-9A-Za-z.][=%]?)[A-Z][0-9]{4,5}[ -]?[0-9]{2}[ -][0-9]{6}|=[A-Z][0-9]{4,5}[0-9]{8})(?:[ -]?[0-9A-Z]{1,2})?(?![0-9A-Za-z]|[-.][0-9])",
        score=0.7,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="number_of_the_year",  # 病理 (原23-11290)
        pattern=rf"(?:病理|切片|蜡块|活检|会诊|原片?|细胞学)[^\n。;0-9]{{0,12}}(?:[0-9A-Z-]{{4,16}}[^\n。;0-9]{{0,6}})?(?<![0-9A-Z.-])(?P<v>(?:20)?[12][0-9]-(?!(?:19|20)[0-9]{{2}}(?![0-9]))[0-9]{{4,6}}"
        rf"(?:-[0-9A-Z]{{1,3}})?){WHOLE}",
        score=0.5,
        check=checks.code,
        policies=BOLD,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="number_with_han",  # MAL-豫-2024-017
        pattern=rf"(?<![0-9A-Za-z-])(?:[A-Z]{{1,5}}-[一-龥]|(?<![一-龥])[一-龥]-[一-龥A-Z])(?:-?[0-9A-Z]{{1,8}}){{1,5}}{WHOLE}(?![-年月岁])",
        score=0.5,
        check=checks.code,
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
    ),
    Rule(
        type="SPECIMEN_NO",
        name="specimen_short",
        pattern=rf"(?:标本瓶?|样本|玻片|切片|蜡块|白片|拭子|痰|尿|涂片|瓶|试管|管|检体|血片)(?:号|编号)?[: ]?(?P<v>[A-Z]{{1,4}}-?[0-9]{{1,6}}"
        rf"(?:[-/][0-9]{{1,4}})?[①-⑳]?|[0-9]{{3,6}}-[①-⑳]){WHOLE}{UNITS}",
        score=0.7,
        check=checks.code,
        policies=BOLD,
    ),
    Rule(
        type="SPECIMEN_NO",
        name="specimen_far",
        pattern=rf"(?:标本|样本|病理|细胞学|TCT|液基|受检者|送检|采样|检验|检体|活检|切片|蜡块)[^\n。;0-9]{{0,20}}[编原管片] ?号{FAR}(?P<v>{CODE})",
        score=0.9,
        check=checks.code,
    ),
    Rule(
        type="EXAM_NO",
        name="exam_far",
        pattern=rf"(?:超声|彩超|B超|{LATIN}{MODALITY}|胸片|X线|内镜|胃镜|肠镜|造影|心电图|检查|核磁|磁共振|钼靶|影像|心电|脑电图|平片|肺功能)[^\n。;,0-9A-Za-z]{{0,10}}号{FAR}(?P<v>{CODE})",
        score=0.9,
        check=checks.code,
    ),
)

RULES: tuple[Rule, ...] = (*NUMBERED, *beds.RULES, *contacts.RULES, *cards.RULES, *ages.RULES)
HINTS = contacts.HINTS
