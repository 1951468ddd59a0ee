"""The texts of a language."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.errors import Code, Param, VmdumpError
from bot.messages.en.errors import ERRORS, NOT_READY
from bot.messages.en.texts import TEXTS
from bot.messages.escaping import Markup, escape, fill

LANGUAGES: Mapping[str, tuple[Mapping[str, str], Mapping[Code, str], Mapping[str, str]]] = {
    "en": (TEXTS, ERRORS, NOT_READY)
}


class Texts:
    """Texts by id, every value in them escaped."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._texts = LANGUAGES[language][0]

    def __call__(self, text_id: str, **values: object) -> Markup:
        """Raises ``KeyError`` for an id or a value that is missing."""
        return fill(self._texts[text_id], values)

    def has(self, text_id: str) -> bool:
        return text_id in self._texts

    def error(self, code: Code, params: Mapping[str, Param]) -> Markup:
        """The sentence for an error; a value that nobody gave shows as a question mark."""
        template = _template(self._language, code, params)
        return Markup(template.format_map(_Missing({k: lines(v) for k, v in params.items()})))


def sentence(error: VmdumpError, language: str = "en") -> str:
    """The error for a terminal, with its code."""
    template = _template(language, error.code, error.params)
    return f"{template.format_map(_Missing(error.params))} [{error.code.value}]"


def _template(language: str, code: Code, params: Mapping[str, Param]) -> str:
    _, errors, not_ready = LANGUAGES[language]
    if code is Code.NOT_READY:
        finding, seen = params.get("finding"), params.get("seen")
        for name in (f"{finding}.{seen}", f"{finding}"):
            if name in not_ready:
                return not_ready[name]
    return errors[code]


def lines(value: Param) -> Markup:
    """Line by line, so that the last of several VMs to choose from is not cut off."""
    return Markup("\n".join(escape(line) for line in str(value).split("\n")))


class _Missing(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
