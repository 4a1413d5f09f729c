"""JioNLP's extractors of what can tell who somebody is."""

import re
from importlib.metadata import version

from pii_spans import Spans, run


def main() -> None:
    import jionlp

    names = ("email", "id_card", "ip_address", "motor_vehicle_licence_plate", "phone_number", "qq", "url", "wechat_id")
    extractors = [getattr(jionlp, f"extract_{name}") for name in names]

    def find(text: str) -> Spans:
        # without the details: those of an e-mail fail where its domain has no dot
        said = {value for extract in extractors for value in extract(text)}
        return [found.span() for value in said if value for found in re.finditer(re.escape(value), text)]

    run(find, version("jionlp"))


if __name__ == "__main__":
    main()
