"""The room in which physicians review: what they are asked, who may see what, and what they said, kept as it was said."""
