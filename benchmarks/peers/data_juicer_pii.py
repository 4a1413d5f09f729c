"""What data-juicer hides: by its operator for personal data, and by those for e-mail and network addresses."""

import os
import re
from importlib.metadata import version

from pii_spans import Spans, gaps, run

MARK = "\ue000"


def main() -> None:
    os.environ |= {
        "UV_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
    }  # it installs what it misses while it runs: let it fail instead
    from data_juicer.ops.mapper import CleanEmailMapper, CleanIpMapper, PiiRedactionMapper

    batched = [CleanEmailMapper(repl=MARK), CleanIpMapper(repl=MARK)]
    redacting = PiiRedactionMapper()

    def find(text: str) -> Spans:
        sample = {"text": [text]}
        for operator in batched:
            sample = operator.process_batched(sample)
        redacted = redacting.process_single({"text": text})["text"]
        marked = re.sub(r"\[(?:[A-Z_]+_)?REDACTED\]", MARK, redacted)
        return [*gaps(text, sample["text"][0], MARK), *gaps(text, marked, MARK)]

    run(find, version("py-data-juicer"))


if __name__ == "__main__":
    main()
