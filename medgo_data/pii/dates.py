"""Days of a person's life and care, in every writing that names the day, and ages above eighty-nine.

A year or a month alone stays, and so does the day of a publication, an approval, a batch or an expiry.
"""

from __future__ import annotations

import re

from medgo_data.pii import checks
from medgo_data.pii.span import POLICIES, Rule

BOLD, CAREFUL = ("high_recall",), ("balanced",)

# ---- the parts of a date ---------------------------------------------------------------------------------------------

YEAR = r"(?:18|19|20)[0-9]{2}"
MONTH, DAY = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12][0-9]|0?[1-9])"
MONTH2, DAY2 = r"(?:1[0-2]|0[1-9])", r"(?:3[01]|[12][0-9]|0[1-9])"
MARK = r" ?[-/.] ?"
HAN_DIGIT = "[〇零○Oo一二三四五六七八九0-9]"
HAN_MONTH = r"(?:十[一二]?|[一二三四五六七八九正冬腊])"
HAN_DAY = r"(?:初 ?(?:十|[一二三四五六七八九])|[一二]?十[一二三四五六七八九]?|三十一?|廿[一二三四五六七八九]?|卅一?|[一二三四五六七八九]|元)"
HAN_YEAR = rf"(?:{HAN_DIGIT}{{2,4}}|元|[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|一?百(?:零[一二三四五六七八九]|一?十[一二三四五六七八九]?))"  # 三十六, 廿四, 一百一十三
ERA = "(?:民国|公元|平成|昭和|令和|大正|光绪|宣统|西历|公历) ?"
LUNAR_DAY = r"(?:初 ?(?:十|[一二三四五六七八九])|二?十[一二三四五六七八九]|二十|三十|廿[一二三四五六七八九]?)"
STEMS = "[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]"
ENGLISH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct"
    r"(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
    r"|JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC)\.?"
)

# ---- what stands around it -------------------------------------------------------------------------------------------

# Days of papers, laws and goods, not of persons: before the date, and after it.
ISSUED = (
    "收稿|修回|返修|改回|录用|出版|发表|发布|印发|公布|颁布|刊登|刊出|上线|在线|首发|批准|核准|获批|注册|修订|修改|更新|实施|施行|生效|有效|失效|效期|到期|生产|制造|出厂|灭菌|包装"
    "|批号|检索|投稿|引用|下载|截稿|公开|授权|颁发|发证|申请公布|文献|访问|建库|上市|立项|每年|截止"
)
NOT_THEN = (
    r"(?! ?(?:(?:起|正式|首次|在线|经|由|国家|美国|FDA|NMPA|获|被|前|开始|通过){0,3}(?:发布|印发|公布|出版|发表|实施|施行|生效|批准|获批|修订|失效|到期|上市|颁布)"
    r"|[版为是]?(?:世界|国际|全国|联合国)|第?[0-9一二三]{1,2} ?版|前有效|龄|之前有效))"
)
NO_DIGIT = r"(?![0-9]|[./][0-9]|-(?!(?:19|20)[0-9]{2}[-./年])[0-9]{3}|[A-Za-z](?<!T))"  # 2024-05-07T08:12, 2024.3.6-3.9

# What says that a day is one of care: anywhere near it, before or after.
CARE = (
    "生于|出生|院|诊|手术|术|死|逝|去世|亡|产|采样|采集|报告|送检|随访|复查|发病|患|病|体检|记录|日期|时间|转入|转出|入科|签|接种|首针|置管|拔管|撤机|化疗|放疗|透析|用药|服药"
    "|停药|起服|发药|起病|发热|发烧|检查|查房"
    "|月经|预产期|孕|受伤|车祸|摔|跌|取药|开药|缴费|报销|出险|投保|离世|病理|CT|MR|B超|彩超|抢救|登录|登记|家属|医师|医生|护士|审核|操作|主任|老师|老人|您|我|他|她|血|片|查|测|约|管"
    "|取|来|回|走|写|送|到|晚|晨|早|夜|午|次|再|预计|事发|摔|吐|泻|痛|停|报|寄|约|赊|欠|账|收款|缴|交|签|村医|家长|住址|电话|手机|1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7}"
    "|Adm|D/C|ETA|fit to|before|by|Date|DATE|DOB|admit|discharge|born|Born|seen|LMP|LNMP|EDC|visit|surgery|died|follow"
)
NEAR = rf"(?:(?<=(?:{CARE})[^\n。;]{{0,24}})|(?=[^\n。;]{{0,12}}(?:{CARE}))|(?= {{0,2}}[0-2]?[0-9][:时]))"

# What stands right before a date that has no other mark of one: 3/6, 24.3.6, 20240306.
CUES = (
    r"(?:(?:民国|民(?=1)|日 ?期|时 ?间|生 ?日|出 ?生|入院|出院|住院|转院|手术|术|就诊|初诊|复诊|门诊|急诊|来诊|复查|随访|采样|采集|接收|送检|报告|检查|检验|审核|打印|登记|记录"
    r"|录入|填表|填报|签名|签字|签署|发药|取药|给药|用药|服药|停药|接种|注射|末次月经|月经"
    r"|预产期|分娩|死亡|发病|起病|受伤|确诊|化疗|放疗|透析|置管|拔管|撤机|插管|转入|转出|转科|入科|出科|入室|出室|入组|拟|定于|已约|预约|改约|下次|上次|首次|末次|今日|今天|昨日"
    r"|昨天|明天|明日|当日|外院|本院|我院|片|回诊|回门诊|覆诊|覆查|约诊|回院"
    r"|开单|开立|申请|执行|收费|缴费|结算|出险|投保|失访|写|填|记载|更新|续方|建档|上门|家访|事发|接警|到达|离开|材料|复印|寄出|邮寄|送达|受理|开药|起病|发热|复工|返校|停药至|休息至|更换|换药|拆线|返院|出生于|生于|查房|交班|值班|病程|病历|登陆|登录)(?:日期|时间|日|于)?|(?<!Up)(?<!up)Date|DATE|DateTime|BirthDate|StudyDate|(?<![A-Za-z])"
    r"(?i:date|DOB|Adm|D/C|ETA|F/U|FU|til+|until|before|after|by|D\.O\.B\.?|LMP|LNMP|EDC|EDD|DOA|admitted|discharged|on|since|from|seen|born|op|POD)"
    r"(?![A-Za-z]))"
)
WHEN = rf"(?:{CUES}|[自从于在至])"
AFTER_CUE = r"[^\S\n]{0,3}(?:为|是|自|从|于|在|的|成|了|:|=|/|\(|\[){0,2}[^\S\n]{0,3}"
VERB = (
    r"(?:开始|起(?=[ ,。;)])|起[服病至来予给加停]|入[院住科室]|出[院科室]|住院|手术|术[前后中日]|行(?!走)|做|查[房体血]|复[查诊]|就诊|来[院诊]|转[入至出院科往]|予|给予"
    r"|停[药用止]|加[用量]|撤机|拔[管除]|插管|置管|化疗|放疗|透析|发[热病烧]|晨|早[上晨]|上午|中午|下午|晚|夜|凌晨|自|因|在|送|外院|CT|MR|B超|彩超|胸片|血常规|回报|报告|采样"
    r"|接种|分娩|出生|死亡|确诊|随访|取药|开药|拆线|换药|回[诊院电访复]|覆[诊查]|更换|快递|寄[出来]|来[电的]|接通|停(?=[^\n]{1,6})|到[院诊家]|[寒高低]热|寒战|咳嗽|呕吐|腹[痛泻]|摔[倒伤]|跌倒|晕倒|第 ?[0-9一二三四五]{1,2} ?[针剂次]|报修|报案|出车|走失|去世|病逝|生(?!理))"
)


def dated(name: str, shape: str, *, score: float, careful: bool = False, check: bool = True) -> tuple[Rule, ...]:
    """A shape that says by itself that it is a date: taken boldly, and carefully where it is a whole date or one of care."""
    whole = shape + NOT_THEN
    exists = checks.days if check else None
    rule = Rule(
        type="DATE", name=name, pattern=whole, score=score, check=exists, policies=BOLD if careful else POLICIES
    )
    near = Rule(type="DATE", name=f"{name}_of_care", pattern=whole + NEAR, score=score, check=exists, policies=CAREFUL)
    return (rule, near) if careful else (rule,)


def either(text: str) -> bool:
    """A day of a month, whichever of them stands first."""
    first, _, second = text.partition("/")
    return checks.month_day(text) or checks.month_day(f"{second}/{first}")


def year_at_end(text: str) -> bool:
    """A day of which the year stands last, in two digits."""
    first, second, _ = re.split(r"[-/.]", text)
    return either(f"{first}/{second}")


def later(text: str) -> bool:
    """A day of a month that is no share: 5/5 and 3/10 say how many of how many."""
    first, _, second = text.partition("/")
    return checks.month_day(text) and first != second and second not in {"5", "10"}


def issued(length: str) -> str:
    """Not after a word of publishing, seen from behind the first characters of a date."""
    return (
        rf"(?<!(?:{ISSUED})(?:日期|时间|截止|限|期|日|于)?(?:为|至|到|于|在|:|=| |\(){{0,3}}{length})"
        rf"(?<!(?:有效期|效期|有效)[^\n。;,]{{0,24}}{length})"
    )


OCR_YEAR = "[12Il][09OoQ][0-9OoIl]{2}"
WRITTEN = (
    # 2024年3月6日, 2O24年l月O6日; 113年3月6日, 24年3月6日
    *dated(
        "year_month_day",
        rf"(?:{OCR_YEAR}(?<![0-9]....){issued('....')}|(?:(?:民国|公元|平成|昭和|令和|大正) ?)?(?<![0-9.])(?:1[0-2][0-9]"
        rf"|[0-9]{{2}}(?![0-9])){issued('[0-9]{2,3}')})"
        r" ?年 ?(?:[0-9OoIl]{1,2}|元) ?月 ?[0-9OoIl]{1,2} ?[日号]",
        score=1.0,
    ),
    *dated(
        "year_month_day_cut",
        rf"{YEAR}(?<![0-9]....){issued('....')} ?年 ?{MONTH} ?月 ?{DAY}(?![0-9]| ?[-~至到、,.]? "
        rf"?[0-9]{{0,3}}[日号例个次人天岁周种家项%])",
        score=0.7,
        careful=True,
    ),
    *dated(
        "month_day",
        rf"(?<![0-9A-Za-z年./-]|年 |公)(?:[0-9OoIl]{{1,2}}|元){issued('[0-9OoIl元]{1,2}')} ?月(?!龄) "
        rf"?[0-9OoIl]{{1,2}} ?(?:[日号](?!线|楼|院|床|馆|门|桌|方|文)|(?=[、和,至到及~-] ?[0-9]{{1,2}} ?[日号])|(?={VERB}))",
        score=0.9,
        careful=True,
    ),
    # 至8日, 、9日 after a date
    Rule(
        type="DATE",
        name="second_day",
        pattern=rf"月 ?{DAY} ?[日号]?(?:至|到|-|~|—|、|和|及|,|或)+ ?(?P<v>{DAY} ?[日号])(?!线|楼|院|床)",
        score=0.7,
    ),
    # 二〇二四年三月六日, 三月六号
    *dated(
        "in_characters",
        rf"(?:(?:{ERA})?{HAN_YEAR} ?年|{STEMS}年) ?(?:闰)?{HAN_MONTH} ?月 ?{HAN_DAY}(?: ?[日号])?",
        score=1.0,
        check=False,
    ),
    *dated(
        "spoken",
        r"(?<![一二三四五六七八九十个两半第几每])(?:十[一二]|[一二三四五六七八九十]|1[0-2]|[1-9]) ?月 ?(?:三十一?|[一二]?十[一二三四五六七八九]?"
        r"|[一二三四五六七八九]) ?[日号](?!线|楼|院|床|节|方|采|收)",
        score=0.9,
        check=False,
        careful=True,
    ),
    # 农历腊月初八, 癸卯年正月十六
    Rule(
        type="DATE",
        name="lunar_named",
        pattern=rf"(?:(?:{YEAR}|(?:{ERA})?{HAN_YEAR}) ?年 ?)?(?:农历|阴历|旧历|夏历|古历|老历)(?:(?:{STEMS}年|{HAN_DIGIT}{{4}}年|[0-9]{{4}}年)? ?闰?(?:{HAN_MONTH}|[0-9]{{1,2}}) ?月 "
        rf"?(?:{LUNAR_DAY}|[一二三四五六七八九十]{{1,3}}|[0-9]{{1,2}})[日号]?)",
        score=1.0,
    ),
    Rule(
        type="DATE",
        name="lunar",
        pattern=rf"(?<![一二三四五六七八九十个两半几每])(?:{STEMS}年)?闰?{HAN_MONTH}月{LUNAR_DAY}日?(?!采|取|收|[日]?前后|制|酿)",
        score=0.7,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="lunar_of_care",
        pattern=rf"(?<![一二三四五六七八九十个两半几每])(?:{STEMS}年)?闰?{HAN_MONTH}月{LUNAR_DAY}日?(?!采|取|收|[日]?前后|制|酿|节|重阳|端午|上巳|各|俱|为)"
        rf"(?:(?<=(?:{CARE})[^\n。;]{{0,20}})|(?=[^\n。;]{{0,8}}(?:{CARE})))",
        score=0.9,
        policies=CAREFUL,
    ),
    Rule(
        type="DATE",
        name="spoken_cut",
        pattern=rf"(?<![一二三四五六七八九十个两半第几每])(?:十[一二]|[一二三四五六七八九十]) ?月 ?(?:三十一?|[一二]?十[一二三四五六七八九]?|[一二三四五六七八九])(?= ?{VERB})(?! ?(?:后|前|以|余|多|天|个|岁))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="new_year",
        pattern=r"(?:大年|正月)(?:初[一二三四五六七八九十]|三十)(?=[晚早晨夜上下入出来去发做摔吐]|那天|当[天晚])",
        score=0.7,
    ),
    # 68年3月17生的
    Rule(
        type="DATE",
        name="short_year_said",
        pattern=rf"(?<![0-9])[0-9]{{2}} ?年 ?{MONTH} ?月 ?{DAY}(?![0-9]|[日号])(?= ?{VERB})",
        score=0.9,
        check=checks.days,
    ),
)
NUMERIC = (
    # 2024-03-06, 2024.3.6, 2024/3/6
    *dated(
        "year_first",
        rf"(?:19|20)[0-9]{{2}}(?<![0-9A-Za-z./_-]....|[0-9]-....){issued('....')}(?:{MARK}|-{{2}}|、){MONTH}"
        rf"(?:{MARK}|-{{2}}|、){DAY}" + NO_DIGIT,
        score=1.0,
    ),
    *dated(
        "year_first_misread",
        rf"[2][0O][0-9Oo]{{2}}(?<![0-9A-Za-z./_-]....){issued('....')}[-/.][01OIl]?[0-9OoIl][-/.][0-3OIl]?[0-9OoIl]"
        r"(?![0-9A-Za-z]|[-/.][0-9])",
        score=0.7,
        careful=True,
    ),
    *dated(
        "year_first_spaced",
        rf"(?:19|20)[0-9]{{2}}(?<![0-9A-Za-z./_-]....){issued('....')} {MONTH2} {DAY2}"
        r"(?![0-9A-Za-z]| ?[-/.×*]?[0-9])(?=[^\S\n]|[,。;)]|(?!.))",
        score=0.5,
        careful=True,
    ),
    # 06/03/2024, 15.08.1979
    *dated(
        "year_last",
        rf"(?<![0-9A-Za-z./_-])[0-9]{{1,2}}(?P<m>[-/.])[0-9]{{1,2}}(?P=m)(?:19|20)[0-9]{{2}}{issued('[0-9./-]{8,10}')}"
        + NO_DIGIT,
        score=0.9,
    ),
    # 2024-03-06 until 03-09
    Rule(
        type="DATE",
        name="another_day",
        pattern=rf"(?<![0-9A-Za-z./])[0-9]{{1,2}}[-/.][0-9]{{1,2}}(?<=(?:19"
        rf"|20)[0-9]{{2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}"
        rf"(?: ?[-—~至到、,及和] ?[0-9]{{1,2}}[-/.][0-9]{{1,2}}){{1,10}}){NO_DIGIT}",
        score=0.9,
        check=checks.month_day,
    ),
    Rule(
        type="DATE",
        name="another_date",
        pattern=rf"(?:19|20)[0-9]{{2}}[-/.]{MONTH}[-/.]{DAY}(?<=(?:19|20)[0-9]{{2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}} ?[-—~至到] ?[0-9./-]{{8,10}}){issued('[0-9./-]{8,10}')}{NO_DIGIT}",
        score=0.9,
        check=checks.days,
    ),
    Rule(
        type="DATE",
        name="day_in_row",
        pattern=r"(?<![0-9A-Za-z./_~*×%<>≥≤±+-])(?:1[0-2]|[1-9])/(?:3[01]|[12][0-9]|[1-9])(?![0-9A-Za-z%]|[-/.:~][0-9])"
        r"(?:(?<=(?<![0-9./])(?:1[0-2]|[1-9])/[0-9]{1,2}[^0-9/\n]{1,6}(?:1[0-2]|[1-9])/[0-9]{1,2}[^0-9/\n]{1,6}[0-9/]{3,5})"
        r"|(?=[^0-9/\n]{1,6}(?:1[0-2]|[1-9])/[0-9]{1,2}[^0-9/\n]{1,6}(?:1[0-2]|[1-9])/[0-9]{1,2}(?![0-9/]))"
        r"|(?<=(?:1[0-2]|[1-9])/[0-9]{1,2}[^0-9/\n]{1,6}[0-9/]{3,5})(?=[^0-9/\n]{1,6}(?:1[0-2]|[1-9])/[0-9]{1,2}(?![0-9/])))",
        score=0.5,
        check=later,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="day_between",
        pattern=r"(?<![0-9A-Za-z./_~*×%<>≥≤±+-])[0-9]{1,2}/[0-9]{1,2}(?:(?<=[由从自] ?[0-9/]{3,5})(?= ?[至到-])|(?<=[由从自] ?[0-9]{1,2}/[0-9]{1,2} ?[至到-] ?[0-9/]{3,5}))(?![0-9A-Za-z%]|[-/.:~][0-9])",
        score=0.9,
        check=either,
    ),
    Rule(
        type="DATE",
        name="day_at_end",
        pattern=r"(?<=[\u4e00-\u9fff)A-Za-z] {1,3})(?<![级度分力期率比压第页共量评型征约各每服用听次剂针支片:] {1,3})(?:1[0-2]|0?[1-9])(?:/(?:3[01]|[12][1-9]|20|0[1-9])|-(?:3[01]|[12][0-9]|0[1-9]))(?!.)",
        score=0.5,
        check=checks.month_day,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="day_in_message",
        pattern=r"(?<=[|^\[])(?P<v>(?:19|20)[0-9]{2}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9]))(?=(?:[0-2][0-9][0-5][0-9](?:[0-5][0-9])?(?:\.[0-9]{1,4})?)?(?:[+-][0-9]{4})?[|^\]])",
        score=0.9,
        check=checks.day,
    ),
    Rule(
        type="DATE",
        name="birth_machine_read",
        pattern=r"(?<![A-Z0-9<])[A-Z0-9<]{9}[0-9<][A-Z<]{3}(?P<v>[0-9]{2}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9]))[0-9][MF<][0-9]{6}[0-9]",
        score=1.0,
    ),
    Rule(
        type="DATE",
        name="together_of_republic",
        pattern=r"(?:(?<=[^\S\n]{2})|(?<=[\u4e00-\u9fff] )|(?<!.))1[01][0-9](?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])(?=[^\S\n]{2}|(?!.))",
        score=0.5,
        policies=BOLD,
    ),
    # 6/3/24, R6.3.6
    Rule(
        type="DATE",
        name="short_year_last",
        pattern=rf"(?<![0-9A-Za-z./_-])[0-9]{{1,2}}(?P<m>[-/.])[0-9]{{1,2}}(?P=m)[0-9]{{2}}(?<={WHEN}{AFTER_CUE}[0-9./-]{{6,8}})(?![0-9A-Za-z%]|[-/.:~][0-9]){NOT_THEN}",
        score=0.7,
        check=year_at_end,
    ),
    Rule(
        type="DATE",
        name="year_of_japan",
        pattern=r"(?<![A-Za-z0-9])[RHS][0-9]{1,2}[./](?:1[0-2]|0?[1-9])[./](?:3[01]|[12][0-9]|0?[1-9])(?![0-9A-Za-z]|[./][0-9])",
        score=0.7,
        policies=BOLD,
    ),
    # 24-03-07 with all its zeros, 113/03/06
    Rule(
        type="DATE",
        name="short_year",
        pattern=rf"(?<![0-9A-Za-z./_~-])(?<![0-9][ :])(?:[0-9]{{2}}|1[0-2][0-9])(?P<m>[-/.])[01][0-9](?P=m)[0-3][0-9]"
        rf"(?![0-9A-Za-z%]|[-/.:~][0-9]){issued('[0-9./-]{8,9}')}{NOT_THEN}",
        score=0.5,
        check=checks.short_year,
    ),
    # 24.3.6, 85/6/13, 113/3/6 after a cue, before a verb, before a clock
    Rule(
        type="DATE",
        name="short_year_cue",
        pattern=rf"(?<![0-9A-Za-z./_-])(?<![0-9]:)(?:[0-9]{{2}}|1[0-2][0-9]){MARK}[0-9]{{1,2}}{MARK}[0-9]{{1,2}}"
        rf"(?<={WHEN}{AFTER_CUE}[’']?[0-9 ./-]{{6,13}})(?![0-9A-Za-z%]"
        rf"|[-/.:~][0-9]){issued('[0-9 ./-]{6,13}')}{NOT_THEN}",
        score=0.9,
        check=checks.short_year,
    ),
    Rule(
        type="DATE",
        name="short_year_verb",
        pattern=rf"(?<![0-9A-Za-z./_-])(?<![0-9]:)[0-9]{{2,3}}(?P<m>[-/.])[0-9]{{1,2}}(?P=m)[0-9]{{1,2}}(?= ?{VERB}| "
        rf"{{1,2}}[0-2]?[0-9]:[0-5][0-9])",
        score=0.7,
        check=checks.short_year,
    ),
    # 20240306, and with a clock 202403061530
    Rule(
        type="DATE",
        name="together_cue",
        pattern=rf"{YEAR}{MONTH2}{DAY2}(?<={WHEN}{AFTER_CUE}.{{8}})(?=[^\S\n]?[0-2][0-9]:?[0-5][0-9](?:[0-5][0-9])?"
        rf"(?![0-9])|(?![0-9A-Za-z-]|\.[0-9])){issued('.{8}')}{NOT_THEN}",
        score=0.9,
        check=checks.day,
    ),
    Rule(
        type="DATE",
        name="together",
        pattern=rf"{YEAR}{MONTH2}{DAY2}(?<![0-9A-Za-z./_#-].{{8}}|[号编码金目ICDd:] ?.{{8}}){issued('.{8}')}(?![0-9A-SU-Za-z]|T(?![0-9])"
        rf"|[-.][0-9]|-[A-Za-z]){NOT_THEN}",
        score=0.5,
        check=checks.day,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="together_short",
        pattern=r"(?:日 ?期|时 ?间|生 ?日|出 ?生|(?<![A-Za-z])(?:DOB|[Dd]ate|DATE))[:=/ (]{0,3}"
        r"(?P<v>[0-9]{2}[01][0-9][0-3][0-9])(?![0-9A-Za-z]|[-.][0-9])",
        score=0.9,
        check=checks.day_or_short,
    ),
    Rule(
        type="DATE",
        name="short_year_of_line",
        pattern=r"(?<=[\u4e00-\u9fff] {1,2})[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}(?!.)",
        score=0.5,
        check=checks.short_year,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="together_verb",
        pattern=r"(?<![0-9A-Za-z./_-])(?:(?:19|20)[0-9]{2}|[0-9]{2})[01][0-9][0-3][0-9](?=日?(?:出生|入院|出院|手术|术后|就诊|复查|生"
        r"(?!理)))",
        score=0.7,
        check=checks.day_or_short,
    ),
    # 3/6, 03-14: before a clock, before a verb, after a cue, at the head of a line
    Rule(
        type="DATE",
        name="day_and_clock",
        pattern=r"(?<![0-9A-Za-z./_~*×%-])(?<![0-9]:)(?<!血压 ?)(?<!BP ?)[0-9]{1,2}[-/.][0-9]{1,2}(?= "
        r"{1,3}[0-2]?[0-9]:[0-5][0-9](?![0-9]))",
        score=0.9,
        check=checks.month_day,
    ),
    Rule(
        type="DATE",
        name="day_and_verb",
        pattern=rf"(?<![0-9A-Za-z./_~*×%<>≥≤±+-])(?<![0-9]:)[0-9]{{1,2}}[-/][0-9]{{1,2}}(?= ?{VERB})(?<![级度分力有占日约每达近] "
        rf"?[0-9/-]{{3,5}})",
        score=0.7,
        check=checks.month_day,
    ),
    Rule(
        type="DATE",
        name="day_after_cue",
        pattern=rf"(?<![0-9A-Za-z./_~*×%<>≥≤±+-])(?<![0-9]:)(?:[0-9]{{1,2}}[-/][0-9]{{1,2}}|{MONTH2}\.{DAY2})"
        rf"(?<={CUES}{AFTER_CUE}[0-9./-]{{3,5}})(?![0-9A-Za-z%]|[-/.:~][0-9]| ?(?:级|期|片|粒|丸|包|袋|支|次|天|日|周|个|岁|月"
        rf"|年|小时|[μm]?[glL]|[cm]m|mm|h(?![a-z])|分|以|~|×|倍|左右))",
        score=0.7,
        check=checks.month_day,
    ),
    Rule(
        type="DATE",
        name="day_with_dot",
        pattern=r"(?<=[,。;(今昨于自从至]|(?<!.))[0-9]{1,2}\.[0-9]{1,2}(?= ?(?:入院|出院|拔管|手术|转入|转出|置管|撤机|分娩|出生|行|做|查的|打的|来(?!自)|去|到|就(?!诊)|停|走|复[查诊]|住院|开刀|发[热烧]|摔|生的|没了)|"
        r"(?<=[日天晨晚]\([0-9.]{3,5})\))",
        score=0.5,
        check=checks.month_day,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="day_with_dot_said",
        pattern=r"(?<=[\u4e00-\u9fff])[0-9]{1,2}\.[0-9]{1,2}(?=(?:做|住院|入院|出院|手术|开刀|生的|查的))|(?<=[院诊科室] "
        r")[0-9]{1,2}/[0-9]{1,2}(?!.)",
        score=0.5,
        check=checks.month_day,
        policies=BOLD,
    ),
    Rule(
        type="DATE",
        name="day_of_line",
        pattern=r"[01]?[0-9](?:[-/.][0-3][0-9]|/[0-9](?= [\u3400-\u9fff]))(?<=(?<!.) {0,4}[\[(]?[0-9./-]{3,5})"
        r"(?=[\])]?[:,]?(?: {1,3}(?![0-9.<> ])|[\u3400-\u9fff:]))(?! ?[(]?(?:级|期|片|粒|张|支|袋|包|丸|量|[×x*]|mm|cm|天"
        r"|小时|分|月|日|年|岁|次|例|个|周|万|元))",
        score=0.5,
        check=checks.month_day,
        policies=BOLD,
    ),
    # With its clock, where the cell holds the moment
    Rule(
        type="DATE",
        name="moment",
        pattern=rf"时间: ?(?P<v>{YEAR}(?:[-/.]{MONTH}[-/.]{DAY}| ?年 ?{MONTH} ?月 ?{DAY} ?日) {{1,2}}[0-2]?[0-9]:[0-5][0-9]"
        rf"(?::[0-5][0-9])?)(?![0-9:])",
        score=1.0,
        check=checks.moment,
        policies=BOLD,
    ),
)
LATIN_DATES = (
    *dated(
        "english_day_of_care",
        rf"(?<![0-9A-Za-z.-])[0-9]{{1,2}}(?:st|nd|rd|th)?[- ]?(?:of )?{ENGLISH}(?<!\.)(?![A-Za-z0-9]|[-.][0-9]|[- ](?:19|20)[0-9]{{2}}(?![0-9A-Za-z])| ?%)",
        score=0.7,
        careful=True,
        check=False,
    ),
    *dated(
        "english_day_first",
        rf"(?<![0-9A-Za-z.-])[0-9]{{1,2}}(?:st|nd|rd|th)?[- ,./]{{0,2}}(?:of )?{ENGLISH}[- ,./']{{0,2}}(?:(?:19"
        rf"|20)[0-9]{{2}}|[0-9]{{2}}(?![0-9:]))"
        "(?![0-9A-Za-z])",
        score=1.0,
        check=False,
    ),
    *dated(
        "english_year_first",
        rf"(?<![0-9A-Za-z.-]){YEAR}[-/. ]?{ENGLISH}[-/. ]?{DAY}(?![0-9A-Za-z])",
        score=1.0,
        check=False,
    ),
    *dated(
        "english_month_first",
        rf"{ENGLISH}(?<![A-Za-z]{ENGLISH})[- ]?{DAY}(?:st|nd|rd|th)?,? ?(?:19|20)[0-9]{{2}}" + "(?![0-9A-Za-z])",
        score=1.0,
        check=False,
    ),
    Rule(
        type="DATE",
        name="english_month",
        pattern=rf"{ENGLISH}(?<![A-Za-z]{ENGLISH})(?<!(?<!(?:[Oo]n|[Ss]ince|[Ff]rom|[Uu]ntil|[Dd]ated?:?|[Oo]f|[Bb]y|[Bb]efore|[Aa]fter|[Dd]ue|[Tt]il+) )(?:May"
        rf"|MAY)(?! ?[0-9]{{1,2}}(?:st|nd|rd|th))) ?{DAY}(?:st|nd|rd|th)?(?![0-9A-Za-z]|[-.][0-9]|,? ?[0-9]| ?%)",
        score=0.7,
        policies=BOLD,
    ),
)

# ---- ages ------------------------------------------------------------------------------------------------------------

OLD = r"(?:9[0-9]|1[0-2][0-9])"
OLD_HAN = r"(?:九十[有又零]?[一二三四五六七八九]?|一?百(?:[零〇一有][一二三四五六七八九]|[一二]?十[一二三四五六七八九]?|有[一二三四五六七八九])?|九[一二三四五六七八九]|一百)"
GENERAL = r"(?! ?(?:以|及以|或以|之?后的|[-~—至到]|、(?=[0-9一二三四五六七八九十]{1,3}岁)|组|段|年龄|月|山|前的))"  # of everybody of that age
AGES = (
    Rule(
        type="AGE_OVER_89",
        name="age",
        pattern=rf"{OLD}(?<=(?<![0-9.~—≥≤><±/-])(?<![0-9]至|[0-9]到|岁至|岁到|[超过大于小≥] ?|最[大高长](?:年龄|者)?(?:为|是|:)? ?|平均"
        rf"(?:年龄)?(?:为|:)? ?){OLD})(?: ?[多余来几])? ?[周虚]?[ ]?岁{GENERAL}",
        score=0.9,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_in_characters",
        pattern=rf"(?<![一二三四五六七八九十百千万几~—至到超过满第长])(?:{OLD_HAN})(?<!^百)[多余来几]?[周虚]?岁{GENERAL}(?!老人[的多]|时代)",
        score=0.9,
        check=checks.old,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_hundred",
        pattern=r"(?<![一二三四五六七八九十长活命过千几半满])百岁(?=(?<=\(百岁)\)|寿星|高龄|老人(?![0-9的多占中])|奶奶|爷爷|婆婆|太|阿|老太|的?[他她])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_english",
        pattern=rf"(?<![0-9A-Za-z.<>≥≤-]){OLD}(?: ?y(?:/?o|rs?|ears?)?(?: ?/? ?old|-old)?(?![A-Za-z])|[- ]years?[- ]old"
        rf"|Y(?![A-Za-z])| ?[FM](?![A-Za-z0-9]))",
        score=0.7,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_cue",
        pattern=rf"(?:年 ?龄|享 ?[年寿]|寿|虚龄|(?<![A-Za-z])[Aa]ge) ?[:=/]? {{0,3}}(?P<v>{OLD})(?![0-9A-Za-z%]|[-.~/][0-9]| "
        rf"?[-~—至分天月日])",
        score=0.7,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_and_sex",
        pattern=rf"(?:[男女]性?[,、/ ]{{1,2}}|(?<![A-Za-z])[MF]/)(?P<v>{OLD})(?=[,、;。 )]|(?!.))(?! ?(?:mm|cm|kg|次|bpm|%))",
        score=0.5,
        policies=BOLD,
    ),
)

RULES: tuple[Rule, ...] = (*WRITTEN, *NUMERIC, *LATIN_DATES, *AGES)

# What is found without a digit or one of 〇零一二三四五六七八九 holds one of these.
HINTS: tuple[str, ...] = ("月十", "月 十", "月初十", "月 初", "百岁")
