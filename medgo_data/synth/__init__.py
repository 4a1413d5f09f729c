"""Rows that are written about documents: by rule, or by a model that is asked, paid once, and has to cite its source.

How it hangs together, from the recipe inwards:

    synthesizer        what all that ask a model have in common: prompt, parse, and what every row says of its making
    chat               which model is asked, and how; the request, and its key
    desk               where a request is answered: from what is kept (replies), or by the endpoint
    endpoint, pace     sending: at which pace, again after which faults, and what an error means
    batches, batch_api, notes   the other road: requests as files, and what is under way written down
    answers            one reading of replies for both roads
    purse              what may be spent, and was
    shape, passages    a reply of the shape that was declared; a document in pieces that a model can take
    forecast           what a batch would take, with nobody asked
    drug_qa … task_instructions  a file for each that writes; beside them drug_sections and drug_questions, findings (what is said of a
                       patient), emergency (what cannot wait), kept (what may not change in other words)
    grounded, self_contained, balanced, key_balanced, judge   what judges it; claims, quantities, rivals, wording and quotes read an answer and its source
    coverage           how much of the sources is cited in the end
"""

from medgo_data.synth.balanced import Balanced
from medgo_data.synth.chain_of_thought import ChainOfThought
from medgo_data.synth.chat import Chat
from medgo_data.synth.complaint_dialogue import ComplaintDialogue
from medgo_data.synth.complex_case import ComplexCase
from medgo_data.synth.consultation import Consultation
from medgo_data.synth.coverage import Coverage
from medgo_data.synth.drug_qa import DrugQA
from medgo_data.synth.drug_talk import DrugTalk
from medgo_data.synth.endpoint import Refused
from medgo_data.synth.exam_distractors import ExamDistractors
from medgo_data.synth.grounded import Grounded
from medgo_data.synth.guideline_qa import GuidelineQA
from medgo_data.synth.judge import Judge
from medgo_data.synth.key_balanced import KeyBalanced
from medgo_data.synth.paraphrase import Paraphrase
from medgo_data.synth.perspectives import Perspectives
from medgo_data.synth.safe_answer import SafeAnswer, SafePreference
from medgo_data.synth.sampled_preference import SampledPreference
from medgo_data.synth.self_contained import SelfContained
from medgo_data.synth.summary import Summary
from medgo_data.synth.synthesizer import Synthesizer, material
from medgo_data.synth.task_instructions import TaskInstructions

__all__ = [
    "Balanced",
    "ChainOfThought",
    "Chat",
    "ComplaintDialogue",
    "ComplexCase",
    "Consultation",
    "Coverage",
    "DrugQA",
    "DrugTalk",
    "ExamDistractors",
    "Grounded",
    "GuidelineQA",
    "Judge",
    "KeyBalanced",
    "Paraphrase",
    "Perspectives",
    "Refused",
    "SafeAnswer",
    "SafePreference",
    "SampledPreference",
    "SelfContained",
    "Summary",
    "Synthesizer",
    "TaskInstructions",
    "material",
]
