"""The patterns of datamask-core; its model would have to be downloaded."""

from importlib.metadata import version

from pii_spans import Spans, run


def main() -> None:
    from datamask_core.regex_masker import RegexMasker

    masker = RegexMasker()

    def find(text: str) -> Spans:
        return [(told["start"], told["end"]) for told in masker.extract(text)]

    run(find, version("datamask-core"))


if __name__ == "__main__":
    main()
