"""Rows that are written about documents: by rule, or by a model that is asked, paid once, and has to cite its source.

How it hangs together, from the recipe inwards:

    synthesizer        what all that ask a model have in common: prompt, parse, and what every row says of its making
    chat               which model is asked, and how; the request, and its key
    desk               where a request is answered: from what is kept (replies), or by the endpoint
    endpoint, pace     sending: at which pace, again after which faults, and what an error means
    purse              what may be spent, and was
    shape, passages    a reply of the shape that was declared; a document in pieces that a model can take
"""

from medgo_data.synth.balanced import Balanced
from medgo_data.synth.chat import Chat
from medgo_data.synth.complaint_dialogue import ComplaintDialogue
from medgo_data.synth.drug_qa import DrugQA
from medgo_data.synth.drug_talk import DrugTalk
from medgo_data.synth.endpoint import Refused
from medgo_data.synth.grounded import Grounded
from medgo_data.synth.guideline_qa import GuidelineQA
from medgo_data.synth.judge import Judge
from medgo_data.synth.safe_answer import SafeAnswer, SafePreference
from medgo_data.synth.self_contained import SelfContained
from medgo_data.synth.synthesizer import Synthesizer, material

__all__ = [
    "Balanced",
    "Chat",
    "ComplaintDialogue",
    "DrugQA",
    "DrugTalk",
    "Grounded",
    "GuidelineQA",
    "Judge",
    "Refused",
    "SafeAnswer",
    "SafePreference",
    "SelfContained",
    "Synthesizer",
    "material",
]
