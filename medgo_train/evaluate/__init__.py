"""What a model can do: tasks, parsers, metrics and statistics, as a reviewer of a paper would want them."""
