"""E-mail and network addresses, as datatrove's formatter hides them."""

from importlib.metadata import version

from pii_spans import Spans, gaps, run

MARK = "\ue000"


def main() -> None:
    from datatrove.pipeline.formatters import PIIFormatter

    formatter = PIIFormatter(only_remove_public_ips=False, email_replacement=MARK, ip_replacement=MARK)

    def find(text: str) -> Spans:
        return gaps(text, formatter.format(text), MARK)

    run(find, version("datatrove"))


if __name__ == "__main__":
    main()
