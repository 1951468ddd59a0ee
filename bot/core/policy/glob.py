"""The patterns of the policy: ``*`` is any text, ``?`` one character, everything else is itself.

Not ``fnmatch``: there ``[`` opens a character class, and VM names such as ``db[1]`` are common.
"""

from __future__ import annotations


def glob_match(pattern: str, text: str) -> bool:
    """Whether all of the text fits. Case matters; slashes are ordinary characters.

    Two pointers instead of a regular expression: a pattern with many stars costs at most
    ``len(pattern) * len(text)`` steps.
    """
    at = text_at = 0
    star = star_text = -1
    while text_at < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, star_text = at, text_at
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[text_at]):
            at += 1
            text_at += 1
        elif star >= 0:
            star_text += 1
            at, text_at = star + 1, star_text
        else:
            return False
    return not pattern[at:].strip("*")


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def name_match(pattern: str, name: str) -> bool:
    """Like ``glob_match``, blind to case: people type VM and host names either way."""
    return glob_match(pattern.casefold(), name.casefold())


def folder_of(path: str) -> str:
    """The folder of an inventory path, a slash at its end: ``/DC1/vm/prod/`` of ``/DC1/vm/prod/DumpTest``."""
    return path[: path.rfind("/") + 1]


def folder_match(pattern: str, path: str) -> bool:
    """Whether the folder of an inventory path fits the pattern.

    ``/DC1/vm/prod`` is that folder alone; ``/DC1/vm/prod/*`` is that folder and all below it;
    ``/DC1/vm/prod*`` is every folder whose name begins so, and all below.
    """
    whole = pattern if pattern.endswith(("*", "/")) else pattern + "/"
    return glob_match(whole, folder_of(path))
