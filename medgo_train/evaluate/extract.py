"""Which options a model's reply means: read as a person would read it, from one letter to a page of reasons.

``extract`` is total: whatever the reply is, there comes a value, and whether it is one (ok), nothing (empty) or nothing
that can be read as options (invalid). The stronger a sign, the more it counts: what is boxed or an answer in JSON; what
stands after 答案; what is chosen (选, 只有 … 对); what is judged, option by option; what is left when the others are
ruled out; an option's own words. A later sign takes the place of a stronger one only where the reply corrects itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.said import folded, said

LETTERS = "ABCDEFGHIJ"
USUAL = "ABCDE"  # where nobody says what the options are
LONGEST = 8_000  # characters of a reply that are read
TERSE_BELOW = 40  # characters
MARK = 0xE000  # stands in the text for the words of the first option, and so on

Options = int | Sequence[str] | Mapping[str, str]


def extract(reply: str | None, options: Options | None = None, *, multiple: bool = False) -> Parsed:
    """The letters that a reply means, in alphabetical order: "B", or "ABD" where several may be right.

    ``options`` says how many there are, or their texts in the order of the letters; with texts, an answer in an
    option's words is understood too.
    """
    if not isinstance(reply, str) or not reply.strip():
        return Parsed("", "empty")
    final = folded(said(reply)).strip()
    if len(final) > LONGEST:
        final = f"{final[: LONGEST // 4]}\n\n{final[-LONGEST * 3 // 4 :]}"  # what is meant stands at either end
    labels, texts = _labelled(options)
    found = _read(final, labels, texts, multiple=multiple) if final else ""
    return Parsed(found, "ok") if found else Parsed("", "invalid")


def _labelled(options: Options | None) -> tuple[str, tuple[str, ...]]:
    if options is None:
        return USUAL, ()
    if isinstance(options, int):
        return LETTERS[: max(1, options)], ()
    if not options:
        return USUAL, ()
    texts = tuple(str(text) for text in (options.values() if isinstance(options, Mapping) else options))
    return LETTERS[: len(texts)], texts[: len(LETTERS)]


TERSE = re.compile(
    r"[\s\"'(\[<{-]*(?:(?:本题|正确|最终|参考|标准|所以|因此|故|应该?|我)*(?:答案|选择|选|答)(?:应该|应)?(?:是|为|选)?\s*:?|选项|option\s"
    r"|(?:the\s)?(?:correct\s|final\s)?answer(?:\sis\s|\s?:))?\s*([A-J](?:[\s、,;/&+和与.)(]*[A-J])*)[\s.、,。!;)\]>}]*(?:选项|项)?[。.]?",
    re.IGNORECASE,
)
LABELLED = re.compile(r"([A-J])\s*[.、:)]\s*(.+?)[\s.。]*")
ENCLOSED = re.compile(
    r"<answer>(?P<tag>.*?)(?:</answer>|$)|\\boxed\s*\{(?P<box>(?:[^{}]|\{[^{}]*\})*)\}"
    r"|[\"'](?:\w*answers?|result|correct_\w+|[最终正确参考]*答案)[\"']\s*:\s*(?P<json>\[[^\]]*\]|\"[^\"]*\"?|'[^']*'?)",
    re.IGNORECASE | re.DOTALL,
)
CHOSEN = re.compile(
    r"[\"'](?:\w*choices?|option|selected\w*|[正确最终]*选项|选择)[\"']\s*:\s*(?P<json>\[[^\]]*\]|\"[^\"]*\"?|'[^']*'?)",
    re.IGNORECASE,
)
UNQUOTED = {ord(sign): " " for sign in "[]\"'\\$"}
WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf|textbf|rm|bf)\s*\{([^{}]*)\}")
NEXT = re.compile(
    r"\n\s*(?:#+ *)?(?:(?:下一|第.{1,3})?题目?\s*\d*\s*[:：]|(?:问题|试题|例题|Question|Problem|Example|Q)\s*\d*\s*[:：.\n]"
    r"|\d+\s*[.、．]\s*(?:下列|以下|关于|患者|男|女|某|哪|Which|What|A \d))",
    re.IGNORECASE,
)


def _read(text: str, labels: str, texts: tuple[str, ...], *, multiple: bool) -> str:
    """Letters, or nothing. ``text`` is what was said in the end, folded."""
    follows = NEXT.search(text) if "\n" in text else None  # it went on to another question
    if follows and (first := _read(text[: follows.start()].rstrip(), labels, texts, multiple=multiple)):
        return first
    if "{" in text or "<a" in text:
        text = _enclosed(text) or text
    if len(text) < TERSE_BELOW and (only := TERSE.fullmatch(text)):
        return _chosen(re.sub(r"[^A-J]", "", only[1].upper()), labels, multiple=multiple)
    if (
        texts
        and (named := LABELLED.fullmatch(text))
        and named[1] in labels
        and named[2] == texts[labels.index(named[1])]
    ):
        return named[1]
    own = tuple(folded(each).strip() for each in texts)
    bare = text.strip(" 。.\n").casefold()
    if exact := [label for label, each in zip(labels, own, strict=False) if each and each.casefold() == bare]:
        return exact[0]
    return _Reading(_marked(text, own), labels, own, multiple).letters()


def _enclosed(text: str) -> str:
    """What stands in the last box, tag or field of an answer; nothing, where there is none."""
    for pattern in (ENCLOSED, CHOSEN):
        *_, inner = ["", *(met[met.lastgroup or 0] for met in pattern.finditer(text))]
        inner = WRAPPED.sub(r"\1", inner).translate(UNQUOTED).strip()
        if inner:
            return inner
    return ""


def _chosen(letters: str, labels: str, *, multiple: bool) -> str:
    """The letters as an answer; none, where they are none of the options, a loop, or several where one is asked for."""
    which = "".join(sorted(set(letters)))
    if not which or not set(which) <= set(labels):
        return ""
    if len(which) == 1:
        return which
    is_loop = len(letters) > len(which) and which == labels
    return which if multiple and not is_loop else ""


# ---- what is not a letter of an option, and what is as good as one --------------------------------------------------

NUMBER = {sign: LETTERS[at % 5] for at, sign in enumerate("一二三四五12345")}
ORDINAL = re.compile(
    r"第([一二三四五1-5])(?:个?选项|项|个答案|个(?=[,。!是正]|$))|选项([一二三四五])(?![一-龥]{0,2}[、和])"
)
SOME, SOME_SMALL = re.compile("[A-Ja-j]"), re.compile("[a-j]")
TRUE = re.compile(r"(?<=[A-J])\s*[(:]\s*([TF])\b\)?")
SPAN = re.compile(r"(?<![A-Za-z])([A-J])(?:选?项)? *(?:-|~|–|—|至|到|through|to) *([A-J])(?![A-Za-z])")
OTHER = re.compile(  # vitamin A, B-mode ultrasound, grade C, E. coli, a patient: letters that are no options
    r"(?:维生素|维他命|vitamins?|hepatitis|肝炎|stanford|debakey|child(?:-pugh)?(?:分级|评分|分期)?[为:]?|\btype|\bgroup|\bclass"
    r"|\bgrade|\bstage|血型[为是]?|influenza|factor|\bIg)\s*[A-J](?:(?:、|和|及|与| and )[A-J])*(?![A-Za-z])"
    r"|(?<![A-Za-z])[A-J](?:型|超|族|细胞|反应蛋白|群|级|期|区|波|淋巴|抗原|抗体|组(?!合)|肽|链|蛋白|带|环|因子|酶|受体|轮|-二聚体|二聚体"
    r"|型?血|/[GK](?![A-Za-z])|\s(?:cells?|lymphocytes?|virus|streptococc\w+|waves?)\b)"
    r"|(?<![A-Za-z])[A-J]\. ?(?:coli|difficile|pylori|fragilis|cereus|anthracis|albicans|tetani|botulinum|perfringens|influenzae)"
    r"|(?-i:(?<![A-Za-z])A)(?=\s+(?!(?:is|are|and|or|was|would|because|since|seems?|can|may|might|has|should|through|to|but|best|yes|no"
    r"|describes?|fits?|matches|alone|as|for|in|with|nor|also|both|only|correct|incorrect|true|false|right|wrong|cannot|does|if)\b)(?-i:[a-z0-9]))",
    re.IGNORECASE,
)


def _marked(plain: str, own: tuple[str, ...]) -> str:
    """The text with a mark for every option's words, and without letters that are none of an option."""
    if own:
        low = plain.lower()
        if len(low) == len(plain):
            for at in sorted(range(len(own)), key=lambda at: -len(own[at])):
                plain, low = _replaced(plain, low, own[at].lower(), chr(MARK + at))
    if "第" in plain or "选项" in plain:
        plain = ORDINAL.sub(lambda met: NUMBER[met[1] or met[2]], plain)
    if not SOME.search(plain):
        return plain
    if "T" in plain or "F" in plain:
        plain = TRUE.sub(lambda met: "√" if met[1] == "T" else "×", plain)
    plain = SPAN.sub(_spanned, plain)
    return OTHER.sub(lambda met: "□" * len(met[0]), plain)


def _replaced(plain: str, low: str, words: str, mark: str) -> tuple[str, str]:
    at = low.find(words) if len(words) > 1 or (words and words in "是否") else -1
    while at >= 0:
        end = at + len(words)
        if _alone(low, at, end, words):
            plain, low = plain[:at] + mark + plain[end:], low[:at] + mark + low[end:]
            end = at + 1
        at = low.find(words, end)
    return plain, low


def _alone(low: str, at: int, end: int, words: str) -> bool:
    """Is it not part of a longer word or number? A word of one sign must be all of its clause."""
    before, after = low[at - 1 : at], low[end : end + 1]
    if len(words) == 1:
        return (not before or before in " :\"'\n为是") and (not after or after in " ,。.!\"'\n,")
    if words[0].isdigit() and (before.isdigit() or before == "."):
        return False
    if words[-1].isdigit() and (after.isdigit() or after == "."):
        return False
    if words[0].isascii() and words[0].isalpha() and before.isascii() and before.isalnum():
        return False
    return not (words[-1].isascii() and words[-1].isalnum() and after.isascii() and after.isalpha())


def _capital(met: re.Match[str]) -> str:
    return re.sub(r"(?<![A-Za-z])[a-j]+(?![A-Za-z])", lambda letters: letters[0].upper(), met[0])


def _spanned(met: re.Match[str]) -> str:
    first, last = LETTERS.index(met[1]), LETTERS.index(met[2])
    return "、".join(LETTERS[first : last + 1]) if first < last else met[0]


# ---- where options are spoken of, and how ---------------------------------------------------------------------------

LETTER = r"(?<![A-Za-z0-9_])[A-J]+(?![A-Za-z0-9_%°]|-[A-Za-z0-9])"
OWN = "[\ue000-\ue009]"
UNIT = rf"(?:[(\[<{{\"']*{LETTER}[)\]>}}]*[\"']?(?:\s*[.、:,)]?\s*{OWN})?|[\"']?{OWN}[\"']?(?:\s*[(\[]{LETTER}[)\]])?)"
TIE = r"(?:\((?![^()]*(?:错|对|正确|√|×|不|否|是\)))[^()A-J\n]{1,24}\))?\s*(?:选项|项)?\s*(?:、|和|与|跟|以及|及|还有|加上|外加|或者?|还是|/|&|\+|,?\s*\band\b|,?\s*\bor\b|\bnor\b)\s*(?:选项|options?\b)?\s*"
COMMA = r"\s*[,;]\s*|[ .]? *\n *(?:[-•·]\s*|\d+[.、)]\s*)?|\s+(?!\()"
ONE = re.compile(rf"{UNIT}(?:{TIE}{UNIT})*")
MANY = re.compile(rf"[①-⑨]?{UNIT}(?:(?:{TIE}|{COMMA}|(?<=[)\]\"'])\s*(?=[(\[\"']))[①-⑨]?{UNIT})*")
TIES = re.compile(r"[、和与跟及]|[A-J]{2,}|[A-J] +[A-J]")
RUN_ENDS, LIST_ENDS = re.compile(r"\s*[,;\n]\s*"), re.compile(r"\s*[,;]\s*")
EITHER = re.compile(r"或|还是|\bor\b|/")
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


class Mention(NamedTuple):
    """Options that are named in one breath, and what is said of them."""

    letters: str
    start: int
    end: int
    rank: float  # 3 the answer, 2 chosen, 1 meant, 0 only named
    verdict: str  # right, wrong, best or nothing
    own: bool  # named by an option's words, not by letters


@dataclass(frozen=True)
class _Reading:
    """One reply, with marks for the options' words."""

    text: str
    labels: str
    own: tuple[str, ...]
    multiple: bool

    def letters(self) -> str:
        if wide := self._wide():
            return "" if wide == "-" else wide
        mentions = list(self._mentions())
        return self._several(mentions) if self.multiple else self._one(mentions)

    def _mentions(self) -> Iterator[Mention]:
        text = self.text
        if has_small := SOME_SMALL.search(text):
            text = SMALL.sub(_capital, text)
        if has_small and self.multiple:
            text = SMALL_ONES.sub(lambda met: met[0].upper(), text)
        for met in (MANY if self.multiple else ONE).finditer(text):
            for start, end in self._parts(met):
                if letters := self._named(text[start:end]):
                    yield self._weighed(text, letters, start, end)

    def _parts(self, met: re.Match[str]) -> list[tuple[int, int]]:
        """One group; or several, where a comma comes after another tie (A和B,C…), or beside a run (AB,C…)."""
        tied = TIES.search(met[0])
        if not tied:
            return [met.span()]
        is_run = tied[0][:1] in LETTERS
        parts, begin = [], 0
        for cut in (RUN_ENDS if is_run else LIST_ENDS).finditer(met[0], 0 if is_run else tied.end()):
            parts.append((met.start() + begin, met.start() + cut.start()))
            begin = cut.end()
        return [*parts, (met.start() + begin, met.end())]

    def _named(self, said_: str) -> str:
        """The letters of a group; none, where they are no options, or are the letters of a word (CEA, AED)."""
        runs = re.findall(r"[A-J]+", said_)
        if not runs:
            return "".join(dict.fromkeys(self.labels[ord(sign) - MARK] for sign in said_ if ord(sign) >= MARK))
        letters = "".join(runs)
        which = "".join(dict.fromkeys(letters))
        is_run = any(len(set(run)) > 1 for run in runs)
        if is_run and not (self.multiple and len(which) == len(letters)):
            return ""
        return which if set(which) <= set(self.labels) else ""

    def _weighed(self, text: str, letters: str, start: int, end: int) -> Mention:
        """``text`` with capital letters; what stands before the options and behind them says what is meant."""
        before, own = text[max(0, start - 40) : start], letters[0] not in text[start:end]
        if before and ODD.search(before):
            return Mention(letters, start, end, 1.9, "odd", own)
        verdict = self._verdict(text, letters, start, end)
        if not before:
            return Mention(letters, start, end, 2 if verdict == "best" and not self.multiple else 0, verdict, own)
        if UNSURE.search(before):
            return Mention(letters, start, end, 0, verdict, own)
        if NOT.search(before) or (WHEREAS if self.multiple else SECOND).search(before):
            return Mention(letters, start, end, 0, "wrong", own)
        rank = self._rank(before, verdict)
        if rank and AS_SAID.search(sentence := END.split(before)[-1]) and not HERE.search(sentence):
            rank, verdict = 0, ""
        if rank and HEARSAY.search(CLAUSE.split(before)[-1]):
            rank = 0.5
        return Mention(letters, start, end, rank - (0.25 if own and rank else 0), verdict, own)

    def _verdict(self, text: str, letters: str, start: int, end: int) -> str:
        after = text[end : end + 40]
        for name, verdict in (("wrong", WRONG), ("best", BEST), ("right", RIGHT)):
            if verdict.match(after):
                return name
        return self._late(text, start, end) if len(letters) == 1 else ""

    def _rank(self, before: str, verdict: str) -> float:
        if STRONG.search(before):
            return 3
        if MEDIUM.search(before) or (verdict == "best" and not self.multiple):
            rank = 2
        else:
            rank = 1 if WEAK.search(before) else 0
        is_ruled_out = verdict == "wrong" and (self.multiple or not ONLY.search(before))
        return 0 if is_ruled_out else rank

    def _late(self, text: str, start: int, end: int) -> str:
        """A verdict that comes after the option's words: ``A. … — 正确``, ``B选项 … 不符合``."""
        before = text[max(0, start - 6) : start].rstrip(' -•("[')
        if (
            before
            and before[-1] not in "\n。;,.:、"
            and not before[-1].isdigit()
            and not before.endswith(("选项", "ption"))
        ):
            return ""
        if not LABEL.match(text, end):
            return ""
        said_ = re.split(r"[。;\n]|[,;. ](?=[A-J](?![A-Za-z]))", text[end : end + 80])[0]
        *_, met = [None, *LATE.finditer(said_)]
        if met is None:
            return ""
        return "wrong" if met["wrong"] or met["wrong2"] else "best" if met["best"] else "right"

    # ---- one answer -------------------------------------------------------------------------------------------------

    def _one(self, mentions: list[Mention]) -> str:
        mentions = self._unlisted(mentions)
        claims = [each for each in mentions if each.rank >= 0.75]
        if lead := self._lead(mentions):
            claims.insert(0, lead)
        if claims:
            top = max(each.rank for each in claims)
            best = [each for each in claims if each.rank == top][-1]
            for each in claims:
                if each.start > best.start and each.rank > 1.5 and TURN.search(self.text, best.end, each.start):
                    best = each
            singles = [
                each for each in claims if len(each.letters) == 1 and each.start > best.start and each.rank > 1.5
            ]
            if len(best.letters) > 1 and singles:
                best = singles[-1]
            if ALSO.search(self.text[best.end :]) and any(
                each.letters != best.letters and ALSO.search(self.text[max(0, each.start - 8) : each.start])
                for each in mentions
            ):
                return ""
            if best.rank > 1 or not UNABLE.search(self.text):
                return best.letters if len(best.letters) == 1 else self._judged(mentions)
        if UNABLE.search(self.text):
            return ""
        return self._judged(mentions) or self._alone(mentions) or self._excepted(mentions)

    def _unlisted(self, mentions: list[Mention]) -> list[Mention]:
        """The same, where options that were only written down again (A. … B. … C. …) claim nothing."""
        names = [
            each.letters if each.rank < 1.9 and not each.verdict and self._labels(each) else "-" for each in mentions
        ]
        told, at = list(mentions), 0
        while at < len(names):
            many = 0
            while at + many < len(names) and names[at + many] == LETTERS[many]:
                many += 1
            if many > 2:
                told[at : at + many] = [each._replace(rank=0) for each in told[at : at + many]]
            at += max(1, many)
        return told

    def _labels(self, each: Mention) -> bool:
        return bool(HEAD.match(self.text, each.start))

    def _lead(self, mentions: list[Mention]) -> Mention | None:
        """The reply begins with its letter, and does not go through the options one by one."""
        if not mentions or len(mentions[0].letters) > 1 or mentions[0].verdict == "wrong":
            return None
        first = mentions[0]
        if self.text[: first.start].strip(" \n\"'([-#:"):
            return None
        after = self.text[first.end : first.end + 4]
        if self.text[first.end - 1] not in ")]}>" and not re.match(
            r"\s*(?:$|[.、,:;。!\n)\]\"'\-–—]|吧|呗|选?项[。,!]|[一-龥](?<![选项和或与及、]))", after
        ):
            return None
        heads = [each for each in mentions[1:] if self._heads(each)]
        if heads and first.letters == "A" and heads[0].letters == "B" and not first.verdict:
            return None
        if first.verdict == "right" and len(heads) > 1:
            return None
        is_sure = not re.match(r"\s*[一-龥]", after) or after[:1] in "吧呗选项"
        return first._replace(rank=1.25 if first.own or not is_sure else 2.5)

    def _heads(self, each: Mention) -> bool:
        before = self.text[max(0, each.start - 8) : each.start].rstrip(" -•(")
        is_first = not before or before[-1] in "\n。;,."
        return len(each.letters) == 1 and is_first and bool(HEAD.match(self.text, each.start))

    def _judged(self, mentions: list[Mention]) -> str:
        """What judgements, option by option, come to: the one that is right, the odd one, or the one that is left."""
        right = {letter for each in mentions if each.verdict in {"right", "best"} for letter in each.letters}
        wrong = {letter for each in mentions if each.verdict == "wrong" for letter in each.letters}
        both = right & wrong
        right, wrong = right - both, wrong - both
        if len(right) == 1:
            return right.pop()
        if len(wrong) == 1 and len(right) > 1:
            return wrong.pop()
        if right:
            return ""
        named = max([*wrong, "D"] if self.labels == USUAL and not self.own else self.labels)
        left = [label for label in self.labels if label not in wrong and label <= named]
        return left[0] if len(left) == 1 and len(wrong) > 1 else ""

    def _alone(self, mentions: list[Mention]) -> str:
        for own in (False, True):
            named = {each.letters for each in mentions if each.own == own and each.verdict != "wrong"}
            if len(named) == 1 and len(only := next(iter(named))) == 1:
                return only
        return ""

    def _excepted(self, mentions: list[Mention]) -> str:
        """The only one that is named, as what the others are not."""
        named = {each.letters for each in mentions}
        return (
            named.pop() if len(named) == 1 and mentions[0].letters in self.labels and EXCEPT.search(self.text) else ""
        )

    # ---- several answers --------------------------------------------------------------------------------------------

    def _several(self, mentions: list[Mention]) -> str:
        others = any(each.verdict not in {"odd", "wrong"} for each in mentions) or REST.search(self.text)
        mentions = [
            each._replace(rank=0, verdict="wrong") if each.verdict == "odd" and others else each for each in mentions
        ]
        wrong = {letter for each in mentions if each.verdict == "wrong" for letter in each.letters}
        if mentions and self._begins(mentions[0]):
            mentions[0] = mentions[0]._replace(rank=2.5)
        if claims := [each for each in mentions if each.rank >= 2.5]:
            return self._joined(claims[-1], mentions)
        if EVERY.search(self.text) or (wrong and REST.search(self.text)):
            return "".join(label for label in self.labels if label not in wrong)
        if claims := [each for each in mentions if each.rank >= 1.5]:
            return self._joined(claims[-1], mentions)
        right = {letter for each in mentions if each.verdict in {"right", "best"} for letter in each.letters}
        if right - wrong:
            return "".join(sorted(right - wrong))
        return "" if UNABLE.search(self.text) else self._unclaimed(mentions, wrong)

    def _unclaimed(self, mentions: list[Mention], wrong: set[str]) -> str:
        """What is meant, listed or left, where nothing is said to be the answer or to be right."""
        open_ = [each for each in mentions if each.verdict != "wrong" and not TOLD.match(self.text, each.end)]
        if not open_:
            return "".join(label for label in self.labels if label not in wrong) if len(wrong) > 1 else ""
        if claims := [each for each in open_ if each.rank >= 0.75]:
            return self._joined(claims[-1], mentions)
        if not self.text[: open_[0].start].strip(" \n\"'([-#:•1."):
            return self._joined(open_[0], mentions)
        runs = [each for each in open_ if re.search("[A-J]{2}", self.text[each.start : each.end])]
        named = {letter for each in open_ if each not in runs or len(self.text) < 20 for letter in each.letters}
        return "".join(sorted(named - wrong))

    def _begins(self, first: Mention) -> bool:
        is_bare = not first.verdict and not first.own and len(first.letters) > 1
        after = self.text[first.end : first.end + 3]
        return is_bare and not self.text[: first.start].strip() and bool(re.match(r"\s*(?:$|[.,。;!\n])", after))

    def _joined(self, first: Mention, mentions: list[Mention]) -> str:
        """The letters of a claim, and of the list that goes on from it: ``A. …；C. …`` or a line each."""
        letters = set(first.letters)
        stop = re.search(r"\n\s*\n|解析|理由|因为|其中|。", self.text[first.end :])
        limit = first.end + stop.start() if stop else len(self.text)
        if self._listed(first) or (first.own and self.text[first.start] < chr(MARK)):
            listed = [each for each in mentions if first.end <= each.start <= limit and each.verdict != "wrong"]
            letters |= {x for each in listed if self._heads(each) or self._listed(each) for x in each.letters}
        return "".join(sorted(letters))

    def _listed(self, each: Mention) -> bool:
        return bool(re.match(r"\s*[.、:)]", self.text[each.end : each.end + 2]))

    # ---- all of them, none of them ----------------------------------------------------------------------------------

    def _wide(self) -> str:
        """All of the above, or none of them, as letters; "-" for what is none of the options."""
        every, none = EVERY.search(self.text), NONE.search(self.text)
        for met, kind in ((every, EVERY), (none, NONE)):
            if met:
                for label, words in zip(self.labels, self.own, strict=False):
                    if kind.search(words):
                        return label
        return "-" if none and len(self.text) < 40 else ""


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
