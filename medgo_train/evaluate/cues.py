"""The words by which a reply says which option it means, in Chinese and in English; ``extract`` weighs them.

Each pattern is for the text just before options are named (it ends there), or just behind them (it begins there).
"""

from __future__ import annotations

import re

LETTER = r"(?<![A-Za-z0-9_])[A-J]+(?![A-Za-z0-9_%°]|-[A-Za-z0-9])"
OWN = "[\ue000-\ue009]"
UNIT = rf"(?:[(\[<{{\"']*{LETTER}[)\]>}}]*[\"']?(?:\s*[.、:,)]?\s*{OWN})?|[\"']?{OWN}[\"']?(?:\s*[(\[]{LETTER}[)\]])?)"
TIE = r"(?:\((?![^()]*(?:错|对|正确|√|×|不|否|是\)))[^()A-J\n]{1,24}\))?\s*(?:选项|项)?\s*(?:、|和|与|跟|以及|及|还有|加上|外加|或者?|还是|/|&|\+|,?\s*\band\b|,?\s*\bor\b|\bnor\b)\s*(?:选项|options?\b)?\s*"
COMMA = r"\s*[,;]\s*|[ .]? *\n *(?:[-•·]\s*|\d+[.、)]\s*)?|\s+(?!\()"
ONE = re.compile(rf"{UNIT}(?:{TIE}{UNIT})*")
MANY = re.compile(rf"[①-⑨]?{UNIT}(?:(?:{TIE}|{COMMA}|(?<=[)\]\"'])\s*(?=[(\[\"']))[①-⑨]?{UNIT})*")
TIES = re.compile(r"[、和与跟及]|[A-J]{2,}|[A-J] +[A-J]")
RUN_ENDS, LIST_ENDS = re.compile(r"\s*[,;\n]\s*"), re.compile(r"\s*[,;]\s*")
SMALL = re.compile(  # after a cue, or as the head of all that is said, small letters will do
    r"(?:(?<=答案)|(?<=answer)|(?<=选)|(?<=选项)|(?<=ans)|(?<=option))(?:[\s:.\"'(]|是|为|应该|应|is|选|项)*[a-j](?:[\s,、和与]*[a-j])*"
    r"(?=[\s.。,)\"'!项]*(?:$|\n|[。.,)]))|^[\s\"'(]*[a-j](?=[.、):,。](?:\s|[一-龥]))",
    re.IGNORECASE,
)
SMALL_ONES = re.compile(r"(?<![A-Za-z])[a-j](?:\s*[、,;/和与及]\s*[a-j])+(?![A-Za-z])")

LINK = (
    r"(?:[\s:\"'()\[\]{}<=>→—–\-•·,]|选项|选择|选|其实|实际上|应该|应当|应|就|可能|大概|也|还|依然|仍然|仍|只能|只有|只|必须|的|"
    r"是|为|即|包括|包含|有|如下|属于|定|了|肯定|一定|当然|还得|分别|共|[一二三四五两2-5][个项]|both|only|\d[.、)]|the|option|choice|letter|is|are|be|should|must|would|"
    r"most likely|probably|likely|definitely|clearly|indeed|therefore|thus|of)*\Z"
)
CHAIN = LINK.replace("·,]", "·]")  # the same, up to the next comma
TIED = r"(?:[ :\"'(\[{<]|选项|选择|选|的|是|为|the|option|choice|letter|is|are|be|of)*\Z"  # the same, within a clause
NOT = re.compile(
    r"(?:不|非|(?<![分特鉴级类])别|勿|莫|无法|没有?|无需|无须|避免|禁用|排除|除了|除外?|误|错|而非|与其|相比于?|比|not|n't|never|neither|nor|rather than"
    r"|instead of|than|eliminat\w+|exclud\w+|rul\w+ out|except|all but|everything but|avoid|over)"
    r"(?:应该|应当|应|能|会|要|可能|可以|可|宜|建议|推荐|支持|考虑|使用|再|予|给予|用|伴有?|见于?|出现|引起|导致|具有|含有?|属于|包括|give|use|recommend\w*)*"
    + TIED.replace("的|", ""),
    re.IGNORECASE,
)
UNSURE = re.compile(r"(?:不能|无法|难以|cannot|can't)(?:完全)?(?:排除|区分|exclude)" + TIED)
STRONG = re.compile(
    r"(?:答案|正解|(?:正确|最佳|最优|恰当|符合题意)的?(?:选项|选择)|(?:我的|最终|最后)的?(?:选择|选项)|\b答(?=[\s:])|结论(?=:)"
    r"|\bans\b\.?|\banswers?\b|(?<!in)correct (?:options?|choices?|ones?)|(?<!in)correct(?=\s*:)|(?:best|final) (?:option|choice))"
    + LINK,
    re.IGNORECASE,
)
OUT = r"(?:错误|不正确|不对|不属于|不包括|不符合|不恰当|不妥|有误|不是|不宜|不应)"
ODD = re.compile(
    rf"(?:{OUT}|错|除外)[^,。;A-J]{{0,6}}的?(?:一项|选项|说法)?(?:是|为|有|:)"
    + CHAIN
    + r"|\b(?:incorrect|wrong|false)(?: (?:options?|answers?|choices?|statements?|ones?))?\s*(?:is|are|:)"
    + CHAIN,
    re.IGNORECASE,
)
MEDIUM = re.compile(
    r"(?:(?<![选备])选择?(?!项)|挑|勾|\bpick|\bchoos\w+|\bselect\w*|\bgo(?:ing)? (?:with|for)|\bopt for"
    r"|(?:正确|对|准确|恰当|成立|符合(?:题意|条件|要求)?|属于.{0,6}|真正)的?(?:一?项|说法|是)?的?(?:只?有|是|为|包括|:)"
    r"|只能(?:用|选|做)?|只有|仅有?|唯有|唯一.{0,4}(?:是|为)|应该?当?(?:是|为|选)|改为|修[改正]为|更正为?:?|剩下?的?|留下|leav(?:es?|ing)(?: us| me| you)?(?: with)?|remain\w*(?: is)?|得出|得到"
    r"|最(?:佳|合适|可能|符合|恰当|优|好)(?!的?[^,。]{0,4}不)[^,。;]{0,8}(?:是|为|:)|首选(?:药物|方案|的?是|治疗)?|\b(?:therefore|thus|hence|so)\b,?"
    r"|(?:所以|因此|因而|故而?|综上(?:所述)?|总之|由此可[知见]),?|true (?:statements?|ones?)|most likely \w+|next step|而是|[?。!.…]\s*(?:actually )?(?:哦?不|no|wait),)"
    + CHAIN,
    re.IGNORECASE,
)
WEAK = re.compile(
    r"(?:是|为|即|用|坚持|倾向于?|认为|觉得|感觉|考虑|推荐|建议|给予|予|使用|诊断|猜|蒙(?:一个)?|就|\bis|\bare|\bbe|\bwould be|\bthink|\bsay"
    r"|\bstart\w*(?: on)?|\bgive|\buse|\brecommend\w*|选定|断定|:)" + TIED,
    re.IGNORECASE,
)
HALVES = (
    r"[\s.、:)\]\-–—,]*(?:选?项|说法|表述|描述|叙述|观点|答案|options?|choices?|statements?)?(?:的?(?:说法|表述|描述|叙述|内容))?"
    r"[\s:()\[\-–—]*(?:\s|[两三四五]?[项个者]|(?:其|他)?肯定|都|均|皆|才|也|就|则|更|最|比较|相对|是|为|应该|应当|应|还|可以|显然|明显|绝对|完全|确实|一定|同样|"
    r"属于?|说得?|这?个?|are|is|was|would be|be|all|both|the|also|most|more|seems?|completely|clearly|definitely|very|probably)*\s*"
)
WRONG = re.compile(
    HALVES
    + rf"(?!{OUT}的?(?:是|有|为)|错的?(?:是|有)|(?:incorrect|wrong|false)[^.\n]{{0,12}}:"
    + r"|(?:不选|排除|不考虑|不是|不包括|not)\s*(?:选项)?\s*[A-J\ue000-\ue009])"
    + r"(?:(?:不|没有?)(?:太|够|大)?(?:对|正确|符合|选|是|成立|恰当|合适|合理|属于|属|行|考虑|准确|准|应|能|可|支持|宜|当|需|适|包括|像|具|妥|推荐|算|必)"
    r"|错|有误|误|×|(?:以|除)外|否(?=[,。;\s)]|$)|有(?:一?[点些])?(?:争议|问题|疑问)|待商榷|待定|拿不准|存疑|except|被?排除|可以?排除|无关|无效|禁忌|淘汰|过于|太|无特异性|无依据|不然|no\b|false|incorrect|wrong|not\b|unlikely|isn't"
    r"|aren't|contraindicated|less likely|ruled out|can be (?:ruled out|eliminated|excluded)|inappropriate|inferior|F\b|不$|不[,。;])",
    re.IGNORECASE,
)
BEST = re.compile(
    HALVES
    + r"(?:的?可能性?(?:更|最)?大|正解|(?:(?:唯一|本题|最佳|正确)的?)+(?:答案|选项|选择)|答案(?!分)|当选|最优|更优|更好|最好|金标准|靠谱|最靠谱|首选|更?合适|更合理"
    r"|更准确|更?符合题意|最?符合|为?准|better|best|preferred|(?:more |most )?appropriate|(?:right|correct) (?:answer|choice|option)|the answer"
    r"|classic|关键|根本|remains?\b|对口|没错|准没错)",
    re.IGNORECASE,
)
RIGHT = re.compile(
    HALVES
    + r"(?:对(?=[,。;!、.\s)的了]|$|[A-J][对错不])|正确|符合|√|选(?![项择])|恰当|成立|合适|合理|准确|可取|无误|推荐|属于|支持|包括|是(?=[,。;!.\s]|$)|yes\b|true\b|correct"
    r"|right\b|appropriate|indicated|入选|要选|应选|可以?(?=[,。;!\s]|$)|safe\b|effective|recommended|first-line|T\b)",
    re.IGNORECASE,
)
EXCEPT = re.compile(r"\bexcept\b|除[^。]{1,12}外|其[余他][^。]{0,8}(?:正确|对|是|属于|符合)", re.IGNORECASE)
ALSO = re.compile(r"(?:也|还)(?:有)?(?:可能|许)|(?:or|also) (?:maybe|possibly|might be|could be)", re.IGNORECASE)
SECOND = re.compile(r"(?:其次|次选|次之)(?:考虑|选|为|是|才)*" + TIED)
WHEREAS = re.compile(r"[,;。]\s*(?:而|while|whereas)" + TIED, re.IGNORECASE)
ONLY = re.compile(r"(?:只有|仅有?|唯有|唯独|\bonly|(?:故|因此|所以)选)" + TIED)
LABEL = re.compile(r"\s*[)\]]?\s*(?:[.、:)\]]|选?项)")
LATE = re.compile(  # behind a dash or a bracket, or at the end of what is said of an option
    r"(?:[—–\-:(\[,]|\s)\s*(?P<wrong>×|错误?|不(?:正确|对|符|选|支持|属于|是|成立)|incorrect|wrong|false|no\b|有误)"
    r"|(?:[—–\-:(\[,]|\s)\s*(?P<right>√|正确|符合|对(?=[,。)\]]|$)|支持|选(?=[,。)\]]|$)|correct|true|yes\b|right\b)"
    r"|(?P<wrong2>错误|不正确|不对|不符合?|不支持|有误|不成立|不恰当|incorrect|wrong|false)(?:的|题意)?[)\s]*$"
    r"|(?P<best>最(?:符合|合适|可能|恰当|佳)|符合题意)[)\s]*$|(?P<right2>[为是]正确.{2,4}|正确|成立|无误|符合|(?<!in)correct|true)(?:的)?[)\s]*$",
    re.IGNORECASE,
)
TOLD = re.compile(r"\s*选?项(?:是|为|说|属于|用于|指|主要)")  # what an option is about
AS_SAID = re.compile(r"若|如果|假如|假设|倘若|要是|如为|如是|换作|\bif\b|\bwere\b", re.IGNORECASE)
HERE = re.compile(r"本例|但|而|此处|此题|however|but|(?:若|如果)(?:只能|必须|一定|非要)", re.IGNORECASE)
HEARSAY = re.compile(
    r"有人|同学|很多人|有的|不少人|大家|一开始|原来|原以为|本来|起初|最初|初步|以为|看似|看起来|看上去|乍看|容易|[易误](?=[选错误])|教材|旧版|先选"
    r"|I said|first thought|initially|at first|tempting|might think|some (?:may|would)|often (?:choose|pick)",
    re.IGNORECASE,
)
HEAD = re.compile(r"[(\[]?[A-J][)\]]?\s*[.、:)项选]")
TURN = re.compile(
    r"但|不过|然而|更正|修改|修正|纠正|等等|等一下|哦不|不对[,。!]|重新|后来|其实|实际上|仔细|复核|改|but\b|however|wait|mistake|correct(?:ion|ed)|actually|on second",
    re.IGNORECASE,
)
UNABLE = re.compile(
    r"无法|不能(?:回答|确定|判断|提供|给出|作)|不知道|不确定|不清楚|抱歉|对不起|遗憾|没办法|难以|不便|什么|哪一?[题个]|请(?:提供|问|补充)|sorry|cannot|can't|unable|don't know|not able",
    re.IGNORECASE,
)
END = re.compile(r"[。;\n!?]|\.\s")
CLAUSE = re.compile(r"[,。;\n!?]|\.\s")

# ---- all of them, none of them, the rest of them -------------------------------------------------------------------

GOOD = r"(?:正确|对(?!于)|是(?![否不])|成立|符合|可以?|选|有可能|恰当|属于|包括)"
EVERY = re.compile(
    rf"(?:以上|上述)(?:[各几四五]?[项个种]?(?:选项|答案|说法|情况|症状|因素|描述|表现)?)?(?:全部|都|均|皆|全)(?:是|可以?)?{GOOD}?(?!不|错|非|无)|以上(?:各项|全部|所有)$"
    r"|(?<![不])全选|^\W*全部(?:选项)?\W*$|^\W*都选|(?:全都?部?|^\W*都)(?:是)?(?:正确|对)(?:的)?\W*$|所有(?:的)?(?:选项|说法|答案)(?:都|均|皆|全)?(?!不|错)|[四五45]个?(?:选项|项)(?:全|都|均|皆)(?!不|错|非)"
    r"|\ball (?:of )?the above|\ball (?:of )?(?:the )?(?:two|three|four|five|six|[2-6])? ?(?:options|choices|statements|answers|them)? ?(?:are )(?:correct|true|right)",
    re.IGNORECASE,
)
NONE = re.compile(
    r"(?:(?:以上|上述)[^,。]{0,6}|[四五45]个?选项|^\W*)(?:都|均|皆|全)(?:部)?(?:不|错|非|无)|没有(?:一个)?(?:正确|合适|对)(?:的)?(?:选项|答案|的)?|没有答案"
    r"|\bnone of (?:the|these)",
    re.IGNORECASE,
)
REST = re.compile(
    r"其[余他它]的?(?:各?项|选项|说法|[两三四]项)?(?:也|则)?(?:全部|都|均|皆|全)?(?:应该?)?(?:是(?!错|不|非)|为?正确|对|选|符合|可以?|成立|√|属于)"
    r"|(?:除|除了|除去)[^。]{1,12}?(?:以?外|之外)?,?\s*(?:其[余他它]的?(?:各?项|选项)?)?(?:都|均|皆|全)(?:部)?(?:应该?)?(?:是(?!错|不|非)|正确|对|选|符合|可|成立|属于)"
    r"|(?:只有|仅有?|唯有?)[^,。]{1,8}(?:不|错|有误)|\b(?:all|everything) (?:but|except)\b|\b(?:all|everything|every option|others?|rest)\b[^.]{0,30}\b(?:correct|true|right)",
    re.IGNORECASE,
)
