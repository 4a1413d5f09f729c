"""The first stage of privyscope with its pack for Simplified Chinese: patterns; its second is a model to be downloaded."""

from importlib.metadata import version
from pathlib import Path

from pii_spans import Spans, run


def main() -> None:
    import privyscope_zh_hans
    from privyscope._core.regex_filter import RegexFilter

    (rules,) = Path(privyscope_zh_hans.__file__).parent.rglob("regex_rules.yaml")
    patterns = RegexFilter.from_yaml(rules)

    def find(text: str) -> Spans:
        return [(told.start, told.end) for told in patterns.find(text)]

    run(find, version("privyscope-zh-hans"))


if __name__ == "__main__":
    main()
