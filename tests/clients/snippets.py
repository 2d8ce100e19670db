"""The configurations in docs/shippers.md, by their names, and what stands for what in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.clients.crash import ROOT
from tests.clients.proxy import LOCAL

PAGE: Final = ROOT / "docs" / "shippers.md"
FENCE: Final = re.compile(r"^```(\w+) ([\w-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOGS: Final = "/var/log/vllm"
STATES: Final = ("/var/spool/rsyslog", "/var/lib/syslog-ng")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One configuration, in its language, and the section it stands in."""

    name: str
    language: str
    text: str
    section: str

    def placed(self, port: int, folder: Path) -> str:
        """For a proxy at a port, with the folder of the logs and of what is kept."""
        text = self.text.replace("logsleuth:8514", f"{LOCAL}:{port}")
        text = text.replace('server="logsleuth" serverport="8514"', f'server="{LOCAL}" serverport="{port}"')
        for state in STATES:
            text = text.replace(state, str(folder / "state"))
        return text.replace(LOGS, str(folder / "log"))


def snippets() -> dict[str, Snippet]:
    """All of them."""
    found: dict[str, Snippet] = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        for language, name, text in FENCE.findall(section):
            assert name not in found, f"two snippets are called {name}"
            found[name] = Snippet(name=name, language=language, text=text, section=section)
    return found


SNIPPETS: Final = snippets()
