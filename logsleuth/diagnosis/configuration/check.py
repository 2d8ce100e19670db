"""Holds a configuration against what its software really reads. In: the environment of a report. Out: notices.

A notice is no diagnosis: a healthy server with an odd setting stays healthy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logsleuth.diagnosis.advice import applies
from logsleuth.diagnosis.configuration.rules import Rule
from logsleuth.diagnosis.configuration.ucm_rules import UCM_RULES
from logsleuth.diagnosis.configuration.vllm_rules import VLLM_RULES
from logsleuth.model import Words
from logsleuth.model.configuration import ConfigurationNotice
from logsleuth.wording import fill

RULES: Final = (*UCM_RULES, *VLLM_RULES)


def check(environment: Mapping[str, str]) -> tuple[ConfigurationNotice, ...]:
    """The notices on these settings, in the order of the rules; of one rule and setting at most one."""
    found: dict[tuple[str, str], ConfigurationNotice] = {}
    for rule in RULES:
        notice = _judged(rule, environment)
        if notice is not None:
            found.setdefault((notice.id, notice.setting), notice)
    return tuple(found.values())


def _judged(rule: Rule, environment: Mapping[str, str]) -> ConfigurationNotice | None:
    if not all(_is_version(environment.get(name, "")) for name in rule.known):
        return None
    if not applies(rule.versions, environment) or not all(condition(environment) for condition in rule.when):
        return None
    text, advice = _filled(rule.text, environment), _filled(rule.advice, environment)
    if text is None or advice is None:
        return None
    names = dict.fromkeys((rule.setting, *rule.about, *rule.known))
    facts = tuple((name, environment[name]) for name in names if name in environment)
    return ConfigurationNotice(id=rule.id, setting=rule.setting, text=text, advice=advice, facts=facts)


def _is_version(text: str) -> bool:
    if not text:
        return False
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  dear, and for the few rules that need it

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _filled(words: Words, environment: Mapping[str, str]) -> Words | None:
    en, zh = fill(words.en, environment), fill(words.zh, environment)
    return None if en is None or zh is None else Words(en=en, zh=zh)
