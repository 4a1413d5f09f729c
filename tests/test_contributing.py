from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parent.parent / "CONTRIBUTING.md"


def test_the_examples_for_contributors_run_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 5
    monkeypatch.chdir(tmp_path)
    page = ModuleType("contributing")
    monkeypatch.setitem(sys.modules, page.__name__, page)
    for block in blocks:
        code = compile(block, PAGE.name, "exec", dont_inherit=True)  # without this file's own `from __future__`
        exec(code, page.__dict__)  # noqa: S102  our own page
