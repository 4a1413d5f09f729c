"""Whom and what a text is about: people, drugs, illnesses, by which way and at what time of day; and what patients call these things.

Drugs and illnesses are known by how their names end (…霉素, …沙坦, …炎), and a few by their names. No list of them is complete.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# ---- words of patients, and of leaflets ------------------------------------------------------------------------------

LAY = {  # the same thing, as it is said and as it is written: clauses are compared by the latter
    "怀孕|孕妇|孕期|妊娠期|怀了": "妊娠",
    "喂奶|母乳喂养|授乳|乳母|哺乳期": "哺乳",
    "孩子|小孩|宝宝|小朋友|小儿|患儿|儿科|娃": "儿童",
    "老人家?|上了?年纪|年纪大|岁数大|老年人|老年患者|年老|年迈|爷爷|奶奶": "老年",
    "大人|成年人|成年": "成人",
    "医生|大夫|专科医生": "医师",
    "发烧|高烧|退烧|退热|解热": "发热",
    "拉肚子|拉稀": "腹泻",
    "吃饭|用餐|用饭|进餐|饭": "餐",
    "喝酒|饮酒|酒精": "酒",
    "打针|注射": "注射",
    "吃药|用药|服药|给药": "用药",
    "吃|服用|喝": "服",
    "肝脏?不好|肝功能?(?:不全|减退|损害|异常|受损|不好)": "肝功能不全",
    "肾脏?不好|肾功能?(?:不全|减退|损害|异常|受损|不好)|肾衰": "肾功能不全",
    "肝脏": "肝",
    "肾脏": "肾",
    "一起[用吃服打]?|合用|同用|同服|同时(?:使用|服用|用|吃)|合并(?:用药|使用|应用)|并用|联用|联合(?:使用|应用)|混用": "合用",
    "掰开|切开": "掰",
    "躺下|躺卧|平躺|躺": "卧",
    "开车|驾车|驾驶": "驾驶",
    "嚼着?|咀嚼": "嚼",
    "按摩|揉": "揉",
    "这个药|该药|此药|这种药|这药|本药|该品": "本品",
    "抽烟|吸烟": "吸烟",
    "止咳": "镇咳",
    "心衰": "心力衰竭",
    "心梗": "心肌梗死",
    "脑梗": "脑梗死",
    "慢阻肺": "慢性阻塞性肺疾病",
    "容易": "易",
    "漏吃|漏服|忘记?吃|忘了吃": "漏服",
    "长期|一直用|长时间": "长期",
    "适合|适宜|适于": "适用",
    "振摇|摇晃|摇匀|晃动": "摇",
    "拉(?=稀?便)|大便|粪便": "便",
    "小便": "尿",
    "嗓子|喉咙": "咽喉",
    "肚子": "腹",
    "浑浊|混浊|变浑|浑了": "浑",
}
_LAY = [(re.compile(lay), word) for lay, word in LAY.items()]


@lru_cache(maxsize=4096)
def written(text: str) -> str:
    """The words of patients in those of leaflets."""
    for lay, word in _LAY:
        text = lay.sub(word, text)
    return text


ROUTES = {
    "oral": re.compile(r"口服|内服|吞服|嚼服|冲服"),
    "under the tongue": re.compile(r"舌下|含服|含化"),
    "drip": re.compile(r"静脉滴注|静滴|静脉输注|静脉输液|静脉点滴|静脉滴|静脉泵入"),
    "push": re.compile(r"静脉推注|静推|静脉推|静注|静脉注射|推注"),
    "vein": re.compile(r"静脉"),
    "muscle": re.compile(r"肌内注射|肌肉注射|肌注|肌内|肌肉(?=针|给|里|内|用)|[打扎]肌肉"),
    "skin": re.compile(r"皮下"),
    "on the skin": re.compile(r"外用|外涂|涂在|涂于|涂抹|涂|外敷|敷|皮肤给药|皮肤使用|外搽"),
    "breath": re.compile(r"吸入|雾化"),
    "eye": re.compile(r"滴眼|眼用"),
    "nose": re.compile(r"滴鼻|鼻喷"),
    "rectum": re.compile(r"直肠|灌肠|纳肛"),
    "vagina": re.compile(r"阴道"),
    "gargle": re.compile(r"含漱|漱口"),
}
WEAK = {  # words from which a way may be understood, but that do not claim one
    "oral": re.compile(r"(?<!含)服|吃|喝|咽|吞|嚼"),
    "on the skin": re.compile(r"涂|敷|外用|皮肤|搽|洗"),
    "eye": re.compile(r"眼"),
    "breath": re.compile(r"吸入|雾化|喷"),
}

TIMING = {
    "breakfast": re.compile(r"早饭|早餐|早[、和及,](?:中[、和及,])?晚[餐饭]"),
    "lunch": re.compile(r"午饭|午餐|中饭"),
    "dinner": re.compile(r"晚饭|晚餐"),
    "before meals": re.compile(r"[饭餐食][之以]?前|进食前|进餐前|吃饭前|吃东西[之以]?前|第一口"),
    "after meals": re.compile(r"[饭餐食][之以]?后|进食后|进餐后|吃饭后"),
    "with meals": re.compile(
        r"随餐|(?<!两)餐中(?!间)|饭中(?!间)|[与和跟同随]\s*(?:食物|餐|饭|[早晚午][餐饭])\s*(?:同|一起|一块)|进餐时|和食物一起|跟饭一起|与食物同服"
    ),
    "fasting": re.compile(r"空腹|空肚子"),
    "full": re.compile(r"饱腹|吃饱|饱餐"),
    "bedtime": re.compile(r"睡前|临睡|就寝|上床"),
    "morning": re.compile(r"早、?晚(?![餐饭])|晨起|晨服|早晨|清晨|清早|早上|早起|晨间|起床"),
    "night": re.compile(
        r"早、?晚(?![餐饭])|(?<!一天一)(?<!昼)夜|晚上|晚间|晚(?=[\d七八九十]+[点时:])|(?<!\d)(?:1[89]|2[0-3])(?=[:点]\d?)|[每一]晚|当晚"
    ),
}
ALSO = {
    "breakfast": {"morning"},
    "morning": {"breakfast"},
    "dinner": {"night"},
    "fasting": {"before meals"},
    "before meals": {"fasting"},
    "night": {"bedtime", "dinner"},
    "bedtime": {"night"},
}  # as good
ORDER = re.compile(
    r"(?<=[\u4e00-\u9fff\d])(?P<after>[之以]后|后(?![代房果者天部遗期续]))|(?P<before>[之以]前|前(?![列房者壁臂三半列期两几]))"
)

PEOPLE = {
    "pregnant": re.compile(r"孕妇|妊娠|怀孕|孕期|怀了|怀上|怀着|孕(?=[早中晚周期\d前后产]|妇)|有孕|孕中|孕晚"),
    "nursing": re.compile(r"哺乳|喂奶|乳母|授乳|乳汁|母乳|人乳"),
    "child": re.compile(
        r"喂养儿|双胎儿|儿童|未成年|少儿|小儿|(?<!怀着)(?<!生完)(?<!生)(?<!怀)(?<!怀上)(?<!生下)孩子|小孩|(?<!怀着)(?<!怀)(?<!怀上)宝宝|小朋友|患儿|娃"
    ),
    "unborn": re.compile(r"胎儿"),
    "infant": re.compile(r"婴儿|婴幼儿|幼儿|婴"),
    "newborn": re.compile(r"新生儿|日龄"),
    "preterm": re.compile(r"早产儿|低出生体重"),
    "term": re.compile(r"足月"),
    "large": re.compile(r"巨大儿"),
    "teenager": re.compile(r"青少年"),
    "adult": re.compile(r"(?<!一般)(?<!普通)(?<!正常)(?<![与和同跟比按])(?:成人|(?<!未)成年|大人)"),
    "old": re.compile(r"老年|老人|高龄|年老|年迈|年长|上了?年纪|年纪大|岁数大"),
    "fertile": re.compile(r"育龄|备孕|计划怀孕|生育"),
    "menopause": re.compile(r"绝经|更年期"),
    "menses": re.compile(r"经期|月经"),
    "athlete": re.compile(r"运动员"),
    "driver": re.compile(r"驾驶员|司机"),
    "allergic": re.compile(r"过敏体质"),
    "dialysis": re.compile(r"透析"),
    "intensive": re.compile(r"icu|重症监护"),
    "outpatient": re.compile(r"门诊"),
    "acute": re.compile(r"急性期"),
    "recovering": re.compile(r"恢复期"),
    "stable": re.compile(r"稳定期|缓解期"),
    "mild": re.compile(r"轻度|轻微|轻症|轻型|轻者|轻的|轻[、至到]|轻中"),
    "moderate": re.compile(r"中度|轻中度|[轻重][、至到和或及]中|中[、至到和或及]重|轻中|中重"),
    "severe": re.compile(r"重度|重症|重型|重者|严重|中重"),
}
KIN = {  # who is also meant
    "child": {"unborn", "infant", "newborn", "preterm", "term", "teenager", "child"},
    "pregnant": {"unborn", "fertile"},
    "infant": {"newborn", "preterm"},
    "unborn": {"pregnant", "newborn", "infant", "child"},
    "preterm": {"newborn"},
    "newborn": {"preterm"},
    "fertile": {"fertile"},
}

# ---- names -----------------------------------------------------------------------------------------------------------

# How names of drugs end, of which none is whole without what stands before; and names that are.
_ENDINGS = (
    "环素 霉素 沙星 沙坦 普利 洛尔 地平 他汀 西林 拉唑 替丁 硝唑 康唑 洛韦 夫定 那韦 韦林 利韦 替尼 单抗 列汀 列净 列酮 双胍 唑仑 西泮 西汀 曲林 拉明 洛芬 布芬 昔布 昔康 司琼 "
    "茶碱 特罗 松龙 地松 米松 的松 奈德 沙班 罗班 格雷 瑞洛 法林 贝特 贝齐 布司他 麦布 膦酸 莫司 拉嗪 氮平 硫平 他敏 萘芬 马唑 他滨 氨酸 素钠 酸钠 酸钾 酸钙 酸镁 亚铁 哌嗪 酰胺 咪唑 "
    "咪酮 嘧啶 皂苷 前列素 前列醇 球蛋白 噻嗪 抑制剂 拮抗剂 阻滞剂 激动剂 扩张剂 抗凝剂 利尿剂 利尿药 抗凝药 降糖药 降压药 抗酸药 组胺药 激素 巴比妥"
)
_DRUGS = (
    "冰片 麝香 雄黄 朱砂 抗生素 抗菌药 氨基酚 铁剂 钙剂 锌剂 镁剂 钾剂 钙片 铁片 格列美脲 格列齐特 苯巴比妥 肝素 别嘌醇 秋水仙碱 环孢素 他克莫司 磺胺 喹诺酮 呋塞米 螺内酯 胰岛素 吗啡 可待因 曲马多 苯妥英 卡马西平 丙戊酸 多巴胺 甲基多巴 苯海拉明 疫苗 缩宫素 "
    "叶酸 烟酸 阿司匹林 华法林 地高辛 葡萄糖 蔗糖 氯化钠 碳酸氢钠 氯化钾 生理盐水 肾上腺素 阿托品 利多卡因 异烟肼 利福平 乙胺丁醇 异烟胺 阿利吉仑 甲氨蝶呤 紫杉醇 藜芦 甘草 人参 苯酚 薄荷脑 "
    "炉甘石 氧化锌 洋地黄 锂剂 钙剂 铁剂 镇静剂 软膏 麻黄碱 蜂蜜 白蛋白 纳洛酮 聚乙二醇 哌甲酯 奎宁 黄芩 黄连 大黄 附子 乌头 丹参 头孢 曲松 呋辛 克肟 哌酮 他啶 噻肟 唑林 柚子汁 葡萄柚 咖啡 木糖醇 乳糖 果糖 山梨醇 甘露醇 麦芽糖 淀粉 明胶 "
    "牛奶 海带 喝酒 饮酒 喝茶 饮茶 浓茶"
)
_SHAPES = sorted({*_ENDINGS.split(), *_DRUGS.split()}, key=len, reverse=True)
_BREAK = "者与和跟同或及把将被由对含服用吃喝打药的了着过是在从到给让使会能可以也都还又、。，,;:；：!?！？()（）\"'“”·/ \n-+~0123456789abcdefghijklmnopqrstuvwxyz因为时后前中上下每次先再选首改换它已其含成如等种就要请于而且各片粒盐酸"
DRUG = re.compile(
    rf"(?P<vitamin>维生素\s*[a-k](?:\d{{1,2}}(?!\d))?)|(?P<code>(?<![a-z])[a-e]级)|(?P<code2>(?<![a-z])(?:cox|h|β|α|b|d|cyp|t|k|pde|dpp|sglt|egfr|her)[-‑]?\d[a-z\d]*(?![a-z\d]))"
    rf"|(?P<class>[\u4e00-\u9fffα-ω]{{1,6}}类(?=药|利尿|抗|的|过|激|解|降|，|,|。|、|$|使)|[\u4e00-\u9fff]{{1,4}}类(?!似|型|风|别|人|肿|毒))"
    rf"|(?P<with>(?<=含)[铝镁钙铁锌铋碘])"
    rf"|(?P<stem>[\u4e00-\u9fff]{{0,8}}?(?P<shape>{'|'.join(_SHAPES)}))"
)
_ILL_ENDINGS = (
    "综合征 功能不全 功能异常 功能减退 功能损害 损害 衰竭 血症 肌无力 梗死 梗阻 狭窄 硬化 杆菌 球菌 癣 炎 癌 瘤 病 症"
)
_ILLS = (
    "青光眼 白内障 痛风 风湿 哮喘 高血压 低血压 糖尿病 冠心病 心脏病 贫血 癫痫 甲亢 甲减 水痘 麻疹 卒中 高血糖 低血糖 起搏器 人工瓣膜 心脏瓣膜 "
    "高钾血症 真菌 细菌 病毒 支原体 衣原体 念珠菌 结核 溃疡 结石 骨折 疱疹 休克"
)
_ILL_SHAPES = sorted({*_ILL_ENDINGS.split(), *_ILLS.split()}, key=len, reverse=True)
WHOLE = frozenset({*_DRUGS.split(), *_ILLS.split()})
ILLS = re.compile(
    rf"(?P<ill>[\u4e00-\u9fff]{{0,8}}?(?P<shape>{'|'.join(_ILL_SHAPES)})(?![人情程史毒房区因变历例状候科理]))"
    r"|[\u4e00-\u9fff]{2,4}(?=的?(?:患者|病人))"
)
VAGUE = re.compile(r"[的级型期岁这那此类些部分多少数所有其他以下上述每位名个各种]")
_NO_ILL = "消炎 抗炎 慢性病 急性病 疾病 看病 生病 得病 毛病 炎症 病症 适应症 禁忌症 并发症 后遗症 症 病 炎 重症 轻症 多种疾病 其他疾病 基础病 基础疾病 慢性疾病 急性疾病"
NO_ILL = frozenset(_NO_ILL.split())


AGAINST = re.compile(r"[抗降止祛杀]")  # 抗真菌 is no illness


class Name(NamedTuple):
    """A drug or an illness, as far to the left as it may reach, and as far as its shape says."""

    kind: str
    said: str
    shape: str
    start: int
    end: int


_CUT = re.compile(f"[当小担留]心|[{re.escape(_BREAK)}]")


AMOUNT = re.compile(r"[\d半一二两三四五六七八九十毫微千][克升片粒袋支滴]$")


def drugs(text: str) -> list[Name]:
    """Drugs: by how their names end, 维生素 and a letter, a class (…类), COX-2."""
    told: list[Name] = []
    for found in DRUG.finditer(text):
        which = str(found.lastgroup)
        if which in ("vitamin", "code", "code2", "with"):
            said = found[0].replace(" ", "")
            told.append(Name("code", said, said, *found.span()))
            continue
        shape = found["shape"] if which == "stem" else found[0][:-1]
        said = _whole(found[0] if which == "stem" else shape, shape if which == "stem" else shape[-1:])
        if AMOUNT.search(text, 0, found.end() - len(said) + 1):  # 5克噻吗洛尔
            said = said[1:]
        if which == "stem" or (said not in NO_CLASS and said[-1] not in "这那此几哪该一两二三各同"):
            end = found.end() - (which == "class")
            told.append(Name("drug", said, shape if which == "stem" else said, end - len(said), end))
    return told


def ills(text: str) -> list[Name]:
    """Illnesses, by how their names end; and anything of which somebody is called a patient."""
    told = []
    for found in ILLS.finditer(text):
        shape = found["shape"] or found[0]
        said = _whole(found[0], shape if found["shape"] else shape[-1:])
        if (not found["shape"] and VAGUE.search(said)) or AGAINST.match(said):
            continue
        if len(said) > 1 and said not in NO_ILL and said[-2:] not in NO_ILL:
            told.append(Name("ill", said, shape if found["shape"] else said, found.end() - len(said), found.end()))
    return told


def _whole(said: str, shape: str) -> str:
    """A name without the words before it."""
    left = said[: len(said) - len(shape)]
    return left[max((found.end() for found in _CUT.finditer(left)), default=0) :] + shape


_NO_CLASS = "一 两 二 三 四 几 这 那 此 各 同 种 人 肉 鱼 谷 乳 分 每 哪 多 以下几 下面几 以下 等 这几 蛋 奶 豆 海产 水果 坚果 糖 酒"
NO_CLASS = frozenset(_NO_CLASS.split())


# ---- what is spoken of -----------------------------------------------------------------------------------------------

# How each may be said, and behind the > what speaks of it too.
_TOPICS = {
    "organs": """
肝>转氨酶|黄疸 肾(?!上腺)>尿毒|透析 肺>呼吸|胸 (?<!樟)(?<!电)脑>神经|卒中|中风|颅 胃(?!口)>消化|腹|吐|反酸 肠(?!溶)>消化|腹|便|泻
(?<!龙)眼(?![前下])>视|虹膜|睫|瞳|角膜|结膜|巩膜|睑|眦|泪 耳>听 鼻 口腔>嘴|口|牙|咽|漱|舌 牙>齿|口腔 喉|咽(?!下)|嗓
关节>骨|风湿|痛风 甲状腺>甲亢|甲减 前列腺 子宫>宫 胰(?!岛素) 胆(?!固醇|碱)>黄疸 脾 膀胱>尿 二尖瓣 三尖瓣 主动脉
""",
    "blood": "血糖>糖 血压>压 血脂>脂|胆固醇 血小板 白细胞>粒细胞|血象|血常规 红细胞>贫血|血红",
    "elements": "钾 钠 钙 镁 锌 铁(?!锅) 磷(?!脂) 碘 铝 铜",
    "food and habits": """
烟(?!酸|酰) 酒>乙醇|酗 茶(?!碱) 咖啡 (?<!喂)奶(?!奶|妈)>乳|喂 蛋(?!白)>蛋 鱼>海鲜|腥 虾|蟹|海鲜>腥|鱼 豆 蜜 宠物
""",
    "complaints": """
近视 胖>肥|体重|bmi 瘦>恶病质|体重 便秘>便|结 腹泻|拉肚子|拉稀>泻|便|溏|稀 发热|发烧>热|烧|体温 咳 头[痛疼]>头 头晕|头昏>晕|眩 呕吐>吐
失眠>眠|睡 抽搐|惊厥>癫痫|惊|抽 水肿|浮肿>肿 痒 贫血 疝 癌|肿瘤>瘤 怀孕>孕|妊娠 乙肝|乙型肝炎 甲肝|甲型肝炎 丙肝|丙型肝炎 戊肝|戊型肝炎
""",
}
TOPICS = [
    (re.compile(said), re.compile(f"{said}|{also}" if also else said))
    for told in _TOPICS.values()
    for said, _, also in (line.partition(">") for line in told.split())
]
# 某某胶囊: with the two letters before its form a drug has a name.
FORMS = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2})(?<![这那种该本粒个把的用吃服药打开整缓释肠溶含送包如果要若和或]{2})(?<![释溶])"
    r"(?:散(?![开发寒热步布])|胶囊|颗粒|口服液|注射液|糖浆)"
)
# Letters that names of drugs from abroad are written in: three of them in a row are such a name.
_FOREIGN = (
    "阿巴贝苯比吡波布达地丁啶多呋氟伏福格胍喹卡克拉兰雷利林罗洛氯马美米莫那奈尼诺哌泼普羟曲瑞塞噻沙舒司索他坦特托维韦西昔辛溴伊依唑佐嗪酮胺醇磺氮碘"
    "吗啉孢泊匹替赛缬厄恩非芬酸钠"
)
FOREIGN = re.compile(f"(?:(?<=[\\d半一二两三四五六七八九十毫微千])克)?(?P<name>[{_FOREIGN}]{{3,}})")

# On each line, words of which one is true and the others are not; words for the same with a |.
_RIVALS = {
    "how an illness is": """
(?<!不)(?<!未)(?<!没)(?<!没有)达标 [未没不]达标|没有达标
寒痹|寒证|虚寒 热痹|热证|实热
阴虚 阳虚
气虚 血虚
出生前 出生后
少尿|无尿|尿少 多尿|尿多
大毒|毒性[很较]?大|剧毒 无毒|没有?毒|毒性[很较]?小
(?:过|[加变]|更|效[较很]?|较)快|过速 过缓|(?:过|[加变减]|更|效[较很]?|较)慢|缓慢
急性(?!期) 慢性 迁延
原发 继发
良性 恶性
潜伏 活动(?!性?成分)
(?<!非)活动[性期] 非活动[性期]
早产 足月
高危 中危 低危
(?<![没无])有症状 无症状|没有?症状
开角 闭角
风寒|受寒|受凉|散寒 风热|清热
敏感 耐药
高凝 低凝
""",
    "where": """
上臂|三角肌 大腿|股外侧 臀 前臂
上肢|胳膊 下肢
上腹 下腹
内侧 外侧
近端 远端
同侧 对侧|另一侧
(?<!不)同一?部位|同一个(?:部位|地方)|一个地方 不同部位|不同的?地方|两个地方
(?<!非)(?<!不)(?<!不在)(?:同日|同一天) 非同日|不在同一天|不同天|不同日
左(?![右旋氧炔卡西甲]) 右(?![旋雷美])
单侧 双侧
局部 全身
静脉 动脉
中枢 外周|周围
仰卧|平卧 俯卧 侧卧
抬高|垫高 放低|下垂
""",
    "when": """
上午 下午
白天|日间|昼间 夜间|夜里|晚上|入夜
最早 最晚
饥饿|空腹|空着?肚 饱|随餐|饭菜|同餐
一过性|一时|短暂|暂时 一直|长期|永久|始终
反复|多次 从未|从来没|首次|第一次
第一[线个代] 第二[线个代] 第三[线个代]
先天 后天|获得性
""",
    "more or less": """
大量 少量|微量|一点点
(?<!绝)大?多数|大部分|大多 (?<!多)少数|个别|极少|小部分
高通量 低通量
保钾 排钾
多喝水|多饮水|大量饮水 少喝水|少饮水|限制?饮?水
严格 宽松|放松|放宽
加强 放松|放宽
完全 部分(?!患者|病人)
过高|增高|升高|偏高|高血|血[糖脂钾钙钠压]高|更高 过低|降低|偏低|低血|血[糖脂钾钙钠压]低|更低
血[糖脂钾钙钠]就?[很偏]?高|高[钾钙钠镁磷]血? 血[糖脂钾钙钠]就?[很偏]?低|低[钾钙钠镁磷]血?
高糖(?!血) 低糖
高脂(?!血) 低脂
高盐 低盐
高乳糖 低乳糖|无乳糖
高蛋白 低蛋白
小剂量|低剂量 大剂量|高剂量
多些|更多 少些|更少|减少
体重增|增重|变胖|发胖 体重[减下]|变瘦|消瘦
胖|肥 瘦
(?<!不)稳定|保持|不变 逐渐加大|波动|不稳定
""",
    "better or worse": """
变好|更好 变差|更差|减弱|变坏|打折扣
(?<![不没未无])缓解(?!期)|减轻|舒服 加重|更厉害|更疼|更痛|恶化
掩盖|遮|盖住 放大|凸显
不佳|不好|不能?获?满意|不理想|欠佳 很好|良好|(?<!不)理想|(?<![不获])满意
(?:[不没未无]|没有|未见)(?:见好|好转|缓解|改善|见效|好) (?<![不没未无有见])(?:见好|好转|改善)|已缓解|缓解了
自行缓解|自行消失|自愈|自己就?会?好 好不了|不会好|加重
(?<!不)(?<!不能)(?<!难以)耐受(?!不) 不耐受|不能耐受|难以耐受|耐受不
(?<!不)可逆 不可逆
兴奋 镇静|嗜睡
麻痹 亢进|痉挛
痉挛|收缩(?!压) 舒张(?!压)|扩张|松弛
收缩压|高压 舒张压|低压
便秘|干结 腹泻|稀|溏|泻
""",
    "what is known": """
尚未|未确立|未明确|不明确|不清楚|没有定论|尚无 已经证实|已证实|已经明确|已确立|充分的?(?:资料|证据)
(?:尚未|[未没]|没有|还没)(?:发现|见到|看到|见[^好效]) (?<![未没])(?<!没有)(?:已经?发现|发现了|看到了|证实有)
""",
    "how a thing looks": """
清醒|神志清 昏迷|意识不清|神志不清|意识障碍
充血 缺血
清淡 油腻
密封|密闭|盖紧|拧紧 敞开|敞口
深 浅
湿 干燥
浑 澄清|清澈|透明
嘶哑 洪亮
代谢性酸|偏酸|酸性|酸中毒 代谢性碱|偏碱|碱性|碱中毒
黑[色便]|发黑|变黑 白色|发白|变白 红色|发红|变红 黄色|发黄|变黄 绿色|发绿|变绿
""",
    "how a drug is given and kept": """
诱导(?!期) 抑制
激动 拮抗|阻断|阻滞
择期|择日|过几天 立即|立刻|马上|紧急|尽快
轻轻|轻柔 用力|使劲|大力
原液|不稀释 稀释
冷敷|冰敷 热敷
先断|断掉 继续|接着|照常
保留|留着 拔[针除掉]|撤掉
闭眼 睁眼
吸气 呼气|吐气
速效|短效 长效|缓效
灭活 减毒
整[片粒颗个] 碾碎|掰|嚼碎|压碎|研碎|磨碎|切开|咬碎
单用|单独|只用|只吃 联合|合用|联用|同用|同时
(?<!未)(?<!没有)(?:同用|合用|同时用) 未同用|没有同时|未合用|没有合用
一次用完|一次性|一次用光 分[几多数两三四]?次
取下|摘 戴着|继续戴
吐[掉出] 咽下
固定|同一 更换|轮换|换个|换着|另一
清水|温水|凉水|白开水|凉白开|冷水 热水|(?<![温白凉])开水|沸水
冷藏|冰箱 常温|室温 冷冻
避光|遮光 见光|晒
""",
}
RIVALS = [
    [re.compile(word) for word in line.split()] for told in _RIVALS.values() for line in told.strip().splitlines()
]


# ---- letters ---------------------------------------------------------------------------------------------------------

_APART = re.compile(r"[^\u4e00-\u9fffa-zα-ω\d]")
_SMALL = frozenset("的了着过是就都也还吗呢吧啊和与或及等者在把被将这那个种些一时它他她你您我其有可以要应会能不用服")


@lru_cache(maxsize=4096)
def grams(text: str) -> frozenset[str]:
    """Pairs of letters that stand side by side, in the words of leaflets, and letters alone that say something."""
    told: set[str] = set()
    for part in _APART.sub(" ", written(text)).split():
        told.update(part[n : n + 2] for n in range(len(part) - 1))
        told.update(part)
    return frozenset(told - _SMALL)
