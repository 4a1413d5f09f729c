"""Where people work and learn: the last words of firms and schools, and what a name of one is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.pii.gazetteer import SUFFIX, each
from medgo_data.pii.proper import (
    BARE,
    COMMON,
    FIELD_EDGE,
    GENERIC,
    HAN,
    LUCKY,
    NEAR,
    NUMBERED,
    STEM,
    TRAILING,
    chain,
    edge,
    heads,
    odd,
    words,
    worth,
)
from medgo_data.pii.seek import Seeker, sought
from medgo_data.pii.span import Span

FIRM = words(
    "有限责任公司 股份有限公司 有限公司 股份公司 总公司 分公司 子公司 集团公司 支行 分行 储蓄所 信用社 联社 分理处 合作社 合作联社 专业合作社"
)
STEADY = words(  # after a name these always make an institution of it
    "小学 中学 高中 初中 附中 附小 国小 国中 国高中 完小 中心校 中心小学 幼儿园 幼稚园 托儿所 职校 技校 职高 职中 卫校 艺校 体校 党校 驾校 学堂 书院 职院 医专 师专 高专 高商 高工 高职 专科学校 技师学院"
    " 厂 总厂 分厂 加工厂 木器厂 福利厂 福利工厂 汽修厂 煤矿 铁矿 金矿 铜矿 锰矿 钨矿 磷矿 石膏矿 石料厂 砂石场 采石场 采砂场 养殖场 养猪场 养鸡场 屠宰场 农场 林场 牧场 渔场 茶场 园艺场 种猪场 奶牛场"
    " 供销社 粮站 粮库 粮管所 农机站 供电所 供电局 电力局 工务段 机务段 车务段 电务段 收费站 养路段 道班 施工队 建筑队 工程队 车队 渔业队 勘探队 地质队"
    " 大药房 药店 药房 药局 药铺 驿站 物流园 殡仪馆 鉴定所 鉴定中心 设计院 工地 基金会 公证处 残联 村委会 村民委员会 居委会 居民委员会"
)
NOT_AT_ALL = {  # what a last word may go on to without being one
    "村委会": f"村委会(?![{HAN}]{{1,4}}[村组社屯寨庄坪号0-9])",
    "村委": "村委(?!会)",
    "厂": "厂(?<!工厂)(?![商家房区址方])",
    "中学": "中学(?![习会到过])",
    "高商": "高商(?![品业])",
    "完小": "完小(?!孩)",
    "高中": "高中(?![分低度危位])",
    "初中": "初中(?![期风])",
    "小学": "小学(?![及到或徒])",
    "高专": "高专(?!业)",
    "医专": "医专(?!业)",
    "体校": "体校(?!正)",
    "快递": "快递(?!员|单|柜|到|给)",
    "晨报": "晨报(?!社)",
    "晚报": "晚报(?!社)",
    "日报": "日报(?!社)",
    "药行": "药行(?![十于入气])",
}
WORKS = (
    STEADY
    + "|"
    + words(
        "药行 服务部 经营部 托管班 托管中心 托育园 托育中心 早教中心 培训学校 培训中心 工作室 车行 疗休养中心 儿童之家 残联"
        " 公司 集团 学校 大学 学院 研究院 研究所 银行 超市 商场 百货 卖场 酒店 饭店 宾馆 旅馆 旅社 招待所 度假村 矿务局 报社 日报 晚报 晨报 电视台 律师事务所 会计师事务所 律所 事务所 物业"
        " 旅行社 服务社 商旅 门市部 门市 商行 商店 便利店 超商 百货店 五金店 服装店 金店 茶楼 茶庄 火锅 烧烤 烤肉 面馆 餐厅 客运站 汽车站 火车站 加油站 网吧 酒楼 客栈 民宿 会所 洗浴中心 浴场 足浴 火锅店 餐馆 食堂"
        " 置业 物流 快递 乳业 塑业 鞋业 煤业 木业 酒业 茶业 牧业 种业 渔业 实业 服饰 置地 地产 重工 路桥 大队 中队 保险 人寿 财险 产险 农险 产物 电子 科技 纺织 制药 药业 五金 矿业 钢构 建材 汽修 汽车 汽贸 传媒 劳务 保洁 家政 造船厂 营造 轴承 纸业 化纤 幼教中心 职教中心 少年宫 网点"
        " 派出所 巴士 娱乐场 茶餐厅 村委 镇政府 乡政府 街道办 救助站 司法所 计生办 车站 码头 港务局 林业局 矿 客运公司 公交公司"
    )
)
WORKS = "|".join(NOT_AT_ALL.get(word, word) for word in WORKS.split("|"))
FIRM_ALONE = frozenset(STEADY.split("|"))
JOBS = (
    "(?:职工|工人|员工|职员|工友|学生|学员|教师|老师|保安|保洁|会计|出纳|导购|经理|司机|师傅|厨师|主厨|厨房|服务员|店员|店长|售[货票]员|收银|收费员|理货|业务员|柜员|客服|理赔|定损|快递员|外卖|骑手"
    "|加油员|技[工师]|电工|焊工|车工|钳工|油漆工|喷漆|炉前|锅炉|司炉|钢筋工|木工|瓦工|泥工|杂工|普工|学徒|女工|矿工|采煤|采掘|掘进|风钻|爆破|下井|井下|项目部|流水线|生产线|车间|总装|装配|质检|仓管|仓库|库管"
    "|作业员|操作工|工程师|技术员|程序员|设计师|研究员|主任|队长|班长|厂长|校长|园长|校医|宿管|法人|老板|股东|记者|编辑|主播|教练|教授|讲师|科员|干部|书记|民警|辅警|协警|护林员|网格员|村官|船员|渔民|车長|车长|车务员|空姐|乘务|站务"
    "|莊荷|庄荷|店主|摊主|销售|采购|文员|秘书|司仪|木匠|裁缝|理发|缝纫|搬运|装卸|货车|叉车|塔吊|行车工)"
)
JOB = f"[{HAN}]{{0,4}}{JOBS}"
LIVES = re.compile(
    rf"^(?:[^,。;]{{0,6}}(?:上[早中夜白晚小大]*班|工作|打工|务工|任职|就读|读书|念书|上学|实习|退休|下岗|内退|[一二三四五六七八九123456789]年级|年[级纪]|[大中小]班|做[^了过好手]|当[^时地天前]|干活|体检|[一二三四五六七八九]\(\d+\)班|[大高初][一二三四]|中[一二三四五六]学?生?|\d{{2,4}}级|停课|复课|寄宿|住校|购|买|取药|配药|送快递|送外卖|送货|跑外卖|开车|临时工|聚餐|就餐|吃饭|食物中毒|送[来医]|晕倒|坠落|受伤|门口|上过|教书|投保|承保|理赔|放学|发热学生|开具|盖章|证明|出具|介绍信)"
    rf"|{JOB})"
)
TRADE = each(
    "塑业 鞋业 煤业 木业 酒业 茶业 牧业 种业 渔业 实业 路桥 物流 快递 乳业 服饰 置地 地产 重工 电子 科技 纺织 制药 药业 五金 矿业 物业 置业 百货 钢构 建材 汽修 汽车 汽贸 传媒 劳务 保洁 家政 营造 轴承 纸业 化纤 火锅 烧烤 烤肉 产物 农险 事务所 矿 中队 门市 车站 码头 餐厅"
)
INSURES = each("产物 产险 农险 人寿 财险")
PLAINLY = each(
    "鉴定所 鉴定中心 基金会 公证处 幼儿园 幼稚园 托儿所 职校 技校 职高 卫校 律师事务所 会计师事务所 煤矿 铁矿 金矿 矿务局 总厂 分厂 附中 附小 国小 医专 大药房 专科学校 幼教中心 施工队 建筑队"
)
UNIVERSITY = each("大学 学院 研究院 研究所 银行 保险 人寿 财险 产险")


def firm(core: str) -> float:
    """What a name with a legal ending is worth: nearly always it is one."""
    return 0.9 if len(core) > 1 and not (BARE.match(core) or NOBODY.search(core)) else 0.0


NOBODY = re.compile(
    "某|哪|任何|[一两几多各这那每]家|我们|你们|自己|相关|有关|其他|其它|大型|小型|知名|本地|当地|是否|什么|属于|成立|注册|设立|开办|不同|全资|控股|旗下|以上|以下|规模"
)


def value(core: str, last: str, score: float, before: str, after: str, *, told: bool) -> float:  # noqa: PLR0913
    """What a name of an employer or a school is worth."""
    if not score or CITED.match(after):
        return 0.0
    cue = bool(NEAR.search(before)) and not before.endswith(("为", "系", "由", "自", "从", "来"))
    lives = bool(LIVES.search(after))
    field = (not before or before[-1] in FIELD_EDGE) and (not after or after[0] in FIELD_EDGE)
    firm = WITHIN.search(core) and not BARE.match(core) and not GENERIC.search(core)
    if firm or (told and (score >= 0.7 or odd(core))):
        return max(score, 0.5)
    if STRONG.search(before) or (cue and lives and sound(core, last, score)):
        return max(score, 0.7)
    if last in MEDIA:
        score *= bool(PRESS.match(after))
    elif last in TRADE:
        score = 0.5 * (traded(core, last, score, before, after) or (lives and (score >= 0.7 or odd(core))))
    elif last in UNIVERSITY:
        score *= score >= 0.7 and (lives or field) and not FOREIGN.search(core)
    elif score < 0.5:
        told = apart(before, after) or ((lives or cue or field or last in FIRM_ALONE) and odd(core))
        score = 0.5 * (told and not COMMON.search(core))
    elif score >= 0.7 and last in PLAINLY:
        pass
    elif score < 0.7 or not (lives or field or (score >= 0.9 and (cue or local(core)))):
        score = 0.5 * (last in FIRM_ALONE or lives or field)
    return score if score >= 0.5 else 0.0


def traded(core: str, last: str, score: float, before: str, after: str) -> bool:
    """Whether a name that ends in a trade (恒泰钢构, 晋泰煤业) is a firm's by where it stands."""
    fresh = not before or before[-1] in FIELD_EDGE
    alone = fresh and (not after or after[0] in FIELD_EDGE)
    if score >= 0.7:
        return alone or apart(before, after) or (fresh and len(core) > 1 and last[-1] == "业" and last != "药业")
    return odd(core) and (apart(before, after) or (alone and (last in INSURES or "(" in core)))


WITHIN = re.compile(".(?:人寿|财险|保险|产险|银行|集团)")


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
BANK = re.compile("银行.*(?:支行|分行|营业部|分理处)")


WORKPLACE = re.compile(
    rf"(?:(?P<sure>(?:工作|用人|所在|生前|就职|服务|从业|原|现)单位|(?<![{HAN}])单位(?:名称)?|就读学校|(?<![{HAN}])学校(?:名称)?|公司名称|所在工厂|(?:工作|就业)场所|幼托机构|托幼机构|学校班级|校名|厂名|所在[学院]校|企业名称|用工单位|派遣单位|厂方)|(?:(?<![起诉])雇主|单位(?:写的|填的|是|为)|公司叫|做账走|签收|抬头|厂家|承运方?|承运商|收款单位|收款方|销售方|购买方|用人方|施工单位|建设单位))(?:\([^()]{{1,6}}\))?(?:[::]|\|| (?! )|(?<=[的是叫走头])) ?"
    rf"(?P<v>(?! )[{HAN}A-Za-z0-9·]{{2,20}}(?:\([{HAN}]{{2,8}}\)[{HAN}]{{0,10}})?)(?=[,。;)(|…\s]|$)"
)
EMPLOYED = re.compile(
    rf"(?:(?:就职|任职|供职|受雇|就读|任教|执教|受聘)于?|(?:毕业|服务|打工)于|考[入上]|入职)[::]? ?(?P<v>(?:{STEM}|[A-Za-z0-9]){{2,12}}?)"
    rf"(?=[,。;!?)]|$|上[早中夜晚]?班|任职|任教|[当做]|担任|从事|{JOB}|[{HAN}]{{0,4}}(?:专业|[大初高][一二三四]|年级))"
)
WORKS_AT = re.compile(
    rf"(?<![现正实存潜所内外])在(?P<v>(?:{STEM}|[A-Za-z0-9]){{2,10}}?)(?=上[早中夜晚]?班|任职|任教|打工(?!仔)|[当做](?:{JOB}))"
)
FIRMS = words(
    "富士康 比亚迪 华为 海尔 格力 京东 顺丰 圆通 中通 申通 韵达 极兔 德邦 美团 饿了么 滴滴 阿里巴巴 阿里 腾讯 字节跳动 百度 网易 万科 恒大 碧桂园 沃尔玛 家乐福 永辉 大润发 物美 华润万家 盒马 肯德基 麦当劳 必胜客 星巴克 海底捞 瑞幸 如家 汉庭 全季"
    " 老凤祥 周大福 苏宁 国美 宜家 中石油 中石化 中海油 国家电网 国网 南网 中国移动 中国联通 中国电信 中国邮政 中铁 中建 中交 中车 一汽 二汽 上汽 广汽 宝钢 首钢 鞍钢 武钢 攀钢 包钢 太钢 马钢 酒钢 莱钢 济钢 台积电 鸿海 台塑 中钢 统一 全家 全联 港铁 九巴 城巴"
    " 东航 南航 国航 川航 海航 国泰航空 众安 人保 太保 国寿 富邦 众安在线"
)
KNOWN = re.compile(rf"{heads(FIRMS)}(?P<v>(?:{FIRMS}){STEM}{{0,4}}?)(?=上[早中夜晚]?班|退休|下岗|内退|{JOBS})")
MILL = re.compile(  # 二棉, 莱钢
    rf"(?<![{HAN}])(?!我)(?P<v>[{HAN}](?:[棉钢汽化建毛铝矿油纺运]|机床|电厂|烟厂|酒厂))(?=上[早中夜晚]?班|退休|下岗|内退|{JOB})"
)
TAXED = re.compile(
    rf"(?:抬头|开票|户名)?(?P<v>(?![^0-9]{{0,3}}(?:税号|代码|厂方)|号|统一|少)[{HAN}]{{3,10}}(?:\([{HAN}]{{2,6}}\))?[{HAN}]{{0,12}}) ?[,(]? ?(?:税号|统一社会信用代码|社会信用代码|信用代码|代码)?[:: ]{{0,2}}$"
)
TAX_NUMBER = re.compile(r"(?<![0-9A-Za-z])9[1-3]\d{6}")
TRADED = re.compile(
    rf"(?:^|(?<=[\s,。:;(|/在去到从—]))(?P<v>{STEM}{{2,8}}(?:塑料|鞋材|化工|电器|家具|粮油|饲料|印务|制衣|针织|皮具|玩具|铸造|钢铁|水泥|陶瓷|热力|燃气|水务|建工|园林|安保|餐饮|光电|电气|电缆|仪表|精工|模具|船务|航运|影业|书店|花店|眼镜|贸易|外贸行?|信息技术|互娱|会展|广告|地服|装卸队|供应链|冷链|新能源|新材料|贸易行|汤包店|包子铺))"
    rf"(?=上[早中夜晚]?班|退休|同事|{JOB}|[,(] ?(?:税号|代码|信用代码|统一)|[)])"
)
TRADES, AT_WORK = (
    "食品 生物 医药 玻璃 化工 机械 网络 科技 电子 装饰 软件 游戏 包装",
    "上班 退休 员工 职工 工人 同事 司机 保安 会计 经理",
)
WORKER = re.compile(f"(?:{words(TRADES)})(?={words(AT_WORK)})")
BRANCH = re.compile(
    rf"(?=[中工农建交招信邮商民光浦兴华平村合])(?:中国)?(?:[工农建中交招]行|农商行|农商银行|农信社|信用社|邮储|(?:工商|农业|建设|交通|招商|民生|中信|光大|浦发|兴业|华夏|平安|邮政储蓄|邮储|村镇|商业|合作)银行)(?!卡){STEM}{{1,8}}?(?:支行|分理处|营业部|储蓄所|分社|网点)"
)
SHOP = re.compile(
    rf"(?:^|(?<=[\s,。:;(|/在去到从]))(?P<v>(?:{STEM}|[记家]){{1,4}}(?:楼|居|轩|阁|坊|斋|记|馆|吧|铺|店|城|堂|苑|园))(?={JOB})"
)
EVERYDAY = re.compile(
    "[家里外面前后边上下中内间时]|城|办公室|电脑|工厂|车间|厂$|机关|政府|国企|企业|公司|单位|银行|学校|事业|高温|粉尘|室|异地|外地|空调|夜|白|正常|继续|坚持|部门|行业|店|地方|环境|一线|户外|开始|准备|国外|沿海|南方|北方|老家"
)
NO_WORK = re.compile(
    "^(?:无|务农|农民|无业|退休|离退休|个体|自由|不详|不明|不便|本院|学生|居民|家务|待业|离休|下岗|同上|职工|工人|暂|万|国际|每|毫|微|克|国产|其他|其它|未|已|没有|参考|范围|提示|结果|科|病|数|电话|人数|总|外|我|男|女|[京津沪A-Za-z0-9]+$|[^省市县区]{1,2}$)|(?:科|科室|部门|单位|病区|门诊|国际单位|万单位)$"
)
HEADING = re.compile("健康|入职|检查|血|尿|常规|一般|专科|辅助|中国|国家|中医|临床|影像|实验")
INSURER = re.compile(
    "(?=[中人国平太泰新友阳大安华富永天众英合百信工招光南])(?:中国)?(?:人保|国寿|平安|太平洋|太保|泰康|新华|友邦|阳光|大地|中华联合|安盛天平|华夏|富德生命|太平|永安|天安|众安|英大|中银|合众|国华|百年|信泰|中邮|工银安盛|招商信诺|光大永明|国泰|富邦|南山|中意|中英|民生)"
    f"(?:财产保险|财产险|财险|人寿保险|人寿|寿险|健康险|健康保险|养老险|养老保险|保险)(?:股份)?(?:有限公司)?(?:[{HAN}]{{2,6}}?(?:中心支公司|分公司|支公司|营业部|营服部|服务部))?"
)
SIGNED_BY_CARE = re.compile(f"^\\[(?P<v>[{HAN}]{{2,10}}(?:体检|口腔|齿科|眼科|诊所|医院))\\]")
SIGNATURE = re.compile(
    f"^\\[(?P<v>[{HAN}]{{2,10}}(?:医学|检验|财险|人寿|保险|银行|药房|药店|学校|幼儿园|物业|快递))\\]"
)
ENGLISH_FIRM = re.compile(
    r"(?<![A-Za-z])(?:[A-Z][A-Za-z'&.-]{0,20},? (?:of |and |& )?){1,5}(?:No\. ?\d+ )?(?:[A-Z][a-z]+ )?(?:\([A-Z][a-z]+\) )?"
    r"(?:Co\., ?Ltd\.?|Ltd\.?|Inc\.?|LLC|Corp(?:oration|\.)?|PLC|GmbH|Limited|(?:Primary|Middle|High|Secondary|Elementary|Vocational|International|Grammar|Technical) School|Kindergarten|College|University|Polytechnic)(?![A-Za-z])"
)
PLAIN_FIRM = re.compile(
    r"(?:(?:The|Local|State|Public|Private|Primary|Secondary|Medical|Community|Junior|Senior|American|European|Royal|British|International|National|World) )*(?:(?:Primary|Middle|High|Secondary) School|Kindergarten|College|University|Limited)"
)
ENGLISH_WORK = re.compile(
    r"(?:[Ee]mployer|[Ee]mployed (?:at|by)|[Ii]nsurer|Assist:|[Cc]ompany is|retired,|单位|保险|[Ww]orks? (?:at|for)|[Oo]ccupation|[Cc]ompany|[Ss]chool|[Ss]tudent (?:at|of))(?: name)?(?:: ?| )(?P<v>(?:[A-Z0-9](?:[A-Za-z0-9'&-]|\.(?=[A-Za-z]))*)(?: (?:[A-Z0-9&](?:[A-Za-z0-9'&-]|\.(?=[A-Za-z]))*|of|and|the)){0,6})"
)


# ---- without a last word -------------------------------------------------------------------------------------------


def found(line: str, least: float) -> Iterator[Span]:
    """Employers that stand by their cue: what follows 单位:, where somebody works, who insures, whose tax number follows."""
    yield from sought(line, SEEKERS, least)
    for match in WORKER.finditer(line) if least <= 0.5 else ():
        start = edge(line, match.start())
        core = line[start : match.start()]
        if odd(core) or LUCKY.match(core):
            yield Span(start, match.end(), "ORG", "trade", 0.5)
    for number in TAX_NUMBER.finditer(line):
        taxed = TAXED.search(line, max(0, number.start() - 40), number.start())
        if taxed and not NO_WORK.search(taxed["v"]) and not NOBODY.search(taxed["v"]):
            yield Span(*taxed.span("v"), "ORG", "taxed", 0.7)


def workplace(match: re.Match[str]) -> bool:
    """Whether what stands in a field can be an employer: anything after 工作单位, only what is odd after 厂家."""
    name = match["v"]
    named = match["sure"] or (len(name) > 3 and (odd(name) or worth(name[:-2], "") >= 0.7))
    return bool(named) and not NO_WORK.search(name) and "税号" not in name


def employed(match: re.Match[str]) -> bool:
    name = match["v"]
    return not (EVERYDAY.search(name) or GENERIC.search(name) or BARE.match(name) or chain(name) == len(name))


def trading(match: re.Match[str]) -> bool:
    return odd(match["v"][:-2]) or bool(LUCKY.match(match["v"][:-2]))


def shop(match: re.Match[str]) -> bool:
    own = odd(match["v"][:-1]) or LUCKY.match(match["v"])
    return bool(own) and not EVERYDAY.search(match["v"][:-1])


def signed(match: re.Match[str]) -> bool:
    return worth(match["v"][:-2], "") >= 0.7 and not HEADING.search(match["v"])


SEEKERS = (
    Seeker("ORG", "branch", 0.9, BRANCH),
    Seeker("ORG", "insurer", 0.7, INSURER),
    Seeker("ORG", "workplace", 0.5, WORKPLACE, workplace),
    Seeker("ORG", "employed", 0.5, EMPLOYED, employed),
    Seeker("ORG", "employed", 0.5, WORKS_AT, employed),
    Seeker("ORG", "known_firm", 0.5, KNOWN),
    Seeker("ORG", "known_firm", 0.5, MILL),
    Seeker("ORG", "trade", 0.5, TRADED, trading),
    Seeker("ORG", "shop", 0.5, SHOP, shop),
    Seeker("HOSPITAL", "signature", 0.5, SIGNED_BY_CARE, signed),
    Seeker("ORG", "signature", 0.5, SIGNATURE, signed),
    Seeker("ORG", "named_english", 0.5, ENGLISH_FIRM, lambda match: not PLAIN_FIRM.fullmatch(match[0])),
    Seeker("ORG", "workplace", 0.5, ENGLISH_WORK),
)
