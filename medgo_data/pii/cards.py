"""What is printed on a card or a plate: identity cards, passports, permits, bank cards, the codes of firms, number plates."""

from __future__ import annotations

from medgo_data.pii import checks
from medgo_data.pii.cues import APART, BOLD, FAR, FREE, JOIN, LATIN, WHOLE, spaced
from medgo_data.pii.span import Rule

# ---- cards of identity, passports, permits ---------------------------------------------------------------------------

IDENTITY = spaced(
    "身份证 身分证 身份证件 身份证明 公民身份 居民身份 身份 身份证号 身分证字 证件 居留证 居留许可 永居证 永久居留 永久居留身份证 军官证 士兵证 警官证 残疾证 残疾人证 驾驶证 驾照 户口 统一证号 证号"
)
IDENTITY_ENGLISH = r"(?i:HK ?ID|ID ?(?:card|no)|identity(?: card)?|national ID|SFZH?|BIR|ARC|citizen ID)"
PERMIT = (
    r"[HM][0-9]{8} [0-9]{2}(?![0-9]| ?[年月日岁]|\.[0-9])|(?:[A-Z] ?){0,2}[0-9]{1,6}(?: [0-9]{2,10}(?! ?[年月日岁])){1,3}|(?:[A-Z] ){0,2}(?:[0-9] ){6,9}[0-9]"
    r"|(?:[A-Z]{1,2} ?)?[0-9OoIl]{7,12}(?:\([0-9A-Z]{1,2}\)|[A-Z])?|[0-9]{17}[0-9X]"
)
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
        pattern=rf"(?:护 ?照|旅 ?券|旅行证件|{LATIN}(?i:passport|travel doc(?:ument)?|PPT?(?= ?no| ?#))(?: ?(?i:number|no|#)\.?)?)(?! ?(?i:control))"
        rf"[^\n0-9A-Z。;]{{0,12}}?(?:\([A-Z]{{2,3}}\))?[^\n0-9A-Z。;]{{0,6}}?(?:[Nn][Oo]\.? ?)?(?P<v>[A-Z]{{1,3}} [0-9]{{6,9}}|(?:[A-Z]{{1,3}} ?)?[0-9]{{1,5}}"
        rf"(?:[ -][0-9]{{2,8}}){{1,3}}(?! ?[0-9年月日岁])|(?:[A-Z] ){{1,3}}[0-9]{{6,9}}|(?=[A-Z]{{0,4}}[0-9OoIl])[A-Z0-9ol]{{6,12}})(?![0-9A-Za-z])",
        check=checks.passport,
    ),
    Rule(
        type="PASSPORT",
        name="passport_for_machines",  # the second line of its foot
        pattern=r"(?<![0-9A-Za-z])[A-Z0-9]{6,9}<{0,3}[0-9][A-Z]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{0,16}",
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
        pattern=rf"(?:{spaced('通行证 回乡证 回乡卡 返乡证 台胞证 台胞 台证 同胞证 大通证 入台证 入台许可 入境许可 入出境 港澳证 港澳居民来往内地 往来内地 往来港澳 往来大陆 往来台湾 旅行证 居住证 签注 一次有效')}"
        rf"|{LATIN}(?i:home[- ]return (?:permit|card)|HRP|MTP|EEP|(?:mainland |exit[- ]entry )?(?:travel |entry )?permit)(?: ?(?i:no|number|#)\.?)?)"
        rf"[^0-9A-Z\n。;]{{0,12}}(?:[Nn][Oo]\.? ?)?(?P<v>{PERMIT})(?![0-9A-Za-z])",
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
        pattern=rf"{FREE}[HM][0-9]{{8}}(?:[0-9]{{2}}|\([0-9]{{2}}\)| [0-9]{{2}}(?! ?[年月日岁:])){WHOLE}",
        score=0.5,
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
        rf"(?=[0-9A-Za-z]{{0,8}}[0-9])[0-9A-Za-z]{{15,20}}|[0-9A-Z]{{8}}-[0-9A-Z]"
        rf"|[0-9A-Z]{{4}}(?: [0-9A-Z]{{4}}){{3}} [0-9A-Z]{{2}})(?![0-9A-Za-z])",
        check=checks.code,
    ),
)

# ---- plates ----------------------------------------------------------------------------------------------------------

PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
GAP = r"[·.•・ -]{0,2}"
PLATES = (
    Rule(
        type="PLATE",
        name="plate",
        pattern=rf"[{PROVINCE}] ?[A-Z]{GAP}(?!T[0-4xX][a-c]?N[0-3xX])(?=[A-HJ-NP-Z]{{0,4}}[0-9])"
        rf"(?:[A-HJ-NP-Z0-9][ ·-]?){{4,6}}(?<![ ·-])(?:[A-HJ-NP-Z0-9]|[挂学警港澳领使试超急])?(?![0-9A-Za-z]|\.[0-9]|%| ?[例人元])",
        score=0.9,
        check=checks.plate,
    ),
    Rule(
        type="PLATE",
        name="plate_cue",
        pattern=rf"(?:{spaced('车牌号 车牌照 车牌 牌照 车号 牌号 号牌 驾驶 车辆')})[^0-9A-Za-z\n,。;]{{0,6}}?(?P<v>(?:[\u3400-\u9fff]{{1,3}} ?)?"
        rf"[A-Za-z]{{1,3}}{GAP}(?=[A-Za-z]{{0,4}}[0-9])(?:[A-Za-z0-9]{{4,6}}|[0-9]{{2}}-[0-9]{{2}}|[0-9]{{2}}[- ][0-9]{{2}})[挂学警港澳领使试超]?)(?![0-9A-Za-z]"
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
        name="plate_beyond_the_border",  # 粤Z1234港/VK 3821
        pattern=r"(?<=[港澳][/、,(])(?P<v>[A-Z]{1,2} ?[0-9]{3,4})(?![0-9A-Za-z])",
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

RULES: tuple[Rule, ...] = (*CARDS, *MONEY, *PLATES)
