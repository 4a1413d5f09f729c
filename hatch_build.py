"""Put the schemas into the wheel, once for each package: the two never import each other."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Schemas(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # a checkout is read where it lies
        inside = build_data["force_include"]
        inside["schemas"] = "medgo_data/schemas"  # one target a path: the folder goes to one, its files to the other
        for file in sorted(Path(self.root, "schemas").glob("*.json")):
            inside[f"schemas/{file.name}"] = f"medgo_train/schemas/{file.name}"
