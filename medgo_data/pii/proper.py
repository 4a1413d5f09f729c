"""Where the name of an institution begins, and whether it names anybody: 邛崃市人民医院 does, 当地三甲医院 does not."""

from __future__ import annotations

import re

from medgo_data.pii.gazetteer import SUFFIX, at, each
from medgo_data.pii.lexicon import SAYS, split
from medgo_data.pii.surnames import COMMON as COMMON_NAMES
from medgo_data.pii.surnames import RARE

# What stands before the last word of a name (医院, 有限公司 …) is read back to a stop, a cue or a verb, and what is left
# must hold more than generic words (当地, 三甲, 第一人民 …).

HAN = "\u3400-\u9fff〇"
AN = "[0-9一二三四五六七八九十〇零百]"
# A character of a place's name: none of the function words and none of the words of medicine.
STEM = (
    "(?:(?![的了在是为和与及或因以从到去往于由经被把给让对等有无不未没我你您他她它们这那哪其该此某各每就也都还又再已曾说想要会能可请问做看用使患诊症疾痛尿炎癌瘤肿膜腺腔脉咳喘呕吐泻痰晕"
    f"餐饭药院])[{HAN}])"
)


def words(text: str) -> str:
    """An alternation of words, the longer before the shorter."""
    return "|".join(sorted(text.split(), key=len, reverse=True))


def heads(alternation: str) -> str:
    """A look at the first character, which spares the search most places of a text."""
    return f"(?=[{''.join(sorted({word[0] for word in alternation.split('|')}))}])"


LONGEST = 26  # characters of a name before its last word
# What may stand before a name and is not part of it. Words and characters that a place or a proper name covers do not
# cut (石家庄, 于都, 协和).
CUT = re.compile(
    "就诊|就医|转入|转院|转诊|收入|入院|入住|送检|送往|急诊|急送|前往|到达|抵达|来院|来自|就读|任职|就职|供职|受雇|毕业|工作|打工|上班|务工"
    "|服务于|单位|患者|病人|家属|门诊(?!部)|医师|医生|大夫|主任|教授|护士长?|院长|作者|地址|现住|家住|户籍|籍贯|出生|今日|昨日|昨天|今天|明天"
    "|次日|当日|上午|下午|晚上|凌晨|中午|既往|外院|诊断|检查|复查|治疗|手术|出院|随访|建议|建档|建册|预约|挂号|联系|名称|机构|地点|烦请|申办[方者]|持有人|院方|我校|贵校|本校|拟转|发证|执笔"
    "|全称|企业|报告|医院|下转|上转|推荐|选择|位于|隶属|抬头|原告|被告|投诉|感谢|职工(?=[^医总])|退休|学生|老师|员工|参加|工厂|厂家|承办|主办|合同|开户行|发票|公章|盖章|隔壁"
    "|本人|户名|独居|车停|供餐|地接|年初|年底|年末|月初|月底|月末|[上中下]旬|或者|并且|因为|因故|应该|应当|需要|如果|对于|之前|以前|之后|以后|然后|后来|期间|当时|同时|住院|咨询|往返|通过|经过|属于|导游|领队|经理"
    "|(?<=[诊院术娩产病伤检班])时|[家村县市城镇乡这那哪院店手]里|里面|[年天日月周术产饭]前|[年天日月周术产饭]后|[一两几这那哪]家|[一这那几哪某][个所间]|(?<!基)因(?![工达子])|(?<![东西石纬财神])经(?![济纬贸开络脉营销方纪理])"
    r"|\d+(?:年|月|日|号|岁|天|周|次|时|分|床|室|楼|层|点|区|组|名|例|家|元|所|个)[前后内]?|\d+[::]\d+"
    "|[在到去往的了是我你您他她它们这哪那该每找赴请给把得着过吗呢吧啊呀想说问看再就也还又都已曾被让叫带但而则若某各何没不未由自于从至及与和或来住送转向跟为且其此故并乃谁讲趟系抵嫌称叫]|当(?!地)|入(?!户)"
)
SAFE = re.compile(
    "(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{1,2}(?:大夫|医生|医师)(?=诊所|门诊|口腔|骨科|正骨|推拿|牙科|中医)|厂家属|好又多|和睦家|外国语|时代|前进|前海|红十字会|同济|同仁|同德|同和|同康|协和|仁和|祥和|和平|和谐|和美|康和|颐和|泰和|嘉和|百和|人和|和康|和佳|和黄"
    "|中和|义和|都市|首都|华为|和仁|惠来|东来|为民|自来水|自动|向阳|当代|以岭|同方|同春|和春|再生|再障|得心|来福|来宾|得康|都会|至善|至诚|至德"
    "|与共|自治|自贸|并州|并购|乃至|当归|当阳|未来|未央|不夜城|转化医学|系统|石系|是成|得力|得利|得意|康得|过敏|就业|再就业|到位|带状|他山|送变电|送子|住宅|住建|住房|向日葵|向前|向东|向荣|志向|方向|自强|自立|自然|从业|从容|及第|及时雨|其乐|安其|都灵|丽都|华都|新都|金都|大都|名都|东都|成都|江都|为尔|有为|大为|宏为|被服|服被|棉被|每日|每天|每一天|天天向上|着力|看丹|问津|问天|说唱|带岭|海带|皮带|电视"
)


def covered(line: str, low: int, high: int) -> set[int]:
    """The characters that a place or a proper name covers, which therefore are no cue."""
    inside: set[int] = set()
    i = low
    while i < high:
        end = at(line, i)
        inside.update(range(i + (line[i] in "到去在从往来" and 1), end))
        i += 1
    for match in SAFE.finditer(line, low, high + 2):
        inside.update(range(match.start(), match.end()))
    return inside


def edge(line: str, end: int, floor: int = 0) -> int:
    """Where the name that goes on at `end` begins: after the last stop, cue or verb before it."""
    low, floor = end, max(floor, end - LONGEST)
    while low > floor:
        char = line[low - 1]
        if (char.isalnum() and not "①" <= char <= "⑳") or char == "·":
            low -= 1
        elif char == ")" and (opened := line.rfind("(", max(floor, low - 9), low)) > floor:
            if not line[opened + 1 : low - 1].isalpha() or BRACKET.search(line[opened + 1 : low - 1]):
                break
            low = opened
        else:
            break
    if low == end:
        return end
    inside = covered(line, low, end)
    start = low
    for match in CUT.finditer(line, low, end):
        if not all(i in inside for i in range(match.start(), match.end())):
            start = match.end()
    while (
        start < end - 2
        and line[start].isdecimal()
        and not line[start + 1].isdecimal()
        and line[start + 1] not in "一二三四五六七八九十"
    ):
        start += 1  # the number of a footnote
    return first(line, spoken(line, start, end, inside), end)


def spoken(line: str, start: int, end: int, inside: set[int]) -> int:
    """Where what is said ends and the name begins, word by word: of 可返城关镇第四小学 after 可返."""
    if end - start < 3 or not HANS_IN.search(line, start, end):
        return start
    begin = start
    for word in split(line[start:end]):
        low, high = start + word.start, start + word.end
        if high > end - (1 if high - low > 1 else 2) or all(i in inside for i in range(low, high)):
            continue
        if low > begin and (at(line, begin) > begin or PROPER.match(line, begin, low) or OWN.search(line[begin:low])):
            break  # the name has begun
        if word.end - word.start > 1:
            text = line[low:high]
            says = ROLE.fullmatch(text) or not (
                word.kind not in SAYS or LUCKY.match(text) or ORDER.match(text) or OWN.search(text)
            )
        else:
            says = line[low] in ONE and (low == begin or line[low] not in PART)
        begin = high if says else begin
    return begin


HANS_IN = re.compile(f"[{HAN}]{{3}}")
ORDER = re.compile(f"第?{AN}|[东西南北中上下前后]|解放|前进|振兴|团结|跃进|奋进|安定|向阳|开发")
ROLE = re.compile(
    "拍片|片子|家属|家人|家长|孩子|儿子|女儿|媳妇|老公|老婆|丈夫|妻子|爱人|老伴|爸爸|妈妈|父亲|母亲|爷爷|奶奶|姥姥|外婆|弟弟|哥哥|姐姐|妹妹|工友|同事|邻居|朋友|家里|护工|死者|伤者|本人|自己"
    "|门口|里面|外面|隔壁|附近|旁边|对面|楼下|路边|上级|下级|上面|下面|市里|县里|镇上|乡里|村里|老家|异地|外省|期间|时候|下午|上午|前年|去年|今年|上月|本月"
)
# Characters that say something; those of the second set only where what was read back begins with them.
ONE = frozenset(
    "送返致随托找离归借抬拉接陪领派约催帮替因可应已现曾即先再又均系经原予拟将遂仍便才并做看查拍挂说问只有要能会没是其"
)
PART = frozenset("随经归可应现即先原将会有要能接约领因")
BRACKET = re.compile("盖章|代码|简称|以下|原|诊断|电话|男|女")


def first(line: str, start: int, end: int) -> int:
    """A place within what was read back begins the name, unless what stands before it begins a name too."""
    opened = line.find("(", start, end)
    for i in range(start, (opened if opened > 0 else end) - 1):
        if (stop := at(line, i)) > i:
            before, full = line[start:i], stop - i > 2 and SUFFIX.search(line[i:stop])
            whole = i == start or OWN.search(before) or PROPER.search(before)
            short = len(before) < 4 and not full and LUCKY.match(before * 2)
            odd_one = (
                stop - i < 3 and len(before) == 1 and before.isalpha() and before not in ONE
            )  # 邢南县, though there is a 南县
            return start if whole or short or odd_one else i
    return start


OWN = re.compile(
    ".[钢矿]$|[一二东]汽$|国网|中石[油化]|中[建铁交核车船航粮]|国药|国电|华[电能润]|大唐|航天|万科|恒大|碧桂园|大学|学院|附属|医科|集团|公司|[省市县区镇乡州盟旗村矿局军部院]$|中国|国家|银行|[农工建中交招]行|邮储|信用|农商|人寿|平安|太平洋|[A-Za-z]"
)
FAMOUS = words(  # proper names that need no place before them
    "联勤 联合 联医 那打素 雅丽氏 律敦治 屯门 明爱 东华 新希望 华西 湘雅 协和 瑞金 齐鲁 同济 同仁 天坛 积水潭 阜外 安贞 宣武 友谊 朝阳 华山 中山 仁济 新华 西京 唐都 南方 珠江 毓璜顶 邵逸夫"
    " 鼓楼 省立 盛京 湘雅二 湘雅三 解放军 武警 空军 海军 陆军 火箭军 军区 中日友好 长庚 荣民 台大 成大 马偕 玛丽 伊利沙伯 威尔斯亲王"
    " 玛嘉烈 广华 仁爱 镜湖 山顶 浸信会 圣保禄 养和 东区尤德 慈济 国泰 新光 亚东 振兴 铁路 红十字 博爱 东直门 西苑 广安门 龙华 曙光"
    " 岳阳 逸仙 眼耳鼻喉 普陀 东方 大坪 新桥 西南 佑安 地坛 胸科 和睦家 同仁堂 爱尔 美年 慈铭 爱康 老百姓 益丰 大参林 一心堂 海王星辰 菜鸟 德邦 极兔 百世 邮政 中国移动 联通 电信 台积电 港铁 一汽 二汽 东风 上汽 广汽 宝钢 首钢 鞍钢 武钢 攀钢 包钢 太钢 漱玉平民 健之佳 国网 中石油 中石化 中铁 中建 中交 富士康 比亚迪 华为 海尔 格力 美的 京东 顺丰 圆通 中通 申通 韵达 美团 阿里 腾讯 万科 恒大 碧桂园 沃尔玛 家乐福 永辉 大润发 肯德基 麦当劳 海底捞 如家 汉庭 全季 普瑞 拜博 瑞尔 通策 泰康 华厦"
    " 矿务局 总参 民航 电力 石化 油田 奇美 秀传 彰基 义大 万芳 双和 三总 国军 耕莘 恩主公 敏盛 圣母 基督 教会 北医 医大 重医 附一"
)
GENERIC = re.compile(
    "正规|三甲|二甲|三级|二级|甲等|专业|当地|本地|附近|就近|上级|下级|上一级|公立|私立|民营|大型|小型|权威|其他|其它|任何|一家|两家|几家|多家"
    "|各大|各级|好的|最好|患者|病人|医生|医师|疗效|症状|先进|知名|著名|相关|有关|有些|不同|一些|许多|很多|大多|多数|全国|国内|国外|省内|市内|县级|市级|省级"
    "|基层|乡镇|城镇|城市|城里|县城|农村|乡村|定点|指定|合作|转诊|接诊|首诊|收治|我们|你们|咱们|自己|哪|什么|是否|怎|多少|几个|以上|以下|之后|以后"
    "|方便|医保|复诊|求医|看病|住院|入院|出院|检查|检验|检测|化验|治疗|手术|诊治|诊疗|护理|服用|饮食|需要|可以|应该|必须|建议|尽快|尽早|及时|马上"
    "|立即|经常|有时|现在|目前|之前|今年|去年|前年|一级|三院|大小|私人|个体|黑|小区|某|网上|线上|普通|一般|合适|可靠|好多|每家|本市|本县|本省|本村|本镇|我市|我县|我省"
    "|该市|该县|全资|跨国|旗下|控股|下属|四诊|全市|全县|全省|疾病|部分|确认|决定|更好|一次|多次|最近|上次|下次|初期|美国|高血压|一般|城市|好好|镇上|才好|某|同村|邻村|外地|外省|异地|家里|学校|单位|公司|癌|瘤|炎|痛|疹|癣|感染|怀孕|孩子|宝宝|老人|小孩|女性|男性|人员|食品|用品|多处|多所|少数|保健品|一[位名]|小儿|新生儿|试验|研究|艾滋|清洁|温度|筛查|联合(?=医院)"
)
# Descriptive words of an institution: without a proper name before them they name nobody.
PLAIN = words(
    "影像 医学影像 检验 病理 诊断 私立 财团法人 社团法人 附设 日间 纪念 关怀 救助 慈善 公益 人民 中心 中医 中西医结合 中西医 西医 妇幼 妇幼保健 妇女儿童 妇儿 妇产 妇产科 妇科 儿童 儿科 口腔 眼科 骨科 骨伤 骨伤科 肿瘤 胸科 心脏 心血管 心脑血管"
    " 脑科 脑病 皮肤病 皮肤 皮肤科 性病 精神病 精神 精神科 传染病 结核病 职业病 康复 专科 综合 总 职工 老年 老年病 肛肠 整形 美容 整形美容 医疗美容 医疗 医学 附属"
    " 直属 社区 卫生 服务 保健 计划生育 妇幼保健计划生育 疾病预防控制 健康 体检 协作 教学 急救 民族 中医药 国际 互联网 网络 肝病 糖尿病 男科 泌尿 泌尿外科 不孕不育 生殖"
    " 癫痫 癫痫病 白癜风 风湿 风湿病 甲状腺 乳腺 耳鼻喉 耳鼻喉科 五官科 肾病 胃肠 胃肠病 微创 疼痛 中 西 医 女子 男子 城乡 城区 市 县 区 省 镇 乡 村 州 国 校 厂 院 队 大 小 老 新"
    " 牙科 心理 心理卫生 精神卫生 痔疮 内科 外科 综合性 公立 私立 民营 优抚 荣军 肺科 甲级 专业 专家 名医 中药 大学 学院 医学院 医科大学 神经 神经内科 神经外科 肝胆 血液病"
    " 银屑病 牛皮癣 关节 脊柱 腰椎 动物 宠物 兽医 野战 方舱 隔离 军 军队 部队 地方 市属 省属 机关 企业 矿 农 林 爱心 家庭 联合 公共 公共卫生 慢性病 慢病 防治 预防 临床 示范 特色 中小"
    # of firms and schools
    " 实验 第 附 双语 外国语 职业 技术 职业技术 高级 初级 中等 高等 师范 成人 特殊教育 聋哑 盲人 重点 普通 希望 寄宿 贵族 电子 服装 化工 机械 食品 制衣 鞋 玩具 家具 塑料 五金"
    " 建筑 工程 装修 装饰 物流 快递 运输 贸易 进出口 房地产 地产 保险 人寿 财产 投资 科技 网络科技 信息技术 医药 制药 药业 生物 生物医药 医疗器械 器械 设备 农业 工业 商业 银行 信用 股份 有限 责任 私营 国有 国营 外资 合资"
    " 连锁 大 平价 便民 商务 快捷 星级 五星级 四星级 三星级 度假 水泥 钢铁 钢 砖 砖瓦 化肥 造纸 印刷 印染 纺织 皮革 皮 电池 蓄电池 轮胎 玻璃 陶瓷 家电 汽车 汽配 修理 汽修 加工 制造 生产 外贸 乡镇 棉纺 酒 糖 面粉 肉联 屠宰 养殖 养猪 养鸡 发电 电 制品 精密 精密机械 保险经纪 经纪 百货 置业 实业 文化 传媒 广告 餐饮 商贸 科技发展 人力资源 劳务 劳务派遣 保安 家政 教育 健康管理 医疗管理 管理 企业管理 基因工程 基因 自来水 污水处理 垃圾处理"
)
BARE = re.compile(rf"^(?:第?{AN}{{1,4}}|{PLAIN})+$")
NUMBERED = re.compile(rf"(?:第{AN}{{1,4}}|(?<=[市省州盟县区])[一二三四五六七八九十])")
PROPER = re.compile(
    f"{FAMOUS}|[京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀黔滇藏陕秦陇青宁新赣][东西南北中](?!医)|华[东中南北]|东北|西北|岭南|江南|中原|燕赵|关中"
)
UNIT = re.compile(
    f"^[{HAN}]{{2,5}}?(?<![城都超上股门夜菜集闹本我该全外地病])(?:省|市|自治[区州县]|县|区|镇|乡|街道|州|盟|旗|苏木|村|屯|庄|寨|农场|林场|矿区|开发区|新区|师|团|社区)"
)
SCHOOL = re.compile(f"[{HAN}]{{2,10}}(?:大学|学院|医科大|医大|民大|医专|卫校|师大|理工|军医大|中医药大)")
# The characters of which people make proper names of institutions.
LUCKY = re.compile(
    "^[京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀黔滇藏陕秦甘陇青宁新港澳雷公利艺洁笑夕照里宏图奥仁爱康安德济慈恩华福瑞祥和同博圣玛丽恒泰宁嘉美佳益民惠众信义诚善心明光阳晨曦天海龙凤金银玉长永新兴盛达通远东西南北京春夏秋冬"
    "江河湖山湾岭州城原陵溪泉桥港岛川浦塘滨云峰林谷石青绿红白蓝紫翠禾禧熙怡颐静馨欣雅悦乐凯旋启航星月日朝霞彩虹锦绣鼎鸿宏弘鑫森润泽源丰裕隆昌茂广大平正方圆百千万亿健寿"
    "杏橘橙莲荷梅兰竹菊松柏桂桃李槐柳枫榕榆梧桐樟棠樱葵仙佛道普度渡救护佑保全真诺亚维多利罗沙丹娜妮贝儿童宝婴幼爸妈亲友善恒创优先卓越精诚杰英豪雄伟力胜利凌志飞翔腾鹏雁鹰鹤凰麟雪域花园堂春草"
    "联合众创世纪百年王府公元亨利贞三六九五四八七二一十冠领尚品汇聚群才育才树人文华景秀崇德励志思源明远致知务实求是笃学启智育红星火立达敬业成功希望曙光前程未来国泰镇关门口坪坝垭滩沟桃柑]{2,5}$"
)


def worth(core: str, last: str) -> float:  # noqa: PLR0911  one for each thing that a name is known by
    """How surely this is the proper part of a name: 0 for generic words, 0.5 for what only may be one."""
    core = FOUNDED.sub("", core)
    proper = TRAILING.sub("", core)
    if not core or (len(core) < 2 and last not in SHORT) or GENERIC.search(proper):
        return 0.0
    unit, place = UNIT.match(core), chain(core)
    if MILITARY.fullmatch(core) and last == "医院":
        return 0.7
    if place:
        full = core[place:] or (SUFFIX.search(core) and len(core) > 2)
        return 0.0 if VAGUE_REST.match(core, place) else 0.9 if full else 0.7
    if PROPER.search(core) or SCHOOL.search(core) or (unit and len(unit[0]) > 2 and not BARE.match(unit[0])):
        return 0.9
    if not proper:
        if STAFF.search(core):
            return 0.7
        return 0.5 if (NUMBERED.search(core) or ABOVE.match(core)) and core[0] not in "县区" else 0.0
    proper = proper if len(proper) > 1 else core
    if LUCKY.match(proper) or GEO.match(proper):
        return 0.7
    return 0.4 if 1 < len(proper) <= 8 else 0.3


def odd(core: str) -> bool:
    """Whether what stands before the last word of a name is no ordinary word, so that it can only name somebody."""
    proper = TRAILING.sub("", BRACKETED.sub("", core))
    if SURNAMED.match(proper):
        return True
    if (
        not 1 < len(proper) <= 6
        or NO_NAME.search(proper)
        or not HANS_ALL.fullmatch(proper)
        or GENERIC.search(proper)
        or COMMON.search(proper)
    ):
        return False
    parts = split(proper)
    return not any(
        (word.kind in SAYS - {"f", "m"} and word.end - word.start > 1) or proper[word.start] in "的了在和与及或"
        for word in parts
    )


BRACKETED = re.compile(r"\([^()]{1,8}\)")
SURNAMED = re.compile(f"^(?:老|小)?[{COMMON_NAMES}{RARE}](?:家|氏|记|大夫|医生)$")
NO_NAME = re.compile("[换办去见说看找想让叫给带来吃喝打做拿分换些]|[个家点级种类]$|^[好坏]")
HANS_ALL = re.compile(f"(?:(?![症炎瘤癌痛病疹血尿脉胸腹肠胃肝肾肺药剂针片丸液膏素酸酶肽胺钠钙钾菌毒])[{HAN}·])+")
MILITARY = re.compile("第?[0-9〇零一二三四五六七八九]{3,4}")
STAFF = re.compile(".(?:局|厂|矿|公司|集团|铁路|航天|石油|油田|钢铁|林业|电力|兵工)职工$")
FOUNDED = re.compile("^(?:私立|财团法人|社团法人)(?=..)")
ABOVE = re.compile("(?:省|自治区)(?:人民|中心|中医|妇幼|肿瘤|儿童|口腔|胸科|精神|立)|市(?:人民|中心|立)$")
VAGUE_REST = re.compile(
    "一(?:家|个|所|些|废|小|大|般)|某|多[家个地所]|两[家个所]|几[家个所]|各|废旧|国家机关|的|最|本地|当地|公立|私立|大型|知名|好的|正规"
)
TRAILING = re.compile(rf"(?:第?{AN}{{1,4}}|{PLAIN}|病|科)+$")
GEO = re.compile(f"[{HAN}]{{1,3}}[山江河湖海湾岭洲岛溪泉桥港浦塘滨关城州阳]$")
SHORT = each("一院 二院 三院 四院 五院 六院 七院 八院 九院 十院 附院 一附院 二附院 三附院 四附院 五附院 六附院")


def chain(text: str) -> int:
    """The length of the run of places that a text begins with, suffixes included."""
    i = 0
    while (end := at(text, i)) > i:
        i = end
        if (more := LEVEL.match(text, i)) and not SUFFIX.search(text[:i]):
            i = more.end()
    return i


LEVEL = re.compile(f"(?:[{HAN}]{{1,6}}?族)*(?:维吾尔|壮族|回族)?(?:特别行政区|自治[区州县旗]|地区|[省市州盟县区旗])")
NEAR = re.compile(  # cues that say: a name stands here
    r"(?:就诊于|就医于|转入|转至|转往|转到|送至|送往|送入|急送|就职于?|就读于?|任职于?|供职于?|受雇于?|毕业于|服务于|工作于|入职|考上|考入|在校生\(?|就读学校"
    r"|(?:单位|名称|机构|医院|学校|厂家|企业|公司|抬头|开户行|厂名|工厂|雇主|申办方|持有人|盖章|报告|承保|投保人|甲方|乙方|来源|门诊|地点|收件人|发证|起草单位|体检单位|申请人)[:(]? ?|[在于到去往至由自从来回系为]|我们?隔壁)$"
)
FIELD_EDGE = frozenset(" \t:;,.(|/、。\"“”[]{}*)-!?'")
COMMON = re.compile(
    "[要有只能可吃等像讲用常会必须时候旁边具特殊同两几各其按照根据近专治再这那很非太都没不的了么吧呢吗什请您咱俩谁]|影响|实体|麻烦|积极|咨|接触|习惯|天$|新冠|疫情|第.家|白天|开始|早|情况|人家|乡下|四诊|上述|密切|抗癌|抗菌|电器|沙石|石料|租用"
)


def isolated(before: str, after: str) -> bool:
    """Whether a name stands alone: between columns, brackets or line ends, not within a sentence."""
    return (not before or before[-1] in ' (|:\t[/"“') and (not after or after[0] in ' )|(\t,]/"”-')
