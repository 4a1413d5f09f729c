"""What a text says is to be done or left, how firmly, and which of two opposites it says: 禁用, 慎用, 不必; 增强, 减弱."""

from __future__ import annotations

import re
from typing import NamedTuple

# ---- what is said to be done or left ---------------------------------------------------------------------------------

# Where these characters are no negation, they are set aside first.
HARMLESS = re.compile(
    r"(?P<either>[\u4e00-\u9fff])不(?P=either)要?|配伍禁忌|[跟和与][^,。;]{1,8}没关系|不了|要[看么命紧]|[只想还]要|[没未](?=[^,。;没未]{1,6}[之以]?前)|没(?=精神|劲|力气|胃口|食欲)|只能|仅能|只可|仅可|不能(?=正常)|(?:还是?|仍|要是|如果)不(?:行|好|见效)|不一样|不限|没什么|没有什么|不等于|不是越|(?:明确|确实|特别)?需要[时者]|明确需要|确实需要|如有?需要?|有必要|必要时|必要性|必需[时者]|不需要时|需要的话|(?:并)?不是(?:绝对|完全|说|一概|一律|都|全都)?不(?:能|可以|行)|不是必[需须]|非必[需须]|推荐(?:的)?(?:剂量|用?量|疗程|日)|建议(?:的)?(?:剂量|用?量|疗程)|不良反应|不良|不全|不适(?![合用宜于])|不同|不断|不仅|不但|不管|不论|不久|不耐受|不明原因|原因不明|不可避免|不可逆|不稳定|不孕|不安|不自主|不少(?!于)|不小心|不舒服|不慎|"
    r"不(?:超过|多于|少于|低于|高于|大于|小于|足|到|满|及|短于|长于)|(?:不|未|勿|别)(?:能|得|可|要|应|宜|应该|可以|会|建议|需)?(?:超过|多于|大于|高于|低于|少于|小于|短于|长于|早于|晚于|超出|超)(?![量敏剂])|"
    r"非常|非甾体|除非|无论|无菌|无水|无力|无色|无味|无机盐?|分别|区别|特别|个别|级别|性别|类别|鉴别|别的|别嘌|辨别|识别|差别|别人|别处|非处方药?|"
    r"不管有没有|无论有无|有或没有|有或无|有无|是不是|能不能|可不可以|要不要|会不会|有没有|好不好|行不行|该不该|是否|能否|可否|尚不清楚|不管怎样|不过(?![敏量])|怕不|无症状|不典型|不完全|不规则|淹没|没收|停药后|停用后|停药以后|"
    r"可能|可致|可引起|可出现|可发生|可增加|可使(?!用)|可见|可导致|可抑制|可增强|可降低|可减弱|可加|可升高|可掩盖|能够引起|能引起|功能|性能|能力|能量|技能|智能|需要量|需求|必需氨基酸|要求|主要|重要|首要|要点|摘要|概要|(?<!不)应用(?!药)|反应|适应|感应|供应|效应|应激|相应|对应|得到|得病|取得|获得|觉得|值得|记得|懂得|使得|便宜|适宜(?=的)|许可|认可|可疑|可卡因|可待因|可的松|可乐定|需氧|行为|进行|流行|运行|执行|可靠|可观|宜人"
)
BAN, FORBID, AGAINST, CAUTION, WATCH, STOP, GUIDED, NEEDLESS, MUST, SHOULD, WANTS, MAY, NOT = (
    "ban", "forbid", "against", "caution", "watch", "stop", "guided", "needless", "must", "should", "wants", "may", "not",
)  # fmt: skip
STANCES = (  # the longest first, where one begins as another does
    (
        NEEDLESS,
        r"无需|无须|毋需|不必|不需要?|用不着|没必要|没有必要|不必要|可以不|可不|不用(?!于|作|药)|不(?:受|影响)[^,。;]{0,6}影响",
    ),
    (GUIDED, r"(?:医师|医生|药师|大夫|专科)[^,。;]{0,4}指导|指导下|遵医嘱|听医生|由医生|让[^,。;]{0,4}医生"),
    (CAUTION, r"慎用|慎服|谨慎|慎重|权衡利弊|审慎"),
    (STOP, r"停药|停用|停止|停掉|停服|暂停|停(?=[,。;!]|$)"),
    (WATCH, r"小心|当心|警惕|留意|注意"),
    (BAN, r"禁用|禁忌证?症?|禁止|严禁|禁服|禁"),
    (
        FORBID,
        r"忌|切勿|切忌|千万不(?:能|要|可)?|千万别|绝对不(?:能|要|可)?|决不(?:能|可)?|不得|不准|不许|不被?允许|不可以|不可|不能够?|勿|不行",
    ),
    (
        AGAINST,
        r"不推荐|不建议|不主张|不提倡|不宜|不应该?|不该|不要|不适合|不适用|不适于|不适宜|不考虑|不用于|不(?:是|算|作为?)首选|不作为?(?:常规)?|不合适|不妥|不采用|不使用|不予|不给|暂缓|别|避免|避开|不太(?:合适|适合|建议|推荐)|尽量不要?|最好(?:先|暂时)?不要?|最好别|尽量别",
    ),
    (MUST, r"必须|务必|一定要?|须|必需(?!氨)"),
    (SHOULD, r"应该|应当|应|建议|推荐|主张|提倡|首选|最好|宜|正适合|正好"),
    (WANTS, r"需要|需|要"),
    (
        MAY,
        r"没关系|无妨|(?:放心|尽管|(?<![能可得要别])随[便意])(?=[吃用喝打])|可以|合适|没问题|可(?![能致见])|能够|能|允许|行(?=[,。;!]|$)",
    ),
    (
        NOT,
        r"没有|没|未|尚未|无(?!效)|不会|不再|并非|(?<![\u4e00-\u9fff])非|(?<=[是并的为属或和与、对])非|非(?=[a-z])|不(?=[^\s])|无法|拒绝",
    ),
)
STANCE = re.compile("|".join(f"(?P<{name}>{words})" for name, words in STANCES))
DOES = frozenset({MUST, SHOULD, WANTS, MAY})
LEAVES = frozenset({BAN, FORBID, AGAINST})
DENIES = frozenset({*LEAVES, NEEDLESS, NOT})
ALONE = re.compile(
    r"自行|自己|随便|擅自|随意|私自|着急|盲目|担心|害怕|紧张"
)  # what no leaflet has to say: 不要自行加量
GENERIC = re.compile(r"咨询|问医|问问|联系|告诉医|告知医|看看|去[^,。;]{1,6}科|就医|就诊|去医院|看医")


class Stance(NamedTuple):
    """That something is forbidden, needless … and where that is said."""

    kind: str
    start: int
    end: int


def masked(text: str) -> str:
    """The same text, without the words in which 不 or 可 says nothing of its own."""
    return HARMLESS.sub(lambda found: "·" * len(found[0]), text)


APART = re.compile(r"[,:、 ]")


def stances(text: str) -> list[Stance]:
    """What is to be done or left, from left to right; 应避免 is one, not two."""
    open_text = masked(text)
    told = [Stance(str(found.lastgroup), *found.span()) for found in STANCE.finditer(open_text)]
    kept: list[Stance] = []
    for one in told:
        before = kept[-1] if kept else None
        gap = one.start - before.end if before else 99
        if (
            before
            and before.kind in DOES
            and one.kind not in DOES
            and gap <= (0 if one.kind == NOT else 3)
            and not APART.search(text[before.end : one.start])
            and not (before.kind == MAY and one.kind == STOP)
        ):
            kept[-1] = one
        elif (
            before
            and before.kind in DENIES
            and (one.kind == BAN or (before.kind == NEEDLESS and text[one.start] == "忌"))
            and gap <= 1
        ):
            kept[-1] = before._replace(kind=MAY)  # 不应禁食, 不作为禁忌
        elif before and before.kind in DENIES and one.kind == STOP and (gap <= 1 or text[before.end] == "因"):
            continue  # 无需停药
        else:
            kept.append(one)
    return kept


# ---- more or less, first or last -------------------------------------------------------------------------------------

OPPOSITES = {
    "amount": (
        re.compile(
            r"增加|增强|增多|升高|上升|加强|提高|加重|加量|[加多]一?点|[点步渐]加|加(?=$|[,。;])|多[用服]|增至|加大|延长|促进|增高|偏高|高(?=[钾钙钠镁磷]|血[糖脂钾钙钠压])|(?<=血[钾钙钠镁磷糖脂压])高|上调|加快|更高|较高|更多|[变更]强|变[好快]|会高"
        ),
        re.compile(
            r"减少|减弱|降低|下降|减轻|酌减|[减少]一?点|减量|减低|减(?=至|为|到|$|[,。;])|少[用服]|缩短|抑制|缺乏|偏低|低(?=[钾钙钠镁磷]|血[糖脂钾钙钠压])|(?<=血[钾钙钠镁磷糖脂压])低|下调|减慢|更低|较低|变低|更少|[变更]弱|变[差坏慢]|打折扣|妨碍"
        ),
    ),
    "dose": (
        re.compile(
            r"加量|增量|加大(?:剂量|用量|药量)|(?:剂量|用量|药量)[^,。;、]{0,4}(?:加大|加倍|翻倍|增加)|增加(?:剂量|用量|药量)|[点步渐慢]加(?=[量到至,。;]|$)"
        ),
        re.compile(
            r"减量|减半|酌减|减少(?:剂量|用量|药量)|(?:剂量|用量|药量)[^,。;、]{0,4}(?:减少|减半|减低|降低)|降低(?:剂量|用量|药量)|[点步渐慢]减(?=[量到至,。;]|$)"
        ),
    ),
    "often seen": (
        re.compile(r"(?<!不)常见|多见|(?<!不)多发|最多(?=[,。(;])"),
        re.compile(r"少见|罕见|偶见|偶有|偶尔|不常见|少数|个别"),
    ),
    "at once": (
        re.compile(r"即配即用|现配现用|立即|立刻|马上|尽快|尽早|及时|迅速|快速|骤停|骤然|积极|直接停|一下子|突然"),
        re.compile(r"逐渐|逐步|慢慢|缓慢|暂缓|晚一点|推迟|延迟|延缓|放置"),
    ),
    "stop": (
        re.compile(r"停药|停用|停止|停掉|停服|终止|中断|暂停|停(?=[,。;!])"),
        re.compile(r"继续|照常|照旧|坚持|接着(?=[吃喝服涂])"),
    ),
    "wash": (re.compile(r"洗净|洗掉|冲洗|洗去"), re.compile(r"保留|留着")),
    "easy": (re.compile(r"容易|易于|易(?=产生|发生|引起|感|致)"), re.compile(r"不易|不容易|难以|难于")),
    "forever": (re.compile(r"永久|永远|终身"), re.compile(r"暂时|临时")),
    "long": (re.compile(r"长期|长时间"), re.compile(r"短期|短时间|短程")),
    "lowest": (re.compile(r"最低|最小|最短"), re.compile(r"最高|最大|最长")),
    "effect": (re.compile(r"(?<!无)有效|有作用|增效"), re.compile(r"无效|(?<!有)没有效|没效|失效|减效")),
    "early": (
        re.compile(r"提前|尽早|及早|越早|早(?=期)|孕早"),
        re.compile(r"推迟|延迟|延后|晚一点|越晚|晚(?=期)|孕晚"),
    ),
    "sex": (re.compile(r"男性|男的|男子|男方"), re.compile(r"女性|女的|妇女|女子")),
    "alone": (re.compile(r"单独|单用"), re.compile(r"联合|合用|配合")),
    "same": (re.compile(r"(?<!不)相同|(?<!不)一样"), re.compile(r"不同(?![意情])|不一样|不相同")),
    "sign": (re.compile(r"阳性"), re.compile(r"阴性")),
    "normal": (re.compile(r"(?<!不)正常(?!值|上限|范围)"), re.compile(r"异常|不正常")),
    "degree": (
        re.compile(r"轻度|轻微|轻中度|轻至中度|轻、中度|轻、中|轻者|轻的|轻型"),
        re.compile(r"严重|重度|重者|重型|重症"),
    ),
    "active": (re.compile(r"(?<!非)活动性"), re.compile(r"非活动性")),
    "allowed": (re.compile(r"(?<!不)允许|[益处]大[于过]|利大于弊"), re.compile(r"风险大[于过]|[益处]小于|弊大于利")),
    "include": (re.compile(r"(?<!不)(?<!未)合并(?!用)"), re.compile(r"不合并|未合并|没有合并")),
    "matter": (
        re.compile(r"有关系|影响|有关"),
        re.compile(
            r"没关系|没有关系|无关|不会?影响|没有影响|不会有影响|没什么影响|没啥影响|没影响|不受[^,。;]{0,6}影响|无影响"
        ),
    ),
    "first": (
        re.compile(
            r"(?:头|最初|(?<![产术餐饭睡药])前|首|开始|初)(?:的)?(?=[\d一二两三四五六七八九十半]+个?[月天周年小分])|第一个|首个"
        ),
        re.compile(r"(?:(?<![产术餐饭睡药])后|末|最后)(?=[\d一二两三四五六七八九十半]+个?[月天周年小分])|最后[1一]个"),
    ),
    "prefer": (
        re.compile(r"优先|首选|(?<!不)推荐|(?<!最)多[吃喝接用]|坚持|照常"),
        re.compile(r"避免|不推荐|不宜|不建议"),
    ),
    "whole": (re.compile(r"整粒|整片|整个吞"), re.compile(r"嚼碎|嚼服|掰开|压碎|研碎|打开胶囊")),
    "care": (re.compile(r"慎|小心"), re.compile(r"放心|随意|大胆|无条件|常规使用|照常")),
    "speed": (re.compile(r"延缓|减慢|减缓"), re.compile(r"加快|加速|恶化")),
}
TURNED = frozenset({"whole", "at once", "stop", "early"})  # 不要突然停 is 逐渐停
DENIED = re.compile(
    r"(?:不|勿|别|切忌|严禁|禁止|避免|无需|无须)(?:能|要|必|需要?|用|可以?|得|应该?|宜|该|会|允许|建议|推荐)?(?:因[^,。;]{1,12}[而就])?(?:(?!影响|妨碍)[^,。;]){0,2}(?:[或、和][^,。;]{0,2})?$"
)


DENIED_BEHIND = re.compile(r"[^,。;!?\n]{0,8}(?:不行|不可以|不好|不对|不妥)(?=$|[,。;!?\n])")  # 一下子全停不行


class Side(NamedTuple):
    """One of two opposites: of which pair, the first or the second, and whether a 不 before it made it the other one."""

    pair: str
    side: int
    start: int
    end: int
    turned: bool


def sides(text: str) -> list[Side]:
    told: list[Side] = []
    plainly = masked(text)
    for pair, both in OPPOSITES.items():
        taken: list[tuple[int, int]] = []
        for side in (1, 0):  # the second may hold a word of the first: 不影响
            for found in both[side].finditer(text):
                start, end = found.span()
                if not any(start < b and a < end for a, b in taken):
                    turned = pair in TURNED and (
                        DENIED.search(plainly[:start]) is not None or DENIED_BEHIND.match(plainly, end) is not None
                    )
                    told.append(Side(pair, 1 - side if turned else side, start, end, turned))
                    taken.append((start, end))
    return told
