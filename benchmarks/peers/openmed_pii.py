"""openmed's deterministic sweep with its patterns for Chinese; its models would have to be downloaded."""

from importlib.metadata import version

from pii_spans import Spans, run


def main() -> None:
    from openmed.core.safety_sweep import safety_sweep

    def find(text: str) -> Spans:
        return [(told.start, told.end) for told in safety_sweep(text, [], lang="zh")]

    run(find, version("openmed"))


if __name__ == "__main__":
    main()
