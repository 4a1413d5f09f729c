"""What can be a name: ordinary words that look like one, and the people of history, syndromes and books whose names stay."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log

import regex

from medgo_data.pii.dictionary import words
from medgo_data.pii.invent import word_lists
from medgo_data.pii.roles import PINYIN
from medgo_data.pii.surnames import COMMON, COMPOUND, GIVEN, RARE


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Physicians of history, founders and eponyms, persons of public life as medical texts and newspapers name them.
FIGURES = listed(
    """
    张仲景 张机 李时珍 孙思邈 华佗 扁鹊 秦越人 叶天士 叶桂 吴鞠通 吴瑭 薛雪 薛生白 王孟英 王士雄 钱乙 葛洪 皇甫谧 王叔和 王惟一 王清任 王肯堂 王冰 刘完素 刘河间
    张从正 张子和 李杲 李东垣 朱震亨 朱丹溪 张景岳 张介宾 张元素 张锡纯 张璐 张志聪 陈自明 陈实功 陈修园 陈无择 陈士铎 傅青主 傅山 喻昌 喻嘉言 汪昂 汪机 徐大椿 徐灵胎
    柯琴 柯韵伯 尤怡 尤在泾 程国彭 程钟龄 吴谦 吴又可 吴有性 吴师机 吴尚先 吴崑 李中梓 李士材 缪希雍 缪仲淳 赵献可 赵学敏 龚廷贤 龚信 万全 万密斋 武之望 武叔卿 薛己 薛立斋 高濂
    楼英 戴思恭 滑寿 杨继洲 杨上善 巢元方 王焘 陶弘景 苏敬 苏颂 唐慎微 寇宗奭 许叔微 成无己 庞安时 严用和 沈括 罗天益 王好古 危亦林 忽思慧 倪维德 王履 淳于意 仓公 岐伯 雷公 黄帝
    神农 董奉 郭玉 吕广 涪翁 孟诜 鉴真 宋慈 费伯雄 马培之 丁甘仁 恽铁樵 曹颖甫 蒲辅周 施今墨 孔伯华 萧龙友 汪逢春 岳美中 秦伯未 程门雪 任应秋 刘渡舟 胡希恕 赵锡武 冉雪峰 承淡安
    邹云翔 章次公 张山雷 裘吉生 何廉臣 唐容川 唐宗海 周学海 雷丰 王旭高 林佩琴 沈金鳌 叶霖 余霖 余师愚 戴天章 陈平伯 俞根初 邵新甫 石寿棠 黄元御 郑钦安 祝味菊 吴佩衡 范中林
    李可 董建华 关幼波 任继学 邓铁涛 朱良春 路志正 颜德馨 裘沛然 张琪 徐景藩 周仲瑛 干祖望 班秀文 王绵之 方和谦 何任 李济仁 张灿玾 李辅仁 王玉川 陆广莘 唐由之 程莘农 贺普仁 郭子光
    屠呦呦 钟南山 李兰娟 张伯礼 陈薇 张文宏 吴孟超 裘法祖 林巧稚 张孝骞 吴阶平 黄家驷 汤飞凡 伍连德 颜福庆 沈克非 诸福棠 胡亚美 王振义 陈竺 陈赛娟 陈冯富珍 曾光 李文亮 王辰 高福
    谭德塞 白求恩 柯棣华 南丁格尔 希波克拉底 盖伦 维萨里 哈维 琴纳 詹纳 巴斯德 科赫 李斯特 弗莱明 弗洛伊德 巴甫洛夫 孟德尔 达尔文 居里夫人 爱因斯坦 诺贝尔 牛顿 伦琴 罗素 荣格 阿德勒 马斯洛
    皮亚杰 埃里克森 帕金森 阿尔茨海默 克罗恩 霍奇金 何杰金 唐纳德 雷锋 焦裕禄 孔繁森 鲁迅 胡适 孔子 孟子 老子 庄子 荀子 墨子 孙子 李白 杜甫 白居易 苏轼 苏东坡 陆游 王安石 曹操 刘备 关羽
    关公 张飞 赵云 诸葛亮 曹雪芹 林黛玉 贾宝玉 薛宝钗 孙悟空 唐僧 猪八戒 武松 宋江 秦始皇 汉武帝 武则天 唐太宗 李世民 朱元璋 康熙 乾隆 雍正 慈禧 孙中山 毛泽东 周恩来 刘少奇 朱德
    邓小平 江泽民 胡锦涛 习近平 李克强 温家宝 朱镕基 李鹏 陈云 叶剑英 彭德怀 贺龙 陈毅 宋庆龄 蒋介石 马克思 恩格斯 列宁 斯大林 奥巴马 特朗普 拜登 普京 乔布斯 比尔·盖茨 马云 马化腾
    李嘉诚 姚明 刘翔 李宁 郎平 成龙 李连杰 周杰伦 刘德华 章子怡 巩俐 张艺谋 冯小刚 莫言 金庸 岳飞 郑和 郑成功 林则徐 詹天佑 钱学森 袁隆平 杨振宁 李政道 丁肇中 华罗庚 陈景润
    刘姥姥 祥林嫂 孔乙己 潘金莲 西门庆 武大郎 王熙凤 贾母 林妹妹 宝玉 陈李济 胡庆余堂 雷允上 亚当 夏娃 萨提亚 耶稣 释迦牟尼 孟德斯鸠 拉康 罗杰斯 王羲之 司马迁 司马光 屈原 陶渊明 文天祥 包拯 包青天 海瑞 黄道周 康德 黑格尔 叔本华 尼采
    """
)

# Herbs, formulas and drugs, findings and phrases of the wards that begin as a surname does.
PLAIN = listed(
    """
    马上 蒲公英 方歌 羊癫疯 羊羔疯 羊角风 羊角疯 牛皮癣 车组 车牌 车牌号 车队 车型 车主 车位 车库 车速 车险 车程 车友 牙疼 祝健康 丛集性 单源 保持 种后 种卡 种证 文号 周记 胡蜂 王府 王道 王者 王牌 王不留行 李子 张力 张口 张开 张嘴 刘寄奴 陈皮 陈旧 陈述 陈列 陈设 陈醋 杨树 杨梅 黄豆 黄瓜 黄油 黄土 周期 周围 周边 周身 周岁 周末 周一 周二 周三 周四 周五 周六 周日 周天 周后 周前 周内 周余 周以 周左 周左右 周复 周年 周知 周到 周密 周转 周全 吴茱萸 徐长卿 徐缓 徐徐
    孙女 孙子 孙辈 胡子 胡话 胡思 朱砂 高山 林蛙 林木 林下 何首 何谓 何况 何等 罗汉果 罗红霉素 罗库 罗哌卡因 罗氏 罗格 罗布麻 梁上 宋体 谢绝 唐筛 唐氏 程度 程序 程控 曹 许可 许多 许久 许愿 曾孙 苏丹 卢 丁字 丁酸 魏氏 叶酸 叶片 叶间 叶段 叶面 叶黄素 叶下 叶脉 余额 余生 杜绝 杜拉鲁肽 戴上 戴眼镜 夏季 夏枯草 夏天 夏日 夏至
    钟乳 汪 田螺 姜黄 姜汁 姜片 姜半夏 姜枣 姜汤 方子 石淋 石女 姚 熊去氧胆酸 熊胆 金水 金葡 金疮 金丹 严令 陆续 陆军 孔雀 孔径 孔隙 孔源性 孔洞 崔 秦艽 江河 史前 侯 孟鲁司特 龙须 龙虾 龙舌 龙葵 段性 雷同 雷公 钱包 汤圆 黎明 易经 常委 武器 乔木 赖氨酸 赖诺普利 赖脯 庞大 兰索拉唑 兰花 殷勤 施药 施救 施针 陶瓷 陶土 洪水 安氟醚 安瓿
    安宫 安坦 颜面 颜色 颜料 牛皮 牛排 季肋部 章程 章节 鲁米那 葛粉 申请人 尤其 尤以 尤为 毕业 焦虑 焦点 焦躁 焦痂 向着 向来 路口 路过 路人 路段 齐墩果酸 齐全 莫大 莫代尔 辛伐他汀 辛辣 辛苦 辛温 辛凉 辛酸 辛夷 管材 祝好 涂片 涂抹 涂布 涂药 谷物 时下 时不时 舒张压 关前 费解 盛行 盛夏 欧洲 欧盟 项圈 成份 成群 成套 成对 成比例 成倍 成膜 成虫 成骨 成纤维
    成交 成绩 成就 游戏 游离 阳历 席位 卫浴 屈光 屈曲 屈伸 屈侧 屈指 屈肌 鲍曼 鲍氏 位于 位置 位点 位移 植物 植入 植皮 植被 植骨 甘味 甘平 甘寒 甘温 景泰蓝 薄荷 薄膜 薄层 薄白 薄黄 薄弱 单口 司机 司法 司美格鲁肽 司他 柏油 柏拉图 桂皮 解释 解离 强生 柴油 华氏 车间 车辆 车厢 车站 车辆 房水 吉非替尼 吉西他滨 吉兰 饶有 古代 古老 古籍 米汤 池塘
    滕 畅通 畅销 来去 来回 来人 来临 苟且 全心 褚 廉价 简体 简写 盖层 盖章 符合 符号 奚 木香 木瓜 木通 木糖 木质 木贼 木薯 木耳 党的 党和 燕窝 郎 冀 谈恋爱 连同 连锁 连带 郁闭 商场 商城 商家 蒙古 蒙眼 计价 计量 计步 喻 揭示 揭开 迟缓 迟钝 迟发 迟到 迟脉 宇宙 冷却 冷静 冷淡 冷光 卓 花粉 花瓣 仇恨 艾滋 艾灸 蓝绿 都市 巩膜 巩固 稽留 井水 井穴 练习 练功
    仲裁 乐果 卞 封口 封面 封堵 原发 原来 原因 原则 原位 原有 原先 原始 原料 原本 官方 官窍 官网 衣服 衣物 衣裤 衣着 楚 栗子 匡正 宗旨 应力 应答 应否 台阶 巫 桑拿 荆 银杏 银屑病 银翘 银行 银染 银汞 扬州 明火 沙子 沙漏 伏核 伏 岑 习 胥 保护 保健 保肝 保暖 保胎 保存 保留 保险 保证 保温 保安 保姆 保定 保和丸 和睦 和善 蔺 乌梅 乌药 乌头
    付款 付费 付出 代谢 代偿 代替 代表 代为 代入 代购 代码 代价 代办 代诉 代签 代理 劳力 危机 居住 扶正 扶助 扶手 扶贫 敬业 敬请 敬老 桓 楼梯 楼层 楼道 沐浴 沐舒坦 漆器 牧区 牧民 种植 种子 种类 种牙 粟粒 粟疮 裘 贝壳 贝类 过敏原 过氧化 遇到 遇冷 遇热 遇见 那么 那种 那样 那个 那些 那里 那边 那时 那天 那就 那是 那不 那要 那我 那你 那他 麻疹 麻烦 麻油
    哈欠 哈哈 塔式 正常 鹿血 鹿鞭 幸亏 幸好 占位 占据 占比 占用 厉行 束带 束胸 欣喜 欣慰 洛伐他汀 洛哌丁胺 洛贝林 洛索洛芬 涵盖 滑膜炎 牙线 牙冠 牙槽 牙本质 班级 班次 班氏 班车 琴弦 益胃 益肝 益脾 矿物 矿泉 矿工 苍术 苍白 苍耳 苍老 豆腐 豆浆 豆豉 豆制品 豆蔻 鱼肉 鱼际 鱼腥 鱼鳞 鱼类 虎杖 虎骨 虎口 玄关 玄胡 丑时
    白芍 白术 白芷 白及 白薇 白前 白果 白英 白矾 白蔹 白芥子 白附子 白茅根 白头翁 白鲜皮 白扁豆 白豆蔻 白花蛇 白蒺藜 白僵蚕 白萝卜 白带 白斑 白苔 白腻 白痰 白睛 白班 白蛋白 白细胞 黄芪 黄芩 黄连 黄柏 黄精
    黄芥 黄酒 黄腻 黄苔 黄痰 黄染 黄疸 黄体 黄斑 黄带 黄芪汤 黄连素 黄药子 黄明胶 黄体酮 马钱子 马齿苋 马鞭草 马勃 马蹄 马兜铃 马来酸 马应龙 石膏 石斛 石韦 石决明 石菖蒲 石榴皮 石见穿 石英 石蜡
    党参 党员 何首乌 何处 何时 何种 何以 何为 何谓 胡麻 胡椒 胡连 胡黄连 胡芦巴 胡萝卜 胡须 龙骨 龙齿 龙胆 龙胆草 龙葵 龙眼 龙眼肉 龙血竭 龙脑 柴胡 常山 常规 常见 常用 常有 常年 常伴 常欲 常饮 全蝎
    全身 全麻 全腹 全程 全血 全科 全天 全部 全麻下 甘草 甘遂 甘松 甘油 甘露 甘露醇 甘精 柏子 柏子仁 桂枝 桂圆 桂附 桑叶 桑枝 桑白皮 桑葚 桑椹 桑寄生 桑螵蛸 荆芥 荆芥穗 麻黄 麻仁 麻子仁 麻醉 麻木
    麻痹 麻疹 米仁 米粥 米汤 米泔 谷芽 谷丙 谷草 谷氨酸 谷维素 苏叶 苏子 苏梗 苏木 苏合香 苏醒 苏打 丹参 丹皮 连翘 连续 连夜 连日 莲子 葛根 葛根汤 杜仲 杜冷丁 秦艽 秦皮 车前 车前子 车前草 车祸
    巴戟 巴戟天 巴豆 巴氏 鱼腥草 鱼肝油 鱼刺 鹿茸 鹿角 鹿角胶 鹿角霜 牛膝 牛黄 牛蒡子 牛奶 牛肉 牛磺酸 贝母 贝那普利 温胆汤 温度 温热 温通 温中 温阳 温补 温肾 温经 温敷 温水 温开水 高热 高血
    高压 高危 高龄 高脂 高敏 高度 高频 高温 高枕 高流量 高密度 高血压 高血糖 高血脂 高尿酸 高位 高级 高中 高值 高蛋白 高渗 高糖 高回声 高信号 左侧 左下 左上 左肺 左肾 左眼 左耳 左手 左足 左腿
    左室 左房 左心 左肝 左乳 左右 左叶 左颈 左肩 左膝 左髋 左踝 左腕 左肘 左胸 左腹 左腰 左氧 左旋 左前 左后 左支 左冠 左卵巢 时有 时常 时而 时间 时许 时限 时辰 时刻 时代 时期 时候 平素 平时 平卧
    平扫 平片 平均 平稳 平坦 平软 平静 平衡 平日 平车 平喘 平滑 平台 平板 平行 平肝 平面 平常 平安 平仄 安静 安全 安装 安排 安神 安眠 安慰 安定 安返 安宁 安乐 安胎 成人 成年 成分 成功 成熟 成形
    成立 成为 成品 成活 成本 成像 成型 成骨 成瘾 方可 方法 方案 方能 方向 方便 方面 方剂 方药 方式 方解 方中 方形 方格 方程 方始 应用 应予 应当 应注意 应避免 应激 应急 应立即 应对 应慎用 应答 应该
    段落 段时间 段性 金黄色 金黄 金属 金额 金银花 金钱草 金樱子 金匮 金刚烷胺 金标准 金沙 单纯 单位 单发 单侧 单次 单核 单用 单独 单抗 单药 单胺 单孔 单病种 单双 单人 单方 单极 单瓣 单层 单行 单株
    余无 余未 余处 余量 余热 余项 余下 余同 余地 余正常 余可 余年 余次 余天 余分 余毫升 余后 余型 双侧 双肺 双下肢 双肾 双眼 双手 双足 双向 双膝 双歧 双胍 双氯 双氢 双嘧 严重 严密 严格 严禁 严防
    严峻 严厉 毛细 毛囊 毛糙 毛发 毛玻璃 毛刺 毛巾 毛果芸香 明显 明确 明日 明天 明晨 明年 明早 明胶 明矾 明示 明目 明白 明细 关节 关注 关系 关于 关键 关怀 关心 关元 关闭 关腹 关联 关爱 古方 房颤 房间
    房室 房性 房早 房水 房缺 房扑 房角 封闭 封管 封包 封堵 强化 强度 强直 强烈 强调 强光 强心 强壮 强力 强迫 强的松 强制 强阳性 易感 易怒 易醒 易于 易患 易出 易见 易发 易致 易消化 易激惹 易疲劳 易破裂
    明亮 管道 管理 管型 管腔 管壁 管径 管饲 管内 管床 管状 管路 管控 曲线 曲张 曲池 曲霉 曲马多 游离 游走 游泳 万古 万一 万分 万能 计划 计数 计算 计量 计时 计费 计生 包块 包膜 包括 包装 包扎 包裹 包含
    包皮 包埋 包面 水肿 水煎 水泡 水平 水样 水疱 水分 水痘 水化 水冲 水杨酸 水飞蓟 水蛭 水牛角 水银 水溶 水解 水电 路径 路上 路边 边界 边缘 边沿 边清 项目 项背 项强 项链 江米 江苏 河南 湖北 宁夏
    广西 云南 海南 海马 海藻 海蛤 海螵蛸 海风藤 海金沙 海桐皮 海绵 海鲜 海产 曾经 曾于 曾在 曾有 曾因 曾用 曾服 曾行 曾患 曾多 向下 向上 向后 向前 向左 向右 向外 向内 向心 向患者 向家属 于是 于今 于本
    于入院 于外 于术 于我 于家 于院 于右 于左 于上 于下 于此 谢谢 感谢 谢绝 来院 来源 来自 来看 来诊 来我 来月经 来说 来讲 来医院 来势 来潮 来电 来氟米特 来曲唑 来那度胺 解释 解除 解剖 解热 解毒 解决
    解痉 解表 解读 解答 解整复 解离 解聚 都有 都是 都要 都会 都能 都没 都无 都不 都可 都很 和解 和胃 和中 和血 和营 和气 和谐 和缓 和平 和谷 和家属 和患者 宗气 宗筋 官能 官方 官腔 商品 商量 商陆
    商业 商定 商店 蒙脱石 蒙受 党参片 景天 景点 景观 景象 习惯 习性 习服 伏天 伏邪 伏案 伏贴 伏立康唑 伏立诺他 农村 农民 农药 华法林 华蟾素 华盖 华夏 华北 华东 华南 华西 华山 冷敷 冷冻 冷汗 冷热
    冷痛 冷刀 冷饮 冷水 冷藏 冷暗 冷链 冷空气 施行 施术 施用 施治 施万 施压 舒张 舒适 舒服 舒缓 舒肝 舒芬 舒芬太尼 舒利迭 舒普深 舒血宁 舒林酸 舒必利 舒马普坦 舒巴坦 荣卫 荣获 荣枯 仇恨 花生 花粉 花椒
    花蕊石 花斑 花费 花蜜 花茶 纪要 纪录 纪念 费用 费别 费时 费力 连接 连胆 连线 连枝 皮肤 皮下 皮疹 皮质 皮瓣 皮损 皮试 皮炎 皮温 皮层 皮片 皮内 皮革 皮素 麦冬 麦芽 麦氏 麦角 麦考酚 麦门冬 麦粒肿 麦胶
    尚可 尚未 尚有 尚无 尚好 尚需 尚存 尚能 尚不 尚清 尚须 尚待 危重 危险 危害 危急 危象 危及 危机 劳累 劳动 劳力 劳损 劳逸 劳宫 劳作 劳淋 冒汗 冒血 过程 过敏 过多 过去 过大 过度 过高 过低 过早 过量 过滤
    过期 过夜 过氧 过渡 过快 过慢 过久 过后 过长 过年 过于 幸运 幸福 居家 居住 居多 居民 牙龈 牙痛 牙周 牙齿 牙髓 牙科 牙石 牙体 牙列 牙本质 牙膏 牙刷 滑脉 滑精 滑苔 滑膜 滑石 滑脱 滑动 滑液 滑行 束支
    束缚 束臂 羊水 羊膜 羊肉 羊奶 玄参 玄府 益气 益母草 益肾 益智仁 益生菌 益处 相关 相对 相同 黑便 黑色 黑质 黑蒙 黑痣 黑发 黑苔 黑芝麻 鲜血 鲜红 鲜活 鲜明 鲜奶 鲜榨 阴性 阴道 阴囊 阴茎 阴影 阴虚 阴阳 阴部 阴唇
    阴毛 阴凉 阴式 阴雨 阴寒 阴蒂 阴陵泉 阴交 阳性 阳虚 阳气 阳痿 阳离子 阳极 阳明 阳陵泉 阳池 阳白 阳台 阳转 阳煦 阳强 侠白 太渊 厉害 郁闷 郁金 郁结 郁滞 郁久 郁怒 郁热 郁证 桂皮 杨梅 柳氮 林可霉素 林格 林间
    董事长 童年 童子 童鞋 童装 雷公藤 雷贝拉唑 雷尼替丁 雷米普利 雷诺 雷火灸 雷管 雷电 尹氏 温氏 艾叶 艾灸 艾滋 艾条 艾炷 艾司唑仑 艾塞那肽 艾附 艾瑞昔布 艾拉莫德 艾普拉唑 艾地骨化醇 蓝光 蓝色 蓝染 蓝氧
    戴口罩 戴镜 戴环 任何 任一 任脉 任务 任意 任由 任凭 任选 席汉 席卷 苗条 苗药 苗族 回族 汉族 满族 白族 傣族 侗族 台面 台湾 台阶 台下 宫颈 宫腔 宫体 宫内 宫高 宫缩 宫口 宫底 宫外 宫旁 宫寒 宫角 宫颈炎 宫颈癌
    查体 查房 查看 查血 查尿 查找 查对 查出 查明 查因 查见 查无 查阅 查询 查验 查处 查胃镜 查头颅 丁卡因 丁胺 丁苯 丁香 丁公藤 丁溴 丁克 毕业 毕竟 庄重 严寒 甄别 甄选 房事 童谣 时疫 芦荟 芦根 芦可替尼 芦丁 范围 范例 范畴
    顾虑 顾及 顾客 顾问 顾护 凌晨 凌乱 凌空 汤药 汤剂 汤液 汤类 汤包 汤勺 药物 葱白 沙参 沙棘 沙眼 沙门 沙丁胺醇 沙美特罗 沙库巴曲 沙格列汀 沙利度胺 沙坦 沙袋 沙苑子 沙土 沙漠 仲夏 仲秋 沈香 钟头 钟摆 钟乳石 钟状
    季节 季肋 季度 季胁 季铵盐 季戊 项下 简单 简易 简称 简化 简介 简明 简历 简述 简要 简便 习得 商榷 景色 宫血 屠宰 屠苏 盖子 盖髓 盖骨 郎中 官司 楚汉 计入 冼手 伍用 米非司酮 米索 米诺 米氮平 米力农 米糠 米面 蔡司
    卓越 全力 全国 全省 全球 全新 全面 全套 全体 全自动 全年 全喉 全胃 全髋 全膝 全子宫 全结肠 全视野 连台 明珠 柯氏 柯萨奇 毛氏 康复 康柏西普 康健 康妇 康莱特 康氏 康德 温针 温灸 温病 温燥 温邪 温凉 温和 文献 文拉法辛
    文字 文化 文本 文书 文件 文章 文明 文静 文中 武术 武警 武装 武力 贺普丁 贺维力 贺岁 钱币 钱包 钱数 钱癣 汪洋 莫西沙星 莫匹罗星 莫名 莫沙必利 莫非 莫过于 莫要 莫氏 梅花针 梅毒 梅核气 梅尼埃 梅克尔 梅雨 梅花 梅奥
    项圈 祝愿 祝贺 祝您 祝你 祝福 祝早日 牟取 管辖 柳树 燕麦 燕窝 燕子 康乃馨 史密斯 史蒂文斯 史料 万分之 党委 党支部 党组织 党中央 谈话 谈论 谈及 谈心 谈判 谈吐 牛痘 牛皮癣 牛津 牛初乳 田七 田间 田园 田地
    卫生 卫气 卫教 卫视 卫星 卫校 成都 宁波 宁神 宁心 宁愿 宁可 宁静 宁养 葛兰素 巴林特 申请 申报 申诉 申办 申领 房产 房屋 房租 房劳 乐观 乐趣 乐意 乐于 常识 常态 常数 常温 常与 常因 常在 常由 常以 常为 常需 常可 常合并 常表现
    常发 常人 常春 常青 常染色体 常压 常住 易混 易如 易位 易误 易燃 邹庆 高考 高原 高校 高处 高发 高效 高尚 高兴 高手 高胆固醇 高分化 高分 高氯 高钾 高钠 高钙 高磷 高泌乳素 高雄激素 高锰酸钾 高脂血 高同型 高选择 高强度
    强效 强阳 强弱 强啡肽 强生 强痛定 单克隆 单倍 单元 单亲 单身 单手 单脚 单光子 单能 单筛 单采 单眼 单肺 单胎 单绒 单羊 单心 单支 单细胞 单链 单糖 单价 单据 单子 单上 单号 单剂 单硝酸
    """
)

PROVINCES = frozenset("京津沪渝冀豫辽黑湘皖鲁浙赣鄂桂甘晋蒙陕闽贵粤琼")  # of a plate
ANY_GIVEN = frozenset(GIVEN)
# of which the given names after a surname that is also an everyday word must be made
FREQUENT = frozenset(
    "花平雅香素诺彤设墨睿皓逸辰馨语桐舒铭悦柔韵歌佩仙巧霜露珂珞弘坚培堂增壮声复夫奇妙姿季宜宾尧岚岱峻嵘嵩巍帅庭弟彦彩循微惟慈庚扬挺捷授敦旻昂映昭晋普暖智曙曼朔枫柔柱椿楚榕槐樱武殷毓沁沂沅泰洁浦浪澄灵灿烽爽狄献理畅登睦硕磊社祎祺禹程竹筝素紫胤腾舟航芮芷苑蒙谊谦谱贞赛赞超越轩轶辅迅迎迪道遥邦钊铎铮锐镇霁韬韶颂骁鹃鹏麟黎鼎"
    "伟强军勇杰涛明超磊斌鹏辉波飞刚浩宇峰华文建国志海龙林东亮俊健永鑫凯旭晨洋英芳娜秀敏静丽艳娟霞燕玲桂珍珠玉莲兰红梅云月彩春秋雪荣贵富祥福生才根宝义仁德忠孝贤良善庆喜瑞康宁安泰淑惠慧洁清佳嘉婷雨子梓欣怡涵轩浩然思诗琪瑶萱小晓大中正天新民立家学金银武少长振兴光先树全"
    "昌承翔帆航博豪帅威毅坤松柏江河川山岳岩石鸿鹤虎凤美妍妮娇婉婧媛嫣姗茜莹萍菁菊菲萌葵蓉蓓蕾蕊薇芝芬芸苗若茹荷莎莉草木竹枫桐楠柳杉桃枝栋梁彬沐沛波泓泽津润淇渊湘源溪潇澜泉泳洪洲浚淼滢潮炜炎焕煜熙炫烨煌照耀钢铁锋铭钧锦铃钟钦珏玮珊琦琳琴瑜瑾璇璐璟琼瑛璋璞瑄宏远达通卓创业勋定"
    "广高深厚久世继绍祖宗元孟仲季伯友朋君士星辰宙乾坤风雷虹夏冬朝夕南北尚崇敬爱卫革跃进红改凡平秋实如意力余水财招弟引娣运启顺义礼智信诚恒廉纯真倩茵娥姝娅芹颖聪翠桥银焱鑫垚淦森晶昊昕晟晗景晴曼旺盛富禄寿吉延奎魁树德培育伦绪维绍绮纪经纶维缘羽翰翼耘聿胜良艺苏英茂范莘荣菡萃蓝蔚薛虎"
)
BOTH = listed(
    "吉祥 黎明 金鑫 芦苇 巫山 夏天 海涛 孔雀 江山 江南 王者 汪洋 向阳 向东 向前 向往 雷雨 雷霆 石柱 石林 石磊 马超 马良 马骏 白桦 白杨 白兰 白玉 白莲 林立 林海 林木 杜鹃 杨柳 杨花 杨树 柳絮 柳叶 叶子 金山 金石 金刚 金柱 温泉 丛林 丛生 高明 高强 高洁 高飞 高升 高超 高雅 高阳 周全 周密 周正 周到 周游 康乐 安康 安乐 安宁 安心 常乐 常胜 常新 乐天 乐意 齐全 齐心 连连 连成 连胜 关心 关山 关键 孟春 明亮 古月 古今 边疆 万全 万安 万年 万幸 万一 曲直 路平 路通 路途 庄严 庄园 庄稼 田野 田地 平凡 平原 平川 成龙 成才 成林 成立 阳春 阳明 车辆 车轮 车厢 高敏 安静 宁静 高峰 汪洋 白露 常青 常春 平安 平静 和平 明珠 文静 华山 华夏 阳光 高兴 高原 高尚 高照 康健 卓越 景天 武力 明亮 海鲜 沈香 贺岁 严寒 白雪 白云 白鸽 黄河 黄山 黄花 金星 金光 金秋 石林 马兰 马达 江南 江河 江山 云彩 云集 方舟 万里 路遥 温馨 温柔 温暖 温情 关怀 关爱 成功 成长 白英 龙葵 苗条 田园 戴环 乐观 古方 杨梅 阳明 雷电 花生"
)
VOID = listed(
    """
    本人 不详 未知 无名 无 同上 同前 见上 见下 略 患者 病人 家属 患儿 亲属 姓名 性别 男性 女性 年龄 日期 时间 医师 医生 护士 签名 签字 电话 地址 父亲 母亲 父子 母子 母女 父女 夫妻 夫妇 配偶 丈夫 妻子 儿子 女儿 子女 兄弟 姐妹 朋友 同事 自己 其他 保密
    证件 身份证 护照 电话 手机 住址 班次 上午班 下午班 夜班 白班 曾孙 曾孙女
    匿名 主任 科室 门诊 住院 专家 急诊 内科 外科 儿科 妇科 产科 骨科 护理 诊断 检查 治疗 主诉 体温 血压 可靠 代诉 家人 阴性 阳性 正常 异常 未见 无异常 待查 待定 已阅 已签 同意 不同意 拒绝 合格 单位 部门 备注 职务 职称 民族 汉族 已婚 未婚 离异 丧偶 农民 工人 学生 退休 干部 教师 职工
    奥罗亚热 拉沙热 马尔堡热 公公 婆婆 爸爸 妈妈 爷爷 奶奶 哥哥 姐姐 弟弟 妹妹 叔叔 舅舅 姑姑 伯伯 宝宝 娃娃 明明 常常 往往 多多 天天 好好 慢慢 刚刚 仅仅 渐渐 偏偏 偷偷 悄悄 默默 阿嬷 阿嬤 微博 微信 乱码 关系 您好 你好 好的 是的 谢谢 全麻 局麻 腰麻 结果 结论 意见 建议 所见 提示 描述 项目 名称 内容 方法 目的 背景 讨论 主要 以上 以下 如下 如图 链接
    """
)
VOID_HEADS = (
    "某",
    "仲景",
    "不",
    "无",
    "未",
    "已",
    "本院",
    "我院",
    "同意",
    "请",
    "待",
    "详见",
    "见",
    "本报",
    "保持",
    "马上",
)
VOID_PARTS = regex.compile(
    r"[某*×你我他她您]|[医姓]$|^.[姐嫂哥婶姨工总]$|医院|^.{1,3}科$|主[任治]|医[师生]|护[士师]|患者|家属|签[名字]|教授|老师|先生|女士|小姐|[的了吗呢]|老[太爷头板汉伯]|大[爷妈姐哥叔娘]|阿姨|奶奶|爷爷|师傅|妈妈|大夫|[片酊]$|爸爸|同志|副$|^(?P<one>.)(?P=one){2,}$|院长|护士长|有限|公司|大学|学院|研究|银行|证券|集团|咨询|[合体特病氏]征|病$|[症炎术痛区县镇乡村州市]$"
)
DOUBTFUL = frozenset(
    "曾那尤衣窦许位代由原发毋亢头应时何余常成全来和都关易经单于向后左双平强管连计水冷包房游曲查过居冒滑益相阴阳干项路段方白习农展操盘刀冷"
)


PETS = frozenset(word_lists("names.txt")["pet names"])
DRUGS = frozenset((*word_lists("words.txt")["药"], *word_lists("words.txt")["品牌"]))
CHRISTENED = frozenset(word_lists("names.txt")["latin given names"])
FAMILIES = frozenset((*word_lists("names.txt")["latin surnames"], *PINYIN.split()))
COUNTRIES = frozenset(
    (
        *word_lists("words.txt")["国家"],
        *[
            "安哥拉",
            "尼日利亚",
            "加纳",
            "肯尼亚",
            "埃塞俄比亚",
            "坦桑尼亚",
            "刚果",
            "赞比亚",
            "津巴布韦",
            "喀麦隆",
            "几内亚",
            "马里",
            "苏丹",
            "摩洛哥",
            "阿尔及利亚",
            "突尼斯",
            "利比亚",
            "缅甸",
            "老挝",
            "柬埔寨",
            "尼泊尔",
            "斯里兰卡",
            "孟加拉",
            "孟加拉国",
            "蒙古",
            "蒙古国",
            "哈萨克斯坦",
            "乌兹别克斯坦",
            "吉尔吉斯斯坦",
            "塔吉克斯坦",
            "土库曼斯坦",
            "阿富汗",
            "伊拉克",
            "也门",
            "阿曼",
            "约旦",
            "黎巴嫩",
            "叙利亚",
            "卡塔尔",
            "科威特",
            "巴林",
            "秘鲁",
            "智利",
            "哥伦比亚",
            "委内瑞拉",
            "厄瓜多尔",
            "玻利维亚",
            "古巴",
            "海地",
            "斐济",
            "白俄罗斯",
            "摩尔多瓦",
            "立陶宛",
            "拉脱维亚",
            "爱沙尼亚",
        ],
    )
)
KEPT_APART = regex.compile(r"[A-Za-zß-ɏ]+")


def spoken(value: str) -> str:
    """The name without the spaces in it."""
    return value.replace(" ", "")


def stated(value: str) -> bool:
    """Whether a value in a field for a name can be one at all."""
    if (
        value.isascii()
        and value.isupper()
        and not any(part.title() in FAMILIES or part.title() in CHRISTENED for part in KEPT_APART.findall(value))
    ):
        return False
    if english(value):
        return False
    value = spoken(value)
    return value not in VOID and not value.startswith(VOID_HEADS) and not VOID_PARTS.search(value)


def fielded(value: str) -> bool:
    """Whether a value after a role and a colon can be a name."""
    if not stated(value):
        return False
    value = spoken(value)
    return value not in FIGURES and (value in BOTH or value not in PLAIN) and not hides(value)


def named(value: str) -> bool:
    """Whether a value beside a role can be a name: it may be a word as well, as 高峰 and 芦苇 are."""
    if not stated(value):
        return False
    value = spoken(value)
    if value in FIGURES:
        return False
    if (
        len(value) == 4
        and value[0] in RANKS[0]
        and value[1] in COMMON
        and value[:2] not in COMPOUND
        and (word(value[:2]) or word(value[2:], 60))
    ):
        return False  # two surnames, and two words
    return value in BOTH or not (value in PLAIN or word(value, 30) or hides(value))


def likely(value: str) -> bool:
    """Whether this is a name rather than an ordinary word that begins as a name does."""
    return named(value) and spoken(value) not in BOTH and not word(spoken(value))


def given(value: str) -> bool:
    """Whether somebody can be called so without a surname."""
    return value not in VOID and not VOID_PARTS.search(value) and (value in PETS or not word(value))


ENGLISH = listed(
    """
    a about above academy accident acid act active acute add additional address admission adult advice after again age agent ai air alarm all allergy am american amount an analysis anatomy and animal annual answer any aorta appendix application area arm art artery as asia assay assessment assistance assist associate association at atrial attention audit author authority auto
    average baby back bacteria balance bank bar base basic beam beauty bed beijing benefit best beta big bio biopsy black bladder blank blood blue board body bone book boston both box brain branch breast bridge brief british bureau by c cable call canada cancer card cardiac care case cath catheter cause cell cells central centre center certificate chain chair change channel chart check chemical chest chicago chief children
    china chinese chloride choice chongqing chronic circle city claim class clean clear client clinic clinical close club co coat code cold colon color column combined comments common community company complaint complete complex component computer conclusion conclusions condition conference confidential congress consent constant consult consultation contact content contents contract contrast control copy core corp corporation cost count country course court cover cream credit criteria
    critical cross culture current cut cycle daily dark data database date day days dear death decision deep default degree delivery dental department depth desk detail details detector device diagnosis diagnostic diet digital direct director discharge discovery disease diseases district division doctor document dose double dr draft drug dry dual due during duration e ear early east echo edition effect effects electric electronic email emergency employee end endpoint
    energy engineer english enter entry equipment error essential europe european evaluation event evidence exam examination excel exchange exit experience expert export express extended external extra eye f face facility fact factor factory failure family fast fax feedback female fiber field figure file film filter final findings fine finger fire first fit fixed flat flow fluid focus follow follow-up food foot for force form forms foundation france free frequency from front full function fund
    gas gastric gate gel gene general generation genetic german germany glass global glucose gold good grade grand graph great gross group growth guangzhou guide guideline guidelines hair half hand hard have head health heart heat height help hepatitis high history holiday home hospital hospitals host hot hotel hour house how human i ice icon id idea identity if image images imaging implant important impression in inc incident include index india individual
    infection information informed infusion initial injection injury input inquiry inside institute institution instrument insurance intake intelligence intensive inter interim internal international internet interval intervention introduction investigator invoice iron is island issue item items its japan japanese job joint journal kappa keep key kidney kind knee know korea korean lab label laboratory language large laser last late law layer lead learning left legal lens
    length letter level library license life light limited line link lipid liquid list liver load local location log logistic london loss lower ltd lumbar lung lymph machine main male management manager manual map march margin market mass master material max mean measure mechanical media medical medicare medication medicine medium meeting member membrane memorial memory menu message metal method methods micro middle mini minimum minute mobile mode model modern monitor
    month more morning motor mouse mouth multi muscle n name national natural nature neck need negative nerve network neuro new news next night nil no node non normal north nose not note notes notice novel now nuclear number nurse nursing nutrition object objective observation of off office official oil old on once oncology one online only open operation operative operator optical option or oral order organ organization origin original other our out outcome outpatient output over overall
    overview own oxygen pacific pack package pain panel paper parameter paris part partner parts pass passport past path pathology patient patients pay payment peak pelvis people per percent period permit person personal phase phone photo physical physician physiology pilot place plan plasma plate platform play please point police policy pool port portable positive post postal power practice premium present press pressure primary print printer prior privacy private pro probe
    problem procedure process product production professional profile program progress project property protein protocol provider province public pulmonary pulse pump purpose quality query question quick radiology radix range rapid rate ratio raw re read reader ready real reason receipt recent reception record records recovery red reference referral regards region registration registry regular rehabilitation related release remark remarks renal repair reply report reports request required research resection
    reserved residence resident respiratory response rest result results return review revolution rh rhythm right ring risk road robot role room root round route routine row rule safe safety sales saline same sample save scale scan scanner schedule school science sciences scientific score screen screening search season second secondary section security segment select self semi senior sense sensitivity sensor sequence serial series serum server service services session set setting seven
    sex shanghai shape sheet shenzhen shield short side sign signal significance simple single sinus sir site size skin sleep slice slide slow small smart smith&nephew smoke social society sodium soft software solid solution some sound source south space special specialist species specimen speed spine spiral spot square stage standard star start state statement states static station status stem step stent steps stock stomach stop storage store story street strength stress strip stroke strong structure
    student study style sub subject sugar suggestion summary super supply support sure surface surgery surgical survey surveillance survival symptom symptoms syndrome syringe system systems table tablet tablets tag take target tax team tech technical technology tel telephone temperature template term terms test testing text thank thanks the therapy thin third this three throat thyroid time times tip tissue title to today tone tongue tool top total touch tower toxic trace track trade traditional training
    transfer transplant transport trauma travel treatment trial triage trip tube tumor tumour two type ultra ultrasound under unit united universal university update upper urgent urine usa use user uterus vaccine valve value values variable vein ventricular version very via video view viral virus visa visit visual vital vitamin vitro voice vol volume waist wall ward warning washington waste watch water wave way we web week weight well western wet what when who whole wide width window
    windows with without woman women work world wound x-ray year years yellow yes york you your zero zone appetite mellitus diabetes hypertension hyperlipidemia asthma anxiety depression fibrillation carcinoma adenocarcinoma squamous lobe nodule bilateral unilateral anterior posterior lateral medial distal proximal superior inferior abdomen abdominal thoracic cervical cranial vascular coronary cerebral carotid femoral hepatic splenic pancreatic bile duct gallbladder appendicitis cholecystectomy laparoscopic endoscopic
    robotic open acute cancer oncology cardiology neurology urology dermatology pediatrics paediatrics gynecology obstetrics orthopaedics orthopedics ophthalmology psychiatry anesthesia anaesthesia aspirin heparin insulin metformin warfarin ventolin buscopan morphine tramadol paracetamol amoxicillin omeprazole siemens philips toshiba canon hitachi roche abbott beckman coulter sysmex mindray olympus fujifilm medtronic hologic boston stryker zimmer johnson&johnson pfizer novartis bayer sanofi merck lilly takeda astrazeneca
    microsoft google apple android windows adobe oracle java linux chrome wechat weibo nigeria ghana kenya ethiopia egypt morocco pakistan india bangladesh nepal myanmar thailand vietnam laos cambodia malaysia singapore indonesia philippines taiwan macau france italy spain portugal russia ukraine poland turkey iran iraq brazil mexico argentina canada australia zealand britain england scotland ireland switzerland sweden norway denmark finland netherlands belgium austria greece
    monday tuesday wednesday thursday friday saturday sunday january february march july september october november december feb mar apr jul aug sep sept oct nov dec mon tue wed fri sat mr mrs ms miss prof madam sincerely yours cochrane lancet nature res clin exp surg oncol int am br eur acta annals arch med pathol
    kaplan meier wilcoxon whitney spearman likert bland altman kruskal wallis shapiro wilk hosmer lemeshow pugh killip forrest gleason glasgow apgar ranson balthazar mcburney babinski kernig hodgkin parkinson alzheimer crohn wegener kikuchi kawasaki takayasu behcet sjogren cushing addison graves barrett mallory budd chiari guillain barre marfan klinefelter tourette
    """
)


def english(value: str) -> bool:
    """Whether one of the words is English or of medicine, as no name is."""
    return value.isascii() and any(part.lower() in ENGLISH for part in KEPT_APART.findall(value) if len(part) > 2)


def christened(value: str) -> bool:
    """Whether a given name in Latin letters is one that many bear."""
    return any(part.capitalize() in CHRISTENED for part in KEPT_APART.findall(value))


def hides(value: str) -> bool:
    """Whether an ordinary word begins or ends in it: 余未见, 应注意, 高血压."""
    rest = set(value[1:])
    if value[0] == "车" and value[1] in PROVINCES:
        return True
    if value[0] in DOUBTFUL and len(value) <= 4 and not rest <= FREQUENT and value[:2] not in COMPOUND:
        return True
    if len(value) != 3:
        return False
    if value[:2] in PLAIN and value[:2] not in BOTH:
        return True
    return not rest <= (ANY_GIVEN if value[0] in COMMON[:40] else FREQUENT) and word(value[1:], 60)


NAMES = {"nr", "nrfg", "nrt"}  # as the list calls what is, as a rule, a name


@cache
def _dictionary() -> tuple[dict[str, int], dict[str, float]]:
    """From the word list inside jieba: how often a word of two to four characters is met that begins as a name could, and the share of each letter."""
    found: dict[str, int] = {}
    letters: Counter[str] = Counter()
    for word, count, kind in words().iter_rows():
        if kind not in NAMES:
            letters.update(dict.fromkeys(word, count))
        if 2 <= len(word) <= 4 and (kind not in NAMES or (count >= 250 and word[0] not in COMMON[:60])):
            found[word] = count
    total = letters.total()
    return found, {letter: (count + 20) / total for letter, count in letters.items()}


def word(value: str, at_least: int = 3) -> bool:
    """Whether this is an ordinary word."""
    return value in PLAIN or _dictionary()[0].get(value, 0) >= at_least


RANKS = tuple({letter: rank for rank, letter in enumerate(dict.fromkeys(some))} for some in (COMMON + RARE, GIVEN))
SELDOM = log(1e-4)


@cache
def like(value: str) -> float:
    """How much likelier than in any text these letters stand in a name, in e-folds, from the ranks of surnames and given letters."""
    shares = _dictionary()[1]
    surname = 2 if value[:2] in COMPOUND and len(value) > 2 else 1
    rank = RANKS[0].get(value[0])
    odds = log(5e-4) if surname == 2 else SELDOM if rank is None else -log(4 * (rank + 15))
    for letter in value[surname:]:
        odds += SELDOM if (rank := RANKS[1].get(letter)) is None else -log(3.3 * (rank + 60))
    return max(-6.0, min(6.0, odds - sum(log(shares.get(letter, 1e-6)) for letter in value)))
