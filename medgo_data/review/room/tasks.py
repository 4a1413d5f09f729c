"""What a physician can be asked about a row, in which words, and what there is to say to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Words = tuple[str, str]  # in Chinese, in English

# Why an answer is not as it should be. The names go into verdicts, the words onto the page.
WRONG: Mapping[str, Words] = {
    "factual_error": ("医学事实错误", "medically wrong"),
    "beyond_source": ("超出或违背原文", "not in the source, or against it"),
    "harmful": ("可能造成伤害", "could harm"),
    "dose_wrong": ("剂量、数值或单位有误", "dose, number or unit wrong"),
    "incomplete": ("遗漏重要内容", "leaves out what matters"),
    "outdated": ("内容过时", "out of date"),
    "question_unclear": ("问题不清或不能单独读懂", "question unclear or not self-contained"),
    "poor_language": ("语言不通顺或不得体", "poor language or tone"),
    "other": ("其他", "something else"),
}
QUESTION: Mapping[str, Words] = {
    "no_right_option": ("没有正确选项", "no option is right"),
    "several_right": ("不止一个正确选项", "more than one is right"),
    "question_unclear": ("题干不清", "question unclear"),
    "outdated": ("内容过时", "out of date"),
    "too_easy": ("过于简单", "too easy"),
    "cue": ("选项有提示性", "the options give it away"),
    "other": ("其他", "something else"),
}


SAYS: Mapping[str, Words] = {
    "accept": ("通过", "accept"),
    "reject": ("不通过", "reject"),
    "edit": ("修改后通过", "edit"),
    "unsure": ("不确定", "unsure"),
    "none": ("没有正确选项", "no right option"),
}
ROLES: Mapping[str, Words] = {
    "reviewer": ("评审人", "reviewer"),
    "adjudicator": ("仲裁人", "adjudicator"),
    "admin": ("管理员", "admin"),
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked, how many are asked independently of one another, and what they are told."""

    name: str
    title: Words
    labels: int = 1
    reasons: Mapping[str, Words]
    guide: Words

    def version(self, guide: str | None = None) -> str:
        """Of what the reviewer was told: a digest of it."""
        return hashlib.sha256((guide or "\n".join(self.guide)).encode()).hexdigest()[:8]


TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="check",
            title=("问答审核", "Check of questions and answers"),
            reasons=WRONG,
            guide=(
                (
                    "对照原文，判断回答能否用于训练医学模型。正确、有据、完整：通过。有小错而能改好：修改后通过。有错误、超出原文或可能造成伤害：不通过，并选原因。"
                    "拿不准：不确定，由上级医师裁定。"
                ),
                (
                    "With the source beside it: may this answer teach a model? Right, founded and complete: accept. A small fault that you can mend: edit. "
                    "Wrong, unfounded or harmful: reject, and say why. In doubt: unsure, and a senior physician decides."
                ),
            ),
        ),
        Task(
            name="feedback",
            title=("回答评价", "Feedback on answers"),
            reasons=WRONG,
            guide=(
                "假如这是您的患者收到的回答，是否可以接受？可以接受：通过。不可以接受：不通过，并选原因。",
                "If a patient of yours had been given this answer, would it be acceptable? If so, accept; if not, reject, and say why.",
            ),
        ),
        Task(
            name="pair",
            title=("两答比较", "Which of two is better"),
            reasons=WRONG,
            guide=(
                "两个回答中哪一个更好？先看是否正确和安全，再看是否完整、清楚。分不出高下：一样好。",
                "Which of the two is better? Right and safe first, complete and clear second. If neither is, say that they are equal.",
            ),
        ),
        Task(
            name="ranking",
            title=("多答排序", "Ranking"),
            reasons=WRONG,
            guide=(
                "从最好到最差，依次按下各回答的编号。先看是否正确和安全，再看是否完整、清楚。",
                "Press the numbers of the answers from the best to the worst. Right and safe first, complete and clear second.",
            ),
        ),
        Task(
            name="options",
            title=("选项核对", "Check of options"),
            labels=2,
            reasons=QUESTION,
            guide=(
                "独立作答：按下每一个正确选项的字母，再按回车。没有正确选项时直接按回车，并选原因。两人意见不一致时由副主任医师裁定。",
                (
                    "Answer it yourself: press the letter of each right option, then Enter. If none is right, press Enter alone and say why. "
                    "Where two disagree, a senior physician decides."
                ),
            ),
        ),
        Task(
            name="residual",
            title=("脱敏残留", "What was left of identifiers"),
            reasons={},
            guide=(
                "逐字阅读，找出仍能辨认个人身份的内容：选中文字，再按其类型。没有遗漏：通过。",
                "Read every word, and mark what could still tell who somebody is: select the text, then press its type. Nothing left: accept.",
            ),
        ),
    )
}


def guide(path: Path | None, task: Task) -> str:
    """What reviewers are told: a text of the hospital's own, or that of the task."""
    return path.read_text("utf-8-sig").strip() if path else task.guide[0]
