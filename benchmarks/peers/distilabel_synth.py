"""The same questions in distilabel: a pipeline of one step, in batches as large as may be under way."""

from __future__ import annotations

import json
import os
import sys


def main(url: str, given: str, out: str, at_once: str) -> None:
    os.environ |= {"OPENAI_API_KEY": "none", "HF_HUB_OFFLINE": "1", "HF_HOME": out}
    from datasets import load_dataset
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps.tasks import TextGeneration

    docs = load_dataset("parquet", data_files=given, split="train").rename_column("text", "instruction")
    with Pipeline(name="asked", cache_dir=out) as pipeline:
        TextGeneration(
            llm=OpenAILLM(model="m", base_url=url, api_key="none", generation_kwargs={"max_new_tokens": 100}),
            system_prompt="你是药师。",
            input_batch_size=int(at_once),
        )
    made = pipeline.run(dataset=docs, use_cache=False)["default"]["train"]
    print(json.dumps({"replies": sum("question" in (one or "") for one in made["generation"])}))


if __name__ == "__main__":
    main(*sys.argv[1:])
