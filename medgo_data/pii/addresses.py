"""Addresses: found where one may begin, and read forward, unit by unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from medgo_data.pii.gazetteer import PROVINCES, SUFFIX, at, each
from medgo_data.pii.gazetteer import starts as heads_of_places
from medgo_data.pii.proper import AN, GENERIC, HAN, STEM, edge, words
from medgo_data.pii.seek import Seeker, Taken
from medgo_data.pii.span import Span

# An address is found where it may begin (after a cue, at a place of the gazetteer, left of 路12号 or X镇Y村) and is
# read forward as far as units follow; how many and which decides what it is worth.

WEST = f"[{HAN}]和(?=[乡镇村路街苑园里庄屯区县市])|药都|药谷|院前|会展|会昌|无锡|于[都田洪]|和平|和[县田顺]|从化|从江|那坡|那曲|那大|无为|犍为|有为|无棣|无极|新都|会同|会理|会宁|会东|会泽|同和|和谐|永和|泰和|太和|中和|义和|仁和|祥和|颐和|康和|家和|成都|江都|宁都|都匀|首都|都市|名都|武都|曾都|丰都|大都|东都|都江堰|都安|都兰|都昌|可克达拉|和睦|云和|和政|政和|敬和|和美|要塞|高要|每户|应用|医院路|学院|书院|大院|家院|后院|法院|检察院|科学院|研究院|剧院|影院|药厂|药王|平和|信和|兴和|汇和|嘉和|和兴|和丰|和盛|和园|与共|可可|都会|御都|华都|中都|有色|未央|不夜城|向日葵|未来|经[济纬贸开]"
HANS = f"(?:{WEST}|{STEM})"
NUM = "(?:[0-9]{1,5}|[一二三四五六七八九十百零〇廿]{1,5}|[A-Za-z][0-9]{0,4}|[甲乙丙丁])"
AREA = (
    words(
        "特别行政区 自治区 自治州 自治县 自治旗 地区 林区 开发区 高新区 经开区 保税区 度假区 示范区 新区 工业园区 工业园 工业区 产业园 科技园 街道办事处 街道 办事处 省 市 州 盟 县 旗 苏木"
    )
    + "|镇(?![痛静定咳吐惊路街])|乡(?![下亲村间音路街])"
)
VILLAGE = words(
    "道班 行政村 自然村 居委会 村委会 社区 村 屯 嘎查 大队 农场 林场 牧场 茶场 团场 分场 总场 兵团 邨 塆 窝铺 窑子"
).replace("|村", "|村(?![民里医乡镇路街道])")
ROAD = (
    words("大道 大街 马路 胡同 公路 国道 省道 环路 支路 横街 直街 后街 前街 弄")
    + "|巷(?![村子])"
    + "|路(?![过上边人途程径])|街(?![上边头坊])"
)
ESTATE = words(
    "小区 花园 家园 公寓 大厦 大楼 花苑 大院 家属院 家属区 家属楼 宿舍 公馆 山庄 别墅 名邸 酒店 宾馆 新村 新苑 佳苑 雅苑 大市场 名都 豪庭 华庭 首府 御府 招待所"
)
PEOPLES = "藏族|维吾尔|回族|壮族|苗族|彝族|土家族|侗族|布依族|蒙古族?|哈萨克|柯尔克孜|傣族|景颇族|傈僳族|白族|哈尼族|朝鲜族|羌族|满族|瑶族|黎族|畲族|仡佬族|水族|纳西族|拉祜族|佤族|布朗族|撒拉族|东乡族|保安族|土族|仫佬族|毛南族|达斡尔族|锡伯族|各族|塔吉克|裕固族|普米族|怒族|独龙族|鄂温克族|鄂伦春"
LEVELS = f"(?:(?:{PEOPLES}){{1,4}}(?=自治|族?乡))?(?:自治[区州县旗]|特别行政区|地区|林区|新区|矿区|特区|族?乡(?![下亲村间])|[省市州盟县区旗镇])"
NUMBERED_UNIT = re.compile(
    rf"(?:第|附|近|[东西南北中](?={NUM} ?(?:栋|幢|座|楼|号楼|单元|门|区|院)))?{NUM}(?:[-#~/—–、]{NUM}){{0,4}} ?"
    rf"(?:村民小组|村民组|居民组|居民小组|生产队|字楼|期(?=[0-9A-Za-z东西南北])|排(?![列除斥查])|号大院|号院|号楼|号|栋|幢|座|楼|层|单元|门|室|房|户|铺|组|小组|队|社|弄|巷|邻|连|团|街坊|段|支路|村|屯|胡同|[Ff](?![A-Za-z])|马路|经路|纬路|车间|营部|作业区|宿舍|(?:师|区|街|路|条|院|厅|期|环|道|苑|坊|营)(?![{HAN}]))"
    rf"(?:之{AN}{{1,3}}|附 ?{AN}{{1,3}}号?)?(?:[东西南北][侧段]?(?![{HAN}])| ?[甲乙丙丁](?![{HAN}]))?"
)
PLAIN_NUMBER = re.compile(
    r"(?:[A-Za-z]?\d{1,4}(?:[-#—–]{1,2}\d{1,5}){1,4}|[A-Za-z]?\d{2,4}(?![\d年月日:：.%床/号]))号?房?室?楼?"
)
NUMBER_NEXT = re.compile(
    "[0-9]|[一二三四五六七八九十]{1,3}(?:期|区|组|队|社|栋|号|座|幢|单元|村|巷|弄|段)|[A-Za-z][0-9区]"
)
HAMLET = re.compile(f"{HANS}{{2}}里(?![面外头边间长程弄巷])|{HANS}{{2,4}} ?(?=[0-9]{{1,2}} ?邻)")
WEAK_AREA = words("区 园区 新区 特区")
WEAK_VILLAGE = words(
    "社 岗 坡 岭 沟 坝 坪 圩 垭 坳 垸 堡 营子 庄 寨 桥 口 井 塘 店 铺 头 河 泉 洞 坎 塬 峁 墩 埠 浦 港 洲 岛 渡 滩 寺 庙 山 湾 埭 浜 荡 桥头 集 营 院子 坊 楼 门 湖 关 屿 窝 冲 畈 屋 巷"
)
WEAK_ROAD = words("里 道 条 段 埔 径 围 涌")
WEAK_ESTATE = words(
    "苑 园 城 庭 府 邸 轩 阁 居 台 楼 厦 湾 里 中心 国际 半岛 上城 市场 商场 广场 学院 大学 学校 中学 小学 厂 工地 港 岸 郡 门第 天下 世家 春天 阳光 公园 村 都 山 江南"
)
ENDING = rf"(?=$|[\s,.;:!?)\]|/、。\"”·]|第?{NUM}(?:[号栋幢座楼室弄巷组队单社排期居村-]|$|[\s,;)。])|[人户](?![{HAN}])|[0-9]|[东西南北][侧面头]|一个人|要|附近|那边|这边|上班|工作|打工|租)"
TAIL_OF_UNIT = rf"(?:[东西南北中上下]{{1,2}}(?:[一二三四五六]?段|侧|路口|街口|口)?(?![{HAN}])|[一二三四五六]段|[东西南北中][一二三四五六]?段|(?<=[路街道巷])口(?![{HAN}]))?"
LARGE = f"(?P<A>{AREA})|(?P<V>{VILLAGE})|(?P<R>{ROAD})|(?P<E>{ESTATE})"
LARGE_UNIT = re.compile(rf"(?:{HANS}|[0-9A-Z·]){{1,9}}?(?:{LARGE}){TAIL_OF_UNIT}")
NEXT_UNIT = re.compile(
    rf"(?:(?![的了在是我你您因到去由从及与被时对])[{HAN}]|·){{1,6}}?(?:{LARGE}){TAIL_OF_UNIT}"
)  # below a county, where 那拉提镇 may follow
SMALL_UNIT = re.compile(
    rf"(?:{HANS}|[0-9A-Z·]){{1,7}}?(?:(?P<a>{WEAK_AREA})|(?P<r>{WEAK_ROAD})|(?P<e>{WEAK_ESTATE})|(?P<v>{WEAK_VILLAGE})){ENDING}{TAIL_OF_UNIT}"
)
NOT_UNIT = re.compile(
    "(?:出版|报|供销|旅行|通讯|合作|杂志|信用)社$|参保|就医|[明确密]$|都市$|人口|窗口|门口|伤口|创口|胃口|出口|入口|乳头|股骨头|骨头|[额枕]头|距|钟|农村|城市|县城|^[市城郊]区|郊区|病区|^小区|^社区|^街道|^村$|医院|卫生|诊所|家属楼?$|门诊|住院|手术|检查|道路|公路旁|本[市县区镇乡村]|街头|途径|路径|通路|回路|旁路|一路|走路|马路边|地区差|贫困|灾区|疫区|高发|流行|发病"
    "|^[东西南北中]部?地区|区域|上市|股市|超市|都市圈|城镇居|乡镇|乡村|村镇|全[省市县区]|外[省市县地]|^[省市县区]|^.?(?:公|铁|高速|线)路$|知道|味道|管道|肠道|胆道|气道|尿道|阴道|通道|渠道|频道|跑道|隧道|赤道|人道|报道|消化道|呼吸道|心里|肚里|哪里|那里|这里|家里|夜里|嘴里|胃里|身体里|阶段|手段|节段|血管|公里|肺段|平台|舞台|阳台|后台|身边|建筑工地|大小|首先|左|右|双侧"
)
LABEL = re.compile(
    "(?=[宿家老屋人现住地户籍出生原祖常居定暂租久参就发事案厂社坐属辖采集收寄已上接邮快送迁搬回来长落嫁祖目途流男女戶 \t,;|AH]|^)"
    r"(?:宿舍|(?:(?:家|老家|屋头|屋里|家里)[是在]|人在)(?!家|我|哪|不|[一二三四]|医|这|那|急|门|病|睡|吃|上班)|现?住[址所]|地址"
    r"|户籍(?:所在)?地?址?|户口(?:所在)?地?址?|籍贯|出生地点?|出生于|(?<![发产再寄衍派野陆水])生于|原籍|祖籍|现?居住(?:地址?|[在于])?|常住地?址?|定居[在于]?|暂住地?址?|暂住[在于]|租住[在于]?|租房[在于]|现住[在于]?|久居|长居|常年居住|家住在?|住在|住于|家[在居]|参保地|就医地|发生地|事发地点?|案发地点?|地点|厂址|社址|坐标|属地|辖区"
    r"|采样地?点|集合地点?|寄[到往至回给]|已寄|发往|发货[到至]?|上门到|接诊地|现场|[男女]方?户口|户口在|回籍|邮寄[到往至]|快递[到至]|送餐到|送到|坐落[在于]|迁[往至居到]|搬[到至往去]|搬迁[至到]|迁居|现居[在于]?|老家[在是]?|来自于?|长于|落户[在于]?|嫁[到至往]|接回|(?<![敷捂按压堵止记抓站停卡夹忍稳盖握护撑困顶扣挡遮包裹绑缠留保不得拴系粘])住(?![址院所宿户房入了着])|祖上|出发地|目的地|途经|流向)"
    r"(?:\(?[^,。;:()\s]{0,3}\))?\s?[::]?\s{0,3}|(?:^|[\s,;|])(?:Add(?:ress)?|Hotel|ADDR)\s?[::]\s?"
)
FIELD = re.compile(
    r"(?:住址|地址|住所|籍贯|出生地|祖籍|原籍|户籍(?:所在)?地?|户口所在地?|常住地|居住地|居住|厂址|参保地|就医地|发生地|家住|住)\s?(?P<colon>[::])?\s{0,3}$"
)
FREE = re.compile(rf"(?:(?!\s)[{HAN}A-Za-z0-9\-#]){{2,24}}(?=$|[,;。|)]|\s|人(?![民家员]))")
BORN_AND = re.compile("(?<![发产再寄衍派野陆水])生于$")
REARED = re.compile("[^。]{0,14}(?:长于|生长|久居|本地|原籍|当地|长大|居住|疫)")
BORN = re.compile(r"(?:出生于|籍贯|祖籍|出生地|原籍|家住|现居[在于]?|租住[在于]?)\s?[::]?\s{0,3}$")
NO_PLACE = re.compile(
    "[上中下间内外里]$|谷|同上|不详|不明|无|农村|城市|城镇|本地|当地|本市|本县|本省|外地|原籍|郊区|家中|医院|医师|高楼|平房|学校|宿舍|病房|病区|出租|潮湿|院外|父母|子女|家属|我院|楼房|国外|以上|如下|待|地下室|低层|多|一般|新装修|独居|老人|健康|.{0,2}家$"
)
PEOPLE = re.compile(
    "^(?:(?:籍|人|人氏|口音|户口|华侨|侨胞|过来的|来的(?!时)|牧民|农民|村民|居民|菜农|果农|茶农|渔民|乡下|老家|老乡|那边|这边)(?![民群口工类体均士员力才大们家造体道事物生为参])|的(?=[,。;!?]|$|人))"
)
LIVE = re.compile(
    "^(?:[^,。;!?]{0,4})(?:看孩子|看孙子|带孩子|带娃|过年|住院|治病|看病|种地|放羊|赶不|打工|务工|上班|工作|做工|做生意|经商|居住|一个人住|生活|读书|上学|念书|上大学|读大学|当兵|服役|定居|租房|养老|带孙|待产|探亲|未见|多年|六十载|行医|[0-9一二三四五六七八九十几]+(?:多|几)?年|开店|做买卖|出差|上高中|住着|长大|出生|安家|干活|跑车|跑运输|陪读)"
)
WORKED = re.compile("打工|务工|做工|经商|上班|跑车|种地|放羊|种菜|卖菜")
ORIGIN = re.compile('[\\s,。;:!?(|/、"“是为系男女岁我族]$|老家|原籍|祖籍|来自|本是')
MOVES = re.compile("(?:来自|从|自|打)$")
MOVED = re.compile(
    "[^,。;!?]{0,4}(?:来(?![说看讲源自])|赶|转来|过来|慕名|坐车|连夜|拉来|送来|抬来|接来|返回|回来|开车|坐)"
)
STAYS = re.compile(
    "(?:去|到|在|上|往|回|返|返内地|回内地|回老家|赴|外出|回到|去了|来到|返回|客居|旅居|行医|迁居|搬回|嫁到|嫁去|人在|送)$"
)
NOW = re.compile(
    "(?:我们?|人|家|家长|家人|父母|父亲|母亲|儿子|女儿|丈夫|妻子|爱人|老伴|老公|老婆|其[子女父母]|妈|爸|老家|现|目前|常年|长期|孩子)(?:都|现|目前)?[在是]$|行医$|外出$"
)


def read(line: str, start: int) -> tuple[int, str]:
    """Where an address that is read forward ends, and a letter for each of its units.

    P province, G place of the gazetteer (g without its suffix), A area, V village, R road, E estate, N number,
    d and b bare numbers with and without a hyphen.
    """
    i, kinds = start, ""
    while i < len(line) and i - start < 80 and len(kinds) < 16:
        step, kind = unit(line, i, kinds)
        if step == i and kinds and line[i] in " ,-":
            step, kind = unit(line, i + 1, kinds)
            if step == i + 1 or not goes_on(line, i, step, kinds[-1], kind):
                break
        if (
            step == i
            and kinds
            and kinds[-1] in "GAVREN"
            and (by := LANDMARK.match(line, i))
            and not NO_MARK.search(by[0])
        ):
            i, kinds = by.end(), kinds + "L"
            if not (line[i : i + 1].isdecimal() and kinds[-2] in "REN"):
                break
            continue
        if step == i:
            break
        i, kinds = step, kinds + (kind if kind in "gbd" else kind.upper())
    return i, kinds


def goes_on(line: str, gap: int, end: int, last: str, kind: str) -> bool:
    """Whether what stands after a space, comma or hyphen belongs to the same address: a number, or a plain unit."""
    if last not in "PGARVEgN" or kind in "Ndb":
        return last in "PGARVEgN"
    numbered = NUMBERED_UNIT.match(line, end + (line[end : end + 1] == " "))
    return line[gap] == " " and bool(kind in "GARVE" or (kind == "g" and last == "P") or numbered)


def unit(line: str, i: int, kinds: str) -> tuple[int, str]:
    """The unit of an address that begins at `i`: its end and letter."""
    end, kind = known(line, i)
    if kind and (kind != "g" or at(line, end) > end):
        return end, kind
    if kinds and (match := NUMBERED_UNIT.match(line, i)):
        return match.end(), "N"
    if kinds and kinds[-1] in "GAV" and (match := HAMLET.match(line, i)):
        return match.end(), "V"
    if kinds and kinds[-1] in "RENVL" and (match := PLAIN_NUMBER.match(line, i)):
        return match.end(), "d" if "-" in match[0] else "b"
    large = LARGE_UNIT.match(line, i) or (NEXT_UNIT.match(line, i) if kinds else None)
    for match in (large, SMALL_UNIT.match(line, i)):
        if match and match.end() > end and not NOT_UNIT.search(match[0]):
            alone = match is not large and not kinds and not NUMBER_NEXT.match(line, match.end())
            if not alone:  # 思源苑7座
                return match.end(), match.lastgroup or ""
    return end, kind


def known(line: str, i: int) -> tuple[int, str]:
    """The place of the gazetteer that begins at `i`, with the suffix of its level: its end and letter."""
    end = at(line, i)
    if end == i:
        return i, ""
    name = line[i:end]
    full = bool(SUFFIX.search(name)) and len(name) > 2
    more = None if full else LEVELS_AT.match(line, end)
    kind = "P" if name in PROVINCES else "G" if full or more else "g"
    return (more.end() if more else end), kind


LEVELS_AT = re.compile(LEVELS)
TAILS = re.compile(
    "(?<=[楼座室]) ?[A-Z]{1,2}(?![A-Za-z0-9])|[东西南北中]单元|家属房|(?:[东西南北]侧|对面|隔壁)?(?:老宅|老屋|老房子|平房|底商|门面房?|地下室|地下|阁楼|家属楼|工地|工棚|板房|出租屋)"
)
LANDMARK = re.compile(  # by which one finds the house
    rf"(?:的|政府|与|和)?(?:(?![因被午间时候后前约骑乘驾])(?:{STEM}|[大小上下药院])){{0,8}}?(?:旁边?|边上?|对面|对过|隔壁|后头|后面|后身|后院|后门|前面|前头|门口|[东西南北][头侧边面]|巷口|路口|街口|桥头|院内|院里|楼上|楼下|往[东西南北]|交叉口|交汇处|里头|外头|那家)"
    r"(?:第[一二三四五六]家|那家|平房|民宿|\d{1,3}米)?"
)
POSTCODE = re.compile(r"[ ,]?[1-9]\d{5}(?!\d)")
POSTCODE_BEFORE = re.compile(r"(?<!\d)[1-9]\d{5} ?$")
NUMBERED = each(
    "路 街 口 道 巷 弄 同 里 段 区 园 苑 寓 厦 村 屯 庄 寨 邨 坊 湾 居 府 城 庭 轩 院 舍 场"
)  # what a number may follow
ANCHOR = re.compile(
    rf"(?:路|街|街口|大道|马路|巷|弄|胡同|道|里|段|小区|花园|苑|园|公寓|大厦|村|屯|庄|寨|邨|坊|湾|居|府|城|庭|轩|院|宿舍|农场|林场|牧场|茶场)(?=(?:[A-Za-z一二三四东西南北]区|[一二三四五六七八九]期)? ?{AN}{{1,5}} ?(?:[-#]\d{{1,4}}|号(?!线)|弄|栋|幢|座|组|队|社|排|单元|楼|室|巷|邻|连)|\d{{1,3}}-\d{{1,3}}-\d{{2,4}}(?!\d)|\d{{1,2}}-\d{{3,4}}(?!\d)|[A-Z]座)"
    rf"|(?:邨|花园|苑)(?={HANS}{{1,4}}[楼阁])|(?:路|街|大道|巷)(?=(?:与|和|、)?{HANS}{{2,6}}(?:路|街|大道|巷)(?:的?交叉|交汇|交界|路?口))|(?:大马路|大道|路|街)(?={HANS}{{2,8}}(?:大厦|大楼|花园|苑|阁|邨))|(?:宿舍|家属院|大院|公司)(?=院?[内后]|[东西南北]头)"
    rf"|(?:镇|乡|街道|苏木)(?={HANS}{{1,6}}(?:村|社区|屯|寨|庄|路|街|嘎查|组|镇|大道|[沟湾坪坝岭坑集店洼]))|(?:县|市|区|旗)(?={HANS}{{1,5}}(?:镇|乡|街道|苏木|大道|村|[路街]{AN}))|嘎查|苏木|[乡镇村](?=政府)|[街路巷村](?=[东西南北]头)"
)


def found(line: str, taken: Taken) -> Iterator[Span]:
    """The addresses of a line, left to right, that do not lie within a name already taken."""
    done = 0
    for begin, cue in beginnings(line):
        if begin < done or (taken.at(begin) and not housed(line, begin, taken, told=cue)):
            continue
        label = LABEL.match(line, begin)
        start = label.end() if label else begin
        end, kinds, named_next = extent(line, start, taken)
        told = cue or bool(LABEL_END.search(line, max(0, start - 12), start))
        score = 0.0 if named_next and not told else weigh(line, start, end, kinds, told=told)
        if told and (rest := remaining(line, end, taken, named=score > 0)) > end:
            end, score = rest, score or 0.5
        if not score and told and (free := unknown(line, start)) > start and taken.free(start, free):
            end, score = free, 0.7 if PLAIN_FIELD.search(line, max(0, start - 12), start) else 0.5
        if score:
            before = POSTCODE_BEFORE.search(line, max(0, start - 8), start)
            for more in (TAILS, POSTCODE):
                if tail := more.match(line, end):
                    end = tail.end()
            done = end
            yield Span(before.start() if before else start, end, "ADDRESS", "address", score)


def housed(line: str, begin: int, taken: Taken, *, told: bool) -> bool:
    """Whether a named employer is where somebody lives: 棉纺厂家属院3排."""
    (span,) = taken.within(begin, begin + 1)
    return span.by == "named_works" and span.start == begin and (told or bool(HOUSE.match(line, span.end)))


HOUSE = re.compile("家属[院区楼房]|宿舍|大院|院内|生活区|职工楼|住宅")


def beginnings(line: str) -> list[tuple[int, bool]]:
    """Where an address may begin, and whether a cue stands there."""
    starts = {match.end(): True for match in LABEL.finditer(line)}
    for match in ANCHOR.finditer(line):
        starts.setdefault(edge(line, match.start()), False)
    known = heads_of_places()
    for match in _two().finditer(line):
        i = match.start()
        if line[i : i + 2] in known and at(line, i) > i:
            starts.setdefault(i, False)
    return sorted(starts.items())


@cache
def _two() -> re.Pattern[str]:
    """A letter that begins a place and one that is the second of one: not all such pairs do, but others need no look."""
    first, second = ("".join(sorted({head[k : k + 1] for head in heads_of_places()})) for k in (0, 1))
    return re.compile(f"[{re.escape(first)}](?=[{re.escape(second)}])")


def extent(line: str, start: int, taken: Taken) -> tuple[int, str, bool]:
    """Where an address ends and what it is made of, and whether a named institution follows at once (so it is its place)."""
    end, kinds = read(line, start)
    for span in taken.within(start, end):
        if span.by != "named_works" or end <= span.end:  # 义乌市稠州北路699号锦都酒店1908房 is one address
            end, kinds = read(line[start : span.start], 0)
            end += start
            break
    more = LAST.match(line, end)
    if (
        more
        and (kinds[-1:] == "A" or (kinds[-1:] == "G" and VILLAGE_NAME.search(more[0])))
        and not NO_LAST.search(more[0])
    ):
        end = more.end()
        kinds += "V" * bool(VILLAGE_NAME.search(more[0]))
    return end, kinds, bool(taken.at(end))


def remaining(line: str, end: int, taken: Taken, *, named: bool) -> int:
    """Where what is left of an address ends that a cue tells of, in words of no kind that is known: to the next stop."""
    rest = REST.match(line, end)
    if not rest or NO_REST.search(rest[0]) or not (named or NUMBERS_IT.search(rest[0])):
        return end
    return rest.end() if taken.free(end, rest.end()) else end


def unknown(line: str, start: int) -> int:
    """The end of an unknown place that a cue tells of plainly, or `start`."""
    free = FREE.match(line, start)
    if not free or free[0] in PROVINCES or NO_PLACE.search(free[0]) or not HANS_ONLY.match(free[0]):
        return start
    return free.end() if plainly(line, start, free.end()) else start


REST = re.compile(  # what is left of an address that a cue tells of, to the next stop
    rf"(?:{STEM}|[里外上下中院药0-9A-Za-z#-]){{1,14}}(?<=[房家宅院楼层室号区里旁边面头户店村屯组队园苑城弄巷街路寨庄沟湾站厂口内后]|\d)(?=[,。;)|]|\s|$)"
)
NUMBERS_IT = re.compile(r"\d(?:栋|幢|号|楼|室|单元|组|队)|平房|那家|后身|出租|里头")
NO_REST = re.compile("医院|门诊|病|科室|住院|治疗|入院|电话|手机|联系|年龄|岁|籍|体温|诊")
PLAIN_FIELD = re.compile(r"(?:住址|地址|籍贯|出生地|祖籍|原籍|所在地|居住地|常住地|参保地)\s?[::]\s{0,3}$")
LAST = re.compile(rf"{HANS}{{2,4}}(?=$|[\s,;。)])")
VILLAGE_NAME = re.compile("[村庄屯湾沟坪堡寨集岭坑坳坝窑洼岗塘冲畈垸坡店铺营桥埠屋组社]$")
NO_MARK = re.compile("人|[村居农牧]民|医|户口|退休|体检|卫生|派出|入院|就诊|男|女|病|发|省道|一带|境内|集体")
NO_LAST = re.compile(
    "人|民|工|农|籍|医|户口|退休|体检|学生|单位|卫生|政府|中心|派出|医院|附近|同上|入院|就诊|男|女|病|发|省道|家中|一带|境内|集体"
)


def plainly(line: str, start: int, end: int) -> bool:
    """Whether what stands before says so plainly that a place follows that even an unknown word is one."""
    low = max(0, start - 12)
    if field := FIELD.search(line, low, start):
        return bool(field["colon"])
    return bool(BORN.search(line, low, start) or (BORN_AND.search(line, low, start) and REARED.match(line, end)))


LABEL_END = re.compile(f"(?:{LABEL.pattern})$")
HANS_ONLY = re.compile(f"^{HANS}{{2,6}}$")
ANY = re.compile("^[一两几]|住宅|老乡|宾馆|酒店|黑人|高档|老旧|居民|学生|父母|出租")
NOT_HERE = re.compile(
    "三角[形区]|莲花清瘟|吉隆坡|[大小]内科|阿莫西林|日照射|阳谷穴|高密度|百色的|东海岸|牡丹皮|江南|平原人"
)


def weigh(line: str, start: int, end: int, kinds: str, *, told: bool) -> float:
    """What an address is worth by the units that were read, and by what stands around it."""
    has = set(kinds)
    if has <= {"P"} or NOT_HERE.match(line, start):
        return 0.0
    if told:
        text = line[start:end]
        if len(kinds) == 1 and has <= set("AVRE") and (GENERIC.search(text) or ANY.search(text)):
            return 0.0
        return 0.9 if has & set("NbdGAg") or len(kinds) > 1 else 0.5
    before, after = line[max(0, start - 12) : start], line[end : end + 14]
    return max(
        by_itself(kinds, line[start:end], alone=not (before[-1:].isalnum() or after[:1].isalnum())),
        around(line, end, kinds, before, after),
    )


def by_itself(kinds: str, text: str, *, alone: bool) -> float:
    """What the units say without any cue."""
    has, places = set(kinds), kinds.count("G") + kinds.count("g")
    numbers = kinds.count("N") + kinds.count("b")
    numbered = bool(numbers) or "d" in has
    if kinds[0] in "PGg" and len(kinds) > 1 and has & set("VRE") and (numbered or has & set("GA")):
        return 0.9
    if (
        ("A" in has and places)
        or (numbered and "R" in has)
        or (("d" in has or numbers > 1) and has & set("VE"))
        or kinds.count("A") >= 2
        or (has & set("VR") and "E" in has)
        or (numbered and has & set("AVE") and BUILT.search(text))
        or ("A" in has and has & set("VR"))
        or ("G" in has and places > 1 and alone)
    ):
        return 0.7
    street = kinds[0] in "PGg" and len(kinds) > 1 and STREET.search(text)
    return 0.5 if street or ("V" in has and numbered) or ("L" in has and has & set("AVRE")) else 0.0


STREET = re.compile("(?:[路街巷邨苑道村]|大道|花园|新村|小区)$")
BUILT = re.compile(r"(?:[\d一二三四五六七八九十A-Z]\s?(?:栋|幢|号楼|单元|座|#)|宿舍\s?\d|家属[院区楼]\s?\d)")


def around(line: str, end: int, kinds: str, before: str, after: str) -> float:
    """What stands around a place: the people of it, who lives or comes there, a postcode, a row of a roster."""
    has, score = set(kinds), 0.0
    if has & set("gG"):
        if POSTCODE.match(line, end) and before[-1:] in ("", " ", "(", ",", "。"):
            return 0.9
        if "G" in has and before.endswith(("位于", "地处", "外出", "坐标")):
            return 0.7
        moves = MOVES.search(before) and MOVED.match(after)
        stays = STAYS.search(before) and LIVE.match(after)
        score = 0.7 if stays else 0.5 if moves or (NOW.search(before) and ENDS.match(after)) else 0.0
        if kinds == "G" and (not before or before[-1] in " \t|,(") and (not after or after[0] in " \t|,)"):
            score = max(score, 0.5)  # 三重区, in a column
        if WORKED.match(after):
            score = max(score, 0.5)
        if kinds == "gg" and (not before or before[-1] in " \t,|(") and ENDS.match(after):
            score = 0.5  # 抚州临川, in a column
    if has & set("GgAV") and PEOPLE.match(after):
        return 0.9 if "G" in has or (after[0] != "的" and (not before or ORIGIN.search(before))) else 0.5
    if ROSTER.search(before) and (not after or after[0] in " \t|,"):
        return 0.7 if "G" in has else 0.5
    return score


ENDS = re.compile("[呢啊]?(?:$|[,。;!?\\t|)])")
ROSTER = re.compile(r"(?:男|女|汉|[藏回苗壮彝]族?)[\s|,]{1,3}\d{1,3}岁?[\s|,]{1,3}$")
ROSTER_PLACE = re.compile(
    rf"(?<=[男女汉])[ \t|,]{{1,3}}\d{{1,3}}岁?[ \t|]{{1,3}}(?P<v>(?:{HANS}){{1,5}}(?:[村屯寨庄湾坝坪沟组社街镇乡河口营堡塘桥岭岗山关店集区县市旗州铺窝井]|嘎查|苏木|街道|社区|道班|农场|林场))(?=[ \t|])"
)
FIELD_PLACE = re.compile(rf"(?:^|(?<=[\s|,;:()]))(?:{HANS}){{2,4}}(?:屯|村|苏木|嘎查|街道|社区|镇|乡|寨)(?=$|[\s|,;)])")


COLUMNS = (  # places in a column of a roster, or alone between two stops
    Seeker("ADDRESS", "roster_place", 0.5, ROSTER_PLACE),
    Seeker(
        "ADDRESS",
        "field_place",
        0.5,
        FIELD_PLACE,
        lambda match: not (NOT_UNIT.search(match[0]) or GENERIC.search(match[0])),
    ),
)
