"""CBLUE 3.0: the 18 tasks of Chinese biomedical language understanding, from their files to their scores."""
