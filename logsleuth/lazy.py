"""Expressions that wait to be compiled: there are hundreds of them, and a log needs a few."""

from __future__ import annotations

import re
from typing import AnyStr, Generic, cast


class Waiting(Generic[AnyStr]):
    """Stands for a `re.Pattern`, and compiles it when its first attribute is asked for."""

    def __init__(self, expression: AnyStr, flags: int) -> None:
        self._expression: AnyStr = expression
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        """Asked once for each attribute: afterwards it is found on the instance, at the price of any other."""
        if name.startswith("_"):
            raise AttributeError(name)
        value: object = getattr(re.compile(self._expression, self._flags), name)
        setattr(self, name, value)
        return value


def lazy(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, at the price of the first use; a mistake in it shows only then."""
    return cast("re.Pattern[AnyStr]", Waiting(expression, flags))
