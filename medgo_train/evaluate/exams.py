"""Well-known exams: where the rows of each have what, as their authors give them."""

from __future__ import annotations

from medgo_train.evaluate.choice import Exam

EXAMS = {
    exam.name: exam
    for exam in (
        Exam(name="clinicalqa", category=("department",)),
        Exam(
            name="cmb",
            options="option",
            id="id",
            multiple=("question_type", "多项选择题"),
            category=("exam_type", "exam_class"),
        ),
        Exam(name="cmexam", question="Question", options="Options", answer="Answer", multiple=True),
        Exam(name="medqa", answer="answer_idx", language="en"),
        Exam(name="medqa_zh", answer="answer_idx"),
        Exam(
            name="medmcqa",  # as the authors give it; on Hugging Face, counts_from=0
            options=("opa", "opb", "opc", "opd"),
            answer="cop",
            counts_from=1,
            id="id",
            category=("subject_name",),
            language="en",
        ),
        Exam(name="mmlu_pro", id="question_id", category=("category",), language="en"),
        Exam(name="ceval", options=("A", "B", "C", "D"), id="id"),
        Exam(name="cmmlu", question="Question", options=("A", "B", "C", "D"), answer="Answer"),
        Exam(
            name="pubmedqa",
            question="QUESTION",
            stem="CONTEXTS",
            choices=("yes", "no", "maybe"),
            answer="final_decision",
            id="id",
            language="en",
        ),
    )
}
