"""Presidio with the recognizers of its own that know no country, told that the texts are Chinese."""

from importlib.metadata import version

from pii_spans import Spans, run


def main() -> None:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer import predefined_recognizers as own
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    names = ("CreditCard", "Crypto", "Date", "Iban", "Ip", "MacAddress", "Phone", "Url")  # Email asks the network
    registry = RecognizerRegistry(recognizers=[], supported_languages=["zh"])
    for name in names:
        kind = getattr(own, f"{name}Recognizer")
        more = {"supported_regions": ("CN", "TW", "HK", "US")} if name == "Phone" else {}
        registry.add_recognizer(kind(supported_language="zh", **more))
    nothing = NoOpNlpEngine(models=[{"lang_code": "zh", "model_name": "none"}])
    engine = AnalyzerEngine(registry=registry, nlp_engine=nothing, supported_languages=["zh"])

    def find(text: str) -> Spans:
        return [(told.start, told.end) for told in engine.analyze(text, "zh")]

    run(find, version("presidio-analyzer"))


if __name__ == "__main__":
    main()
