"""How people ask about a drug: what they want to know, in the words of patients, families, nurses, pharmacists and students.

A topic says which sections of a leaflet answer it, or in which sections a sentence does that has one of its words. Its questions name
the drug as ``{drug}``; ``{use}`` is 吃 or 用, as the drug is taken. What the answer must speak of for a question to be asked stands
before it: 饭前 | 饭后: …
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import xxhash

STRICT = frozenset({"警示语", "禁忌"})
EVERYDAY = ("警示语", "用法用量", "禁忌", "注意事项")


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One thing that people want to know about a drug."""

    label: str
    thing: str = ""  # of which the answer speaks, if not of what the label says
    own: tuple[str, ...] = ()  # the sections that are about it
    words: tuple[str, ...] = ()  # what makes a sentence of other sections speak of it
    but: tuple[str, ...] = ()  # words with one of those in them that mean something else
    where: tuple[str, ...] = EVERYDAY
    unless: tuple[str, ...] = ()  # sections that answer it with something else in one
    alone: bool = True  # whether such sentences answer it without a section of its own
    weight: float = 1  # how often it is asked
    experts: bool = False  # whether it is the trade that asks
    asked: str = ""

    @property
    def named(self) -> str:
        return self.thing or self.label

    @cached_property
    def questions(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """What an answer must speak of (one of these, if any), and the question."""
        return tuple(map(_question, _lines(self.asked)))

    @cached_property
    def others(self) -> tuple[str, ...]:
        """In which sections such sentences are looked for, what is forbidden first."""
        return tuple(
            sorted(set(self.where) - set(self.own), key=lambda name: (name not in STRICT, self.where.index(name)))
        )

    def fitting(self, answer: str) -> list[str]:
        return [said for words, said in self.questions if not words or any(word in answer for word in words)]


def _question(line: str) -> tuple[tuple[str, ...], str]:
    words, colon, said = line.partition(": ")
    return (tuple(words.split("|")), said) if colon else ((), line)


class Lot:
    """Choices by lot, the same for the same seed and name wherever they are drawn."""

    def __init__(self, named: str, seed: int) -> None:
        self._left = xxhash.xxh3_128_intdigest(named.encode(), seed)

    def of(self, many: int) -> int:
        self._left, drawn = divmod(self._left, many)
        return drawn

    def one(self, options: list[str] | tuple[str, ...]) -> str:
        return options[self.of(len(options))]


def _lines(told: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in told.split("\n") if line.strip())


# ---- who asks ------------------------------------------------------------------------------------------------------

LEADS = _lines("""
    医生给我开了{drug}，
    大夫让我用{drug}，
    我正在用{drug}，
    刚开始用{drug}，
    最近在用{drug}，
    这次复诊换成了{drug}，
    头一回用{drug}，
    今天取了{drug}回来，
    手上拿到的是{drug}，
    处方上写着{drug}，
    准备用{drug}，
    以前没用过{drug}，
    家人在用{drug}，
    帮家里人问问{drug}，
    亲戚在用{drug}，
    朋友也在用{drug}，
    同事问我{drug}的事，
    照顾的病人用着{drug}，
    出院带药里有{drug}，
    社区医院配了{drug}，
    门诊刚开了{drug}，
    换药换到了{drug}，
    听人提起{drug}，
    正打算了解{drug}，
    关于{drug}我想问，
    说到{drug}，
    {drug}我不太熟悉，
    拿{drug}来说，
    家里备着{drug}，
""")
EXPERT_LEADS = _lines("""
    病房里有患者在用{drug}，
    值班时遇到用{drug}的患者，
    交班时提到{drug}，
    患者床旁问起{drug}，
    做用药宣教要讲{drug}，
    执行医嘱时看到{drug}，
    审方时看到{drug}，
    发药窗口有人问{drug}，
    窗口交代{drug}的用药时，
    整理{drug}的用药资料，
    患者拿着{drug}来咨询，
    科里新进了{drug}，
    查房时讨论到{drug}，
    轮转时碰到{drug}，
    复习药理看到{drug}，
    备考执业药师，说到{drug}，
    带教老师问起{drug}，
    开医嘱用到{drug}，
    会诊意见里有{drug}，
    药学查房提到{drug}，
    写用药教育单，轮到{drug}，
    课堂上讲到{drug}，
""")
CHILD_LEADS = _lines("""
    医生给孩子开了{drug}，
    孩子在用{drug}，
    宝宝刚开了{drug}，
    家里小孩用着{drug}，
    儿科开的是{drug}，
    第一次给孩子用{drug}，
    带娃看病开了{drug}，
    邻居家孩子也用{drug}，
    儿童病房在用{drug}，
    给患儿家长讲{drug}，
    儿科审方看到{drug}，
    关于{drug}我想问，
    说到{drug}，
    小朋友用的{drug}，
    处方上写着{drug}，
    替孩子问问{drug}，
""")
POLITE = (
    "请问", "想问一下，", "麻烦问下，", "请教一下，", "咨询一下，", "您好，", "你好，", "药师您好，", "问个问题：", "我想知道，", "想了解一下，",
    "不好意思，", "打扰了，", "求助：", "劳驾，", "大夫，", "护士您好，", "有点拿不准，", "一直没弄明白，", "顺便问一句，",
)  # fmt: skip
NAMED_AGAIN = ("它", "这个药", "这药", "该药", "这种药")


# ---- how an answer may be opened: with no fact of its own ----------------------------------------------------------

OPENED = (
    "{of}如下：", "关于{of}：", "{of}：", "先说{of}：", "{of}是这样的：", "您问的{of}：", "这里是{of}：", "{of}，请看：", "有关{of}：", "就{of}来说：",
    "以下是{of}：", "说到{of}：", "来看{of}：", "下面说{of}：", "讲一下{of}：", "您好，{of}如下：", "好的，{of}：", "答：{of}如下。",
    "围绕{of}，要点是：", "谈到{of}：", "一起看{of}：", "{of}，答案是：", "【{label}】",
)  # fmt: skip


# ---- parts of what is too long for one answer ----------------------------------------------------------------------

FIRST_PART = _lines("""
    {of}内容比较多，先说开头这部分好吗？
    {of}里最前面讲的是什么？
    {of}先讲头几条吧。
    能不能先讲讲{of}的第一部分？
    想把{of}弄清楚，从头说起可以吗？
    {of}从哪里说起？先说最开始的内容。
    开头先讲了{of}的哪些内容？
    不用一次说完，{of}的前半部分是什么？
    分几次听吧，先听{of}打头的那些。
    首先该知道{of}的哪些内容？
    从第一条开始，{of}都有什么？
    先给我说说{of}靠前的几点。
""")
LATER_PART = _lines("""
    “{key}”往后，{of}还有哪些？
    从“{key}”说起，{of}接下来是什么？
    {of}里“{key}”这里开始，后面怎么说？
    前面的听过了，{of}从“{key}”接着讲吧。
    “{key}”，{of}的这一部分能讲完整吗？
    接着讲{of}，说到“{key}”了。
    {of}中从“{key}”起的内容是什么？
    上回讲到“{key}”，{of}往下还有什么？
    除了前面说的，{of}从“{key}”开始还有什么？
    记得有一句“{key}”，{of}这一段是怎么讲的？
    能继续讲{of}吗？该到“{key}”了。
    后面的内容从“{key}”开始，{of}还剩哪些？
    看到“{key}”这里了，{of}接下去怎么说？
    还想听“{key}”及其后面的内容，也就是{of}的这一段。
""")
ONE_POINT = _lines("""
    {of}里，“{key}”具体是怎么说的？
    “{key}”，{of}的这一点怎么讲？
    单说“{key}”这一点，{of}是怎样的？
    {of}中关于“{key}”有什么内容？
    就“{key}”而言，{of}如何？
    “{key}”方面，{of}都有什么？
    想细问一下“{key}”，{of}这一条是怎么写的？
    {of}提到的“{key}”，能展开讲讲吗？
    讲到“{key}”时，{of}是怎么说的？
    怎么理解{of}里的“{key}”？原话是什么？
    只看“{key}”，{of}怎么规定？
    {of}有一条“{key}”，完整内容是什么？
""")
LEFT_OPEN = _lines("""
    {of}目前明确吗？
    {of}有没有明确的资料？
    {of}研究清楚了吗？
    目前对{of}有定论吗？
    {of}有可靠的研究数据吗？
    有没有确切的信息能说明{of}？
    到现在为止，{of}清楚吗？
    {of}这方面有结论没有？
    能查到{of}的确切资料吗？
    现有资料对{of}有没有说清楚？
    {of}是已经明确，还是尚不清楚？
    有人问起{of}，目前有没有明确的说法？
""")
SECTION = """
    {of}是怎么说的？
    能说说{of}吗？
    {of}有哪些内容？
    请介绍{of}。
    想了解{of}。
    {of}具体是什么？
    把{of}讲一讲。
    怎么看{of}？
    有没有{of}方面的信息？
    {of}该怎么理解？原文怎么写？
    {of}写的是什么？
    麻烦讲讲{of}。
"""  # of a section that no topic knows

REST = _lines("""
    {of}后面还有哪些内容？
    接着说{of}吧，还有什么？
    {of}还没讲完，后面呢？
    再往下，{of}还有什么？
    还有哪些内容属于{of}？
    除了前面那些，{of}还包括什么？
""")
MANNERS = {"first": FIRST_PART, "later": LATER_PART, "point": ONE_POINT, "rest": REST, "open": LEFT_OPEN}

# ---- what is asked -------------------------------------------------------------------------------------------------

TOPICS = (
    Topic(label="适应症", own=("适应症", "作用与用途"), weight=3, asked="""
        {drug}是治什么的？
        {drug}能治哪些病？
        {drug}主要用在什么情况下？
        {drug}适合什么样的病情？
        什么病会用到{drug}？
        {drug}的适应症有哪些？
        哪些情况可以用{drug}？
        {drug}对哪些病有用？
        一般什么情况下医生会开{drug}？
        {drug}管什么用？
        什么样的人需要{use}{drug}？
        介绍一下{drug}的适用范围。
        医生开{drug}通常是为了治什么？
        为什么要{use}{drug}？
        {drug}可用于哪些疾病？
        得了什么病才{use}{drug}？
        请列出{drug}的适应症。
        临床上{drug}用来治疗什么？
        都说{drug}有用，它到底用在哪些病上？
    """),
    Topic(label="功能主治", own=("功能主治", "保健功能"), weight=3, asked="""
        {drug}有什么功效，主治什么？
        {drug}的功能主治是什么？
        {drug}主治哪些病症？
        哪些症状适合{use}{drug}？
        从中医角度看，{drug}适合什么证候？
        出现什么症状可以考虑{drug}？
        {drug}起什么作用，用在什么病上？
        说说{drug}的功效和主治。
        什么情况适合{use}{drug}？
        {drug}管哪些毛病？
        哪些人适合{use}{drug}？
        中药{drug}是治什么的？
        怎样的不舒服可以{use}{drug}？
        都有哪些表现时会用到{drug}？
        {use}{drug}能起到什么效果？
        {drug}针对的是什么病症？
    """),
    Topic(label="用法用量", own=("用法用量", "免疫程序和剂量"), weight=4, asked="""
        {drug}怎么{use}？
        {drug}该怎么{use}才对？
        {drug}的用法用量是怎样的？
        {drug}的正确用法是什么？
        怎样{use}{drug}？
        {drug}应该按什么剂量{use}？
        能讲讲{drug}的具体用法吗？
        {use}{drug}有什么讲究，量是多少？
        想确认一下{drug}的用法和用量。
        平时{use}{drug}，量怎么把握？
        使用{drug}的剂量和方法是什么？
        交代一下{drug}的用法用量。
        不知道{drug}该怎么{use}，请说明。
        按规定{drug}怎么{use}、{use}多少？
        请写出{drug}的给药方法与剂量。
        一日|每日|日1次|日2次|日3次|每天|一天: {drug}一天{use}几次，一次{use}多少？
        一日|每日|日1次|日2次|日3次|每天|一天: 一天要{use}几次{drug}，每次多少量？
        一日|每日|日1次|日2次|日3次|每天|一天: 每天{use}{drug}，次数和用量怎么定？
        一次|每次|1次: 每次{use}多少{drug}合适？
        一次|每次|1次: {drug}每次的量是多少？
        疗程: {use}{drug}的用量和疗程是怎样的？
        疗程: {drug}要{use}多久，怎么{use}？
        儿童|小儿|岁: 大人和孩子{use}{drug}的量分别是多少？
        儿童|小儿|岁: 不同年龄的人{use}{drug}，用量怎么算？
        成人: 成年人{use}{drug}，用量是多少？
        静脉|静滴|滴注|肌内|肌注: 输注或注射{drug}时，剂量和方法是什么？
        外用|涂|敷|贴: 外用{drug}应该怎么操作？
        滴眼|滴入|滴鼻|滴耳: 给药时{drug}一次滴多少，怎么滴？
    """),
    Topic(label="不良反应", own=("不良反应",), weight=3, asked="""
        {drug}有什么副作用？
        {use}{drug}会有哪些不良反应？
        {use}了{drug}可能会有什么不舒服？
        {drug}的不良反应有哪些？
        {drug}副作用大吗，都有什么？
        哪些反应可能是{drug}引起的？
        {drug}对身体有什么不好的影响？
        使用{drug}期间可能出现什么反应？
        担心{drug}的副作用，会有哪些？
        会不会因为{use}{drug}而不舒服？会有什么表现？
        留意{drug}的不良反应，该看哪些？
        请说明{drug}的不良反应。
        {drug}安全吗，有哪些已知的不良反应？
        用药后要观察{drug}的哪些不良反应？
        可能的副作用方面，{drug}有哪些？
        都说是药三分毒，{drug}有什么副作用？
        皮疹|过敏: {use}{drug}会过敏吗，还有什么不良反应？
        恶心|呕吐|腹泻|胃: {use}{drug}会伤胃、拉肚子吗？不良反应有哪些？
        头痛|头晕|眩晕: {use}{drug}会不会头晕头痛？有什么不良反应？
        罕见|偶见|常见: 常见的、少见的都算上，{drug}有哪些不良反应？
    """),
    Topic(label="禁忌", own=("禁忌", "不适宜人群"), words=("禁用", "忌用", "禁服", "忌服", "不得使用", "禁止使用", "不可使用"),
          where=("警示语", "用法用量", "注意事项"), weight=3, asked="""
        哪些人不能{use}{drug}？
        {drug}有什么禁忌？
        什么情况下不能{use}{drug}？
        {drug}禁用于哪些情况？
        谁不适合{use}{drug}？
        {use}{drug}有没有绝对不行的情况？
        {drug}的禁忌是什么？
        有哪些情形禁止使用{drug}？
        遇到什么情况就不该{use}{drug}？
        处方{drug}前要排除哪些禁忌？
        给药前核对{drug}的禁忌，要看哪些？
        是不是所有人都能{use}{drug}？哪些人不行？
        碰不得{drug}的都是些什么人？
        请说明{drug}的禁忌。
        用{drug}之前，要确认没有哪些情况？
        过敏: 过敏的人能{use}{drug}吗？禁忌有哪些？
        孕妇|妊娠: 怀孕能不能{use}{drug}？都有哪些禁忌？
        儿童|岁以下|婴: 小孩能{use}{drug}吗？有哪些禁忌？
    """),
    Topic(label="注意事项", own=("注意事项",), weight=3, asked="""
        {use}{drug}要注意什么？
        {drug}有哪些注意事项？
        使用{drug}期间需要留心什么？
        {use}{drug}的时候有什么要当心的？
        {drug}的注意事项都有什么？
        用药时{drug}有哪些地方要小心？
        有什么需要特别提醒的，{use}{drug}之前想知道。
        要是{use}{drug}，平时该注意些什么？
        给患者交代{drug}的注意事项，应该说哪些？
        怎样安全地{use}{drug}？有什么要注意？
        开始{use}{drug}前后，各有什么要注意的？
        请介绍{drug}的使用注意。
        护理上，{use}{drug}要注意哪些方面？
        担心用错，{drug}有什么要注意的地方？
        慎用: 哪些人要慎用{drug}？还要注意什么？
        忌: {use}{drug}期间要忌什么、注意什么？
        肝功能|肾功能|血压|血糖|血常规: {use}{drug}期间需要查什么、注意什么？
    """),
    Topic(label="警示语", thing="警示", own=("警示语",), weight=2, asked="""
        {drug}有什么特别的警告？
        {use}{drug}最要警惕的是什么？
        {drug}的警示内容是什么？
        使用{drug}有哪些严重风险要提前知道？
        {drug}的黑框警告讲的是什么？
        有没有关于{drug}的重要警示？
        最需要提醒{drug}使用者的是什么？
        开{drug}之前必须知道哪些警示？
        请说明{drug}的警示语。
        为什么说{drug}要特别小心？
    """),
    Topic(label="孕妇及哺乳期妇女用药", own=("孕妇及哺乳期妇女用药",), alone=False, weight=2,
          words=("孕妇", "妊娠", "怀孕", "孕期", "备孕", "哺乳", "授乳", "乳汁"), but=("避孕",), asked="""
        {drug}孕期和哺乳期用药要注意什么？
        孕妇|妊娠|怀孕: 孕妇能{use}{drug}吗？
        孕妇|妊娠|怀孕: 怀孕了还能{use}{drug}吗？
        孕妇|妊娠|怀孕: {drug}对孕妇安全吗？
        孕妇|妊娠|怀孕: 怀着宝宝能不能{use}{drug}？
        孕妇|妊娠|怀孕: 备孕、怀孕期间{use}{drug}有什么要求？
        孕妇|妊娠|怀孕: 给孕妇开{drug}要考虑什么？
        哺乳|乳汁: 喂奶期间能{use}{drug}吗？
        哺乳|乳汁: 哺乳期{use}{drug}要停止喂奶吗？
        哺乳|乳汁: 正在哺乳的妈妈可以{use}{drug}吗？
        哺乳|乳汁: {drug}会不会影响母乳喂养？
        孕产妇可以{use}{drug}吗？
        女性在怀孕或哺乳时怎样{use}{drug}？
        妇产科患者{use}{drug}有什么规定？
        请说明{drug}在孕妇及哺乳期妇女中的使用。
    """),
    Topic(label="孕妇用药", own=("孕妇用药",), weight=2, unless=("孕妇及哺乳期妇女用药",), words=("孕妇", "妊娠", "怀孕", "孕期", "备孕"),
          but=("避孕",), asked="""
        孕妇能{use}{drug}吗？
        怀孕了还能{use}{drug}吗？
        {drug}对孕妇安全吗？
        怀着宝宝能不能{use}{drug}？
        妊娠期{use}{drug}有什么要求？
        给孕妇开{drug}要考虑什么？
        孕期用药，{drug}可以吗？
        发现怀孕，{drug}还{use}不{use}？
        请说明孕妇使用{drug}的要求。
        打算要孩子，{use}{drug}有没有关系？
        准妈妈能不能{use}{drug}？
        {drug}在妊娠期怎么掌握？
    """),
    Topic(label="哺乳期妇女用药", own=("哺乳期妇女用药",), weight=2, unless=("孕妇及哺乳期妇女用药",), words=("哺乳", "授乳", "乳汁"),
          asked="""
        喂奶期间能{use}{drug}吗？
        哺乳期{use}{drug}要停止喂奶吗？
        正在哺乳的妈妈可以{use}{drug}吗？
        {drug}会不会影响母乳喂养？
        {use}了{drug}还能喂奶吗？
        给哺乳期妇女用{drug}要注意什么？
        母乳喂养期间{drug}怎么{use}才稳妥？
        产后喂奶，{drug}能不能{use}？
        请说明哺乳期使用{drug}的要求。
        宝宝还在吃奶，妈妈{use}{drug}行吗？
    """),
    Topic(label="儿童用药", own=("儿童用药",), weight=2,
          words=("儿童", "小儿", "婴儿", "婴幼儿", "幼儿", "新生儿", "岁以下", "青少年", "未成年"),
          but=("儿童不能接触", "儿童接触", "儿童接近"), asked="""
        小孩能{use}{drug}吗？
        儿童可以{use}{drug}吗？
        孩子{use}{drug}要注意什么？
        {drug}在儿童中怎么用？
        给孩子{use}{drug}有什么规定？
        未成年人{use}{drug}有什么要求？
        家里小朋友能不能{use}{drug}？
        {drug}小孩用安全吗？
        儿科用{drug}需要知道什么？
        请说明{drug}的儿童用药要求。
        多大的孩子能{use}{drug}，有说法吗？
        宝宝能{use}{drug}不能？
        患儿使用{drug}时怎么掌握？
        婴|新生儿: 婴幼儿能{use}{drug}吗？
        岁: 几岁的孩子{use}{drug}有限制？
    """),
    Topic(label="老年用药", own=("老年用药",), weight=2, words=("老年", "老人", "年老", "高龄", "65岁"), asked="""
        老年人能{use}{drug}吗？
        老人{use}{drug}要注意什么？
        上了年纪的人{use}{drug}有什么要当心的？
        {drug}在老年患者中怎么用？
        家里老人{use}{drug}可以吗？
        年纪大了，{use}{drug}需要调整吗？
        给老年患者用{drug}有什么要求？
        高龄患者使用{drug}时怎么掌握？
        请说明{drug}的老年用药要求。
        七十多岁能{use}{drug}吗？
        爷爷奶奶辈的人{use}{drug}有讲究吗？
        老年病房用{drug}，要知道什么？
    """),
    Topic(label="肝功能不全用药", thing="肝功能不全患者用药", own=("肝功能不全用药",), weight=1.5,
          words=("肝功能不", "肝功能损", "肝功能减", "肝功能障", "肝功能异", "肝功能受", "肝功能衰", "肝功能低", "肝病", "肝硬化", "肝损", "肝肾功能不", "肝、肾功能不", "肝脏疾", "肝脏病"),
          asked="""
        肝功能不好的人能{use}{drug}吗？
        肝不好，{use}{drug}要注意什么？
        有肝病的患者可以{use}{drug}吗？
        {drug}在肝功能不全时怎么用？
        转氨酶|ALT: 转氨酶高的人{use}{drug}有没有问题？
        给肝病患者用{drug}，有什么要求？
        肝功能异常时{drug}怎么掌握？
        {drug}和肝功能之间有什么要注意的？
        请说明肝功能不全者使用{drug}的要求。
        肝炎: 有肝炎的患者{use}{drug}行吗？
        肝硬化: 肝硬化患者{use}{drug}行吗？
    """),
    Topic(label="肾功能不全用药", thing="肾功能不全患者用药", own=("肾功能不全用药",), weight=1.5,
          words=("肾功能不", "肾功能损", "肾功能减", "肾功能障", "肾功能异", "肾功能受", "肾功能衰", "肾功能低", "肝肾功能不", "肾病", "肾脏疾", "肾脏病", "透析", "肌酐清除", "肾衰", "尿毒症"),
          asked="""
        肾功能不好的人能{use}{drug}吗？
        肾不好，{use}{drug}要注意什么？
        有肾病的患者可以{use}{drug}吗？
        {drug}在肾功能不全时怎么用？
        肌酐: 肌酐高的人{use}{drug}有没有问题？
        给肾病患者用{drug}，有什么要求？
        肾功能减退时{drug}怎么掌握？
        {drug}和肾功能之间有什么要注意的？
        请说明肾功能不全者使用{drug}的要求。
        慢性肾病患者{use}{drug}行吗？
        透析: 透析的病人{use}{drug}怎么办？
    """),
    Topic(label="药物相互作用", own=("药物相互作用",), weight=3,
          words=("合用", "同用", "同时使用", "同时服用", "同服", "联用", "联合使用", "联合用药", "配伍", "并用", "正在使用其他", "正在服用其他"),
          asked="""
        {drug}能和别的药一起{use}吗？
        {use}{drug}的时候不能和什么药合用？
        {drug}和其他药物有什么相互作用？
        同时{use}别的药，{drug}会受影响吗？
        哪些药跟{drug}有冲突？
        {drug}与其他药同用要注意什么？
        还在{use}其他药，能加{drug}吗？
        联合用药时{drug}需要留意什么？
        {use}着{drug}，再{use}别的药行不行？
        {drug}的药物相互作用有哪些？
        审核{drug}的合并用药，应当关注哪些？
        别的药会影响{drug}吗？或者反过来？
        请说明{drug}的药物相互作用。
        几种药一块{use}，其中有{drug}，会不会有问题？
        抗凝|华法林: 在用华法林这类抗凝药，能{use}{drug}吗？
        抗酸|铝|镁: 胃药里的抗酸剂和{drug}能一起{use}吗？
        降压|降血压: 降压药和{drug}能一起{use}吗？
        利尿: 利尿药和{drug}同用要注意什么？
        藜芦|甘遂|十八反|乌头: {drug}和哪些中药不能同用？
    """),
    Topic(label="饮食", thing="饮食要求", weight=2, where=("用法用量", "注意事项", "禁忌", "药物相互作用"),
          words=("饭前", "饭后", "餐前", "餐后", "餐时", "餐中", "空腹", "进食", "进餐", "随餐", "食物", "饮食", "葡萄柚", "西柚", "牛奶", "浓茶", "辛辣", "生冷", "油腻", "温水", "温开水", "开水冲", "开水送"),
          but=("禁食物", "食物中毒"), asked="""
        {use}{drug}期间饮食上要注意什么？
        吃喝上要怎么配合{drug}？
        在饮食方面，{use}{drug}有什么规定？
        饮食和{use}{drug}有关的要求是什么？
        食物|进食|饭|餐|空腹: {use}{drug}和吃饭有什么讲究？
        食物|进食|饭|餐|空腹: {drug}和食物之间有什么要求？
        食物|进食|葡萄柚|西柚|牛奶: 平时吃东西对{drug}有影响吗，有什么要求？
        饭前|餐前|空腹|饭后|餐后|餐时|餐中|随餐|进餐|进食: {drug}饭前{use}还是饭后{use}？
        饭前|餐前|空腹|饭后|餐后|餐时|餐中|随餐|进餐|进食: 空腹能{use}{drug}吗？
        饭前|餐前|空腹|饭后|餐后|餐时|餐中|随餐|进餐|进食: 什么时候{use}{drug}好，和吃饭怎么错开？
        辛辣|生冷|油腻|浓茶|忌: {use}{drug}要忌口吗？
        辛辣|生冷|油腻|浓茶|忌: 哪些东西在{use}{drug}期间不能吃？
        葡萄柚|西柚: {use}{drug}能吃西柚吗？
        温水|温开水|开水冲|开水送: 用什么水送服{drug}，有别的饮食要求吗？
    """),
    Topic(label="饮酒", thing="饮酒要求", where=("警示语", "用法用量", "禁忌", "注意事项", "药物相互作用"),
          words=("饮酒", "酒精", "含酒", "忌酒", "烟、酒", "烟酒", "戒酒", "喝酒", "饮用酒", "酒类", "烟、酒及", "嗜酒", "酗酒", "酒后"),
          asked="""
        {use}{drug}能喝酒吗？
        {use}{drug}期间喝酒有没有关系？
        喝了酒还能{use}{drug}吗？
        {drug}和酒有没有冲突？
        应酬要喝酒，{drug}还能{use}吗？
        酒精对{drug}有什么影响？
        患者爱喝酒，{use}{drug}要怎么提醒？
        在饮酒方面，{use}{drug}有什么要求？
        烟酒方面，{use}{drug}有什么要求？
        爱喝两口的人，{use}{drug}有什么要小心的？
    """),
    Topic(label="驾驶与操作机器", thing="驾驶与操作机器提醒", where=("警示语", "用法用量", "禁忌", "注意事项", "不良反应"),
          words=("驾驶", "驾车", "开车", "操作机器", "操纵机器", "操作机械", "操纵机械", "机械操作", "高空作业", "精密仪器", "高空"),
          asked="""
        {use}{drug}能开车吗？
        {use}了{drug}还可以开车吗？
        司机能{use}{drug}吗？
        {drug}影响驾驶吗？
        我是开车的，{use}{drug}行不行？
        高空作业的人能{use}{drug}吗？
        操作机器的工人{use}{drug}要注意什么？
        上班要开机器，{use}{drug}有没有风险？
        {use}{drug}之后开车、操作机器有什么要当心的？
        给司机开{drug}要交代什么？
    """),
    Topic(label="漏服", thing="漏用处理", where=("用法用量", "注意事项", "免疫程序和剂量"),
          words=("漏服", "漏用", "漏打", "忘记服", "忘记使用", "忘服", "补服"), asked="""
        忘了{use}{drug}怎么办？
        漏{use}一次{drug}要不要补？
        {drug}漏{use}了怎么处理？
        要是忘记{use}{drug}，下一次怎么{use}？
        患者漏{use}了{drug}，该怎么交代？
        {use}{drug}时间过了，还能补吗？
        少{use}了一顿{drug}怎么办？
        昨天没{use}{drug}，今天怎么{use}？
    """),
    Topic(label="停药与就医", thing="停药与就医要求", where=("警示语", "用法用量", "注意事项", "不良反应", "儿童用药", "老年用药"),
          words=("停药", "停用", "停止使用", "停止服用", "就医", "就诊", "去医院", "到医院", "医院诊治"),
          but=("停药后", "停药可", "停药即", "停药消失"), asked="""
        {use}{drug}期间出现什么情况要停药或看医生？
        什么时候该停{drug}？
        {drug}{use}到什么程度要去医院？
        怎样算是要停{drug}去看病的信号？
        停药和就医方面，{drug}有什么要求？
        哪些情况下要停用{drug}或者去医院？
        {use}着{drug}，什么情况要赶紧就医？
        {drug}可以自己停吗？停药有什么要求？
        无改善|无缓解|未缓解|未见好转|不见好转: 不见好的话，{drug}还要不要继续{use}？
        要告诉患者何时停用{drug}，该怎么说？
        碰到哪些情况应当停{drug}或者就诊？
        观察{drug}的疗效时，何时该停药、何时该就诊？
    """),
    Topic(label="过敏", thing="过敏提醒", where=("警示语", "用法用量", "禁忌", "注意事项"), words=("过敏",),
          but=("抗过敏", "过敏性鼻炎", "过敏性疾病"), asked="""
        对什么过敏的人不能{use}{drug}？
        过敏体质能{use}{drug}吗？
        {use}{drug}和过敏有关的要注意什么？
        有过敏史的人{use}{drug}要注意什么？
        容易过敏，{drug}能{use}吗？
        在过敏方面，{drug}有什么提醒？
        用{drug}之前要不要问过敏史？
        {drug}会不会引起过敏，哪些人要避开？
        皮试: {use}{drug}要做皮试吗？
        问诊过敏史时，{drug}有哪些要点？
    """),
    Topic(label="用药监测", thing="用药监测要求", where=("警示语", "用法用量", "注意事项", "药物相互作用"), experts=True,
          words=("定期检查", "定期监测", "监测", "定期复查", "应检查", "定期测", "定期进行", "复查", "定期随访"), asked="""
        {use}{drug}期间要做哪些检查？
        {drug}用药期间需要监测什么？
        长期{use}{drug}要定期查什么？
        使用{drug}的患者需要复查哪些指标？
        监护用{drug}的患者，该盯哪些指标？
        什么检查是{use}{drug}时要做的？
        开了{drug}以后，要随访哪些项目？
        用药监测方面，{drug}有什么要求？
        要不要定期抽血？{drug}对监测有什么要求？
        护理使用{drug}的患者，要监测哪些内容？
    """),
    Topic(label="慢性病患者用药", where=("警示语", "用法用量", "禁忌", "注意事项"),
          words=("慢性病", "高血压", "心脏病", "糖尿病", "青光眼", "前列腺", "哮喘", "心力衰竭", "溃疡"), asked="""
        本身有慢性病，能{use}{drug}吗？
        有基础病的人{use}{drug}要注意什么？
        高血压: 高血压患者能{use}{drug}吗？
        糖尿病: 有糖尿病能{use}{drug}吗？
        糖尿病: 血糖高的人{use}{drug}行吗？
        心脏病|心力衰竭: 心脏不好能{use}{drug}吗？
        青光眼: 青光眼病人可以{use}{drug}吗？
        前列腺: 前列腺有毛病，{use}{drug}行不行？
        哮喘: 有哮喘的人{use}{drug}要注意什么？
        溃疡: 胃溃疡患者能{use}{drug}吗？
        合并其他疾病的人{use}{drug}有什么要求？
        原来就有别的病，{drug}还能{use}吗？
        合并症较多的患者，{use}{drug}要顾及什么？
    """),
    Topic(label="药物过量", own=("药物过量",), weight=1.5, words=("过量", "超量", "超过推荐", "超剂量"), but=("过量饮酒",), asked="""
        {drug}{use}多了怎么办？
        不小心{use}过量的{drug}会怎样？
        {drug}过量了怎么处理？
        多{use}了{drug}有危险吗？
        误{use}了大量{drug}怎么办？
        {drug}过量会有什么表现，怎么救？
        急诊遇到{drug}过量的病人，该知道什么？
        {drug}能不能加量{use}？过量会怎样？
        请说明{drug}药物过量的情况。
        一次多{use}了几倍的{drug}，要紧吗？
        超量{use}{drug}有什么后果？
    """),
    Topic(label="药物滥用和药物依赖", thing="药物依赖", own=("药物滥用和药物依赖",), weight=1.5, asked="""
        {drug}会上瘾吗？
        长期{use}{drug}会不会有依赖？
        {drug}的成瘾性怎么样？
        {drug}有滥用的风险吗？
        请说明{drug}的药物依赖情况。
        怎样防止对{drug}产生依赖？
        {use}惯了{drug}停不下来怎么办，会依赖吗？
        有没有人滥用{drug}？依赖性如何？
    """),
    Topic(label="成份", own=("成份",), weight=1.5, asked="""
        {drug}里面有什么成份？
        {drug}是用什么做的？
        {drug}的主要成份是什么？
        {drug}含有哪些成份？
        想看看{drug}的配料，都有什么？
        哪些成份组成了{drug}？
        {drug}的组成是什么？
        请列出{drug}的成份。
        对成份敏感的人想知道{drug}含什么。
        什么是{drug}的有效成份？
        {drug}由哪些东西组成？
        核对成份时，{drug}含有什么？
        辅料: {drug}的成份和辅料各是什么？
    """),
    Topic(label="辅料", own=("辅料",), weight=0.5, asked="""
        {drug}用了哪些辅料？
        {drug}里除了主药还有什么？
        {drug}的辅料是什么？
        请列出{drug}的辅料。
        对辅料过敏，想知道{drug}加了什么辅料。
        什么辅料用在{drug}里？
    """),
    Topic(label="性状", own=("性状",), weight=0.7, asked="""
        {drug}长什么样？
        {drug}是什么颜色、什么样子的？
        {drug}的性状是怎样的？
        正常的{drug}应该是什么样子？
        怎么从外观辨认{drug}？
        {drug}外观怎么描述？
        拆开看，{drug}是什么样的？
        想确认拿到的{drug}对不对，它应该是什么样的？
        请描述{drug}的性状。
        味|气: {drug}是什么颜色、什么味道？
    """),
    Topic(label="规格", own=("规格",), weight=0.7, asked="""
        {drug}是什么规格的？
        {drug}有哪些规格？
        {drug}的规格是多少？
        一片、一支或一袋{drug}含多少药？规格怎么标的？
        药房里{drug}的规格是什么？
        换算剂量要用，{drug}的规格是多少？
        请写出{drug}的规格。
        单位剂量上，{drug}是什么规格？
    """),
    Topic(label="剂型", own=("剂型",), weight=0.7, asked="""
        {drug}是什么剂型？
        {drug}有哪些剂型和规格？
        {drug}做成了哪些剂型？
        市面上{drug}是什么剂型的？
        请写出{drug}的剂型。
        拿到的{drug}属于什么剂型？
        剂型方面，{drug}有哪几种？
        想知道{drug}是片剂、胶囊还是别的剂型。
    """),
    Topic(label="给药途径", own=("给药途径",), weight=0.7, experts=True, asked="""
        {drug}的给药途径是什么？
        {drug}通过什么途径给药？
        给{drug}时走什么途径？
        该从哪种途径使用{drug}？
        请写出{drug}的给药途径。
        {drug}是口服还是注射，途径怎么写？
        医嘱上{drug}的给药途径应该写什么？
    """),
    Topic(label="配制方法", own=("配制方法",), experts=True, asked="""
        {drug}怎么配？
        配制{drug}用什么溶媒、怎么操作？
        {drug}使用前怎样溶解和稀释？
        静配中心配{drug}，方法是什么？
        护士配液时{drug}怎么配？
        {drug}的配制方法是什么？
        请说明{drug}的溶解与稀释方法。
        怎样把{drug}配成可以用的液体？
    """),
    Topic(label="贮藏", thing="贮藏方法", own=("贮藏",), alone=False, weight=1.5,
          words=("儿童不能接触", "儿童接触", "儿童不易接触", "儿童触及"), where=("注意事项",), asked="""
        {drug}怎么存放？
        {drug}要放冰箱吗？
        {drug}应该放在哪里保存？
        家里怎么保管{drug}？
        {drug}的贮藏条件是什么？
        保存{drug}有什么要求？
        夏天天热，{drug}要怎么放？
        开封以后{drug}怎么收？贮藏要求是什么？
        药房、病区存放{drug}有什么要求？
        出差带着{drug}，存放要注意什么？
        请写出{drug}的贮藏方法。
        放在什么地方{drug}才不容易坏？
    """),
    Topic(label="有效期", own=("有效期",), weight=0.7, asked="""
        {drug}能放多久？
        {drug}的有效期是多长？
        {drug}多长时间过期？
        没拆的{drug}可以保存多长时间？
        请写出{drug}的有效期。
        买回来的{drug}，有效期一般是多久？
        盘点药品，{drug}的有效期是多少？
        放了一阵子的{drug}，有效期有多长？
    """),
    Topic(label="包装", own=("包装",), weight=0.3, asked="""
        {drug}是怎么包装的？
        一盒{drug}有多少，包装是怎样的？
        {drug}的包装是什么样的？
        请写出{drug}的包装。
        采购{drug}，包装规格怎样？
        整理药柜时，{drug}的包装是什么样？
    """),
    Topic(label="作用类别", own=("作用类别",), weight=0.7, asked="""
        {drug}属于哪一类药？
        {drug}是什么类型的药？
        按作用分，{drug}归在哪一类？
        {drug}的药物类别是什么？
        给{drug}归类，应该放在哪一类？
        请写出{drug}的作用类别。
        哪一类药里能找到{drug}？
        说说{drug}是哪类药。
    """),
    Topic(label="接种对象", own=("接种对象",), weight=2, asked="""
        {drug}给什么人打？
        哪些人应该接种{drug}？
        {drug}的接种对象是谁？
        多大的人可以接种{drug}？
        请说明{drug}的接种对象。
        要打{drug}，对年龄和人群有什么要求？
        接种门诊给谁打{drug}？
    """),
    Topic(label="适宜人群", own=("适宜人群",), asked="""
        哪些人适合{use}{drug}？
        {drug}适合谁？
        {drug}的适宜人群是哪些？
        想给家人买{drug}，它适合什么人？
        什么样的人可以{use}{drug}？
        请写出{drug}的适宜人群。
        谁用{drug}比较合适？
    """),
    Topic(label="药理毒理", thing="药理作用", own=("药理毒理", "临床药理"), experts=True, asked="""
        {drug}是怎么起作用的？
        {drug}的药理作用是什么？
        {drug}的作用机制是什么？
        从药理上说，{drug}怎么发挥疗效？
        {drug}在药理毒理方面有哪些资料？
        为什么{drug}会有效？作用原理是什么？
        请说明{drug}的药理毒理。
        讲讲{drug}起效的原理。
        动物|大鼠|小鼠|毒性: {drug}做过哪些药理毒理研究？
        考试问{drug}的药理作用，怎么答？
    """),
    Topic(label="药代动力学", own=("药代动力学",), experts=True, asked="""
        {drug}在体内是怎么吸收和排出的？
        {drug}的药代动力学特点是什么？
        {drug}在体内怎样代谢？
        进入人体后{drug}会经历什么过程？
        请说明{drug}的药代动力学。
        半衰期: {drug}的半衰期是多久？
        半衰期: 隔多久能从体内清除{drug}？药代数据怎样？
        血药浓度|达峰: {use}{drug}后多久血药浓度达到高峰？
        排泄|清除: {drug}主要从哪里排泄？
        药动学方面，{drug}有哪些数据？
    """),
    Topic(label="临床试验", own=("临床试验",), experts=True, asked="""
        {drug}做过什么临床试验，结果怎样？
        {drug}的疗效有临床研究支持吗？
        {drug}的临床试验是怎么做的？
        有哪些临床数据说明{drug}的效果？
        请介绍{drug}的临床试验。
        临床研究里{drug}表现如何？
        循证方面，{drug}有什么试验数据？
        想看{drug}的试验结果，有吗？
    """),
    Topic(label="专家点评", own=("专家点评",), asked="""
        专家怎么看{drug}？
        {drug}有什么用药点评？
        对{drug}有哪些点评？
        请介绍{drug}的专家点评。
        业内对{drug}如何评价？
        说说{drug}的用药要点和点评。
    """),
    Topic(label="化学名称", own=("化学名称",), weight=0.3, experts=True, asked="""
        {drug}的化学名称是什么？
        请写出{drug}的化学名。
        从化学上讲，{drug}叫什么？
        填资料要用，{drug}的化学名是什么？
        化学名怎么写？我问的是{drug}。
    """),
    Topic(label="别名", own=("别名", "商品名称"), weight=0.5, asked="""
        {drug}还有别的名字吗？
        {drug}又叫什么？
        {drug}的别名有哪些？
        同一种药，{drug}还有什么叫法？
        请写出{drug}的其他名称。
        怕买重了，{drug}还有哪些名称？
        别的名字里，哪些指的就是{drug}？
        听说{drug}有好几个名字，都是什么？
    """),
    Topic(label="英文名称", own=("英文名称",), weight=0.3, asked="""
        {drug}的英文名是什么？
        {drug}用英文怎么说？
        出国要带{drug}，英文名怎么写？
        请写出{drug}的英文名称。
        查外文文献，{drug}的英文名称是什么？
        英语里{drug}叫什么？
    """),
)  # fmt: skip

OFFICE = frozenset(  # of the file, not of the drug
    ("核准日期", "药品名称", "通用名称", "汉语拼音", "执行标准", "批准文号", "药品上市许可持有人", "生产企业", "说明书修订日期", "药品编码", "更多信息")
)  # fmt: skip
CHILD = ("小儿", "儿童", "婴", "幼儿", "宝宝")


@lru_cache(1000)
def topic(section: str) -> Topic:
    """What a section answers; one that no topic knows is asked by its name."""
    asked = SECTION.replace("{of}", f"{{drug}}的{section.replace(': ', '：')}")
    return _by_section().get(section) or Topic(label=section, own=(section,), asked=asked)


@cache
def _by_section() -> dict[str, Topic]:
    return {name: one for one in TOPICS for name in one.own}


@cache
def by_word() -> dict[str, list[Topic]]:
    """Which topics a sentence with this word may be about."""
    told: dict[str, list[Topic]] = {}
    for one in TOPICS:
        for word in one.words:
            told.setdefault(word, []).append(one)
    return told


# ---- put together --------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """What a question is to fit: the drug, the word for taking it, and the answer."""

    drug: str
    use: str
    answer: str
    manner: str = "whole"  # or one of MANNERS
    key: str = ""  # what a part begins with


def question(topic: Topic, asked: Asked, lot: Lot) -> str:
    """A question in somebody's words, with the drug's name in it."""
    if asked.manner == "whole":
        told = lot.one(topic.fitting(asked.answer)).replace("{use}", asked.use)
    else:
        told = lot.one(MANNERS[asked.manner]).replace("{of}", f"{{drug}}的{topic.named}").replace("{key}", asked.key)
    drug = asked.drug
    way = lot.of(4)
    if way == 0:
        return told.replace("{drug}", drug)
    if way == 1:
        return lot.one(POLITE) + told.replace("{drug}", drug)
    leads = (
        CHILD_LEADS
        if any(word in drug for word in CHILD)
        else EXPERT_LEADS
        if topic.experts or not lot.of(3)
        else LEADS
    )
    again = lot.one(NAMED_AGAIN)
    if told.startswith("{drug}") and not told.startswith("{drug}的") and lot.of(2):
        again = ""
    return lot.one(leads).replace("{drug}", drug) + told.replace("{drug}", again)


def opening(topic: Topic, drug: str, lot: Lot) -> str:
    """What an answer is opened with, or nothing."""
    if lot.of(2):
        return ""
    of = f"{drug}的{topic.named}"
    return lot.one(OPENED).replace("{of}", of).replace("{label}", topic.label) + "\n"
