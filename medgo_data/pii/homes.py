"""Where people live, told without a whole address: villages by their names, doors by their numbers, crossings, in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.pii.addresses import HANS, NO_LAST
from medgo_data.pii.gazetteer import PROVINCES, each
from medgo_data.pii.lexicon import kind
from medgo_data.pii.proper import GENERIC, HAN
from medgo_data.pii.seek import Seeker, sought
from medgo_data.pii.span import Span
from medgo_data.pii.surnames import COMMON, RARE

# All of it is bold: for records of patients only. A village is told by how villages are called (后刘庄, 吉家坑) and by
# what stands before or after it.


def found(line: str) -> Iterator[Span]:
    """Places of a line, left to right by kind."""
    for crossing in CROSSING.finditer(line):
        if roads := ROADS_MEET.search(line, max(0, crossing.start() - 20), crossing.start()):
            yield Span(roads.start(), crossing.end(), "ADDRESS", "crossing", 0.5)
    for town in TOWN.finditer(line):
        name = OF_TOWN.search(line, max(0, town.start() - 4), town.start())
        if name and not NO_TOWN.search(called := line[name.start() : town.end()]) and kind(called) in NAMING:
            yield Span(name.start(), town.end(), "ADDRESS", "town", 0.5)
    yield from sought(line, SEEKERS, 0.5)


def village(match: re.Match[str]) -> bool:
    return not ORDINARY.search(match["v"]) and kind(match["v"]) in NAMING


def hometown(match: re.Match[str]) -> bool:
    place = match[match.lastgroup or 0]
    return place not in ABROAD and (kind(place) == "ns" or bool(VILLAGE.fullmatch(place)))


def home(match: re.Match[str]) -> bool:
    place = match["v"]
    named = kind(place) == "ns" or VILLAGE.fullmatch(place) or (match["where"] and kind(place) in NAMING)
    other = place in ABROAD or ORDINARY.search(place) or GENERIC.search(place) or NO_LAST.search(place)
    return bool(named) and not other


NAMING = ("", "ns", "nr", "nrt", "nrfg", "nz", "nt")
ENDS = "庄|屯|村|湾|沟|坪|堡|寨|集|岭|坑|坳|坝|窑|洼|岗|塘|冲|畈|垸|坡|店|铺|营|桥|埠|圩|甸|坨|峪|埝|圪|垭|窝|塆|塬|厝|寮|屋场|店集|营子|台子|河子|沟子|洼子|坝子|梁子|圈|楼|巷|院子"
SURNAMES = "".join(char for char in COMMON + RARE if char not in "于和强水官皮温高用热成来全安时")
VILLAGE = re.compile(
    f"[东西南北前后上下中大小新老]{{0,2}}[{SURNAMES}](?:家|各|氏)?[大小老新上下]?(?:{ENDS})"
    f"|(?:[石柳桃杨槐梨枣杏柿榆松柏竹荷莲龙虎凤马牛羊鸡鹿鹰鹤泉井桥庙塔碑瓦砖盐茶麻花草沙土黄白黑红青金银铜铁]|桃花|杨树|柳树|槐树|梨树|枣树|榆树|松树|石头|石板|龙王|观音|土地|瓦窑|砖窑|铁炉|双河|三河|二道|三道|四道|头道|大青|野猪|老鹰|凤凰|月亮|太阳)[东西南北上下大小]?(?:{ENDS.replace('|店|铺', '').replace('|楼|巷', '')})"
)
ABROAD = PROVINCES | each(
    "中国 美国 日本 英国 法国 德国 韩国 俄罗斯 加拿大 澳大利亚 泰国 越南 缅甸 印度 巴西 非洲 欧洲 亚洲 美洲 国外 中东 东北 西北 华北 华南 江南 大陆 中度 太阳 阳明 阴阳 山区 高原 川乌 黄连 南美洲 湿地 牧区 林区 矿区 市区 郊区 乡镇 社区 农村"
)
BEFORE = frozenset(
    f"{SURNAMES}家各氏大小老新上下东西南北石柳桃杨槐梨枣杏柿榆松柏竹荷莲龙虎凤马牛羊鸡鹿鹰鹤泉井桥庙塔碑瓦砖盐茶麻花草沙土黄白黑红青金银铜铁树头板王音地窑炉河道青猪凰亮阳"
)
ENDING = frozenset(end[0] for end in ENDS.split("|"))
SPOT = VILLAGE.pattern + f"|(?:{HANS}){{1,2}}[坳圩塬峪垭塆]"
PERSON = f"(?:[{COMMON}](?:大[爷妈娘叔婶哥姐]|老[汉太头]|奶奶|爷爷|[叔婶伯姨])|老[{COMMON}]|书记|村长|队长|村医)"
CALLED = re.compile(  # with what is said before or after it
    rf"(?:(?<=[回从到去往自上住是])|(?:^|(?<=[\s,。;:(|/、])))(?P<v>{SPOT})"
    rf"(?=的(?=[,。;!?\s]|$|人|老)|[这那][边头]|人(?![民家员数大群])|(?:过来|来)的|进城|下山|摔|种地|养|赶集|的?{PERSON}|[\s,]{{1,2}}{PERSON}|[一二三四五六七八九十\d]{{1,2}}(?:组|队|社)|有[人个]|家属)"
)
FIELD = re.compile(rf"(?:^|(?<=[\s,。;:(|/、旁]))(?=.{{3}})(?P<v>(?:{SPOT}))(?=$|[\s,。;)|])")
TOWN = re.compile(
    rf"(?:(?<![平安潜重息功专主之性神])镇(?![痛静定咳吐惊心肝神固降却虚逆冲坠生重潜守])|乡(?![下亲村间音愁])|苏木)(?![{HAN}]{{0,3}}(?:医院|卫生|企业|居民))"
)
OF_TOWN = re.compile(rf"(?:(?<=[回从到去往自在住至上])|(?:^|(?<=[\s,。;:(|/、])))(?P<v>{HANS}{{2,3}})$")
NO_TOWN = re.compile(
    "[城乡村小古集市各该本老重全]镇|[下城家故老异同外水梦各本全]乡|乡镇|之乡|[返回]乡|[一吾两四]乡|即|处|内|为|生|出"
)
COLUMN = re.compile(
    rf"^\d{{1,3}}[ .、]{{1,2}}[{HAN}]{{2,4}} {{1,3}}(?P<v>[前后东西南北上下中大小][组洼岗队屯沟湾坡塘院营街头庄村])(?= )"
)
FROM = re.compile(
    rf"(?:(?<=[从自])(?P<v>{HANS}{{2,4}})(?=[^,。;!?]{{0,3}}[过赶拉送转抬接]来)|(?<=[在回到去上])(?P<w>{HANS}{{2,4}}?)(?=打工|务工|做工|经商|老家|过年|上班))"
)
CROSSING = re.compile("(?:路|街|大道|巷|线)(?:的?交叉(?:路?口|处)?|交汇(?:处|口)?|交界(?:处)?|口)")
ROADS_MEET = re.compile(
    rf"(?:{HANS}{{2,4}}[镇乡区县市])?{HANS}{{2,6}}?(?:路|街|大道|巷|线)(?:与|和|、|/)?{HANS}{{1,6}}$"
)
HOME = re.compile(
    rf"(?:(?P<where>家[是在]|老家[是在]?|现住|户籍|籍贯|原籍|屋[头里]在|户口在)|(?<![敷捂按压堵止记抓站停卡夹忍稳盖握护撑困顶扣挡遮包裹绑缠留保不得拴系粘垫扶抱控])住在?)[::]? ?(?P<v>{HANS}{{2,5}})(?=的(?=[\s,。;!?]|$)|[,。;)]|$)"
)
LODGING = re.compile(
    rf"住在?(?P<v>(?:{HANS}|[里外上下院药]){{2,12}}(?:平房|宿舍|楼上|巷子?|胡同|院里|工地|工棚|出租屋|地下室|棚户区|那家|[后前]面|后头|旁边|对面|隔壁))(?:里|内)?(?=[,。;!?)\s]|$)"
)
DOOR = re.compile(
    rf"(?:^|(?<=[|\t]))(?P<v>\d{{1,2}}-\d{{1,2}}-[1-9]\d{{2,3}})(?=[ |\t]{{1,3}}[{HAN}]{{2,4}}(?:[ |\t,]|$))"
)
ORDINARY = re.compile(
    "[里外面]$|^[科证室]|医院|病[房区]|学校|单位|公司|农村|城市|城里|乡下|本地|外地|当地|附近|楼上|楼下|门口|平房|宿舍|同上|不详|父母|子女|独居|一起|哪|什么|这|那|高[坡岗]|家里|外省|山里|单间|院里|胃窦|[骨心肺胃肠肝]|石膏|沙眼|红晕"
)
PLACES = (
    "Beijing|Shanghai|Tianjin|Chongqing|Guangzhou|Shenzhen|Dongguan|Foshan|Zhuhai|Zhongshan|Huizhou|Jiangmen|Shantou|Zhanjiang|Hangzhou|Ningbo|Wenzhou|Jiaxing|Huzhou|Shaoxing|Jinhua|Yiwu|Taizhou|Lishui|Quzhou|Nanjing|Suzhou|Wuxi|Changzhou|Nantong|Yangzhou|Zhenjiang|Xuzhou|Lianyungang|Yancheng|Kunshan"
    "|Hefei|Wuhu|Bengbu|Anqing|Fuyang|Fuzhou|Xiamen|Quanzhou|Zhangzhou|Putian|Ningde|Longyan|Nanchang|Jiujiang|Ganzhou|Jinan|Qingdao|Yantai|Weifang|Zibo|Linyi|Weihai|Zhengzhou|Luoyang|Kaifeng|Nanyang|Xinxiang|Wuhan|Yichang|Xiangyang|Jingzhou|Changsha|Zhuzhou|Xiangtan|Hengyang|Yueyang|Nanning|Liuzhou|Guilin|Haikou|Sanya"
    "|Chengdu|Mianyang|Leshan|Yibin|Guiyang|Zunyi|Kunming|Dali|Lijiang|Lhasa|Xi'an|Xian|Baoji|Xianyang|Lanzhou|Xining|Yinchuan|Urumqi|Kashgar|Hohhot|Baotou|Taiyuan|Datong|Shijiazhuang|Tangshan|Baoding|Handan|Qinhuangdao|Shenyang|Dalian|Anshan|Changchun|Jilin|Harbin|Daqing|Taipei|Kaohsiung|Taichung|Tainan|Hsinchu|Keelung|Taoyuan"
    "|Kowloon|Tuen Mun|Yuen Long|Sha Tin|Shatin|Tai Po|Tsuen Wan|Kwun Tong|Wan Chai|Wanchai|Mong Kok|Mongkok|Sham Shui Po|Tin Shui Wai|Tseung Kwan O|Wong Tai Sin|Kwai Chung|Tsing Yi|Aberdeen|North Point|Chai Wan|Causeway Bay|Sheung Shui|Fanling|Sai Kung|San Po Kong|Lantau|Tung Chung|Macau|Taipa|Coloane"
)
ENGLISH_HOME = re.compile(
    rf"(?:\b(?:[Ff]rom|[Ll]ives? in|[Ll]iving in|[Rr]esident of|[Rr]esid(?:es|ing) in|[Nn]ative of|[Bb]orn in|based in|moved to|returned to|back to|home in|visiting|Hometown:?|Residence:?|City:?)) (?P<v>(?:{PLACES})(?: (?:City|District|County))?)(?![A-Za-z])"
)
ROADS = "Road|Rd|Street|St|Avenue|Ave|Drive|Estate|House|Building|Bldg|Garden|Gardens|Court|Mansion|Mansions|Plaza|Terrace|Village|Tsuen|Path|Crescent|Highway|Centre|Tower|Towers|City|Lu|Jie"
CHUNK = r"(?:[A-Z0-9](?:[A-Za-z0-9'/#-]|\.(?=[A-Za-z,]))*)"
ENGLISH = re.compile(
    rf"(?<![A-Za-z0-9])(?P<v>(?:(?:Flat|Rm|Room|Unit|Blk|Block|Suite|Apt|Shop|Lot|No\.?|#)\.? ?[A-Z0-9][A-Z0-9-]{{0,6}}|\d{{1,4}}[A-Z]?)(?:(?:, ?| ){CHUNK}){{1,8}})"
)
ON_A_ROAD = re.compile(rf"(?<![A-Za-z])(?:{ROADS})(?![A-Za-z])")
SEEKERS = (
    Seeker("ADDRESS", "village", 0.5, CALLED, village),
    Seeker("ADDRESS", "village", 0.5, FIELD, village),
    Seeker("ADDRESS", "village", 0.5, COLUMN, village),
    Seeker("ADDRESS", "hometown", 0.5, FROM, hometown),
    Seeker("ADDRESS", "home", 0.5, HOME, home),
    Seeker("ADDRESS", "lodging", 0.5, LODGING),
    Seeker("ADDRESS", "door", 0.5, DOOR),
    Seeker("ADDRESS", "english_address", 0.7, ENGLISH, lambda match: ON_A_ROAD.search(match["v"])),
    Seeker("ADDRESS", "english_address", 0.5, ENGLISH_HOME),
)
