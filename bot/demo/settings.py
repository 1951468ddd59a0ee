"""Other settings and rules than the demo's own, for stories and tests; to be set before the bot starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from bot.demo.shipped import shipped_config
from bot.demo.stage import Stage

Change = Callable[[dict[str, Any]], object]


def change_rules(stage: Stage, change: Change) -> None:
    """Has the bot go by the rules with a change: the stage's own, or the shipped ones where it has none."""
    own = stage.folder / "rbac.yaml"
    source = own if own.exists() else shipped_config() / "rbac.yaml"
    rules = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(rules)
    own.write_text(yaml.safe_dump(rules), encoding="utf-8")
    change_settings(stage, lambda site: site.update(rbac="rbac.yaml"))


def change_settings(stage: Stage, change: Change) -> None:
    """Changes the site's own settings file."""
    path = stage.config[-1]
    site = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(site)
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
