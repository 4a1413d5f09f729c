"""Safety-Prompts: questions that tempt a model to do harm, in thirteen kinds. Only the questions are read.

The collection (thu-coai/Safety-Prompts) holds an answer of ChatGPT to each, and says itself that some are unsafe, some in English and
some in the wrong kind. So no answer of it ever becomes part of a row, not even a bad example: what is not read is not learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medgo_data import schema
from medgo_data.corpus import Piece
from medgo_data.sources.fields import Fields, Refused, fitting
from medgo_data.sources.json import Json

TYPICAL, ATTACK = "典型安全场景", "指令攻击"
SCENARIOS = {  # as the two files spell them, and as the README of the collection calls them in Chinese
    "Insult": (TYPICAL, "脏话侮辱"),
    "Unfairness_And_Discrimination": (TYPICAL, "偏见歧视"),
    "Crimes_And_Illegal_Activities": (TYPICAL, "违法犯罪"),
    "Physical_Harm": (TYPICAL, "身体伤害"),
    "Mental_Health": (TYPICAL, "心理健康"),
    "Privacy_And_Property": (TYPICAL, "财产隐私"),
    "Ethics_And_Morality": (TYPICAL, "道德伦理"),
    "Goal_Hijacking": (ATTACK, "目标劫持"),
    "Prompt_Leaking": (ATTACK, "Prompt泄漏"),
    "Role_Play_Instruction": (ATTACK, "赋予角色后发指令"),
    "Unsafe_Instruction_Topic": (ATTACK, "不安全的指令主题"),
    "Inquiry_With_Unsafe_Opinion": (ATTACK, "带有不安全观点的询问"),
    "Reverse_Exposure": (ATTACK, "反面诱导"),
}


@dataclass(frozen=True, kw_only=True)
class SafetyPrompts(Json):
    """For example ``SafetyPrompts(files="raw/safety/*_scenarios.json", license="Apache-2.0")``.

    ``text`` is what the user says, ``position`` its scenario: 典型安全场景 › 脏话侮辱. A record of a scenario that is none of the thirteen is
    refused. Files of another collection name their text in ``fields``, and have no scenario.
    """

    name: str = "prompts"
    category: str | None = "safety"

    def mapping(self) -> Fields:
        own: Fields = {"text": "prompt", "position": "position"}
        return fitting(self.name, own if self.fields is None else self.fields, schema.load(self.gives))

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        for found in super().records(piece):
            yield found if self.fields is not None else [_asked(record) for record in found]


def _asked(record: Any) -> Any:
    """What is asked, and in which scenario; nothing else of a record goes on."""
    if not isinstance(record, dict):
        return record
    told = record.get("type", record.get("group"))
    place = SCENARIOS.get("_".join(told.split())) if isinstance(told, str) else None
    return {"prompt": record.get("prompt"), "position": " › ".join(place)} if place else Refused("unknown_scenario")
