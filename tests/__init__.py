"""A package, so that tests share what is in `tiny`, whatever else is installed."""
