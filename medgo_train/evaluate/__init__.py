"""Evaluation: what a model answers, read without mercy and without crashing, and scored by rules that are said aloud."""
