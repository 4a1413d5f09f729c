"""Ages above 89 where nothing says in a word that they are years: 今年九十有三, 都95了, F/94."""

from __future__ import annotations

from medgo_data.pii import checks
from medgo_data.pii.cues import BOLD
from medgo_data.pii.span import Rule

OLD = r"(?:9[0-9]|1[01][0-9])"
SAID = r"(?:九十[有又零]?[一二三四五六七八九]?|百[零〇有]?[一二三四五六七八九]|一百[零〇有][一二三四五六七八九])"
AFTER = r"(?![0-9A-Za-z%.]| ?(?:[-~—至到/][0-9]|例|人|名|%|个|次|分|天|月|日|年|mm|cm|kg|ml|mg|bpm|号|床|元|多种|余种))"
OF_WHOM = r"(?:今年|高寿|高龄|虚龄|虚岁|周岁|足岁|享年|享寿|终年|年届|年已|年过|已经|都|快|活到了?|老人家?|老太太?|老头|奶奶|爷爷|婆婆|太公|太婆|老伴|母亲|父亲|外公|外婆|姥姥|姥爷|太爷|老母亲?|老父亲?)"
RULES = (
    Rule(
        type="AGE_OVER_89",
        name="age_of_whom",
        pattern=rf"{OF_WHOM}[:, ]?(?:有|是|已|都|快)?(?P<v>{OLD}{AFTER}|{SAID}(?![一-龥](?<![了的多岁高]))(?!多?岁?以))(?= ?(?:了|多了|岁|周|高龄|[,。;、:)]|$))",
        score=0.6,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_and_still",  # 九十二了, 九十有三
        pattern=r"(?<![一二三四五六七八九十百千万第])(?P<v>九十[有又][一二三四五六七八九]|九十[一二三四五六七八九](?=了|高龄|的人|,[男女]))",
        score=0.6,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_in_a_list",  # Margaret Hsu 97岁、毕恭 八十八岁
        pattern=rf"(?<![0-9.~—≥≤><±/、到至-])(?P<v>{OLD} ?[周虚]?岁)(?=、[一-龥A-Z]{{2}}(?<!以上)(?<!以下)(?<!年龄))",
        score=0.6,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_in_a_list_in_characters",
        pattern=rf"(?<![一二三四五六七八九十百千万几~—至到超过满第长])(?P<v>{SAID}[周虚]?岁)(?=、[一-龥A-Z]{{2}}(?<!以上)(?<!以下))",
        score=0.6,
        check=checks.old,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_of_a_hundred",
        pattern=r"(?<=[一-龥]{2}\()百岁(?=\))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_by_sex",
        pattern=rf"(?:(?<![A-Za-z0-9])[MF] ?/ ?|(?<![一-龥])[男女]性? ?[,|/│\t]? ?)(?P<v>{OLD}){AFTER}(?=[ ,;。)|/│\t]|$)",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="AGE_OVER_89",
        name="age_before_sex",
        pattern=rf"(?<![0-9A-Za-z.~≥≤<>/-])(?P<v>{OLD}) ?[/|,] ?(?:[MF](?![A-Za-z0-9])|[男女](?![一-龥]|[, ]{{0,2}}[0-9]))",
        score=0.5,
        policies=BOLD,
    ),
    Rule(
        type="AGE_OVER_89",
        name="aged",
        pattern=rf"(?<![A-Za-z])(?i:aged?|y/o)[: ]{{1,2}}(?P<v>{OLD})(?![0-9A-Za-z%.-])(?! (?:and|or|to|years and))",
        score=0.6,
    ),
)
