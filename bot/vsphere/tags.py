"""The tags of a VM, which vCenter tells over REST alone.

vCenter leaves out tags and categories that the account may not read, without a word: that it may read none is
guessed from seeing no category at all, that it may not read some shows nowhere.
"""

from __future__ import annotations

import logging
from contextlib import closing
from typing import Any
from urllib.parse import quote

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.rest import RestSession, Talk, form_for
from bot.vsphere.session import Link

_log = logging.getLogger(__name__)
_VCENTER = "VirtualCenter"


class TagReader:
    """Reads them with a session of its own, and says once in the log that it cannot."""

    def __init__(self, endpoint: VCenterEndpoint) -> None:
        self._endpoint = endpoint
        self._rest = RestSession(endpoint)
        self._told = False

    def read(self, link: Link, moid: str) -> tuple[str, ...]:
        """``category:name``, sorted. Nothing is kept: tags are renamed and moved without a new id.

        Raises ``VmdumpError``, ``OSError``, ``HTTPException``.
        """
        about = link.content.about
        form = form_for(about.apiVersion) if about.apiType == _VCENTER else None
        if form is None:
            raise VmdumpError(
                Code.VCENTER_FAULT, endpoint=self._endpoint.name, fault="tags need a vCenter from 6.0 on"
            )
        with closing(self._rest.talk(link.connect, form)) as talk:
            found = _tags(talk, moid)
        self._told = False
        return found

    def failed(self, error: VmdumpError) -> None:
        """Says so in the log, until they can be read again."""
        if not self._told:
            self._told = True
            _log.warning(
                "vCenter %s: tags cannot be read, rules that name them refuse: %s %s",
                self._endpoint.name,
                error.code.value,
                error.params,
            )

    def log_out(self) -> None:
        self._rest.log_out()


def _tags(talk: Talk, moid: str) -> tuple[str, ...]:
    form = talk.form
    attached = talk.ask(
        "POST",
        f"{form.tagging}/tag-association?{form.action}=list-attached-tags",
        {"object_id": {"id": moid, "type": "VirtualMachine"}},
    )
    if not isinstance(attached, list | None):
        raise talk.fault("no list of tags")
    # govmomi's simulator says null for an empty list.
    if not attached and not talk.ask("GET", f"{form.tagging}/category"):
        raise talk.fault("no category of tags can be seen")
    tags = [_of(talk, "tag", tag) for tag in attached or ()]
    categories = {
        category: _text(talk, _of(talk, "category", category), "name")
        for category in {_text(talk, tag, "category_id") for tag in tags}
    }
    return tuple(
        sorted(f"{categories[_text(talk, t, 'category_id')]}:{_text(talk, t, 'name')}" for t in tags)
    )


def _of(talk: Talk, kind: str, name: Any) -> Any:
    """The tag or category of an id."""
    return talk.ask("GET", f"{talk.form.tagging}/{kind}/{talk.form.before_id}{quote(str(name), safe=':')}")


def _text(talk: Talk, found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    if not isinstance(value, str):
        raise talk.fault(f"no {key}")
    return value
