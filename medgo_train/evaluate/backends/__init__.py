"""Where a model is asked: at an endpoint, in a folder with transformers or vLLM, or in a file of what it said before."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from medgo_train.evaluate.backends.backend import Ask, Backend, How, Reply
from medgo_train.evaluate.files import EvaluationError

__all__ = ["Ask", "Backend", "How", "Reply", "open_model"]
Engine = Literal["transformers", "vllm"]


def open_model(where: str, how: How | None = None, engine: Engine = "transformers") -> Backend:
    """The model at a URL, in a folder, or in a file of replies."""
    how = how or How()
    if where.startswith(("http://", "https://")):
        from medgo_train.evaluate.backends.endpoint import Endpoint

        return Endpoint(where, how)
    path = Path(where)
    if path.is_file():
        from medgo_train.evaluate.backends.replay import Replay

        return Replay(path, how)
    if not (path / "config.json").is_file():
        raise EvaluationError(
            f"{where} holds no model. Name the folder final of a run, an endpoint (http://host:8000/v1), or a file of "
            f"replies in JSON Lines."
        )
    if engine == "vllm":
        from medgo_train.evaluate.backends.vllm import Vllm

        return Vllm(path, how)
    from medgo_train.evaluate.backends.folder import Folder

    return Folder(path, how)
