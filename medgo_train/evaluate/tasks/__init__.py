"""The kinds of tasks of an evaluation: exams, CBLUE, open answers, attitude scales."""
