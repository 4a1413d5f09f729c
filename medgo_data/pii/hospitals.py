"""Hospitals and all else where people are cared for: their last words, their short names, and what a name is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.pii.gazetteer import PROVINCES, at, each
from medgo_data.pii.proper import (
    BARE,
    COMMON,
    FIELD_EDGE,
    GENERIC,
    HAN,
    LUCKY,
    NEAR,
    PROPER,
    SHORT,
    SURNAMED,
    TRAILING,
    chain,
    heads,
    isolated,
    odd,
    words,
)
from medgo_data.pii.seek import Seeker, sought
from medgo_data.pii.span import Span

PLACES = words(
    "医院 病院 卫生院 卫生所 卫生室 卫生站 诊所 门诊部 保健院 保健所 保健站 保健中心 卫生服务中心 卫生服务站 服务中心 服务站 体检中心"
    " 养老院 养老中心 养老服务中心 养老服务站 敬老院 福利院 护理院 护理中心 护老院 护老中心 安老院 安养院 安养中心 老人院 老人之家 颐养院 颐养中心 养护院 养护中心 护养院 疗养院"
    " 老年公寓 养老公寓 康养公寓 长者公寓 照料中心 照护中心 照顾中心 老人长期照顾中心 老人养护中心 影像中心 诊断中心 养护之家 长照中心 日照中心 托养中心 医养中心 护理之家 护理所 居护所 护老之家"
    " 康复中心 康复院 康复机构 康养中心 康养院 疾控中心 疾病预防控制中心 防治所 防治院 防治中心 防治站 防疫站 血站 血液中心 急救中心 急救站 急救点 医疗中心 医疗站 医疗点"
    " 医学中心 诊疗中心 诊疗所 医务室 医务所 医务站 医务中心 医馆 国医堂 透析中心 血透中心 妇幼 妇保院 妇幼院 地病所 皮防所 皮防院 结防所 职防院 职防所"
    " 精神卫生中心 生殖中心 医学影像中心 检验中心 检验所 健康管理中心 健康院 月子中心 月子会所 口腔连锁 荣总 附院 附一院 附二院 附三院 一附院 二附院 三附院 四附院 五附院 六附院 附一 附二 附三 医大"
    " 一院 二院 三院 四院 五院 六院 七院 八院 九院 十院 卫生院分院 生殖医学中心 妇儿中心 妇产中心 疾控 分院 总院 中医馆 国医馆 镶牙馆 社区医院 牙医"
)
CRAFTS = words(  # what a practice calls itself by; a department is called so too
    "牙科 齿科 眼科 骨科 骨伤 骨伤科 正骨 儿科 妇科 妇产科 妇产 皮肤科 耳鼻喉 肛肠科 整形 医美 康复 体检 门诊 男科"
)
LAST = (
    PLACES.replace("附一|附二|附三|医大", "(?:附[一二三]|医大)(?=$|[^一二三附学生A-Za-z])")
    + "|口腔(?![崩溃黏粘内卫护炎癌速颌清保念诊检异苔干念白感修]|健康)"
    + f"|(?:{CRAFTS})(?![医院病专部疾会症类用药师内外学史]|门诊|诊[所断]|检查|治疗|手术|护理|训练|锻炼|中心|美容|连锁|推拿|主任|教授|主管|副主|住院|疾|按摩|报告|结果|时|前|后|发现|机构|室|套餐|异常|项目)"
)
CRAFT = frozenset(CRAFTS.split("|")) | {"口腔"}
VAGUE = re.compile("^(?:哪|有哪|最|排|怎|好不|治疗|看|专科)")
SPARE = each(
    "体检 分院 服务中心 服务站 检验中心 口腔 牙科 齿科 妇幼 疾控 康复中心 护理中心 保健中心 医学中心 急救中心 防治中心 一院 二院 三院 四院 五院 六院 七院 八院 九院 十院 医疗中心 诊疗中心"
)


def value(core: str, last: str, score: float, before: str, after: str) -> float:  # noqa: PLR0911  one for each
    """What a name of a care institution is worth."""
    if last in SHORT and NAMED_SHORT.fullmatch(core) and not score >= 0.5:
        return 0.5
    if not score:
        return 0.0
    if last in CRAFT:
        return craft(core, last, score, before, after)
    if score < 0.5:
        if (core[0] in "大小" and len(core) < 4) or COMMON.search(TRAILING.sub("", core)):
            return 0.0
        if odd(core) and last not in UNSURE:
            return 0.5
        told = NEAR.search(before) and (TREATED.match(after) or not CASUAL.search(before))
        return 0.5 if last not in SPARE and len(core) < 8 and (told or isolated(before, after)) else 0.0
    near = not before or before[-1] in FIELD_EDGE or bool(NEAR.search(before))
    spare = last in SPARE and (score < 0.7 or (score < 0.9 and not near))
    vague = not TRAILING.sub("", core[chain(core) :]) and VAGUE.search(after)
    return (
        0.0
        if vague or (core in PROVINCES and last != "医院")
        else 0.5
        if spare and score >= 0.7
        else score * (not spare)
    )


NAMED_SHORT = re.compile(
    f"(?![同另每任统唯这那某哪十万病住出入下我贵本各全同他她转到在去来从于由往回至])[{HAN}]{{1,3}}"
)
UNSURE = each("服务中心 服务站 分院 总院 检验中心 医大 附一 附二 附三 急救点 医疗点 医疗中心 诊疗中心")


def craft(core: str, last: str, score: float, before: str, after: str) -> float:
    """What a name that ends in a craft is worth: 安佑骨科, 老孙家骨科, 南充川北骨科, but not 北京骨科."""
    proper = TRAILING.sub("", core[chain(core) :])
    if SURNAMED.match(proper) or (PROPER.fullmatch(proper) and chain(core)):
        return 0.7
    if not 1 < len(proper) < 6 or COMMON.search(proper):
        return 0.0
    near = not before or before[-1] in FIELD_EDGE or bool(NEAR.search(before)) or bool(DONE.match(after))
    own = LUCKY.match(proper) or ((last in STEADY or proper.endswith(tuple(STEADY))) and odd(proper))
    return (0.7 if score >= 0.7 else 0.5) if near and own and not NOBODY.search(proper) else 0.0


STEADY = each("口腔 牙科 齿科 牙医 骨科 骨伤 骨伤科 正骨 儿科 妇产科 妇产 眼科")
NOBODY = re.compile("性$|新生|国家|中国|中华|世界|全[国身球]|身体|保护|康复|[手足腿臂膝腕踝胸背腰鼻眼耳头面颈]")


TREATED = re.compile(
    "[^,。;]{0,8}(?:化疗|放疗|透析|分娩|生产|住院|手术|就诊|检查|治疗|确诊|诊断|行|建档|建册|急诊|复查|出院|输液|工作|上班|门诊|做|查|看|拍|科)|[,。;、)(]|$"
)
DONE = re.compile("做的?|看[的过病]|拍的?|治[的过]|那边|这边|种的|拔的|的单子|住院|开的")
CASUAL = re.compile("[去到来在从由回往]$")


# ---- without a last word -------------------------------------------------------------------------------------------


def found(line: str, least: float) -> Iterator[Span]:
    """Hospitals that need no last word: by a short name (浙一, 市妇幼, 华西), in a field, in English."""
    yield from sought(line, SEEKERS, least)
    for match in PLACED.finditer(line) if least <= 0.5 else ():
        start = match.start() - 2
        if start >= 0 and (at(line, start) == match.start() or line[start : match.start()] in SCHOOLS):
            yield Span(start, match.end(), "HOSPITAL", "nickname", 0.5)


def field(match: re.Match[str]) -> bool:
    name = match["v"]
    return not (NO_FIELD.search(name) or GENERIC.search(name) or BARE.match(name))


KNOWN = words(  # short names that mean nothing else
    "华西 湘雅 瑞金 阜外 积水潭 唐都 盛京 荣总 马偕 玛嘉烈 川医 重医 哈医大 中国医大 弋矶山 毓璜顶 红房子 一妇婴 国妇婴 北医三院 北大一院 佑安 浙一 浙二 浙医一 浙医二"
    " 奇美 彰基 嘉基 屏基 恩主公 三总 耕莘 律敦治 伊院 威院 伊利沙伯 那打素 雅丽氏 尤德 钟院 玛院 广医一 中山一院 中山三院 中山六院 省立医 人民医 省人医 市人医 县人医 省中医 市中医 区中医 县中医"
    " 梅奥 圣路加 千佛山 武总 军总 空总 海总 火总 南总 沈总 兰总 口腔颌外"
)
DOUBTFUL = words(  # those that are places, firms and words too
    "三〇一 三〇二 三〇四 三〇七 西京 邵逸夫 安德森 霍普金斯 克利夫兰 白求恩 峨山 北荣 中荣 高荣 协和 同仁 友谊 朝阳 宣武 天坛 安贞 长庚 同济 齐鲁 仁济 新华 华山 中山 龙华 鼓楼 珠江 省立 市立 大坪 新桥 地坛 回龙观 广安门 东直门 西苑 望京 世纪坛 玛丽 镜湖 山顶 养和 广华 仁安 明爱 东华 东区 屯门 浸会"
    " 台大 成大 亚东 新光 振兴 国泰 慈济 义大 万芳 双和 敏盛 光田 秀传 辅大 北医 门诺 圣母 仁爱 联医 博爱 圣保禄 空军 海军 武警 军区 胸科 儿中心 省中 市中 妇幼 人医 儿医 中一 中山医 南医 昆医 贵医 吉大一 兰大二 医大一 医大二 附一 附二 附三 附院 一附院 二附院 三附院 四附院 附一院 附二院"
)
LEVELLED = (
    "[省市州县区](?:第?[一二三四五六七八九](?:院|医)?|人民|(?<=省)中心|中医|妇幼|儿童?|肿瘤|胸科?|口腔|传染|脑科|皮防)"
)
THERE = (  # what is done at a hospital, or asked of it
    "(?:[也又都还再就先]{0,2}(?:[那这]边|里?看|住|复|手术|做|查|拍|挂|就[诊医]|会诊|治|转|急[诊症]|开[的药]|开刀|抢|放疗|放的|化疗|透|产检|产[下科]|建[档册卡]|随访|打[针了]|抓药|配药|拿药|取药|验血|抽血|割|切|种牙|拔|接[来回收]"
    "|出院|出来|回来|诊|确诊|病[理房案]|彩超|CT|MR|B超|X光|PET|胃镜|肠镜|心[内外脏]|神[经内外]|血[液透管]|骨[科伤髓]|儿科|妇[科产]|肿瘤|肝|胸外|普外|泌尿|呼吸|消化|内[科分]|外科|ICU|门诊|体检|覆诊|照[胃肠了片]|安宁"
    f"|的?(?:医生|大夫|专家|主任|教授|床|片|单子?|报告|号|结果|病历|出院|检查|CT|B超)|轉|介|[心神血骨儿妇肿肝胸普泌呼消内外][{HAN}]{{0,3}}科|\\d+[次天年月]|[,。;] ?(?:[{HAN}]{{1,3}}床|床|医生|大夫|主任|专家|说|让)))"
)
ELSEWHERE = "(?!院|[路街道镇乡村区县市桥站山河湖庙寺巷苑园楼厦坝社报馆店厂校大中小女男]|医[学药科]|学|医院|药|堂|集团|证券|银行|商|广场|牌|政府|法院|检察|代表|公[园司]|都市|飞机|保健|卫生|健康|工作|儿童|组|队|[级等型]|[一二三四五六七八九十]?中(?!心|医|西)|高中|职)"
TOWARDS = "(?<=[在去到转往从回至由经送赴原于(趟找港台京沪津汉])"
FRESH = '(?:^|(?<=[\\s,。:;"“|/\\[]))'
NICK = re.compile(
    heads(f"{KNOWN}|{DOUBTFUL}|3|一|二|三|四|五|六|七|八|九|省|市|州|县|区")
    + rf"(?:(?:{KNOWN})(?:(?<=医大)附?[一二三四五六七](?!级)院?)?{ELSEWHERE}|{TOWARDS}[一二三四五六七八九]院[东西南北]院|(?<=[在去转往从回送赴])30[1-9](?=看|住|做|查|复|[,。;]|$)|{TOWARDS}(?:{DOUBTFUL}){ELSEWHERE}(?={THERE}|[\s,。;)/、]|$)|{FRESH}(?:{DOUBTFUL}){ELSEWHERE}(?={THERE})|(?<=^\[)(?:{DOUBTFUL})(?=\])"
    rf"|(?:(?<![{HAN}])|{TOWARDS}){LEVELLED}{ELSEWHERE}(?={THERE}|[,。;)/、]|$))"
)
SCHOOLS = each(
    "复旦 交大 川大 山大 浙大 中大 武大 同济 华科 郑大 吉大 南大 苏大 北大 清华 哈医 重医 南医 徐医 昆医 贵医 广医 温医 皖医 安医 河医 山医 苏北 苏中 浙北 皖南 皖北 赣南 川北 川东 湘西 湘南 鄂西 粤北 粤东 陕北 豫北 冀中 晋中 鲁南 鲁西"
)
OF_PLACES = f"{DOUBTFUL}|肿瘤|恩泽|儿科|妇产|华山|人民|妇幼|一院|二院|三院|四院|五院|六院|七院|八院|九院|十院|市[一二三四五六七八九]|附[一二三四五六]|医大[一二三四]|县院|市院|区院|州院|旗院|县医|市医|中医|人医|中心院|妇保|儿保|职防|皮防|精卫|脑科|传染|结防|血站|疾控|马偕|荣总|长庚|慈济|基督|秀传|圣母|荣民|省立|市立|县立|署立|部立|北荣|中荣"
PLACED = re.compile(rf"{heads(OF_PLACES)}(?:{OF_PLACES}){ELSEWHERE}(?={THERE}|[\s,。;)/、|\]]|$)")
FIELD = re.compile(
    r"(?:(?:就诊|就医|转诊|转往|转入|送检|送诊|接种|分娩|建档|首诊|接诊|原就诊|确诊|报告|检查|收治|透析|体检|产检|外送|定点|签约|合作|申请|开单)(?:医院|机构|单位|院所|医疗机构)|接种点|医疗机构(?:名称)?|医院名称|医疗院所|InstitutionName)[::|\[ ]{1,3}"
    f"(?P<v>[{HAN}]{{2,15}}(?:\\([{HAN}]{{2,8}}\\))?|[A-Z][A-Z'&.-]+(?: [A-Z][A-Z'&.-]+){{0,6}})(?=[,。;)(|\\]\\s]|$)"
)
NO_FIELD = re.compile(
    "科室?$|^(?:无|不详|同上|门诊|住院|急诊|外院|本院|我院|见|是|否|未|已|自行|其他|其它|盖章|日期|时间|电话|医师|医生|签名|级别|等级|地址|病区|姓名|性别|年龄|名称|代码|编码)|[的了]|治疗|检查|床$"
)
PLAIN_ENGLISH = re.compile(
    "(?:(?:The |Our |This )?(?:Oncology|Outpatient|Pain|Eye|Dental|Medical|General|Local|Teaching|University|Regional|District|County|City|Community|Private|Public|Fever|Walk-in|Sleep|Memory|Diabetes|Cardiology|Day|Children's|Women's|Tertiary|Referral|Mental|Primary|Home) )+"
    "(?:Hospital|Clinic|Medical Cent(?:er|re)|Infirmary|Health Cent(?:er|re))"
)
ENGLISH = re.compile(
    r"(?=[A-Z])(?<![A-Za-z])(?:[A-Z][A-Za-z'.&-]{1,20} (?:of |de |the |and )?){1,5}"
    r"(?:Hospital|HOSPITAL|Clinic|CLINIC|(?:Medical|MEDICAL|Imaging|IMAGING|Dialysis|Surgery|Cancer) C(?:enter|entre|ENTER|ENTRE)|Infirmary|Health Cent(?:er|re)|Nursing Home|Polyclinic|Sanatorium)(?: (?:Shanghai|Beijing|Guangzhou|Shenzhen|Hong Kong|Macau|Taipei|Tianjin|Chengdu|Hangzhou))?(?![A-Za-z])"
)
LETTERS = re.compile(  # as Hong Kong abbreviates its hospitals
    r"(?=[A-Zaftv])(?<![A-Za-z0-9])(?:(?P<v>QMH|QEH|PWH|PYNEH|AHNH|TKOH|KWH|NDH|RHTSK|TSWH|HKSH|HKAH|OLMH|HKBH|Bumrungrad|Mount Elizabeth(?: Novena)?|(?:Parkway )?Gleneagles(?: [A-Z][a-z]+)?|Raffles Medical|Samitivej|MD Anderson|Mayo Clinic|Cleveland Clinic|Johns Hopkins)"
    r"|(?:at|to|from|via) (?P<w>PMH|TMH|UCH|YCH|CMC|POH|NLTH)|(?P<x>Queen (?:Mary|Elizabeth)|Prince of Wales|Princess Margaret|Tuen Mun|Kwong Wah|Caritas)(?= (?:A&E|OPD|ward|clinic)))(?![A-Za-z0-9])"
)
SEEKERS = (
    Seeker("HOSPITAL", "named_english", 0.9, ENGLISH, lambda match: not PLAIN_ENGLISH.fullmatch(match[0])),
    Seeker("HOSPITAL", "nickname", 0.5, NICK),
    Seeker("HOSPITAL", "care_field", 0.5, FIELD, field),
    Seeker("HOSPITAL", "named_english", 0.5, LETTERS),
)
