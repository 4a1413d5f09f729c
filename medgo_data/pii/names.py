"""Names of patients, their relatives and those who treat them, found by what stands before and after them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile

import regex

from medgo_data.pii.roles import (
    AFTER,
    FAMILY,
    JAPANESE,
    PATIENTS,
    PEOPLES,
    PINYIN,
    RELATIVES,
    SOUNDS,
    STAFF,
    TITLES,
    TRANSLITERATED,
)
from medgo_data.pii.span import POLICIES, Rule, Span
from medgo_data.pii.surnames import COMMON, COMPOUND, GIVEN, RARE
from medgo_data.pii.words import (
    ANY_GIVEN,
    COUNTRIES,
    DOUBTFUL,
    DRUGS,
    FIGURES,
    FREQUENT,
    PETS,
    christened,
    english,
    fielded,
    given,
    like,
    likely,
    listed,
    named,
    spoken,
    stated,
    word,
)


def one_of(words: str | Iterable[str]) -> str:
    """Any of these words as one pattern: a look at the first letter, then the longest that fits."""
    every = set(words.split() if isinstance(words, str) else words)
    return f"(?=[{''.join(sorted({each[0] for each in every}))}]){_branches(every)}"


def begun(words: str | Iterable[str]) -> str:
    """Any of these words, for a look ahead: a word that goes on as another begins says no more than that."""
    kept: list[str] = []
    for each in sorted(set(words.split() if isinstance(words, str) else words)):
        if not kept or not each.startswith(kept[-1]):
            kept.append(each)
    return _branches(set(kept))


def _branches(words: set[str]) -> str:
    heads: dict[str, set[str]] = {}
    for each in sorted(words):
        heads.setdefault(each[0], set()).add(each[1:])
    ways = []
    for letter, tails in heads.items():
        inner = _branches(tails - {""}) if tails - {""} else ""
        ways.append(regex.escape(letter) + (f"(?:{inner})?" if inner and "" in tails else inner))
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


HAN = "\u3400-\u4dbf\u4e00-\u9fff"
NEVER = "因于由诉称述说的在自已到至被把将是做及也都又着了过吗呢很之并男女等"
SURNAME = f"[{COMMON}{RARE}]"
LETTER = f"[{GIVEN}]"
FREE = rf"(?![{NEVER}])[{HAN}]"
LAST = rf"(?![文性年科病汉别龄岁号床区级度型期分次天例部室院医诊术药针片检验查血尿痛炎])(?![{NEVER}])[{HAN}]"  # stands by itself after a space
ENDING = "".join(sorted({word for word in f"{AFTER} {TITLES}".split() if len(word) == 1} - set(GIVEN)))
END = rf"(?![{HAN}·])"
TITLE = rf"{one_of(TITLES)}(?!司|处|益|园|委员会|室|馆|会议)"
TOUCHING = begun(f"{AFTER} {TITLES}")
LONGER = begun(each for each in f"{AFTER} {TITLES}".split() if len(each) > 1)
HONOUR = "(?!大姐|大哥|大爷|大妈|大叔|大娘|大伯|老太|老师|老汉|老板|阿姨|先生|女士|小姐|奶奶|爷爷|师傅)"
CLOSE = rf"(?:(?![{HAN}·A-Za-z*])|(?={TOUCHING}))"
COMPOUNDS = one_of(COMPOUND)
PEOPLE = (  # names without a surname, and those of Japan
    rf"(?:[{SOUNDS}]{{0,4}}{one_of(PEOPLES)}[{SOUNDS}]{{0,5}}|{one_of(JAPANESE)} {{0,2}}[{HAN}\u3041-\u30ff]{{1,3}})"
)
NEXT = begun(
    "电话 手机 联系 微信 身份 证件 住院号 病历号 病案号 门诊号 护照 性别 年龄 出生 今日 昨日 代诉 签字 来院 就诊 入院 出院"
)
WHOLE = (  # surname and given name, the whole of it by what follows; maybe with spaces
    rf"(?:{COMPOUNDS}|{SURNAME})(?:(?=[{HAN}]? ) {{0,3}}(?:{FREE} {{0,3}})?{LAST}{END}"
    rf"|(?:{HONOUR}{FREE}(?!{LONGER}|[{ENDING}]){FREE}|{FREE}){CLOSE}|(?:{FREE}){{2}}(?:{END}|(?={NEXT})))"
)
DOUBLE = f"{SURNAME}[{COMMON[:200]}](?:{FREE}){{2}}{END}"  # of a wife: her husband's, and her own
PART = rf"(?:{COMPOUNDS}|{SURNAME}){HONOUR}{LETTER}(?:(?!{TOUCHING}){LETTER})?"  # where nothing tells its end
DOTTED = rf"[{TRANSLITERATED}]{{1,9}}+(?: ?· ?[{TRANSLITERATED}]{{1,9}}+){{1,4}}"
UPPER, LOWER = "A-ZÀ-ÖØ-ÞĐŁŚŠŻŽČĆĞŞİŐ", "a-zß-öø-ɏḁ-ỿ"
WORD = rf"(?:[{UPPER}][{LOWER}'’]{{1,15}}(?:-[{UPPER}{LOWER}][{LOWER}]{{0,15}}){{0,2}}|[{UPPER}]{{2,15}}(?:-[{UPPER}]{{1,15}})?|[А-ЯЁ][А-яЁё]{{1,15}})"
FORM = r"(?!(?:Dr|Prof|Mr|Mrs|Ms|Miss|Sir|Madam|Sister|Nationality|Passport|Sex|Gender|Age|Date|Birth|Tel|Phone|Name|Hospital|Ward|Room|Bed|Diagnosis|Address|Email|Department|University|Center|Centre|Clinic|No|ID|DOB|MRN|MD|PhD|RN|PGY|ICU|CT|MRI|HIV|HBV|HCV|DNA|RNA|IP|OP|OPD|ER|ED|AE|Dx|Hx|Rx|Tx|Fx|MDT|NPO|NKDA|MASTER|Master|CAPT|Capt|COOK|BOSUN|OILER)(?![A-Za-z]))"
BETWEEN = r"(?:,? | ?· ?|\^|<<?)(?:(?:da|de|del|dela|der|van|von|bin|binti|al|el|ibn|dos|du|la|le) )?"
LATIN = (
    rf"(?:{FORM}{WORD}|(?:[A-Z]\.){{1,3}}|U(?= ))(?:{BETWEEN}(?:{FORM}{WORD}|(?:[A-Z]\.){{1,3}})){{1,4}}(?![A-Za-z0-9])"
)
HANS = rf"(?:[{HAN}]{{2,4}}{END}|[{HAN}](?: {{1,3}}[{HAN}]){{1,2}}{END}|[{SOUNDS}]{{3,8}}{END})"
NAME = f"(?:{DOTTED}|{PEOPLE}{CLOSE}|{WHOLE})"
SIGNED = r"(?:\(?(?:签[名字章署]|盖章|姓名|手签|电子签名|签名盖章|签字盖章|手印|正楷|打印|代)\)?)?"
ROLES = set(f"{PATIENTS} {FAMILY} {STAFF} {RELATIVES}".split())
LONE = {role for role in ROLES if len(role) == 1}
ACTS = {
    role for role in STAFF.split() if role[-1] not in "者人员师生士长授任手刀者官夫"
}  # 记录, 审核: what was done, not who
WHO = one_of(ROLES - LONE - ACTS)
SPEAKERS = {
    "医生",
    "患者",
    "病人",
    "护士",
    "老师",
    "学生",
    "家属",
    "大夫",
    "客服",
    "家长",
    "用户",
    "专家",
    "妈妈",
    "爸爸",
    "医师",
    "教授",
    "患儿",
    "主任",
}  # also of dialogues
LONES = rf"(?:(?<![{HAN}])|(?<=[其之他她我俺咱])){one_of(LONE - set('交接签'))}"
DOES = "核审检录写采送收发配复刀麻驾护助主辅签交接报译记摄医技药"  # who did it, in a letter
LETTERS = "\u0e01-\u0e7f\u0e81-\u0eff\u1000-\u109f\u1780-\u17e9\u0905-\u0963"  # of Thai, Lao, Burmese, Khmer and Hindi
QUOTE = "[\"“”'‘’「」『』《》]"
SAID_OF = one_of(ROLES - LONE - SPEAKERS)
ROLE = rf"(?:{one_of(ROLES - LONE)}|{LONES})"
KINDRED = rf"(?:{one_of(role for role in RELATIVES.split() if len(role) > 1)}|保姆|护工|看护)"
KIN = rf"(?:{one_of(set(f'{PATIENTS} {FAMILY} {RELATIVES}'.split()) - LONE)}|[其他她我俺咱][父母夫妻子女儿崽兄弟姐妹爸妈爹娘哥嫂])"
CROWDS = {
    "儿童",
    "婴幼儿",
    "幼儿",
    "新生儿",
    "婴儿",
    "居民",
    "村民",
    "农民",
    "市民",
    "老人",
    "小孩",
    "孩子",
    "宝宝",
    "男子",
    "女子",
    "女孩",
    "男孩",
    "家长",
    "成员",
    "对象",
    "客户",
    "用户",
    "会员",
    "患病员工",
}
TOLD = {
    "患者",
    "受试者",
    "受检者",
    "医师",
    "老师",
    "医生",
    "护师",
    "伤员",
    "人员",
    "职员",
    "成员",
}  # of whom texts speak without a name
FIELD = one_of(
    "姓名 病人姓名 患者姓名 学生姓名 儿童姓名 母亲姓名 父亲姓名 产妇姓名 家长姓名 联系人姓名 曾用名 拟名 母名 父名 中文姓名 户主姓名 死者姓名 真实姓名 名字 账户名称 收货人姓名 新生儿姓名 婴儿姓名 大名 全名 真名 户籍名 护照姓名 护照名 持有人姓名 参保人姓名"
)
AGED = rf"(?=[ ,;|/、(]{{0,4}}(?:[男女](?![{HAN}])|[男女]性|[男女] ?\d|性别|[|,/ ]{{1,3}}(?:[MF]|[Mm]ale|[Ff]emale)(?![A-Za-z])|\d{{1,3}} {{0,2}}(?:岁|周岁|个月|月龄|[Yy](?![a-z])|[MF](?![A-Za-z]))|[MF]/\d|\d{{1,3}}/[MF]))"
LEFT = rf"(?:^|[^{HAN}·A-Za-z0-9])"

PEOPLE_ONLY = regex.compile(PEOPLE)


def _rule(name: str, score: float, check: Callable[[str], bool], *policies: str, pattern: str) -> Rule:
    return Rule(type="PERSON", name=name, score=score, check=check, policies=policies or POLICIES, pattern=pattern)


RULES: tuple[Rule, ...] = (
    _rule(
        "name_field",
        1.0,
        stated,
        pattern=rf"(?:{FIELD}{SIGNED}(?:[ (]{{0,3}}[:;|=/为是叫]|{QUOTE})[ ]{{0,6}}{QUOTE}?"
        r"|(?:[Pp]atient|PATIENT|[Nn]ame|NAME|[Dd]octor|[Nn]urse|[Oo]perator|[Uu]ser|[Rr]eporter|[Ii]nsured|[Cc]laimant|[Ss]urgeon|[Pp]hysician|[Tt]echnician"
        rf"|[Ii]nterpreter|[Ww]itness|[Cc]ontact|[Kk]in|XM|xm)(?:{QUOTE}? ?[=:] {{0,3}}[{QUOTE[1:-1]}\[]?| {{0,2}}\[))(?P<v>{NAME}|{LATIN})",
    ),
    _rule(
        "name_field_any",
        0.95,
        stated,
        pattern=rf"{FIELD}{SIGNED}(?:[ (]{{0,3}}[:;|=/为是叫]|{QUOTE})[ ]{{0,6}}{QUOTE}?(?P<v>{HANS})",
    ),
    _rule(
        "name_field_spaced",
        0.95,
        stated,
        pattern=rf"(?:{FIELD} {{1,6}}|(?:姓 {{1,3}}名|患 {{1,3}}者|病 {{1,3}}人|医 {{1,3}}[师生]|检 {{1,2}}验 ?者|审 {{1,2}}核 ?者|报 {{1,2}}告 ?者|记 {{1,2}}录 ?者|联 {{1,2}}系 ?人|户 {{1,3}}名"
        r"|签 {1,2}[名字]|主 {1,2}管 ?医 ?师|护 {1,3}士)[ :]{1,6}|(?:签[名字章]|签署|署名|代签)[ :(]{0,4})"
        rf"(?P<v>(?!关 ?系){SURNAME} ?[{HAN}](?: ?[{HAN}])?(?![{HAN}]| ?[名别者])|{NAME}|{LATIN}|[{SOUNDS}]{{3,8}}{END})",
    ),
    _rule(
        "name_of_role",
        1.0,
        fielded,
        pattern=rf"(?:{SAID_OF}|{LONES}){SIGNED}[ (]{{0,3}}[:|=/][ ]{{0,6}}(?:{KINDRED} {{0,2}}|[父母夫妻子女兄弟姐妹] {{1,2}})?(?P<v>{NAME}|{LATIN})",
    ),
    _rule(
        "name_of_speaker",
        0.9,
        likely,
        pattern=rf"{one_of(SPEAKERS)}{SIGNED}[ (]{{0,3}}[:|=/][ ]{{0,6}}(?P<v>(?:{DOTTED}|{PEOPLE}|{WHOLE}|{LATIN})(?=$|[ ,;/|()0-9]|、))",
    ),
    _rule(
        "name_of_role_any",
        0.9,
        likely,
        "high_recall",
        pattern=rf"{one_of(role for role in ROLES if len(role) > 2 and role[-1] in '者人员师')}{SIGNED}[ (]{{0,3}}[:|=/][ ]{{0,6}}(?P<v>[{SOUNDS}]{{3,8}}{END}|[{HAN}]{{2,3}}(?=$|[ ,;/\d(、]))",
    ),
    _rule(
        "name_after_role",
        0.9,
        named,
        pattern=rf"{ROLE}{SIGNED}[ )/(\"“\-—]{{0,6}}(?P<v>{DOTTED}|{PEOPLE}{CLOSE}|(?![和来应时于由就祝]){WHOLE}|{DOUBLE}|{LATIN})",
    ),
    _rule(
        "name_after_role_bold",
        0.6,
        likely,
        "high_recall",
        pattern=rf"(?:{one_of(ROLES - LONE - ACTS - CROWDS)}|[其他她我俺咱][父母夫妻子女儿崽兄弟姐妹爸妈爹娘哥嫂])(?P<v>(?![和来应时于由就祝都]){PART}|{PEOPLE})(?!科|部门|处|室)",
    ),
    _rule(
        "name_before_title",
        0.9,
        likely,
        pattern=rf"(?:{LEFT}|[请经由找与和及跟给让向对是到院科室师生的级组日晨晚午天])(?![时于应由向和来就])(?P<v>{COMPOUNDS}{LETTER}{{1,2}}|{SURNAME}[{HAN}]{{1,2}}|{PEOPLE})(?={TITLE})",
    ),
    _rule(
        "name_before_courtesy",
        0.9,
        named,
        pattern=rf"{LEFT}(?P<v>{COMPOUNDS}{LETTER}{{1,2}}|{SURNAME}{LETTER}{{1,2}})(?=先生|女士|小姐|同志|同学|小朋友|老师|大夫|医生)",
    ),
    _rule(
        "name_before_title_bold",
        0.6,
        likely,
        "high_recall",
        pattern=rf"(?<=[{HAN}])(?<![感多])(?P<v>{COMPOUNDS}{LETTER}{{1,2}}|{SURNAME}{LETTER}{{2}})(?={TITLE})",
    ),
    _rule(
        "name_with_age",
        0.95,
        named,
        pattern=rf"{LEFT}(?:[{HAN}]{{0,5}}籍)?(?:患[者儿]|病人|产妇|[伤死]者)?(?P<v>{NAME}|{DOUBLE}){AGED}",
    ),
    _rule(
        "name_of_kin",
        0.9,
        likely,
        pattern=rf"(?:{LEFT}|系|为|我是)(?P<v>{PART})(?=之[子女父母妻夫孙兄弟姐妹]|家属|的(?:母亲|父亲|妈妈|爸爸|儿子|女儿|妻子|丈夫|爱人|老婆|老公|老伴|家属|家人|主治|管床))",
    ),
    _rule(
        "name_said",
        0.9,
        named,
        pattern=rf"(?:{FIELD}|(?:我叫|名叫|请问是|他叫|她叫|叫作|自称|名为|化名|署名|本名|原名|改为|本人|[人者的娃]叫|叫做)[ :]{{0,3}}{QUOTE}?)(?P<v>{NAME})",
    ),
    _rule(
        "name_is",
        0.8,
        likely,
        pattern=rf"(?:我是|您是|你是|叫)(?P<v>(?![{''.join(sorted(DOUBTFUL))}]){SURNAME}{LETTER}{{1,2}}{END})",
    ),
    _rule(
        "name_at_bed",
        0.9,
        named,
        pattern=rf"[0-9A-Za-z一二三四五六七八九十]床[ ,:)(]{{0,3}}(?P<v>{DOTTED}|{PEOPLE}|{WHOLE}|{PART})",
    ),
    _rule(
        "name_of_department",
        0.8,
        named,
        pattern=rf"[{HAN}](?:科|室|库|学部|像部|射部|[内外妇儿]部|病区)[ :]{{0,2}}(?P<v>{WHOLE})(?:{END}|(?={LONGER}))",
    ),
    _rule(
        "name_of_therapist",
        0.8,
        stated,
        pattern=rf"(?<![A-Za-z])(?:PT|OT|ST|CRC|CRA|RN|PI|Sub-I)[ :]{{1,2}}(?P<v>(?:{COMPOUNDS}|{SURNAME})[{HAN}]{{1,2}}{END}|{PEOPLE})",
    ),
    _rule("name_dotted", 0.8, stated, pattern=rf"(?<![{HAN}·《])(?P<v>{DOTTED})(?![{HAN}·》])"),
    _rule(
        "name_with_number",
        0.8,
        likely,
        pattern=rf"{LEFT}(?P<v>{NAME}|{LATIN})(?=[ ,:;(|/]{{0,3}}(?:电话|手机|联系|微信|身份证|证件|护照|住院号|病历号|病案号|门诊号|登记号|就诊卡|档案号|ID|HKID|护照|tel|Tel|TEL|1[3-9]\d{{9}}|1[3-9]\d[ -]\d{{4}}[ -]\d{{4}}|0\d{{2,3}}-\d{{7,8}}|[1-9]\d{{16}}[\dXx]|[A-Z]{{1,2}}\d{{7,10}}(?!\d)))",
    ),
    _rule("name_speaks", 0.8, likely, pattern=rf"^(?P<v>{PART})(?= ?:)"),
    _rule(
        "name_signed",
        0.9,
        likely,
        pattern=rf"(?:{LEFT}|[女儿子孙妻父母])(?P<v>{PART})(?= {{0,3}}(?:敬上|叩谢|谨识|拜上|谨上|敬启|敬礼|泣告|谨记|谨启|顿首|上$|收$|启$|谨书|叩首|亲笔|手书|记$|录$|签$|整理|撰$|编译))",
    ),
    _rule(
        "name_latin_titled",
        0.9,
        stated,
        pattern=rf"(?:Dr|Prof|Mr|Mrs|Ms|Miss|Sir|Madam|Pt|Patient|Name|Attn|Attending|Surgeon|Physician|Regards|Sincerely|Signed|Signature|RE|Re|Cc|CC|daughter|son|wife|husband|mother|father|brother|sister|[Tt]ranslator|[Ii]nterpreter|[Mm]gr|[Mm]anager|[Cc]oordinator|[Tt]herapist|[Rr]adiographer|[Tt]echnologist|[Ii]nvestigator|[Cc]onsultant|[Cc]ontact|[Gg]uardian|[Ww]itness|MASTER|Master|CAPT|Capt|C/O|[23]/[OE]|C/E|AB|OS|BOSUN|COOK|FITTER|OILER|WIPER)[.,:]?[ :]{{0,2}}(?P<v>{LATIN})",
    ),
    _rule(
        "name_of_pet",
        0.8,
        given,
        pattern=rf"(?:(?:小名|乳名|昵称|女儿|儿子|宝宝|宝贝|孙女|孙子|外孙|妹妹|弟弟)[ :叫]{{0,2}}(?=.{{2}}(?:$|[^{HAN}]))|[我咱俺]们?家)(?P<v>([{GIVEN}])\2)",
    ),
    _rule(
        "name_of_person",
        0.8,
        fielded,
        "high_recall",
        pattern=rf"{one_of(role for role in ROLES if len(role) > 1 and role[-1] in '者员师' and role not in TOLD)}[ :]{{0,2}}(?P<v>{SURNAME}[{HAN}]{{1,2}}{END})",
    ),
    _rule(
        "name_given",
        0.6,
        likely,
        "high_recall",
        pattern=rf"{KINDRED}[ :]?(?P<v>[{''.join(sorted(FREQUENT))}]{{2}}|阿[{GIVEN}]){CLOSE}",
    ),
    _rule(
        "name_serves",
        0.85,
        stated,
        pattern=rf"(?:{LEFT}|[是由经请])(?P<v>{SURNAME}[{HAN}]{{1,2}}|{PEOPLE})(?=陪诊|陪护|代诉|代述|代签|口述|护送|陪同就|陪同前|签字确认)",
    ),
    _rule("name_of_group", 0.7, likely, "high_recall", pattern=rf"[一二三四五六七八九十0-9][组队户](?P<v>{PART})"),
    _rule(
        "name_labelled",
        0.8,
        named,
        "high_recall",
        pattern=rf"(?<=[{HAN}])[-—](?P<v>{SURNAME}[{HAN}]{{1,2}})(?= ?:| \d{{1,2}}:\d\d)",
    ),
    _rule(
        "name_latin_foreign",
        0.8,
        stated,
        pattern=rf"(?<![A-Za-z][ -]|[A-Za-z.@])(?P<v>{LATIN})(?=[ ,(]{{0,3}}(?:护照|[{HAN}]{{1,6}}籍|国籍|[男女]|[Pp]assport|DOB|\d{{1,3}} ?(?:岁|[Yy]/?[Oo]|[MF](?![A-Za-z]))|先生|女士|太太|教授|医生))",
    ),
    _rule(
        "name_at_place",
        0.6,
        likely,
        "high_recall",
        pattern=rf"(?<![A-Za-z0-9素族型])[A-Z]\d{{1,3}}(?P<v>(?![和与及])(?:{PART}|{PEOPLE}))",
    ),
    _rule(
        "name_cited",
        0.6,
        likely,
        "high_recall",
        pattern=rf"(?:摘自|引自|选自|—|请|找|问|感谢|谢谢|通知|联系) ?(?P<v>{SURNAME}{LETTER}{{1,2}}{END})",
    ),
    _rule(
        "name_of_hand",
        0.7,
        likely,
        "high_recall",
        pattern=rf"(?<![{HAN}])(?:[{DOES}][:/ ]{{1,2}}|(?<=[ (/;,、])[刀麻驾护助主辅巡洗](?={SURNAME}{LETTER}{{1,2}}{END}))(?P<v>{SURNAME}[{HAN}]{{1,2}}|{PEOPLE}){END}",
    ),
    _rule(
        "name_of_house",
        0.7,
        given,
        "high_recall",
        pattern=rf"(?:{LEFT}|[头里边东西南北壁村屯的])(?P<v>{SURNAME}?(?:{one_of(PETS)}|[{''.join(sorted(FREQUENT))}]{{2}}))(?=家(?:小子|闺女|丫头|媳妇|儿子|女儿|老[大二三四]|孩子|娃|的 |奶奶|爷爷)|[他她](?:娘|妈|爹|爸|爷|奶|哥|姐|嫂|媳妇|男人|婆婆)|住院了|去世|没了|走了|摔了|病了)",
    ),
    _rule(
        "name_given_of_age",
        0.7,
        given,
        "high_recall",
        pattern=rf"{LEFT}(?P<v>{one_of(PETS)}|[小阿]{LETTER}|({LETTER})\2)(?=\(\d{{1,2}} {{0,2}}(?:岁|个月|月龄)|,\d{{1,2}} {{0,2}}(?:岁|个月|月龄))",
    ),
    _rule(
        "name_latin_given",
        0.8,
        christened,
        "high_recall",
        pattern=rf"(?:{KINDRED}|外教|领队|翻译|家人|(?<![A-Za-z])(?:[Ss]on|[Dd]aughter|[Ww]ife|[Hh]usband|[Bb]ro(?:ther)?|[Ss]is(?:ter)?|[Mm]other|[Ff]ather|[Mm]um|[Dd]ad|[Nn]urse|[Dd]ear|[Hh]i|[Hh]ello))[ :(,]{{0,3}}(?P<v>[A-Z][a-zß-ɏ]{{2,12}}(?:-[A-Z]?[a-z]{{2,12}})?)(?![A-Za-z.])",
    ),
    _rule(
        "name_mixed",
        0.8,
        christened,
        "high_recall",
        pattern=rf"(?:(?<![A-Za-z.@{HAN}])|(?<=[队译员师生士医人属长母父儿女]))(?P<v>[A-Z][a-z]{{2,9}} ?{SURNAME}|{SURNAME} ?[A-Z][a-z]{{2,9}})(?![A-Za-z{HAN}])",
    ),
    _rule(
        "name_machine_read",
        0.95,
        stated,
        pattern=r"(?<![A-Za-z0-9])[PVACI][A-Z<][A-Z]{3}(?P<v>[A-Z]{2,20}(?:<[A-Z]{1,20}){0,3}<<[A-Z]{1,20}(?:<[A-Z]{1,20}){0,3})(?=<)",
    ),
    _rule(
        "name_of_message",
        0.8,
        stated,
        pattern=r"[|\[](?P<v>[A-Z]{2,15}\^[A-Z]{2,15}(?:[ ^][A-Z]{2,15})?)(?=[\^|\]])",
    ),
    _rule(
        "name_of_vietnam",
        0.8,
        stated,
        pattern=rf"(?<![{HAN}])(?P<v>阮(?:氏|文|德|玉|明|光|清|春)[{HAN}]{{1,3}}|[陈黎范黄武裴邓胡丁潘杜]氏{LETTER}{{1,2}})(?=[ ,(]{{1,2}}(?:女|越南|\d|护照))",
    ),
    _rule(
        "name_of_other_script",
        0.6,
        stated,
        "high_recall",
        pattern=rf"(?<=[(/:=名写 ])(?P<v>[{LETTERS}]{{3,24}}(?: [{LETTERS}]{{2,24}}){{0,3}})(?=[)/,; ]|$)",
    ),
    _rule(
        "name_in_hangul",
        0.6,
        stated,
        "high_recall",
        pattern=r"(?<=[(名写])(?P<v>[\uac00-\ud7a3]{2,4})(?=[)/,; ]|$)",
    ),
    _rule(
        "name_pinyin",
        0.6,
        stated,
        "high_recall",
        pattern=rf"(?<![A-Z][a-z]{{1,12}} |[A-Za-z.\-])(?P<v>{one_of(PINYIN)} [A-Z][a-z]{{1,6}}(?:-?[A-Za-z][a-z]{{1,6}})?)(?![A-Za-z\-]| [a-z])",
    ),
)


# ---- which spans of the taggers count -----------------------------------------------------------------------------------

MEDICAL = regex.compile(
    r"[病医药症炎疗癌疼痛孕胎穴脉肝肾肺胃肠血尿肿疹]|患者|手术|胶囊|m[gl]|[片粒支]/|头晕|发热|睡眠|检查|心理|服用|治"
)
DRUG = r"(?:[片丸散膏]|胶囊|颗粒|[滴冲]剂|注射液|口服液|霉素|沙星|西林|拉唑|必利|地平|洛尔|普利|沙坦|他汀|替丁|双胍|列汀|列净|替尼|单抗|[唑胺酮素肽苷碱酯])"
DRUG_FIRST = regex.compile(
    rf"(?:(?:[服吃喝用买抹涂含贴]|药[^\n]{{0,3}}|别名|商品名|注射|加用|改用|改成)[了过的有着:]{{0,2}} {{0,2}}|{DRUG}[\"', 、和或加与+(]{{1,4}})$"
)
COUNTED = regex.compile(r"(?<=\d)[周月年日天岁时点分秒]")
DOSED = regex.compile(
    rf" ?(?:\d[\d./]* ?(?:m?g|m[lL]|[片粒支袋]|/)|[片丸粒栓膏]|胶囊|颗粒|口服|[、和或加与][{HAN}]{{1,6}}{DRUG}|[缓控]释|滋补|牌)"
)
CLASSICAL = regex.compile(r"[∶〔〕]|<篇名>|[云曰][:∶“]|一名|《[^》\n]{1,8}》[云曰]")
PROSE = regex.compile(rf"[{HAN}]{{4,}}[^{HAN}\n]?[{HAN}]{{4,}}")
EPONYM = regex.compile(
    r"(?:(?<=[A-Za-z])[ '’]{1,2})?(?:s |氏|征(?!求)|症|病(?![人区房情历案])|综合征|法|术(?![前后中])|试验|实验|分期|分级|分型|分类|评分|量表|指数|染色|反射|反应|现象|畸形|结节|骨折|定律|效应|方程|公式|模型|杆菌|球菌|病毒|菌|囊|管|钳|钉|环|线|点|角|带|孔|灯|瘤|细胞|小体|韧带|三联|吻合|[ⅠⅡⅢⅣⅤ]|胶囊|颗粒|注射|口服液|[汤丸散膏丹片碱素酸胺酶苷酮醇酚酯])"
)
TAIL = regex.compile(
    r"(?:之[父母夫妻子女兄弟姐妹].*|泣告|叩谢|谨识|敬上|拜上|体健|提供|恋爱|到此|已故|呢|吗|吧|啊|呀|诉|收|并|已|自|等|谈|说|称|的|在|因|由|于|原)$"
)
SHAPE_ANY = rf"{COMPOUNDS}[{HAN}]{{1,2}}|{SURNAME}[{HAN}]{{1,2}}|[{COMMON[:100]}]{{2}}[{HAN}]{{2}}|{SURNAME} {{1,3}}[{HAN}](?: {{0,3}}[{HAN}])?"
MARKS = regex.compile(rf"[^{HAN}A-Za-zÀ-ɏ]+")
MARKS_LAST = regex.compile(rf"[^{HAN}A-Za-zÀ-ɏ]+$")
KIN_FIRST = regex.compile(rf"(?:{one_of(RELATIVES)}|师|徒)(?={SHAPE_ANY}$)")
OLDER = regex.compile("大[姐哥爷妈叔娘伯]|老[太师汉板]|阿姨|先生|女士|小姐")
HONOURED = regex.compile(
    rf"(?:[小老大]{SURNAME}|{SURNAME}(?:老|总|工|导|氏|姓|组长|班长|队长|店长|村长|姐|哥|嫂|婶|姨|大伯|大爷|大妈|大姐|大哥|医生|大夫|院长|主任|教授|老师|女士|先生|头|[一二三四五六七八九十左右]))"
)
TALES = listed("小明 小红 张三 李四 王五 赵六")
NOT_NAMES = regex.compile(r"^[ＡＢX]|[xX]{2}")
SHAPE = regex.compile(SHAPE_ANY)
ALSO = regex.compile(rf" ?[(/=→]{{1,2}} ?(?P<v>[{HAN}]{{2,6}}|{LATIN})(?= ?[)/,;→])")
ALSO_BEFORE = regex.compile(rf"(?<![{HAN}A-Za-z])(?P<v>[{HAN}]{{2,6}}|{LATIN}) ?[(/]$")
LONGEST = 40  # characters of a name
FOREIGN = regex.compile(rf"{DOTTED}|{PEOPLE}|[{SOUNDS}]{{3,10}}")
WESTERN = regex.compile(LATIN)
HONOURING = regex.compile(r"(?:Dr|Prof|Mr|Mrs|Ms|Miss|Sir|Madam|Nurse)\.? ?$")  # a surname alone tells nobody
SINGLE = regex.compile(rf"{FORM}[A-Z][a-z]{{2,14}}")
SPEECH_OF = "(?:认为|表示|说|指出|介绍|告诉|强调|提醒|透露|坦言|回忆|解释|研究员|院士|记者|编辑|主编|摄|报道)"
CUED = regex.compile(rf"(?:{WHO}|{FIELD}|[其之他她我][父母夫妻子女兄弟姐妹]|签[名字]) {{0,2}}[:(/]? {{0,2}}$")
TITLED = regex.compile(
    rf" ?(?:{SPEECH_OF}|{one_of(TITLES)}|[,、 ]?[男女][,、 )性]|[,、 ]?\d{{1,3}} ?岁|之[子女父母妻夫])"
)
NUMBERS = listed(  # which only a text about somebody has
    "MEDICAL_RECORD_NO BED_NO SPECIMEN_NO EXAM_NO INSURANCE_NO ID_CARD PASSPORT TRAVEL_PERMIT BANK_CARD PHONE SOCIAL_ID PLATE"
)
ASCII = regex.compile("[A-Za-zÀ-ɏА-я]{2}")
SURE_ENOUGH = 0.4  # that somebody is named there, whatever the bounds
SURE = 0.9  # of our tagger, that a name in capitals is none of an institution
TOLD_BY = 0.8  # at least
NEAR, AROUND, BESIDE = (
    1000,
    200,
    40,
)  # characters: how far a record goes, what tells of what a text speaks, and what stands together
BEHIND = 12
LEAFLET = regex.compile(  # what names the makers of a drug and their telephones, and no patient
    r"\[ ?(?:成份|成分|性状|适应症|功能主治|规格|用法用量|不良反应|禁忌|注意事项|药物相互作用|药理毒理|贮藏|有效期|批准文号|生产企业|药品名称)"
)
HEADS = 3  # of its sections
TALK = regex.compile(r"[吗呢吧啊呀嘛您你我]|谢谢|咨询|请问|建议|可以|怎么")  # of those who ask and answer
LITTLE, MUCH = 2, 6  # such words around a name
ENOUGH = {"high_recall": -0.8, "balanced": 0.3}
PRESS_ENOUGH = {"high_recall": -1.3, "balanced": -0.2}
# What speaks for a name or against it, in e-folds: in records and talk, and in the press; fitted on both, and on lists of drugs.
WEIGHTS = {
    "always": (-5.7, -4.2),
    "ours": (2.9, 0.5),  # how sure our tagger is
    "sure": (1.3, 0.8),  # above .9, and above .97
    "lac": (0.3, 4.4),
    "not lac": (-1.3, 1.1),
    "both the same": (0.0, 1.0),
    "role": (1.2, 0.2),  # stands before it
    "title": (0.5, 1.4),  # a title, a verb of saying, a sex or an age after it
    "western": (1.5, 0.5),
    "foreign": (1.2, 0.2),  # written in the letters of foreign names
    "like": (0.2, 0.0),  # a name, by its letters
    "given": (0.6, 0.0),  # all but the first are letters of given names
    "place": (-1.0, -1.3),  # lac sees a place or an institution, and nobody
    "partly": (1.0, 0.0),  # a rule saw a part of it
    "eponym": (-1.5, -1.5),
    "dosed": (-1.2, -1.2),
    "term": (-3.5, 0.0),  # nothing else stands in the line, in no record
    "record": (3.0, 0.4),  # a number of somebody, or somebody else, is near
    "beside": (0.7, 0.5),  # something of somebody is next to it
    "talk": (-1.2, -0.2),
    "much talk": (-1.6, -0.9),
    "begins": (-1.1, 0.3),  # a line
    "gap": (2.3, 1.2),  # or another mark of a cell follows it
    "closed": (-1.2, -1.4),  # in brackets or quotes
    "ends": (1.0, 0.0),  # a line
}
AGREED = (("lac", 1), ("both the same", 1), ("not lac", -1))  # what changes where lac sees the same
PEERED = (("record", 1), ("beside", 1), ("term", -1))  # and where somebody else is seen near


CITED = regex.compile(
    rf"(?:[,、] ?[{HAN}]{{2,4}}| [{HAN}] [{HAN}]){{0,8}}(?:[, ]{{0,2}}(?:等|主编|编译|编著|译))?[.．] ?(?=[{HAN}]{{2}}|[A-Z]|$)"
)
AMONG_OTHERS = regex.compile(rf"(?:[,、] ?[{HAN}]{{2,4}}){{0,8}}[, ]{{1,2}}等[.．]")
CITING = regex.compile(
    rf"(?:\[\d{{1,3}}\] ?|^\d{{1,3}}[ .]{{1,3}})(?:[{HAN}][{HAN} ]{{1,3}}, ?){{0,8}}$", regex.MULTILINE
)


def cited(text: str, start: int, end: int) -> bool:
    """Whether a name stands among the authors of a reference, which stay."""
    return CITED.match(text, end) is not None or CITING.search(text, max(0, start - 50), start) is not None


def _also(text: str, people: Iterable[Span]) -> Iterator[Span]:
    """The same name in other letters, in brackets behind it or before it."""
    for span in people:
        latin = text[span.start].isascii()
        for met in (ALSO.match(text, span.end), ALSO_BEFORE.search(text, max(0, span.start - LONGEST), span.start)):
            if met and (value := met["v"])[0].isascii() != latin and stated(value) and not _ordinary(value):
                yield Span(met.start("v"), met.end("v"), "PERSON", "name_also", 0.7)


def _ordinary(value: str) -> bool:
    return value in COUNTRIES or word(value) or any(word(value[k : k + 2], 30) for k in range(len(value) - 1))


def decided(text: str, found: Sequence[Span], lac: list[Span], ours: list[Span], policy: str) -> list[Span]:
    """Of what two taggers saw in a folded text, the persons who count; ``found`` is what rules and layout gave."""
    people = [span for span in found if span.type == "PERSON"]
    scene = scened(text, found, lac, ours)
    counted = [
        span for span in scene.seen(policy) if scene.odds(span, press := scene.press(span)) >= enough(policy, press)
    ]
    return [*_also(text, people), *(_joined(span, people) for span in counted)]


def undecided(text: str, found: Sequence[Span], ours: list[Span], policy: str) -> Iterator[Span]:
    """Whom our tagger saw, but for those who do not count whatever lac may say."""
    scene = scened(text, found, [], ours)
    peers = sorted(span for span in scene.ours if span.score >= SURE and SHAPE.fullmatch(text, *span[:2]))
    for span in scene.seen(policy, peers):
        press = scene.press(span)
        agreed = max(0.0, sum(sign * WEIGHTS[clue][press] for clue, sign in AGREED))
        short = enough(policy, press) - scene.odds(span, press) - agreed
        others = among(peers, span)
        if short <= 0 or (others and short <= sum(sign * WEIGHTS[clue][press] for clue, sign in PEERED)):
            yield span
            yield from others


def enough(policy: str, press: bool) -> float:  # noqa: FBT001  as a scene tells it
    return (PRESS_ENOUGH if press else ENOUGH)[policy]


def about(text: str, found: Sequence[Span]) -> list[Span]:
    """What surely tells of somebody; in a leaflet nothing does."""
    return [] if len(set(LEAFLET.findall(text))) >= HEADS else [span for span in found if span.score >= TOLD_BY]


def among(peers: Sequence[Span], span: Span) -> list[Span]:
    """Those of them that stand near a span."""
    low, high = bisect_left(peers, (span.start - NEAR - LONGEST,)), bisect_left(peers, (span.end + NEAR + 1,))
    return [one for one in peers[low:high] if one.start != span.start]


def prose(text: str, start: int, end: int) -> bool:
    """Whether sentences stand there that are not about medicine: newspapers are what lac was made for."""
    start, end = max(0, start - AROUND), end + AROUND
    return PROSE.search(text, start, end) is not None and MEDICAL.search(text, start, end) is None


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """A text, and what is known of it before the taggers are believed."""

    text: str
    ours: list[Span]
    lac: list[Span]
    told: list[Span]  # what rules say that tells of somebody, in order
    known: list[Span]  # and whom both taggers see for sure
    other: bytearray  # where something else stands
    ruled: bytearray  # where rules see a person
    placed: bytearray  # where lac sees a place or an institution
    agreed: set[tuple[int, int]]  # what both see from the same letter to the same

    def odds(self, span: Span, press: bool) -> float:  # noqa: FBT001  as this scene tells it
        """What speaks for a name, less what speaks against it."""
        weights = [pair[press] for pair in WEIGHTS.values()]
        return sum(weight * clue for weight, clue in zip(weights, self.clues(span), strict=True))

    def seen(self, policy: str, peers: Sequence[Span] = ()) -> Iterator[Span]:
        """What a tagger holds for a person, and what can be one: in classical writings only where somebody is told of."""
        beside = self.told if policy == "balanced" else self.known
        for span in chain(self.ours, self.lac):
            here = slice(span.start, span.end)
            if any(self.other[here]) or all(self.ruled[here]):
                continue
            whole = span if _possible(self.text, span) else _western(self.text, span)
            if whole is None or AMONG_OTHERS.match(self.text, whole.end):
                continue
            if (
                self.near(whole, beside)[0]
                or (policy != "balanced" and bool(among(peers, whole)))
                or not (
                    cited(self.text, whole.start, whole.end)
                    or CLASSICAL.search(self.text, max(0, whole.start - NEAR), whole.end + NEAR)
                )
            ):
                yield whole

    def near(self, span: Span, some: Sequence[Span]) -> tuple[bool, bool]:
        """Whether a number of somebody or somebody else stands in the neighbourhood, and whether anything stands beside it."""
        record = beside = False
        value = self.text[span.start : span.end]
        for k in range(bisect_left(some, (span.start - NEAR,)), len(some)):
            it = some[k]
            if it.start > span.end + NEAR or (record and beside):
                break
            if self.text[it.start : it.end] != value and not (it.start < span.end and span.start < it.end):
                record |= it.type in NUMBERS or it.type == "PERSON"
                beside |= abs(it.start - span.start) < BESIDE
        return record, beside

    def press(self, span: Span) -> bool:
        """Whether it stands in prose that is not about medicine, nor anybody's record."""
        start, end = max(0, span.start - AROUND), span.end + AROUND
        k = bisect_left(self.known, (start,))
        return prose(self.text, span.start, span.end) and (
            not any(it.type in NUMBERS for it in takewhile(lambda it: it.start < end, islice(self.known, k, None)))
        )

    def clues(self, span: Span) -> Iterator[float]:
        """What speaks for it and against it, as ``WEIGHTS`` has them."""
        text, start, end = self.text, span.start, span.end
        raw = text[start:end]
        value, before = spoken(raw), max(0, start - BEHIND)
        ours, lac = (_agreed(span, told) for told in (self.ours, self.lac))
        record, beside = self.near(span, self.known)
        talk = len(TALK.findall(text, max(0, start - 3 * AROUND // 4), end + 3 * AROUND // 4))
        han = not value.isascii()
        yield 1
        yield ours
        yield (ours >= SURE) + (ours >= 0.97)
        yield lac
        yield not lac
        yield (start, end) in self.agreed
        yield CUED.search(text, before, start) is not None
        yield TITLED.match(text, end) is not None
        yield WESTERN.fullmatch(raw) is not None
        yield FOREIGN.fullmatch(value) is not None and SHAPE.fullmatch(raw) is None
        yield like(value) if han else 0.0
        yield han and set(value[1:]) <= ANY_GIVEN
        yield not lac and any(self.placed[start:end])
        yield any(self.ruled[start:end])
        yield EPONYM.match(text, end) is not None
        yield DRUG_FIRST.search(text, before, start) is not None or DOSED.match(text, end) is not None
        yield not record and _alone(text, span)
        yield record
        yield beside
        yield talk >= LITTLE
        yield talk >= MUCH
        yield text[start - 1 : start] in {"", "\n"}
        yield text[end : end + 1] in {" ", ":", "=", "|", "/", "│", "→", "\t"} and end < len(text)
        yield text[end : end + 1] in {")", "]", "”", '"', "'"} and end < len(text)
        yield text[end : end + 1] in {"", "\n"}


def scened(text: str, found: Sequence[Span], lac: list[Span], ours: list[Span]) -> Scene:
    seen, told = ([_trimmed(text, span) for span in some if span.type == "PERSON"] for some in (ours, lac))
    sure = about(text, found)
    return Scene(
        text=text,
        ours=seen,
        lac=told,
        told=sorted(sure),
        known=sorted((*sure, *_peers(text, seen, told))),
        other=_covered(text, (span for span in found if span.type != "PERSON" and span.score >= 0.7)),
        ruled=_covered(text, (span for span in found if span.type == "PERSON")),
        placed=_covered(text, (span for span in lac if span.type in {"ADDRESS", "ORG", "HOSPITAL"})),
        agreed={span[:2] for span in seen} & {span[:2] for span in told},
    )


def _peers(text: str, ours: list[Span], lac: list[Span]) -> Iterator[Span]:
    """Whom both taggers see for sure."""
    known = {(span.start, span.end) for span in lac}
    for span in ours:
        it = span.start, span.end
        if span.score >= SURE and it in known and SHAPE.fullmatch(text, *it) and not cited(text, *it):
            yield span


def _agreed(span: Span, told: Sequence[Span]) -> float:
    """How sure this tagger is that a name stands there; if it is another, that counts for less."""
    near = told[bisect_left(told, (span.start - AROUND,)) : bisect_left(told, (span.end,))]
    met = (one for one in near if span.start < one.end)
    return max((one.score * (1 if one[:2] == span[:2] else 0.6) for one in met), default=0.0)


def _alone(text: str, span: Span) -> bool:
    """Whether nothing else stands in the line, as in a list of terms."""
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    return (len(text) if end < 0 else end) - start - (span.end - span.start) < 4


def _covered(text: str, spans: Iterable[Span]) -> bytearray:
    covered = bytearray(len(text))
    for span in spans:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    return covered


def _joined(span: Span, people: Iterable[Span]) -> Span:
    """Where a rule saw less of a name, the longer of the two stays."""
    score = max((rule.score for rule in people if rule.start < span.end and span.start < rule.end), default=None)
    return span if score is None else span._replace(score=min(1.0, score + 0.01))


def _trimmed(text: str, span: Span) -> Span:
    """A tagger's span without the relation, verb or mark that it took along."""
    start, end = span.start, span.end
    if edge := MARKS.match(text, start, end):
        start = edge.end()
    if edge := MARKS_LAST.search(text, start, end):
        end = edge.start()
    if end - start > 3 and (kin := KIN_FIRST.match(text, start, end)):
        start = kin.end()
    if end - start > 2 and (tail := TAIL.search(text, start, end)) and tail.start() - start >= 2:
        end = tail.start()
    if end - start > 2 and OLDER.match(text, end - 1):
        end -= 1
    return span._replace(start=start, end=end)


def _western(text: str, span: Span) -> Span | None:
    """The name in foreign letters of which a tagger saw more or less than there is."""
    if span.score < SURE_ENOUGH or not ASCII.search(text, span.start, span.end):
        return None
    for met in WESTERN.finditer(text, max(0, span.start - BEHIND), min(len(text), span.end + LONGEST)):
        if (
            met.start() < span.end
            and span.start < met.end()
            and _possible(text, span._replace(start=met.start(), end=met.end()))
        ):
            return span._replace(start=met.start(), end=met.end())
    return None


def _possible(text: str, span: Span) -> bool:
    if span.end - span.start < 2:
        return False
    value = text[span.start : span.end]
    value = value if value.isascii() else spoken(value)
    if (
        value in FIGURES
        or value in TALES
        or value in COUNTRIES
        or value in DRUGS
        or not (stated(value) or (value.isascii() and span.score >= SURE and not english(value)))
        or NOT_NAMES.search(value)
    ):
        return False
    if HONOURED.fullmatch(value) and not (value[-1] in "一二三四五六七八九十" and span.score >= SURE):
        return False
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    if value.isascii() or WESTERN.fullmatch(text, span.start, span.end):
        value = text[span.start : span.end]
        whole = not (_latin(before) or _latin(after) or before in "@._/-{" or after in "@_/-")
        return whole and (
            WESTERN.fullmatch(value) is not None
            or (
                SINGLE.fullmatch(value) is not None
                and not HONOURING.search(text, max(0, span.start - BEHIND), span.start)
                and (christened(value) or CUED.search(text, max(0, span.start - BEHIND), span.start) is not None)
            )
        )
    return bool(regex.fullmatch(rf"[{HAN}· ]{{2,20}}", text[span.start : span.end])) and not (
        before == "《" and after == "》"
    )


def _latin(char: str) -> bool:
    return (char.isalpha() or char.isdecimal()) and not "\u3400" <= char <= "\u9fff"
