"""Institutions that are said in short behind their place: 榆中县院, 郴州附一, 台山一中, 昆山仁宝电子; and branches of a known firm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.pii.employers import FIRMS, JOBS
from medgo_data.pii.gazetteer import at, each
from medgo_data.pii.proper import COMMON, GENERIC, HAN, STEM, heads, words
from medgo_data.pii.span import Span

SCORE = 0.5  # bold: for records of patients only
FARTHEST = 9  # characters from where the place begins to the last word
NUMBER = "[一二三四五六七八九十]"
CRAFTS = "人民|中心|中医|妇幼|妇女儿童|妇儿|妇产|肿瘤|儿童|口腔|职防|传染|精神|精卫|脑科|胸科|眼科|骨科|骨伤|康复|老年|肛肠|肺科|皮肤|红会|铁路|矿务局|油田|职工"
CARE = (
    rf"[省市州盟县区旗]?(?:第?{NUMBER}|{CRAFTS})?(?<![医学法剧书病住出入检研画寺戏影两本我他贵该庭门大小老新])院(?![长内外方务里子士感校友区落士前后墙坝])"
    rf"|[省市州盟县区旗](?:{NUMBER}|人民|人医|中医|妇幼|妇保|肿瘤|职防|皮防|精卫)(?!心)"
    rf"|(?:医大|医科大|医学院|医专|医|大学)?(?:附属?{NUMBER}|{NUMBER}附|附医|附儿|附中医|附口|附肿)院?|医大{NUMBER}?院?"
    "|人医|省医|市医|县医|中心院|妇保|儿保|职防|皮防|精卫|结防|马偕|馬偕|荣总|长庚|慈济|基督教?|秀传|圣母|荣民|奇美|国军|联医|镜湖|协和|同济|湘雅|华西|齐鲁|爱尔|红会|妇幼|中山|仁济|和睦家|安贞|天坛|胸科"
)
LEARNING = rf"(?:第?{NUMBER}|实验|民族|民|外国语|师范|师大|职业|职|城关|镇|县|市|区|铁路|铁|矿|厂)(?:中|小|幼|高)|(?:师大|附|师)?附[中小幼]|[国完女高]中|国小|高[工商职农]|实小|职教|卫校|党校|师范|师院|学院|大学|农大|工大|医大|理工|财大|民大|师大|{NUMBER}幼"
TRADE = words(
    "电子 科技 生物 医药 制药 药业 化工 化纤 化学 锻造 铸造 锻压 五金 电镀 印染 纺织 针织 制衣 服饰 服装 鞋业 皮革 皮具 箱包 家具 家居 木业 竹业 纸业 包装 印刷 印务 塑料 塑胶 塑业 橡胶 轮胎 玻璃 陶瓷 瓷业 建材 水泥 石材 石业 钢构 钢铁 特钢 冶金 矿业 煤业 煤矿 能源 电力 电气 电器"
    " 电缆 光电 半导体 仪表 仪器 机械 机电 重工 精密 精工 模具 汽配 汽修 汽贸 物流 货运 快运 速运 冷链 航运 船务 渔业 水产 养殖 牧业 农业 种业 饲料 粮油 面业 食品 乳业 茶业 酒业 饮料 餐饮 商贸 贸易 外贸 百货 超市 置业 地产 建工 建筑 建设 路桥 市政 园林 装饰 装修 物业 保洁 家政 劳务 人力 保安"
    " 传媒 文化 广告 网络 软件 信息 通信 环保 环卫 热力 燃气 水务 自来水 供电 新能源 新材料 材料 轴承 阀门 齿轮 车桥 车辆 客车 摩托 造船 船厂 玩具 工艺 首饰 珠宝 眼镜 殡葬 塑膠 电池 电机 电梯 家具城 建材城 农贸 农机 山货 茶庄 农庄 影楼 影城 酒楼 饭庄 山庄"
)
AFTER = rf"(?=$|[^{HAN}]|[的在那这当做上打任退下工员职读毕高初实教老学校住查看转治手复就门急放化做拍挂透]|{JOBS}|派驻|派|送|厂|公司|集团|理赔)"
TAIL = re.compile(
    heads(
        f"{CRAFTS}|省|市|州|盟|县|区|旗|第|一|二|三|四|五|六|七|八|九|十|医|大|附|院|人|中|妇|儿|职|皮|精|结|马|馬|荣|长|慈|基|秀|圣|奇|国|联|镜|协|同|湘|华|齐|爱|红|仁|和|安|天|胸|实|民|外|师|城|镇|铁|矿|厂|完|女|高|卫|党|学|农|工|理|财|{TRADE}"
    )
    + rf"(?:(?P<trade>{TRADE})|(?P<learning>{LEARNING})|(?P<care>{CARE})){AFTER}"
)
BRANCH = re.compile(
    rf"{heads(FIRMS + '|步')}(?:{FIRMS}|步步高|永旺|山姆|麦德龙|华联|人人乐|天虹|名创优品|屈臣氏|海王星辰|老百姓|益丰|一心堂|大参林|蜜雪冰城|正新鸡排|绝味|周黑鸭|链家|贝壳|中通|极兔)(?:{STEM}|[0-9A-Za-z]){{2,8}}?(?:店|专柜|门店|网点|营业部|驿站|分部|项目部|工地|车间|分公司|工厂|厂区|园区)(?![员长主])"
)
PROJECT = re.compile(
    rf"(?=[中葛])(?:中[铁建交水冶核电化车航船石煤]|葛洲坝)(?:[{HAN}0-9]){{1,12}}?(?:项目部|工区|标段|指挥部|分部|局(?=$|[^{HAN}]))"
)
MILL = re.compile(
    rf"(?<![{HAN}])[{HAN}](?:[钢铝焦煤棉纺化油矿])(?:第?{NUMBER})?(?:炼钢|炼铁|炼|轧钢|轧|焦化|烧结|动力|发电|分厂|厂|矿|车间)(?=$|[^{HAN}]|{JOBS}|[上退下打做当])"
)
VAGUE = re.compile("某|哪|各|每|这|那|本|该|其|家|的|了|是|有|无|在|到|去|查|看|转")


def found(line: str) -> Iterator[Span]:
    """Left to right by kind."""
    firms = dict.fromkeys(match.span() for pattern in (BRANCH, PROJECT, MILL) for match in pattern.finditer(line))
    yield from (Span(*place, "ORG", "short", SCORE) for place in firms)
    for match in TAIL.finditer(line):
        kind = match.lastgroup or ""
        start = behind(line, match.start(), *GAPS[kind])
        if start < match.start():
            yield Span(start, match.end(), "HOSPITAL" if kind == "care" else "ORG", "short", SCORE)


GAPS = {"care": (0, 0), "learning": (0, 2), "trade": (2, 4)}  # characters between a place and the last word


def behind(line: str, end: int, least: int, most: int) -> int:
    """Where the place begins behind which this stands, with so many characters between; `end` where there is none."""
    for start in range(max(0, end - FARTHEST), end):
        stop = at(line, start)
        stop -= stop == end + 1 and line[end] in SUFFIXES  # 榆中县 + 院
        if stop <= start or not least <= end - stop <= most:
            continue
        if line[stop : stop + 1] in SUFFIXES and stop < end - least:
            stop += 1
        between = line[stop:end]
        if (
            stop <= end
            and not (VAGUE.search(between) or GENERIC.search(between) or COMMON.search(between))
            and between.isalpha() | (not between)
        ):
            return start
    return end


SUFFIXES = each("市 县 区 州 镇 旗")
