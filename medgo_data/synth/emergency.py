"""Which complaints cannot wait, told by rule, and whether an answer sends such a patient to emergency care at once."""

from __future__ import annotations

import re
from functools import cache

from medgo_data.synth.findings import affirmed, fold

NEAR = 60  # characters within which all of a sign has to be said
DESPAIR = "自杀或自伤"
CHEST = "胸痛 胸口…痛 胸部…痛 胸前…痛 心口痛 心口…痛 胸前区…痛 心前区…痛 胸骨后…痛 胸口…压 胸口…堵 胸口…石头 压榨"
SUDDEN = "突发 突然 忽然 骤然 一下子 急性 急起 #分钟 #小时 #个小时 #钟头 #个钟头 #天 #日 今天 今早 今晨 今日 昨天 昨晚 昨日 刚 早上 起床 醒来 一觉 加重"
BLEEDS = "大出血 血流如注 喷血 流血不止 流血…不止 出血不止 出血…不止 血…止不住 止不住…血 血止不住"

# Each sign, and what must all be said of the present illness, and not be denied: words of which one is enough. 痛 is 疼 too, … stands for
# up to six characters, # for a number. A physician may add words and lines.
FLAGS: dict[str, tuple[str, ...]] = {
    "胸痛伴大汗、气短、晕厥或放射痛": (
        CHEST,
        (
            "大汗 冷汗 出汗 汗出 冒汗 气短 气促 气喘 憋气 喘 呼吸困难 晕厥 晕倒 黑蒙 黑矇 放射 肩背 左肩 "
            "左臂 左胳膊 左上肢 后背 下颌 下巴 濒死 要死 撕裂 压榨 不缓解 剧烈 不管用 硝酸甘油 #小时 "
            "#个小时 半小时 半个小时 剧痛 面色苍白 脸色苍白"
        ),
    ),
    "胸闷伴大汗、放射痛或濒死感": (
        "胸闷 胸口闷 胸口…闷",
        "大汗 冷汗 冒汗 放射 濒死 要死 快死 晕厥 晕倒 不能平卧 不能平躺",
    ),
    "突发偏瘫、口角歪斜或言语不清": (
        (
            "偏瘫 半身不遂 半边身子 半边…不能动 半边…动不了 口角…歪 口角…偏 口角…斜 口眼歪斜 嘴歪 "
            "嘴角歪 嘴…斜 不会说话 嘴…歪了 言语不清 言语不利 言语含糊 说话不清 说话…不清 说话含糊 "
            "说话…含糊 口齿不清 吐字不清 失语 说不出话 讲不出话 不能说话 一侧肢体…无力 一侧肢体…麻木 "
            "一侧…不能动 左侧…无力 右侧…无力 左侧…麻木 右侧…麻木 左侧…不能动 右侧…不能动 左侧…瘫 "
            "右侧…瘫 左手…拿不 右手…拿不 左手…没力 右手…没力 左手…无力 右手…无力 左臂…抬不起 "
            "右臂…抬不起 左胳膊…抬不起 右胳膊…抬不起 左腿…动不了 左腿…没劲 右腿…没劲 左手…没劲 "
            "右手…没劲 左臂…没劲 右臂…没劲 右腿…动不了 左腿…无力 右腿…无力 左上肢…无力 "
            "右上肢…无力 左下肢…无力 右下肢…无力 使不上劲 不听使唤"
        ),
        SUDDEN,
    ),
    "突发眩晕伴行走不稳或复视": ("突发…晕 突然…晕", "走路不稳 行走不稳 站不稳 走不稳 复视 双影 重影 吞咽困难 喝水呛"),
    "呼吸困难": (
        (
            "呼吸困难 喘不上气 喘不过气 喘不上来气 喘不过来气 上不来气 透不过气 喘憋 憋喘 憋醒 端坐呼吸 "
            "不能平卧 不能平躺 坐起来才能喘 喘得厉害 喘得很 嘴唇…紫 口唇…紫 口唇发绀 口唇紫绀 脸…发紫 "
            "憋得发紫 窒息 喉头水肿 喉水肿 血氧8 血氧7 血氧6"
        ),
    ),
    "呼吸心跳停止": ("心跳停 心脏停 心搏骤停 呼吸停 没有呼吸 没呼吸 没有心跳 没心跳 摸不到脉",),
    "呕血或大量咯血": (
        (
            "呕血 吐血 吐了血 吐了…血 吐出…血 吐…鲜血 吐…的血 呕吐…血 咖啡色 咖啡样 咖啡渣 大咯血 "
            "大量咯血 大量咳血 咯血…大量 咳血…大量 咯血…不止 咳血…不止 咯血…#ml 咯血…口 咳血…口 "
            "咯血,…口 咳血,…口 大口…血"
        ),
    ),
    "大量便血或便血伴头晕": (
        "便血 血便 黑便 柏油样便 拉血 大便…血 大便…柏油 大便…黑",
        "大量 不止 头晕 晕厥 晕倒 心慌 发虚 乏力 面色苍白 脸色苍白 冷汗",
    ),
    "大出血": (BLEEDS,),
    DESPAIR: (
        (
            "自杀 自残 自伤 轻生 寻死 割腕 跳楼 跳河 跳江 跳桥 上吊 不想活 活不下去 活够了 活着…没意思 "
            "活着…没有意思 活着…没意义 活着…没有意义 生不如死 想死 死了算了 一死了之 一了百了 自我了断 "
            "结束…生命 结束自己 遗书"
        ),
    ),
    "可能伤害他人": ("想杀人 要杀人 想砍人 要砍人 杀了他 杀了她 命令我杀",),
    "意识障碍或晕厥": (
        (
            "昏迷 意识丧失 意识不清 意识障碍 意识模糊 神志不清 神志模糊 神志恍惚 神志淡漠 失去知觉 "
            "失去意识 呼之不应 叫不醒 喊不醒 叫不应 喊不应 喊…没反应 叫…没反应 喊…不应 没有反应 没反应 "
            "栽倒 眼前一黑 倒在地 晕厥 晕倒 昏倒 晕过去 昏过去 昏睡 迷糊 不省人事"
        ),
    ),
    "抽搐": ("抽搐 惊厥 抽风 癫痫发作 癫痫大发作 癫痫持续 角弓反张 牙关紧闭 口吐白沫",),
    "突发剧烈头痛": (
        (
            "剧烈头痛 剧烈的头痛 从未有过…头痛 最厉害…头痛 炸裂…头痛 雷击…头痛 突发头痛 突然头痛 "
            "头痛剧烈 头痛欲裂 头痛如裂 头痛如劈 头痛难忍 头痛…要命 头痛…受不了 头痛…炸"
        ),
    ),
    "头痛伴颈强直或喷射性呕吐": ("头痛 头部痛", "颈强 颈项强 颈部强 脖子硬 脖子僵 脖子…硬 脖子…僵 喷射"),
    "头部受伤后呕吐、昏睡或头痛": (
        "头部外伤 头外伤 撞到头 撞了头 碰到头 摔到头 磕到头 头破 头…磕 头…撞 头…摔 摔…头 摔下来 摔倒 跌倒",
        "呕吐 一直吐 吐了 昏 嗜睡 意识 没反应 剧烈头痛 抽搐 耳朵…流血 鼻子…流水",
    ),
    "严重过敏": (
        "过敏 皮疹 疹子 风团 荨麻疹 注射…后 注射后 输液后 输液…突然 输着液 打针后 打完…青霉素 打完…针 打完针 青霉素…后 头孢…后 用药后 吃药后 蜂蜇 蜂螫 马蜂 被…蜇",
        "呼吸困难 喘不 上不来气 喉咙紧 喉咙…紧 喉头…紧 喉…水肿 憋 胸闷 血压下降 血压降 血压低 血压…低 血压…下降 休克 晕厥 晕倒 面色苍白 脸色苍白 嘴唇…肿 口唇…肿",
    ),
    "剧烈腹痛": (
        (
            "腹…剧烈 腹…剧痛 腹…刀割 腹…板状 肚子…剧烈 肚子…剧痛 肚子…刀割 胃…剧烈 胃…刀割 "
            "脘…剧烈 剧烈腹痛 剧烈的腹痛 剧烈…腹痛 剧烈…肚子痛 板状腹 腹部板 痛得打滚 痛…打滚"
        ),
    ),
    "腹痛伴晕厥、大汗或停止排气排便": (
        "腹痛 腹部痛 上腹痛 下腹痛 肚子痛 肚子…痛",
        "晕厥 晕倒 面色苍白 脸色苍白 大汗 冷汗 停止排气 停止排便 不排气 不排便 不放屁 没排气 没有排气 没放屁",
    ),
    "孕期腹痛、出血、抽搐或胎动异常": (
        "停经 怀孕 妊娠 早孕 孕#周 孕#月 孕#个月 孕妇 孕期 孕晚期 孕中期",
        "腹痛 腹部痛 下腹…痛 肚子痛 肚子…痛 见红 出血 流血 抽搐 胎动消失 胎动减少 胎动…减少 胎动…消失 不动了 破水 羊水 视物模糊 眼花 看不清",
    ),
    "中毒": (
        (
            "误服 误食 误喝 除草剂 整瓶 整盒 服毒 农药 百草枯 敌敌畏 老鼠药 灭鼠药 杀虫剂 毒药 消毒液 "
            "清洁剂 洁厕 漂白水 强酸 强碱 煤气中毒 燃气中毒 一氧化碳 毒蘑菇 野蘑菇 安眠药…瓶 瓶安眠药 "
            "大量安眠药 过量…安眠药 安眠药…过量 整瓶…药 一瓶…药 吃了…瓶 喝了…瓶 服药过量 药物过量"
        ),
    ),
    "严重外伤或意外": (
        (
            "车祸 被撞 撞飞 坠落 高处…坠 高处…摔 高处…跌 从…楼…摔 从…楼…掉 从…楼…坠 从…树…摔 "
            "从…树…掉 从…梯…摔 从…摔下来 从…掉下来 脚手架…掉 脚手架…摔 刀刺 刀捅 刀扎 扎进 刺进 "
            "刺入 刀砍 捅伤 砍伤 开放性骨折 骨头…露 切断 轧断 压断 砍断 断指 断肢 断了手 断了脚 电击 "
            "触电 溺水 大面积烧伤 大面积烫伤 烧伤面积 烫伤面积 烧伤…面积 烫伤…全身 烧伤…全身 烫伤全身 "
            "烧伤全身 烫伤…面积 蛇咬 异物…卡 异物…堵 异物吸入 卡住喉咙 卡在喉 喉咙…卡 嗓子…卡 噎住 "
            "噎着 呛住"
        ),
    ),
    "发热伴意识改变、抽搐、颈强直或瘀点": (
        "发热 发烧 高热 高烧 烧得 烧到",
        (
            "意识不清 意识模糊 意识障碍 意识丧失 意识改变 神志不清 神志模糊 神志恍惚 昏睡 抽搐 抽筋 抽风 "
            "抽了 惊厥 嗜睡 精神萎靡 瘀点 瘀斑 出血点 颈强 颈项强 脖子硬 脖子…硬 脖子…僵 胡话 谵妄 化疗"
        ),
    ),
    "婴儿发热": (
        "新生儿 出生#天 出生…天 满月 #个月大 #个月的婴 #个月的宝 #月龄 小婴儿",
        "发热 发烧 高热 高烧 体温3 体温4",
    ),
    "婴幼儿精神差、拒奶或脱水": (
        "宝宝 孩子 婴儿 幼儿 新生儿 患儿 小儿",
        "拒奶 不吃奶 拒食 精神萎靡 精神很差 哭不出 囟门…凹 囟门…鼓 脱水 没有尿 没尿 #小时…尿",
    ),
    "休克": ("休克 四肢湿冷 四肢厥冷 手脚冰凉…汗 血压测不 面色苍白…冷汗 面色苍白…大汗 脸色苍白…冷汗",),
    "血糖异常伴意识改变或呕吐": (
        "糖尿病 血糖 低血糖",
        "昏 嗜睡 迷糊 烂苹果 深大呼吸 意识不清 意识模糊 意识障碍 意识丧失 神志不清 神志模糊 呕吐 抽搐",
    ),
    "视力骤失或化学物入眼": (
        (
            "突然看不见 突然…看不 什么也看不 什么都看不 突发…看不见 一下子…看不见 突然失明 突然…失明 "
            "突发失明 突发视力 突然视力 突然…视力 眼前突然…黑 石灰…眼 眼…石灰 酸…溅…眼 碱…溅…眼 "
            "溅入眼 溅到眼"
        ),
    ),
    "睾丸剧痛": (
        "睾丸剧痛 睾丸…剧痛 睾丸…剧烈 突发睾丸…痛 突然睾丸…痛 睾丸突…痛 阴囊…剧痛 阴囊…剧烈 突发阴囊…痛 突发…睾丸…痛",
    ),
    "肢体突然冰凉发白": ("手…冰凉 脚…冰凉 腿…冰凉 手…发白 脚…发白 腿…发白", "突发 突然 剧痛 摸不到"),
}
HISTORY = re.compile(
    r"(?:既往史|既往|个人史|家族史|婚育史|月经史|预防接种史)[^\n]*?(?=体格检查|查体|辅助检查|生命体征|现病史|主诉|$)",
    re.MULTILINE,
)

NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十半几]+)\s*(?:多|余|来)?"
AT_ONCE = r"立即|立刻|马上|尽快|赶紧|赶快|即刻|现在就|第一时间|火速|速"
SENDS = re.compile(
    rf"(?:{AT_ONCE})[^。!?\n]{{0,24}}(?:急诊|急救|120|救护车|抢救|胸痛中心|卒中中心)|"
    rf"(?:拨打|呼叫|拨|打|叫)[^。!?\n]{{0,6}}(?:120|急救电话|救护车|急救车)|(?:急诊|急救)[^。!?\n]{{0,6}}(?:{AT_ONCE})|送[^。!?\n]{{0,6}}急诊"
)
NOT_SENT = re.compile(
    r"不必|无需|不用|不需要?|没有?必要|不一定|暂不|未必|以后再|如果|假如|要是|一旦|万一|倘若|若|如[有出伴]|(?:出现|有|符合)[以如]?[下]?(?:以下|下列|这些|任何|如下)|"
    r"[以下][下列]情况|(?<![同及随平暂小按此临])时[,、]?(?:应|请|要|需|就|也)?$"
)
STANDS_BY = re.compile(
    r"12356|热线|陪[着伴]|不要(?:一个人|独处)|家人|亲友|朋友|信任的人|精神科|心理(?:科|医生|危机|援助)"
)


@cache
def _flags() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {name: tuple(map(_one_of, all_of)) for name, all_of in FLAGS.items()}


def _one_of(words: str) -> re.Pattern[str]:
    signs = {"…": "[^,。;!?]{0,6}", "#": NUMBER, "痛": "[疼痛]"}
    told = ["".join(signs.get(char, re.escape(char)) for char in word) for word in words.split()]
    return re.compile("|".join(told))


def red_flags(complaint: str) -> list[str]:
    """The signs in it that cannot wait; what it denies, or tells of earlier years under 既往史, is none."""
    told = affirmed(HISTORY.sub("", fold(complaint)))
    return [name for name, all_of in _flags().items() if _together(told, *all_of)]


def _together(told: str, first: re.Pattern[str], *others: re.Pattern[str]) -> bool:
    """Whether all of it is said in one place: a record speaks of other things further on."""
    for one in first.finditer(told):
        start, end = max(0, one.start() - NEAR), one.end() + NEAR
        if all(other.search(told, start, end) for other in others):
            return True
    return False


def sends_to_emergency(answer: str) -> bool:
    """Whether it tells the patient to go now, and not only if something else should happen too."""
    for sentence in re.split(r"[。!?\n]", fold(answer)):
        found = SENDS.search(sentence)
        if found and not NOT_SENT.search(sentence[: found.start()]):
            return True
    return False


def answers_the_emergency(answer: str, flags: list[str]) -> bool:
    """Whether an answer sends to emergency care; who thinks of suicide is not to be left alone with a number to call."""
    return sends_to_emergency(answer) and (DESPAIR not in flags or bool(STANDS_BY.search(fold(answer))))


def points_to_help(answer: str) -> bool:
    """Whether it names somebody who helps with thoughts of suicide, as every answer that touches on them has to."""
    return bool(STANDS_BY.search(fold(answer))) or sends_to_emergency(answer)
