"""Where somebody lives, was treated and works: addresses, named hospitals and named employers in a line of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from medgo_data.pii.gazetteer import PROVINCES, SUFFIX, at, each, names
from medgo_data.pii.span import Span

# An institution is found by its last word (医院, 有限公司 …). Its left edge is the hard part: what stands before is read
# back to a stop, a cue or a verb, and what is left must hold more than generic words (当地, 三甲, 第一人民 …).
# An address is found where it may begin (after a cue, at a place of the gazetteer, left of 路12号 or X镇Y村) and is
# read forward, unit by unit, as far as units follow; how many and which decides what it is worth.
# Certainty: 0.9 surely named, 0.7 by its shape, 0.5 bold, for records of patients only.

HAN = "\u3400-\u9fff〇"
AN = "[0-9一二三四五六七八九十〇零百]"


def words(text: str) -> str:
    """An alternation of words, the longer before the shorter."""
    return "|".join(sorted(text.split(), key=len, reverse=True))


# ---- institutions --------------------------------------------------------------------------------------------------

CARE = words(
    "医院 卫生院 卫生所 卫生室 卫生站 诊所 门诊部 保健院 保健所 保健站 保健中心 卫生服务中心 卫生服务站 服务中心 服务站 体检中心"
    " 养老院 养老中心 养老服务中心 敬老院 福利院 护理院 护理中心 护老院 安老院 安养院 安养中心 老人院 颐养院 养护院 养护中心 疗养院"
    " 康复中心 康复院 康养中心 疾控中心 疾病预防控制中心 防治所 防治院 防治中心 防治站 防疫站 血站 血液中心 急救中心 医疗中心"
    " 医学中心 诊疗中心 医务室 医务所 医馆 国医堂 透析中心 妇幼 妇保院 妇幼院 地病所 皮防所 皮防院 结防所 职防院 职防所"
    " 精神卫生中心 生殖中心 医学影像中心 检验中心 月子中心 口腔连锁 口腔 齿科 牙科 荣总 附院 附一院 附二院 附三院 一附院 二附院 三附院 四附院 五附院 六附院"
    " 一院 二院 三院 四院 五院 六院 七院 八院 九院 十院 卫生院分院 生殖医学中心 妇儿中心 妇产中心 疾控 分院 中医馆 国医馆"
).replace("|口腔|", "|口腔(?![崩溃黏粘内卫护炎癌速颌清保念诊检异苔干念白感修]|健康)|")
FIRM = words(
    "有限责任公司 股份有限公司 有限公司 股份公司 总公司 分公司 子公司 集团公司 支行 分行 储蓄所 信用社 联社 分理处 合作社"
)
WORKS = words(
    "药局 药行 药铺 鉴定所 鉴定中心 基金会 公证处 服务部 经营部 托管班 托育园 早教中心 驾校 工作室 车行 汽修厂 殡仪馆 疗休养中心 儿童之家 残联 福利工厂 "
    "公司 集团 总厂 分厂 厂 小学 中学 高中 初中 幼儿园 幼稚园 托儿所 学校 职校 技校 职高 卫校 大学 学院 研究院 研究所 设计院 药店"
    " 药房 大药房 银行 超市 商场 百货 酒店 饭店 宾馆 工地 煤矿 铁矿 金矿 矿务局 报社 日报 晚报 晨报 电视台 律师事务所 会计师事务所 物业 农场"
    " 旅行社 服务社 商旅 门市部 商行 商店 便利店 加工厂 养殖场 砂石场 采石场 屠宰场 客运站 加油站 福利厂 木器厂 学堂 书院 职院 技师学院 党校 网吧 酒楼 客栈 民宿 会所 洗浴中心 足浴 火锅店 餐馆 食堂 驿站 菜鸟 物流园 置业 物流 快递 乳业 服饰 置地 地产 重工"
    " 附中 附小 国小 医专 大队 车队 施工队 建筑队 保险 人寿 财险 电子 科技 纺织 制药 药业 五金 矿业 茶庄 专科学校 幼教中心"
)
TAIL = rf"(?:\([{HAN}]{{1,8}}(?:店|院区|分院|分店|门诊部|总院)\)|[东西南北新老总本]院(?:区|(?![长内外方务里子]))|[{HAN}]{{2,4}}(?:分公司|院区|分院|支行|营业部|支公司|分店)|(?<=[腔科所馆])[{HAN}]{2, 4}店|(?:预防)?接种门诊|连锁(?:有限公司)?)?"
INSTITUTION = re.compile(f"(?:(?P<care>{CARE})|(?P<firm>{FIRM})|(?P<works>{WORKS})){TAIL}")
LONGEST = 26  # characters of a name before its last word

# What may stand before a name and is not part of it. Words and characters that a place or a proper name covers do not
# cut (石家庄, 于都, 协和).
CUT = re.compile(
    "就诊|就医|转入|转院|转诊|收入|入院|入住|送检|送往|急诊|急送|前往|到达|抵达|来院|来自|就读|任职|就职|供职|受雇|毕业|工作|打工|上班|务工"
    "|服务于|单位|患者|病人|家属|门诊(?!部)|医师|医生|大夫|主任|教授|护士长?|院长|作者|地址|现住|家住|户籍|籍贯|出生|今日|昨日|昨天|今天|明天"
    "|次日|当日|上午|下午|晚上|凌晨|中午|既往|外院|诊断|检查|复查|治疗|手术|出院|随访|建议|建档|建册|预约|挂号|联系|名称|机构|地点|烦请|申办[方者]|持有人|院方|我校|贵校|本校|拟转|发证|执笔"
    "|全称|企业|报告|医院|下转|上转|推荐|选择|位于|隶属|抬头|原告|被告|投诉|感谢|职工(?=[^医总])|退休|学生|老师|员工|参加|工厂|厂家|承办|主办|合同|开户行|发票|公章|盖章|隔壁"
    "|本人|户名|独居|车停|供餐|地接|年初|年底|年末|月初|月底|月末|[上中下]旬|或者|并且|因为|因故|应该|应当|需要|如果|对于|之前|以前|之后|以后|然后|后来|期间|当时|同时|住院|咨询|往返|通过|经过|属于|导游|领队|经理"
    "|[家村县市城镇乡这那哪院店手]里|里面|[年天日月周术产饭]前|[年天日月周术产饭]后|[一两几这那哪]家|[一这那几哪某][个所间]|(?<!基)因(?![工达子])|(?<![东西石纬财神])经(?![济纬贸开络脉营销方纪理])"
    r"|\d+(?:年|月|日|号|岁|天|周|次|时|分|床|室|楼|层|点|区|组|名|例|家|元|所|个)[前后内]?|\d+[::]\d+"
    "|[在到去往的了是我你您他她它们这哪那该每找赴请给把得着过吗呢吧啊呀想说问看再就也还又都已曾被让叫带但而则若某各何没不未由自于从至及与和或来住送转向跟为且其此故并乃谁讲趟系抵嫌称叫]|当(?!地)|入(?!户)"
)
SAFE = re.compile(
    "和睦家|外国语|时代|前进|前海|红十字会|同济|同仁|同德|同和|同康|协和|仁和|祥和|和平|和谐|和美|康和|颐和|泰和|嘉和|百和|人和|和康|和佳|和黄"
    "|中和|义和|都市|首都|华为|和仁|惠来|东来|为民|自来水|自动|向阳|当代|以岭|同方|同春|和春|再生|再障|得心|来福|来宾|得康|都会|至善|至诚|至德"
    "|与共|自治|自贸|并州|并购|乃至|当归|当阳|未来|未央|不夜城|转化医学|系统|石系|是成|得力|得利|得意|康得|过敏|就业|再就业|到位|带状|他山|送变电|送子|住宅|住建|住房|向日葵|向前|向东|向荣|志向|方向|自强|自立|自然|从业|从容|及第|及时雨|其乐|安其|都灵|丽都|华都|新都|金都|大都|名都|东都|成都|江都|为尔|有为|大为|宏为|被服|服被|棉被|每日|每天|每一天|天天向上|着力|看丹|问津|问天|说唱|带岭|海带|皮带|电视"
)
FAMOUS = words(  # proper names that need no place before them
    "联勤 联合 联医 那打素 雅丽氏 律敦治 屯门 明爱 东华 新希望 华西 湘雅 协和 瑞金 齐鲁 同济 同仁 天坛 积水潭 阜外 安贞 宣武 友谊 朝阳 华山 中山 仁济 新华 西京 唐都 南方 珠江 毓璜顶 邵逸夫"
    " 鼓楼 省立 盛京 湘雅二 湘雅三 解放军 武警 空军 海军 陆军 火箭军 军区 中日友好 长庚 荣民 台大 成大 马偕 玛丽 伊利沙伯 威尔斯亲王"
    " 玛嘉烈 广华 仁爱 镜湖 山顶 浸信会 圣保禄 养和 东区尤德 慈济 国泰 新光 亚东 振兴 铁路 红十字 博爱 东直门 西苑 广安门 龙华 曙光"
    " 岳阳 逸仙 眼耳鼻喉 普陀 东方 大坪 新桥 西南 佑安 地坛 胸科 和睦家 同仁堂 爱尔 美年 慈铭 爱康 老百姓 益丰 大参林 一心堂 海王星辰 漱玉平民 健之佳 国网 中石油 中石化 中铁 中建 中交 富士康 比亚迪 华为 海尔 格力 美的 京东 顺丰 圆通 中通 申通 韵达 美团 阿里 腾讯 万科 恒大 碧桂园 沃尔玛 家乐福 永辉 大润发 肯德基 麦当劳 海底捞 如家 汉庭 全季 普瑞 拜博 瑞尔 通策 泰康 华厦"
    " 矿务局 总参 民航 电力 石化 油田 奇美 秀传 彰基 义大 万芳 双和 三总 国军 耕莘 恩主公 敏盛 圣母 基督 教会 北医 医大 重医 附一"
)
GENERIC = re.compile(
    "正规|三甲|二甲|三级|二级|甲等|专业|当地|本地|附近|就近|上级|下级|上一级|公立|私立|民营|大型|小型|权威|其他|其它|任何|一家|两家|几家|多家"
    "|各大|各级|好的|最好|患者|病人|医生|医师|疗效|症状|先进|知名|著名|相关|有关|有些|不同|一些|许多|很多|大多|多数|全国|国内|国外|省内|市内|县级|市级|省级"
    "|基层|乡镇|城镇|城市|城里|县城|农村|乡村|定点|指定|合作|转诊|接诊|首诊|收治|我们|你们|咱们|自己|哪|什么|是否|怎|多少|几个|以上|以下|之后|以后"
    "|方便|医保|复诊|求医|看病|住院|入院|出院|检查|检验|检测|化验|治疗|手术|诊治|诊疗|护理|服用|饮食|需要|可以|应该|必须|建议|尽快|尽早|及时|马上"
    "|立即|经常|有时|现在|目前|之前|今年|去年|前年|一级|三院|大小|私人|个体|黑|小区|某|网上|线上|普通|一般|合适|可靠|好多|每家|本市|本县|本省|本村|本镇|我市|我县|我省"
    "|该市|该县|全资|跨国|旗下|控股|下属|四诊|全市|全县|全省|疾病|部分|确认|决定|更好|一次|多次|最近|上次|下次|初期|美国|高血压|一般|城市|好好|镇上|才好|某|同村|邻村|外地|外省|异地|家里|学校|单位|公司|癌|瘤|炎|痛|疹|癣|感染|怀孕|孩子|宝宝|老人|小孩|女性|男性|人员|食品|用品"
)
# Descriptive words of an institution: without a proper name before them they name nobody.
PLAIN = words(
    "纪念 关怀 救助 慈善 公益 人民 中心 中医 中西医结合 中西医 西医 妇幼 妇幼保健 妇女儿童 妇儿 妇产 妇产科 妇科 儿童 儿科 口腔 眼科 骨科 骨伤 骨伤科 肿瘤 胸科 心脏 心血管 心脑血管"
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
    f"^[{HAN}]{{1,5}}?(?<![城都超上股门夜菜集闹本我该全外地病])(?:省|市|自治[区州县]|县|区|镇|乡|街道|州|盟|旗|苏木|村|屯|庄|寨|农场|林场|矿区|开发区|新区|师|团|社区)"
)
SCHOOL = re.compile(f"[{HAN}]{{2,10}}(?:大学|学院|医科大|医大|民大|医专|卫校|师大|理工|军医大|中医药大)")
# The characters of which people make proper names of institutions.
LUCKY = re.compile(
    "^[京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀黔滇藏陕秦甘陇青宁新港澳雷公利艺洁笑夕照里宏图奥仁爱康安德济慈恩华福瑞祥和同博圣玛丽恒泰宁嘉美佳益民惠众信义诚善心明光阳晨曦天海龙凤金银玉长永新兴盛达通远东西南北京春夏秋冬"
    "江河湖山湾岭州城原陵溪泉桥港岛川浦塘滨云峰林谷石青绿红白蓝紫翠禾禧熙怡颐静馨欣雅悦乐凯旋启航星月日朝霞彩虹锦绣鼎鸿宏弘鑫森润泽源丰裕隆昌茂广大平正方圆百千万亿健寿"
    "杏橘橙莲荷梅兰竹菊松柏桂桃李槐柳枫榕榆梧桐樟棠樱葵仙佛道普度渡救护佑保全真诺亚维多利罗沙丹娜妮贝儿童宝婴幼爸妈亲友善恒创优先卓越精诚杰英豪雄伟力胜利凌志飞翔腾鹏雁鹰鹤凰麟雪域花园堂春草"
    "联合众创世纪百年王府公元亨利贞三六九五四八七二一十冠领尚品汇聚群才育才树人文华景秀崇德励志思源明远致知务实求是笃学启智育红星火立达敬业成功希望曙光前程未来国泰镇关门口坪坝垭滩沟桃柑]{2,5}$"
)
NEAR = re.compile(  # cues that say: a name stands here
    r"(?:就诊于|就医于|转入|转至|转往|转到|送至|送往|送入|急送|就职于?|就读于?|任职于?|供职于?|受雇于?|毕业于|服务于|工作于|入职|考上|考入|在校生\(?|就读学校"
    r"|(?:单位|名称|机构|医院|学校|厂家|企业|公司|抬头|开户行|厂名|工厂|雇主|申办方|持有人|盖章|报告|承保|投保人|甲方|乙方|来源|门诊|地点|收件人|发证|起草单位|体检单位|申请人)[:(]? ?|[在于到去往至由自从来回系为]|我们?隔壁)$"
)
LIVES = re.compile(
    r"^(?:[^,。;]{0,6})(?:上[早中夜白晚小大]*班|工作|打工|务工|任职|就读|读书|上学|实习|员工|职工|工人|学生|教师|老师|保安|会计|导购|经理|退休|[一二三四五六七八九123456789]年级|[大中小]班|做[^了过好手]|当[^时地天前]|干活|出纳|司机|厨师|服务员|炉前工|体检|[一二三四五六七八九]\(\d+\)班|[大高初][一二三四]|\d{2,4}级|停课|法人|老板|购|买|取药|配药|送快递|送外卖|送货|跑外卖|开车|记者|临时工|保洁|教授|校医)"
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
        if char.isalnum() or char == "·":
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
    return first(line, start, end)


BRACKET = re.compile("盖章|代码|简称|以下|原|诊断|电话|男|女")


def first(line: str, start: int, end: int) -> int:
    """A place within what was read back begins the name, unless what stands before it begins a name too."""
    opened = line.find("(", start, end)
    for i in range(start, (opened if opened > 0 else end) - 1):
        if (stop := at(line, i)) > i:
            before, full = line[start:i], stop - i > 2 and SUFFIX.search(line[i:stop])
            whole = i == start or OWN.search(before) or PROPER.search(before)
            short = len(before) < 4 and not full and LUCKY.match(before * 2)
            return start if whole or short else i
    return start


OWN = re.compile(
    ".[钢矿]$|[一二东]汽$|国网|中石[油化]|中[建铁交核车船航粮]|国药|国电|华[电能润]|大唐|航天|万科|恒大|碧桂园|大学|学院|附属|医科|集团|公司|[省市县区镇乡州盟旗村矿局军部院]$|中国|国家|银行|[农工建中交招]行|邮储|信用|农商|人寿|平安|太平洋|[A-Za-z]"
)


def worth(core: str, last: str) -> float:
    """How surely this is the proper part of a name: 0 for generic words, 0.5 for what only may be one."""
    proper = TRAILING.sub("", core)
    if not core or (len(core) < 2 and last not in SHORT) or GENERIC.search(proper):
        return 0.0
    unit, place = UNIT.match(core), chain(core)
    if place:
        full = core[place:] or (SUFFIX.search(core) and len(core) > 2)
        return 0.0 if VAGUE_REST.match(core, place) else 0.9 if full else 0.7
    if PROPER.search(core) or SCHOOL.search(core) or (unit and len(unit[0]) > 2 and not BARE.match(unit[0])):
        return 0.9
    if not proper:
        return 0.5 if (NUMBERED.search(core) or ABOVE.match(core)) and core[0] not in "县区" else 0.0
    proper = proper if len(proper) > 1 else core
    if LUCKY.match(proper) or GEO.match(proper):
        return 0.7
    return 0.4 if 1 < len(proper) <= 8 else 0.3


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


def institutions(line: str) -> Iterator[Span]:
    """The named institutions of a line; of one within another (浙江大学医学院附属第一医院) only the whole."""
    found: list[Span] = []
    read: list[tuple[int, int]] = []  # what was read for a name, also where nothing came of it
    floor = 0
    for match in INSTITUTION.finditer(line):
        start, end = match.span()
        joined = not read or joins(line, read[-1][1], start)
        left = edge(line, start, floor if joined else read[-1][1])
        while read and left < read[-1][1]:
            left = min(left, read.pop()[0])
        while found and left < found[-1].end:
            found.pop()
        read.append((left, end))
        if left == start:
            floor = end
        elif score := value(line, left, match):
            kind = "HOSPITAL" if match["care"] else "ORG"
            found.append(Span(left, end, kind, f"named_{match.lastgroup}", score))
    yield from found


def value(line: str, left: int, match: re.Match[str]) -> float:
    """How sure it is that the institution whose name begins at `left` is named."""
    start, end = match.span()
    core, before, after = line[left:start], line[max(0, left - 8) : left], line[end : end + 12]
    last = match[match.lastgroup or 0]
    score = worth(core, last)
    if match["care"]:
        return 0.7 if 0 < score < 0.9 and match[0].endswith(")") else care(core, last, score, before, after)
    if BANK.search(match[0]):
        return 0.9
    if match["firm"]:
        return 0.9 if score >= 0.3 else 0.0
    return works(core, last, score, before, after)


BANK = re.compile("银行.*(?:支行|分行|营业部|分理处)")


def joins(line: str, end: int, start: int) -> bool:
    """Whether what stands between two institutions makes one name of them (医学院 附属第一 医院)."""
    return start <= end + 12 and bool(JOINT.fullmatch(line, end, max(start, end)))


JOINT = re.compile(f"[{HAN}0-9()]{{0,12}}")
FIELD_EDGE = frozenset(" \t:;,.(|/、。\"“”[]{}*)-!?'")


VAGUE = re.compile("^(?:哪|有哪|最|排|怎|好不|治疗|看|专科)")
SPARE = each(
    "体检 分院 服务中心 服务站 检验中心 口腔 牙科 齿科 妇幼 疾控 康复中心 护理中心 保健中心 医学中心 急救中心 防治中心 一院 二院 三院 四院 五院 六院 七院 八院 九院 十院 医疗中心 诊疗中心"
)


def care(core: str, last: str, score: float, before: str, after: str) -> float:
    """What a name of a care institution is worth."""
    if not score:
        return 0.0
    if score < 0.5:
        if last in SPARE or len(core) > 7 or (core[0] in "大小" and len(core) < 4) or COMMON.search(core):
            return 0.0
        told = NEAR.search(before) and (TREATED.match(after) or not CASUAL.search(before))
        return 0.5 if told or isolated(before, after) else 0.0
    near = not before or before[-1] in FIELD_EDGE or bool(NEAR.search(before))
    spare = last in SPARE and (score < 0.7 or (score < 0.9 and not near))
    vague = not TRAILING.sub("", core[chain(core) :]) and VAGUE.search(after)
    return 0.0 if spare or vague or (core in PROVINCES and last != "医院") else score


TREATED = re.compile(
    "[^,。;]{0,8}(?:化疗|放疗|透析|分娩|生产|住院|手术|就诊|检查|治疗|确诊|诊断|行|建档|建册|急诊|复查|出院|输液|工作|上班|门诊|做|查|看|拍|科)|[,。;、)(]|$"
)
CASUAL = re.compile("[去到来在从由回往]$")
COMMON = re.compile(
    "[要有只能可吃等像讲用常会必须时候旁边具特殊同两几各其按照根据近专治再这那很非太都没不的了么吧呢吗什请您咱俩谁]|影响|实体|麻烦|积极|咨|接触|习惯|天$|新冠|疫情|第.家|白天|开始|早|情况|人家|乡下|四诊|上述|密切|抗癌|抗菌|电器|沙石|石料|租用"
)


def isolated(before: str, after: str) -> bool:
    """Whether a name stands alone: between columns, brackets or line ends, not within a sentence."""
    return (not before or before[-1] in ' (|:\t[/"“') and (not after or after[0] in ' )|(\t,]/"”-')


TRADE = each("物流 快递 乳业 服饰 置地 地产 重工 电子 科技 纺织 制药 药业 五金 矿业 物业 置业 百货")
UNIVERSITY = each("大学 学院 研究院 研究所 银行 保险 人寿 财险")
WEAK = each(
    "药局 药行 药铺 服务部 经营部 托管班 托育园 早教中心 驾校 工作室 车行 汽修厂 殡仪馆 疗休养中心 儿童之家 残联 福利工厂 旅行社 服务社 商旅 门市部 商行 商店 便利店 加工厂 养殖场 砂石场 采石场 屠宰场 客运站 加油站 福利厂 木器厂 学堂 书院 职院 技师学院 党校 网吧 酒楼 客栈 民宿 会所 洗浴中心 足浴 火锅店 餐馆 食堂 驿站 菜鸟 物流园 置业 物流 快递 乳业 服饰 置地 地产 重工 公司 集团 厂 酒店 饭店 宾馆 超市 商场 百货 工地 电子 科技 纺织 制药 药业 五金 矿业 物业 大队 车队 农场 茶庄 学校 中学 小学 高中 初中 药房 药店"
)


def works(core: str, last: str, score: float, before: str, after: str) -> float:
    """What a name of an employer or a school is worth."""
    if not score:
        return 0.0
    cue = bool(NEAR.search(before)) and not before.endswith(("为", "系", "由", "自", "从", "来"))
    lives = bool(LIVES.search(after))
    field = (not before or before[-1] in FIELD_EDGE) and (not after or after[0] in FIELD_EDGE)
    if CITED.match(after):
        score = 0.0
    elif STRONG.search(before) or (cue and lives and sound(core, last, score)):
        score = max(score, 0.7)
    elif last in TRADE:
        score = 0.0
    elif last in MEDIA:
        score *= bool(PRESS.match(after))
    elif last in UNIVERSITY:
        score *= score >= 0.7 and (lives or field) and not FOREIGN.search(core)
    elif last in WEAK and score < 0.5:
        score = 0.5 * (apart(before, after) and not COMMON.search(core))
    elif last in WEAK:
        score *= score >= 0.7 and (lives or field or (score >= 0.9 and (cue or local(core))))
    return score if score >= 0.5 else 0.0


def local(core: str) -> bool:
    """Whether a name holds a place and a proper name or number (河北绿禾, 北京第二), or a place in full (彰武县)."""
    place = chain(core)
    proper = TRAILING.sub("", core[place:]) or NUMBERED.search(core[place:])
    return bool(place and (proper or SUFFIX.search(core[:place]))) and place < len(core)


def sound(core: str, last: str, score: float) -> bool:
    """Whether a name that only its cue and what is done there speak for can be one."""
    return score >= 0.7 or (last not in TRADE and (score >= 0.5 or not COMMON.search(core)))


CODE = re.compile(r"\((?:税号|统一|信用|注册|盖章|公章|\d)| ?\d{5}| ?9[1-3][0-9A-Z]{6}")


CITED = re.compile(r"[,.] ?(?:19|20)\d\d")
MEDIA = each("报社 日报 晚报 晨报 电视台")
PRESS = re.compile("(?:首席|资深|实习)?(?:记者|编辑|主持人|主编|摄影|职工|员工)")


def apart(before: str, after: str) -> bool:
    """Whether a name stands alone in brackets, in a column of a table or after a colon."""
    return bool(before) and (
        (before[-1] in "(|:" and after[:1] in (")", "|", "(", "\t"))
        or (before[-1] in " \t" and bool(CODE.match(after)))
    )


FOREIGN = re.compile(
    "美国|英国|日本|德国|法国|韩国|加拿大|澳大利亚|州立|夏威夷|墨尔本|悉尼|伦敦|巴黎|首尔|新加坡|哈佛|牛津|剑桥|斯坦福|耶鲁|霍普金斯|麻省|加州|哥伦比亚|东京|密歇根|宾夕法尼亚|华盛顿|多伦多|^国家|^世界|^中国$|^中华|^国际"
)
STRONG = re.compile(
    r"(?:(?:任教|受聘|执教|就职|就读|任职|供职|受雇)于?|(?:效力|实习|毕业|服务|工作)于|入职|考上|考入|(?:用人|工作|投保|承保|生前)单位|开户行|申办[方者]|持有人|承保|甲方|乙方|在校生|旅行社|地接|供餐|代煎"
    r"|(?:单位|名称|学校|厂家|企业|公司|抬头|厂名|雇主|投保人|工作|施工方|发包方|供应商|经销商|代理商|中介|养老机构|幼托|托育)[:(])[:(]? ?$"
)


# ---- addresses -----------------------------------------------------------------------------------------------------

# A character of a place's name: none of the function words and none of the words of medicine.
STEM = (
    "(?:(?![的了在是为和与及或因以从到去往于由经被把给让对等有无不未没我你您他她它们这那哪其该此某各每就也都还又再已曾说想要会能可请问做看用使患诊症疾痛尿炎癌瘤肿膜腺腔脉咳喘呕吐泻痰晕"
    f"餐饭药院])[{HAN}])"
)
WEST = f"[{HAN}]和(?=[乡镇村路街苑园里庄屯区县市])|药都|药谷|院前|会展|会昌|无锡|于[都田洪]|和平|和[县田顺]|从化|从江|那坡|那曲|那大|无为|犍为|有为|无棣|无极|新都|会同|会理|会宁|会东|会泽|同和|和谐|永和|泰和|太和|中和|义和|仁和|祥和|颐和|康和|家和|成都|江都|宁都|都匀|首都|都市|名都|武都|曾都|丰都|大都|东都|都江堰|都安|都兰|都昌|可克达拉|和睦|云和|和政|政和|敬和|和美|要塞|高要|每户|应用|医院路|学院|书院|大院|家院|后院|法院|检察院|科学院|研究院|剧院|影院|药厂|药王|平和|信和|兴和|汇和|嘉和|和兴|和丰|和盛|和园|与共|可可|都会|御都|华都|中都|有色|未央|不夜城|向日葵|未来|经[济纬贸开]"
HANS = f"(?:{WEST}|{STEM})"
NUM = "(?:[0-9]{1,5}|[一二三四五六七八九十百零〇廿]{1,5}|[A-Za-z][0-9]{0,4}|[甲乙丙丁])"
AREA = (
    words(
        "特别行政区 自治区 自治州 自治县 自治旗 地区 林区 开发区 高新区 工业园区 工业园 工业区 产业园 科技园 街道办事处 街道 办事处 省 市 州 盟 县 旗 苏木"
    )
    + "|镇(?![痛静定咳吐惊路街])|乡(?![下亲村间音路街])"
)
VILLAGE = words(
    "道班 行政村 自然村 居委会 村委会 社区 村 屯 嘎查 大队 农场 林场 牧场 茶场 团场 分场 总场 兵团 邨 塆 窝铺 窑子"
).replace("|村", "|村(?![民里医乡镇路街道])")
ROAD = (
    words("大道 大街 马路 胡同 公路 国道 省道 环路 支路 横街 直街 后街 前街 巷 弄")
    + "|路(?![过上边人途程径])|街(?![上边头坊])"
)
ESTATE = words(
    "小区 花园 家园 公寓 大厦 大楼 花苑 大院 家属院 家属区 家属楼 宿舍 公馆 山庄 别墅 名邸 酒店 宾馆 新村 新苑 佳苑 雅苑 大市场 名都 豪庭 华庭 首府 御府 招待所"
)
PEOPLES = "藏族|维吾尔|回族|壮族|苗族|彝族|土家族|侗族|布依族|蒙古族?|哈萨克|柯尔克孜|傣族|景颇族|傈僳族|白族|哈尼族|朝鲜族|羌族|满族|瑶族|黎族|畲族|仡佬族|水族|纳西族|拉祜族|佤族|布朗族|撒拉族|东乡族|保安族|土族|仫佬族|毛南族|达斡尔族|锡伯族|各族|塔吉克|裕固族|普米族|怒族|独龙族|鄂温克族|鄂伦春"
LEVELS = f"(?:(?:{PEOPLES}){{1,4}}(?=自治|族?乡))?(?:自治[区州县旗]|特别行政区|地区|林区|新区|矿区|特区|族?乡(?![下亲村间])|[省市州盟县区旗镇])"
NUMBERED_UNIT = re.compile(
    rf"(?:第|附|近|[东西南北中](?={NUM} ?(?:栋|幢|座|楼|号楼|单元|门|区|院)))?{NUM}(?:[-#~/—–、]{NUM}){{0,4}} ?"
    rf"(?:村民小组|村民组|居民组|生产队|号大院|号院|号楼|号|栋|幢|座|楼|层|单元|门|室|房|户|铺|组|小组|队|社|弄|巷|邻|连|团|街坊|段|支路|村|屯|胡同|[Ff](?![A-Za-z])|马路|经路|纬路|车间|营部|作业区|宿舍|(?:师|区|街|路|条|院|厅|期|环|道|苑|坊|营)(?![{HAN}]))"
    rf"(?:之{AN}{{1,3}})?(?:[东西南北][侧段]?(?![{HAN}])| ?[甲乙丙丁](?![{HAN}]))?"
)
PLAIN_NUMBER = re.compile(
    r"(?:[A-Za-z]?\d{1,4}(?:[-#—–]\d{1,5}){1,4}|[A-Za-z]?\d{2,4}(?![\d年月日:：.%床/号]))号?房?室?楼?"
)
WEAK_AREA = words("区 园区 新区 特区")
WEAK_VILLAGE = words(
    "岗 坡 岭 沟 坝 坪 圩 垭 坳 垸 堡 营子 庄 寨 桥 口 井 塘 店 铺 头 河 泉 洞 坎 塬 峁 墩 埠 浦 港 洲 岛 渡 滩 寺 庙 山 湾 埭 浜 荡 桥头 集 营 院子 坊 楼 门 湖 关 屿 窝 冲 畈 屋 巷"
)
WEAK_ROAD = words("里 道 条 段 埔 径 围 涌")
WEAK_ESTATE = words(
    "苑 园 城 庭 府 邸 轩 阁 居 台 楼 厦 湾 里 中心 国际 半岛 上城 市场 商场 广场 学院 大学 学校 中学 小学 厂 工地 港 岸 郡 门第 天下 世家 春天 阳光 公园 村 都 山 江南"
)
ENDING = rf"(?=$|[\s,.;:!?)\]|/、。\"”·]|第?{NUM}(?:[号栋幢座楼室弄巷组队单-]|$|[\s,;)。])|[人户](?![{HAN}])|[0-9]|[东西南北][侧面头]|一个人|要|附近|那边|这边|上班|工作|打工|租)"
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
    "都市$|人口|窗口|门口|伤口|创口|胃口|出口|入口|乳头|股骨头|骨头|[额枕]头|距|钟|农村|城市|县城|^[市城郊]区|郊区|病区|^小区|^社区|^街道|^村$|医院|卫生|诊所|家属楼?$|门诊|住院|手术|检查|道路|公路旁|本[市县区镇乡村]|街头|途径|路径|通路|回路|旁路|一路|走路|马路边|地区差|贫困|灾区|疫区|高发|流行|发病"
    "|^[东西南北中]部?地区|区域|上市|股市|超市|都市圈|城镇居|乡镇|乡村|村镇|全[省市县区]|外[省市县地]|^[省市县区]|^.?(?:公|铁|高速|线)路$|知道|味道|管道|肠道|胆道|气道|尿道|阴道|通道|渠道|频道|跑道|隧道|赤道|人道|报道|消化道|呼吸道|心里|肚里|哪里|那里|这里|家里|夜里|嘴里|胃里|身体里|阶段|手段|节段|血管|公里|肺段|平台|舞台|阳台|后台|身边|建筑工地|大小|首先|左|右|双侧"
)
LABEL = re.compile(
    r"(?:宿舍|(?:(?:现|家庭|户籍|户口|常住|居住|居住地|详细|通讯|通信|联系|邮寄|收件|收货|送达|单位|工作|注册|生产|经营|办公|公司|厂|作业|事发|报警|出险|配送|寄送|出诊|上门|学校|病家|租住|临时|永久|身份证|暂住|戶籍|回执|发货|取件|投递)?"
    r"(?:住址|地址|住所)|户籍(?:所在)?地?|户口(?:所在)?地?|籍贯|出生地点?|出生于|(?<![发产再寄衍派野陆水])生于|原籍|祖籍|常住地|居住地|现居住?地?|居住[在于]|居住|定居[在于]?|暂住地?|暂住[在于]|租住[在于]?|租房[在于]|现住[在于]?|久居|长居|常住|常年居住|家住[在]?|住在|住于|家[在居]|参保地|就医地|发生地|事发地点?|案发地点?|地点|厂址|社址|坐标|属地|辖区|"
    r"采样点|采样地点?|集合地点?|收件人?地址|寄[到往至回给]|邮寄[到往至]|快递[到至]|送餐到|送到|坐落[在于]|迁[往至居到]|搬[到至往去]|搬迁[至到]|迁居|现居[在于]?|老家[在是]?|来自|来自于|长于|落户[在于]?|嫁[到至往]|接回|(?<![敷捂按压堵止记抓站停卡夹忍稳盖握护撑困顶扣挡遮包裹绑缠留保不得拴系粘])住(?![址院所宿户房入了着])|户籍|家住|祖上|出发地|目的地|途经|流向)"
    r"(?:\(?[^,。;:()\s]{0,3}\))?\s?[::]?\s{0,3}|(?:^|[\s,;|])(?:Add(?:ress)?|Hotel|ADDR)\s?[::]\s?)"
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
    "^(?:(?:籍|人|人氏|口音|户口|牧民|农民|村民|居民|菜农|果农|茶农|渔民|乡下|老家|老乡|那边|这边)(?![民群口工类体均士员力才大们家造体道事物生为参])|的(?=[,。;!?]|$|人))"
)
LIVE = re.compile(
    "^(?:[^,。;!?]{0,4})(?:打工|务工|上班|工作|做工|做生意|经商|居住|一个人住|生活|读书|上学|念书|上大学|读大学|当兵|服役|定居|租房|养老|带孙|待产|探亲|未见|多年|六十载|行医|[0-9一二三四五六七八九十几]+(?:多|几)?年|开店|做买卖|出差|上高中|住着|长大|出生|安家|干活|跑车|跑运输|陪读)"
)
ORIGIN = re.compile('[\\s,。;:!?(|/、"“是为系男女岁我族]$|老家|原籍|祖籍|来自|本是')
MOVES = re.compile("(?:来自|从|自|打)$")
MOVED = re.compile("[^,。;!?]{0,4}(?:来(?![说看讲源自])|赶|转来|过来|慕名|坐车|连夜)")
STAYS = re.compile(
    "(?:去|到|在|往|回|返|返内地|回内地|回老家|赴|外出|回到|去了|来到|返回|客居|旅居|行医|迁居|搬回|嫁到|嫁去|人在|送)$"
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
    if kinds and kinds[-1] in "RENV" and (match := PLAIN_NUMBER.match(line, i)):
        return match.end(), "d" if "-" in match[0] else "b"
    large = LARGE_UNIT.match(line, i) or (NEXT_UNIT.match(line, i) if kinds else None)
    for match in (large, SMALL_UNIT.match(line, i)):
        if match and match.end() > end and not NOT_UNIT.search(match[0]):
            alone = match is not large and not kinds and not line[match.end() : match.end() + 1].isdecimal()
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
TAILS = re.compile("(?:[东西南北]侧|对面|隔壁)?(?:老宅|老屋|老房子|平房|底商|门面房?|地下室|阁楼|家属楼)")
POSTCODE = re.compile(r"[ ,]?[1-9]\d{5}(?!\d)")
POSTCODE_BEFORE = re.compile(r"(?<!\d)[1-9]\d{5} ?$")
ANCHOR = re.compile(
    rf"(?:路|街|大道|巷|弄|胡同|道|里|段|小区|花园|苑|园|公寓|大厦|村|屯|庄|寨|邨|坊)(?={AN}{{1,5}}(?:[-#]\d{{1,4}}|号|弄|栋|幢|座|组|队|社|单元|楼|室|巷)|\d{{1,3}}-\d{{1,3}}-\d{{2,4}}(?!\d)|[A-Z]座)"
    rf"|(?:镇|乡|街道|苏木)(?={HANS}{{1,6}}(?:村|社区|屯|寨|庄|路|街|嘎查|组|镇|大道))|(?:县|市|区|旗)(?={HANS}{{1,5}}(?:镇|乡|街道|苏木|路|街|大道|村))|嘎查|苏木"
)


def addresses(line: str, taken: Taken) -> Iterator[Span]:
    """The addresses of a line, left to right, that do not lie within a name already taken."""
    done = 0
    for begin, cue in beginnings(line):
        if begin < done or taken.at(begin):
            continue
        label = LABEL.match(line, begin)
        start = label.end() if label else begin
        end, kinds, named_next = extent(line, start, taken)
        told = cue or bool(LABEL_END.search(line, max(0, start - 12), start))
        score = 0.0 if named_next and not told else weigh(line, start, end, kinds, told=told)
        if not score and told and (free := unknown(line, start)) > start and taken.free(start, free):
            end, score = free, 0.7 if PLAIN_FIELD.search(line, max(0, start - 12), start) else 0.5
        if score:
            before = POSTCODE_BEFORE.search(line, max(0, start - 8), start)
            for more in (TAILS, POSTCODE):
                if rest := more.match(line, end):
                    end = rest.end()
            done = end
            yield Span(before.start() if before else start, end, "ADDRESS", "address", score)


def beginnings(line: str) -> list[tuple[int, bool]]:
    """Where an address may begin, and whether a cue stands there."""
    starts = {match.end(): True for match in LABEL.finditer(line)}
    for match in ANCHOR.finditer(line):
        starts.setdefault(edge(line, match.start()), False)
    for i in range(len(line) - 1):
        if at(line, i) > i:
            starts.setdefault(i, False)
    return sorted(starts.items())


def extent(line: str, start: int, taken: Taken) -> tuple[int, str, bool]:
    """Where an address ends and what it is made of, and whether a named institution follows at once (so it is its place)."""
    end, kinds = read(line, start)
    for span in taken.within(start, end):
        if span.by != "named_works" or end <= span.end:  # 义乌市稠州北路699号锦都酒店1908房 is one address
            end, kinds = read(line[start : span.start], 0)
            end += start
            break
    more = LAST.match(line, end)
    if more and "G" in kinds and kinds[-1] == "A" and not NO_LAST.search(more[0]):
        end = more.end()
    return end, kinds, bool(taken.at(end))


def unknown(line: str, start: int) -> int:
    """The end of an unknown place that a cue tells of plainly, or `start`."""
    free = FREE.match(line, start)
    if not free or free[0] in PROVINCES or NO_PLACE.search(free[0]) or not HANS_ONLY.match(free[0]):
        return start
    return free.end() if plainly(line, start, free.end()) else start


PLAIN_FIELD = re.compile(r"(?:住址|地址|籍贯|出生地|祖籍|原籍|所在地|居住地|常住地|参保地)\s?[::]\s{0,3}$")
LAST = re.compile(rf"{HANS}{{2,4}}(?=$|[\s,;。)])")
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
NOT_HERE = re.compile("莲花清瘟|吉隆坡|[大小]内科|阿莫西林|日照射|阳谷穴|高密度|百色的|东海岸|牡丹皮|江南|平原人")


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
        by_itself(kinds, alone=not (before[-1:].isalnum() or after[:1].isalnum())),
        around(line, end, kinds, before, after),
    )


def by_itself(kinds: str, *, alone: bool) -> float:
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
        or ("A" in has and has & set("VR"))
        or ("G" in has and places > 1 and alone)
    ):
        return 0.7
    return 0.5 if "V" in has and numbered else 0.0


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
        if kinds == "gg" and (not before or before[-1] in " \t,|(") and ENDS.match(after):
            score = 0.5  # 抚州临川, in a column
    if has & set("GgAV") and PEOPLE.match(after):
        return 0.9 if "G" in has or (after[0] != "的" and (not before or ORIGIN.search(before))) else 0.5
    if ROSTER.search(before) and (not after or after[0] in " \t|,"):
        return 0.7 if "G" in has else 0.5
    return score


ENDS = re.compile("[呢啊]?(?:$|[,。;!?\\t|)])")


# ---- a line --------------------------------------------------------------------------------------------------------

ROSTER = re.compile(r"(?:男|女|汉|[藏回苗壮彝]族?)[\s|,]{1,3}\d{1,3}岁?[\s|,]{1,3}$")
ROSTER_PLACE = re.compile(
    rf"(?<=[男女汉])[ \t|,]{{1,3}}\d{{1,3}}岁?[ \t|]{{1,3}}(?P<v>(?:{HANS}){{1,5}}(?:[村屯寨庄湾坝坪沟组社街镇乡河口营堡塘桥岭岗山关店集区县市旗州铺窝井]|嘎查|苏木|街道|社区|道班|农场|林场))(?=[ \t|])"
)
FIELD_PLACE = re.compile(rf"(?:^|(?<=[\s|,;:()]))(?:{HANS}){{2,4}}(?:屯|村|苏木|嘎查|街道|社区|镇|乡|寨)(?=$|[\s|,;)])")
WORKPLACE = re.compile(
    rf"(?:工作单位|用人单位|所在单位|生前单位|就职单位|服务单位|单位|雇主|就读学校|学校|公司名称)[::(] ?(?P<v>[{HAN}A-Za-z0-9·]{{2,20}}(?:\([{HAN}]{{2,8}}\)[{HAN}]{{0,10}})?)(?=[,。;)(|\s]|$)"
)
EMPLOYED = re.compile(
    rf"(?:就职于|任职于|供职于?|受雇于?|(?<![现正实存潜所内外])在)(?P<v>{STEM}{{3,8}}?)(?=上班|任职|当(?:保安|会计|司机|厨师|导购|店长|保洁|工人)|做(?:保安|会计|司机|厨师|导购|保洁|文员|普工))"
)
EVERYDAY = re.compile(
    "[家里外面前后边上下中内间时]|城|办公室|电脑|工厂|车间|厂$|机关|政府|国企|企业|公司|单位|银行|学校|事业|高温|粉尘|室|异地|外地|空调|夜|白|正常|继续|坚持|部门|行业|店|地方|环境|一线|户外|开始|准备|国外|沿海|南方|北方|老家"
)
NO_WORK = re.compile(
    "^(?:无|务农|农民|无业|退休|离退休|个体|自由|不详|本院|学生|居民|家务|待业|离休|下岗|同上|职工|工人|暂|万|国际|每|毫|微|克|国产|其他|未|已|科|病|社区|街道|数|电话|人数|总|外|我)|(?:科|科室|局|委|厅|政府|部门|单位|病区|门诊|国际单位|万单位)$"
)
HEADING = re.compile("健康|入职|检查|血|尿|常规|一般|专科|辅助|中国|国家|中医|临床|影像|实验")
INSURER = re.compile(
    "(?:中国)?(?:人保|国寿|平安|太平洋|太保|泰康|新华|友邦|阳光|大地|中华联合|安盛天平|华夏|富德生命|太平|永安|天安|众安|英大|中银|合众|国华|百年|信泰|中邮|工银安盛|招商信诺|光大永明|国泰|富邦|南山|中意|中英|民生)"
    f"(?:财产保险|财产险|财险|人寿保险|人寿|寿险|健康险|健康保险|养老险|养老保险|保险)(?:股份)?(?:有限公司)?(?:[{HAN}]{{2,6}}?(?:中心支公司|分公司|支公司|营业部))?"
)
SIGNATURE = re.compile(
    f"^\\[(?P<v>[{HAN}]{{2,10}}(?:(?P<care>体检|口腔|齿科|眼科|诊所|医院)|医学|检验|财险|人寿|保险|银行|药房|药店|学校|幼儿园|物业|快递))\\]"
)
NICK = re.compile(
    rf"(?:(?<=[在去到来转往上从回至是])|(?:^|(?<=[\s,。:;\"“(、/])))(?:华西|湘雅[一二三附]?|协和|瑞金|齐鲁|仁济|浙[一二]|同济|阜外|安贞|宣武|天坛|积水潭|西京|唐都|盛京|长庚|荣总|北荣|中荣|高荣|台大|成大|马偕|玛丽|玛嘉烈|301|三〇一|北医三院|人民医|省医|川医|华山|中山一院|中一|重医|哈医大|中国医大|邵逸夫|省立|市立)"
    rf"(?=看|住院|复查|手术|做|查|挂|就诊|会诊|治|转|急诊|[心神血骨儿妇肿肝胸普泌呼消内外][{HAN}]{{0,3}}科|[,。、;!?)\s]?$|[,。;] ?(?:[{HAN}]{{1,3}}床|医生|大夫|主任|专家))"
)


# One of these stands in every line in which anything is found (for a cheap look at a line before the grammar is run).
HINTS: tuple[str, ...] = tuple(
    sorted(
        {re.sub(r"\(.*", "", word) for word in f"{CARE}|{FIRM}|{WORKS}".split("|")}
        | names()
        | {"医 院", "公 司", "学 校", "卫 生", "诊 所", " 省 ", " 市 ", " 县 ", " 路 ", " 号"}
        | {f"{sex}{gap}" for sex in "男女汉" for gap in " \t|,"}
        | set(re.findall(f"[{HAN}]{{2,}}", INSURER.pattern))
        | {f"{unit}{n}" for unit in "路街道巷弄同里段区园苑寓厦村屯庄寨邨坊" for n in "0123456789一二三四五六七八九十"}
        | each(
            "镇 乡 街道 苏木 嘎查 屯 村 单位 雇主 受雇 供职 任职 就职 学校 上班 Hospital Clinic Medical Infirmary Health"
        )
        | each(
            "Ltd Inc LLC Corp PLC GmbH Limited 厂址 社址 坐标 发生地 生于 案发 事发 寨 社区 School Kindergarten College 住 地址 籍 出生 户口 老家 家在 家居 当保 当会 当司 当厨 当导 当店 当工"
        )
        | each(
            "做保 做会 做司 做厨 做导 做文 做普 寄 快递 搬 迁 定居 久居 长居 长于 落户 嫁 接回 宿舍 采样 地点 参保地 就医地 属地 坐"
        )
        | each(
            "河口 辖区 目的地 祖上 Hotel Add 送到 送餐 号 楼 省立 市立 省医 川医 中一 301 三〇一 浙一 浙二 北荣 中荣 高荣 北医"
        )
        | each(
            "联勤 联合 联医 那打素 雅丽氏 律敦治 屯门 明爱 东华 新希望 华西 湘雅 协和 瑞金 齐鲁 仁济 同济 阜外 安贞 宣武 天坛 积水潭 西京 唐都 盛京 长庚 台大 成大 马偕 玛丽 玛嘉烈 人民医 华山 中山一院 重医 哈医大 中国医大 邵逸夫"
        )
    )
)


def places(line: str, *, bold: bool = True) -> list[Span]:
    """Addresses, named hospitals and named employers of one line of folded text, left to right.

    `bold` also gives what is named only perhaps: for records of patients, not for the web and papers.
    """
    found = named(line)
    if SPACED.search(line):  # 江 州 市 人 民 医 院
        gaps = {match.start() for match in GAP.finditer(line)}
        keep = [i for i in range(len(line)) if i not in gaps]
        close = named("".join(line[i] for i in keep)).spans
        found.add(span._replace(start=keep[span.start], end=keep[span.end - 1] + 1) for span in close)
    return sorted(span for span in found.spans if bold or span.score >= 0.7)


SPACED = re.compile(f"(?<![{HAN}])(?:[{HAN}] ){{4}}|[{HAN}]{{1,4}} [省市县] [{HAN}]")
GAP = re.compile(f"(?<=[{HAN}0-9]) (?=[{HAN}0-9])")


def named(line: str) -> Taken:
    """What the grammar finds in a line as it stands; an address may hold the name of an estate or a hotel."""
    found = Taken(len(line))
    found.add(institutions(line))
    found.add(english(line))
    found.add(cued(line))
    all_of_it = Taken(len(line))
    all_of_it.add(addresses(line, found))
    all_of_it.add(found.spans)
    all_of_it.add(fields(line))
    return all_of_it


class Taken:
    """Spans of a line of which no two overlap."""

    def __init__(self, length: int) -> None:
        self.spans: list[Span] = []
        self._number = [0] * (length + 1)  # of the span at a character, from 1

    def add(self, spans: Iterable[Span]) -> None:
        """Each that is free of those before it."""
        for span in spans:
            if self.free(span.start, span.end):
                self.spans.append(span)
                self._number[span.start : span.end] = [len(self.spans)] * (span.end - span.start)

    def at(self, i: int) -> int:
        return self._number[i]

    def free(self, start: int, end: int) -> bool:
        return not any(self._number[start:end])

    def within(self, start: int, end: int) -> list[Span]:
        return [self.spans[k - 1] for k in sorted({*self._number[start:end]} - {0})]


def english(line: str) -> Iterator[Span]:
    for match in ENGLISH.finditer(line):
        if not PLAIN_ENGLISH.fullmatch(match[0]):
            yield Span(*match.span(), "HOSPITAL", "named_english", 0.9)
    for match in ENGLISH_FIRM.finditer(line):
        yield Span(*match.span(), "ORG", "named_english", 0.5)


def cued(line: str) -> Iterator[Span]:
    """Names that stand only by their cue: what follows 单位:, where somebody works, a hospital by its nickname."""
    for match in WORKPLACE.finditer(line):
        if not NO_WORK.search(match["v"]) and len(match["v"]) > 3:
            yield Span(*match.span("v"), "ORG", "workplace", 0.5)
    for match in EMPLOYED.finditer(line):
        name = match["v"]
        if not (EVERYDAY.search(name) or GENERIC.search(name) or BARE.match(name) or chain(name)):
            yield Span(*match.span("v"), "ORG", "employed", 0.5)
    for match in INSURER.finditer(line):
        yield Span(*match.span(), "ORG", "insurer", 0.7)
    signed = SIGNATURE.match(line)
    if signed and worth(signed["v"][:-2], "") >= 0.7 and not HEADING.search(signed["v"]):
        yield Span(*signed.span("v"), "HOSPITAL" if signed["care"] else "ORG", "signature", 0.5)
    for match in NICK.finditer(line):
        yield Span(*match.span(), "HOSPITAL", "nickname", 0.5)


def fields(line: str) -> Iterator[Span]:
    """Places in a column of a roster, or alone between two stops."""
    for match in ROSTER_PLACE.finditer(line):
        yield Span(*match.span("v"), "ADDRESS", "roster_place", 0.5)
    for match in FIELD_PLACE.finditer(line):
        if not NOT_UNIT.search(match[0]) and not GENERIC.search(match[0]):
            yield Span(*match.span(), "ADDRESS", "field_place", 0.5)


PLAIN_ENGLISH = re.compile(
    "(?:(?:The |Our |This )?(?:Oncology|Outpatient|Pain|Eye|Dental|Medical|General|Local|Teaching|University|Regional|District|County|City|Community|Private|Public|Fever|Walk-in|Sleep|Memory|Diabetes|Cardiology|Day|Children's|Women's|Tertiary|Referral|Mental|Primary|Home) )+"
    "(?:Hospital|Clinic|Medical Cent(?:er|re)|Infirmary|Health Cent(?:er|re))"
)
ENGLISH = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z'.&-]{1,20} (?:of |de |the |and )?){1,5}"
    r"(?:Hospital|Clinic|Medical Cent(?:er|re)|Infirmary|Health Cent(?:er|re))(?: (?:Shanghai|Beijing|Guangzhou|Shenzhen|Hong Kong|Macau|Taipei|Tianjin|Chengdu|Hangzhou))?(?![A-Za-z])"
)
ENGLISH_FIRM = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z'&.-]{1,20},? ){1,5}"
    r"(?:Co\., ?Ltd\.?|Ltd\.|Inc\.?|LLC|Corp(?:oration|\.)?|PLC|GmbH|Limited|Primary School|High School|Kindergarten|College)(?![A-Za-z])"
)
