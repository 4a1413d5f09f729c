"""The beds of a ward, in all the manners in which they are called: 3床, 加3, +12, 抢救1, B区17, 十二床, 27的家属, bed 7."""

from __future__ import annotations

from medgo_data.pii import checks
from medgo_data.pii.cues import BOLD, FREE, LATIN, UNITS
from medgo_data.pii.span import Rule

BED = r"(?:[A-Z]{1,4}-)?(?:VIP|[A-Z]{0,2})[0-9OlI]{1,4}[A-Z]?(?:-[0-9A-Z]{1,3})?"
SPOT = r"(?:[+加抢临增备留观]|VIP)? ?[A-Z]{0,2}[0-9]{1,3}[A-Z]?(?:-[0-9]{1,3}[A-Z]?)?"
TENS = r"(?:(?:[一二三四五六七八九] ?)?十(?: ?[一二三四五六七八九])?|廿[一二三四五六七八九]?|卅[一二三四五六七八九]?|[幺洞一二三四五六七八九]{2}|[一二三四五六七八九])"
NOT_BED = (  # what else begins with the word: bedside, beds in all, bedding
    r"(?![位旁边头尾上下单垫铺罩褥被架沿次帘友数号棉]|以上|以下|规模|左右|的?医院|的规模|综合|使用|周转|一组| ?号)"
)
NOT_COUNT = rf"{UNITS}(?! ?(?:组|步|针|台|米|级|期|型|版|度|点|套|度|件|批|轮|线|楼|层|区|号楼|号线|室|[~～:.-] ?[0-9]))(?![0-9A-Za-z])"
UNIT = (  # where beds stand
    r"(?:(?:抢救|监护|留观|走廊|过道|楼道|负压|特需|贵宾)(?:单元|室|间|厅|病房|病区|区|仓)?|(?:观察|隔离|大厅|临时|烧伤|日间|待产|产后|苏醒|复苏|缓冲|过渡|发热|输液|透析|血透|移植|层流|红|黄|绿)(?:单元|室|间|厅|病房|病区|区|仓|椅位?|机位?))"
    r"(?:床位?)?"
)
RULES: tuple[Rule, ...] = (
    Rule(
        type="BED_NO",
        name="bed",
        pattern=rf"(?<![0-9A-Za-z.~×+-])(?<![共设有放制约置张达近] ?)(?![0-9]{{1,2}}00 ?床|[0-9]{{4}})(?P<v>(?:[+]|(?<![增添追另要人])加)?{BED}|[0-9] [0-9](?=床)) ?(?:(?:号 "
        rf"?)?(?:床{NOT_BED}|[机椅]位(?!数|置))|\( ?床[号位]?\))",
        score=0.9,
    ),
    Rule(
        type="BED_NO",
        name="bed_of_unit",
        pattern=rf"(?:ICU|CCU|RCU|ER){{e}}(?P<v>{BED}) ?(?:号 ?)?床{NOT_BED}".replace("{e}", " ?"),
        score=0.9,
    ),
    Rule(
        type="BED_NO",
        name="bed_from",  # 3~7床
        pattern=rf"{FREE}(?P<v>[+加]?[0-9]{{1,3}}[A-Z]?)(?=[~～至到-] ?[+加]?[0-9]{{1,3}}[A-Z]? ?号?床{NOT_BED})",
        score=0.5,
    ),
    Rule(
        type="BED_NO",
        name="bed_to",
        pattern=rf"(?<=[0-9][~～至到] ?)(?P<v>[+加]?[0-9]{{1,3}}[A-Z]?) ?号?床{NOT_BED}",
        score=0.5,
    ),
    Rule(
        type="BED_NO",
        name="bed_spoken",
        pattern=rf"(?<![第同一二三四五六七八九十百每])(?P<v>{TENS})(?: ?号)?(?: (?!床 ?:))?床{NOT_BED}(?![大小])",
        score=0.7,
        check=checks.bed,
    ),
    Rule(
        type="BED_NO",
        name="bed_cue",
        pattern=rf"(?<!编制)(?<!开放)(?<!核定)(?<!总)(?:床 ?[号位]|床 ?位 ?号|病 ?床|机 ?位|椅 ?位|(?:透析|血透|输液|化疗)(?=[A-Z]?[0-9]{{1,2}}号[机椅位])|暖 ?箱|保 ?温 ?箱|(?<![卧起临下上离陪同赖尿产占据病])床|{LATIN}(?:bed|Bed|BED|cot|Cot|crib|BN|bay|Bay|cubicle|Cubicle|HDU|PACU|chair)"
        rf"(?: ?(?i:no)\.?)?)(?! "
        rf"?[数旁])"
        rf" ?(?:[:=] ?[一-龥]{{2,5}}[ -]?(?:[0-9A-Z]{{1,3}}-)?(?=[0-9]))?[:=#/|(\[_ ]{{0,4}}(?:[Nn][Oo]\.? ?)?(?P<v>[+加产抢监临备留婴隔]?(?:(?!0(?![0-9])){BED}(?![0-9A-Za-z]|[.-][0-9])|{TENS}(?![一-龥]))){UNITS}(?! "
        rf"?(?:[天日%~]|/(?![0-9])|号?床)|:[0-9])",
        score=0.9,
        check=checks.bed,
    ),
    Rule(
        type="BED_NO",
        name="bed_said_in_english",
        pattern=rf"{LATIN}[Bb]ed (?P<v>(?i:(?:(?:twenty|thirty|forty|fifty)[- ]?)?(?:one|two|three|four|five|six|seven|eight|nine)|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
        rf"|twenty|thirty|forty|fifty)(?: [A-D](?![A-Za-z]))?)(?![A-Za-z])",
        score=0.6,
    ),
    Rule(
        type="BED_NO",
        name="bed_next",  # 床位 12/14
        pattern=rf"(?:床 ?[号位]|床 ?位 ?号|病 ?床|机 ?位|[转调换]床|{LATIN}(?i:beds?)(?: ?(?i:no)\.?)?) ?[:=#(\[ ]{{0,3}}(?:{SPOT} ?[、,/和及→] ?){{1,12}}?(?<=[、,/和及→] ?)(?P<v>{SPOT}){NOT_COUNT}",
        score=0.6,
    ),
    Rule(
        type="BED_NO",
        name="bed_of_place",  # 抢救室2号, 留观3, 走廊加5, ICU-05, B区17
        pattern=rf"(?:{UNIT}|(?:ICU|CCU|RCU|HDU|PACU)|(?<![一-龥A-Za-z0-9])[A-Z东西南北]区)[ -]?(?P<v>[+加]?[A-Z]?[0-9]{{1,4}}[A-Z]?|{TENS}(?=号|床|[,。;、(])){NOT_COUNT}(?! ?[小余多几])",
        score=0.6,
        check=checks.bed,
    ),
    Rule(
        type="BED_NO",
        name="bed_added",  # 加3, 走廊+5
        pattern=rf"(?<![0-9A-Za-z一-龥](?<![廊床道厅区给叫看换转至到住是在现]))(?P<v>(?:加床?|抢|走廊?|临)-?[0-9]{{1,2}}|留(?:[0-9]{{1,2}}|{TENS}))(?! ?(?:[0-9A-Za-z.%~/*×+-]|号?床)){NOT_COUNT}(?![一-龥](?<![,;。 ]))?(?=[ ,:;。、(/|]|(?!.)|[\u3400-\u9fff]{{2,4}}[,: 男女])",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="BED_NO",
        name="bed_of_somebody",  # 27的家属, 给12换药
        pattern=r"(?<![0-9A-Za-z.~×/+:-])(?<![第约共数量值出入收])(?<![第约共数量值出入收A-Za-z] )(?P<v>[+加]?[0-9]{1,2}[A-Z]?|(?:[一二三四五六]?十[一二三四五六七八九]?)|[幺一二两三][幺洞拐])(?=(?:号|那个|这个|的){1,2}(?:新?病人|患者|家属|引流|尿管|胃管|胸管|伤口|陪护|老头|老太"
        r"|大爷|大妈|阿姨|奶奶|爷爷|血糖|血压|血氧|化验|液体|补液|针水|家里|儿子|女儿|老公|老婆|他妈|她妈|他爸|微泵)|(?:刚|今天|今早|明天|明早|下午|上午|要|能|可以|准备|已经?|想|去|又){0,2}(?:出院|转科|转走|空了|空的|空着|新收"
        r"|收了|回来|做B超|做CT|做核磁|做透析|拔管|换药|抽血|输完|禁食|备皮|手术|翻身|吸痰|发烧|烧到|走了|拉肚子|吐了))",
        score=0.5,
        check=checks.bed,
        policies=BOLD,
    ),
    Rule(
        type="BED_NO",
        name="bed_left",  # 从11转到加5
        pattern=r"(?:[从由原住]|[他她]在|住 |[转调换搬挪移放收住][到至在去进])(?P<v>[+加抢]?[0-9]{1,2}[A-Z]?|[0-9]{1,4}-[0-9]{1,2})(?:号?床)?(?=[转调换搬挪移到至的,。;!、)]| ?[|│]|(?!.))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="BED_NO",
        name="bed_of_ward",  # ward 7B/12, bay 3-4
        pattern=rf"{LATIN}(?:[Ww]ard|WARD|[Bb]ay|[Rr]oom|RM|Rm) ?[0-9A-Z]{{1,4}}[/-](?P<v>[0-9]{{1,3}}[A-Z]?)(?![0-9A-Za-z/.-])",
        score=0.7,
    ),
    Rule(
        type="BED_NO",
        name="bed_in_a_row",
        pattern=rf"{FREE}(?<![0-9]:)(?<![男女])(?<![男女] )(?P<v>[+加]?[0-9]{{1,3}}[A-Z]?)(?=(?:[、,和及/ ]{{1,2}}[+加]?[0-9]{{1,3}}[A-Z]?){{1,12}} ?号?床{NOT_BED})",
        score=0.7,
    ),
)
