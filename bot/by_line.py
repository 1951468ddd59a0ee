"""``vmdump request|approve|deny|cancel``: wishes to the running bot."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.local.wire import Answer

DONE, REFUSED = 0, 1
SOCKET = Path("/run/vmdump/vmdump.sock")
ROUTES = ("api", "ssh", "bundle")


def add_commands(commands: Any) -> None:
    """Adds them to the command line's parsers."""
    request = commands.add_parser("request", help="ask the running bot for a capture")
    request.add_argument("vm", metavar="VM", help="name, inventory path, UUID or id")
    request.add_argument("--channel", required=True, metavar="ID", help="whose thread is the record")
    request.add_argument("--reason", default="", metavar="TEXT")
    request.add_argument("--rehearse", action="store_true", help="everything of a capture but the NMI")
    request.add_argument("--route", choices=ROUTES)
    request.add_argument("--override", action="store_true", help="in spite of what speaks against the dump")
    request.set_defaults(run=_request)
    for op, what in (("approve", "approve the plan that is shown"), ("deny", "deny the plan")):
        vote = commands.add_parser(op, help=f"{what}; rules have to allow that by the command line")
        vote.add_argument("request", metavar="ID")
        vote.add_argument("--vm", metavar="NAME", help="the VM's name, instead of typing it when asked")
        vote.add_argument(
            "--digest", metavar="HASH", help="the plan that is meant, as `vmdump show` prints it"
        )
        vote.add_argument("--reason", default="", metavar="TEXT")
        vote.set_defaults(run=_vote, op=op)
    for name, what, run in (
        ("show", "print the plan that stands for approval", _show),
        ("cancel", "call a request off", _cancel),
    ):
        one = commands.add_parser(name, help=what)
        one.add_argument("request", metavar="ID")
        one.set_defaults(run=run)
    for parser in (commands.choices[name] for name in ("request", "approve", "deny", "show", "cancel")):
        parser.add_argument(
            "--socket",
            type=Path,
            default=Path(os.environ.get("VMDUMP_SOCKET", SOCKET)),
            metavar="PATH",
            help=f"of the running bot; default: $VMDUMP_SOCKET or {SOCKET}",
        )


def _request(options: argparse.Namespace) -> int:
    return _do(
        options,
        "request",
        vm=options.vm,
        channel=options.channel,
        reason=options.reason,
        rehearse=options.rehearse,
        route=options.route,
        override=options.override,
    )


def _vote(options: argparse.Namespace) -> int:
    """Nobody votes unseen: the plan is shown and the name typed, or both are given."""
    digest, vm = options.digest, options.vm
    if digest is None or vm is None:
        shown = _sent(options, "show", request=options.request)
        _print(shown)
        if not shown.done:
            return REFUSED
        digest = digest or shown.digest
        vm = vm or _typed(f"Type the VM's name to {options.op}: ")
    return _do(
        options,
        options.op,
        request=options.request,
        digest=digest,
        vm=vm,
        reason=options.reason,
    )


def _show(options: argparse.Namespace) -> int:
    return _do(options, "show", request=options.request)


def _cancel(options: argparse.Namespace) -> int:
    return _do(options, "cancel", request=options.request)


def write_record(path: Path, request: str, folder: Path) -> int:
    """A record through the running bot, for accounts that cannot read its database."""
    from bot.local.client import ask

    for form in ("md", "json"):
        answer = ask(path, {"op": "record", "request": request, "form": form})
        if not answer.done:
            print(answer.text, file=sys.stderr)
            return REFUSED
        file = folder / f"{request}.{form}"
        try:
            file.write_text(answer.text, encoding="utf-8")
        except OSError as error:
            print(f"vmdump: the record cannot be written to {folder}: {error.strerror}", file=sys.stderr)
            return REFUSED
        print(file)
    return DONE


def _do(options: argparse.Namespace, op: str, **values: Any) -> int:
    answer = _sent(options, op, **values)
    _print(answer)
    return DONE if answer.done else REFUSED


def _sent(options: argparse.Namespace, op: str, **values: Any) -> Answer:
    from bot.local.client import ask

    return ask(options.socket, {"op": op, **values})


def _print(answer: Answer) -> None:
    print(answer.text, file=sys.stdout if answer.done else sys.stderr)
    if answer.digest is not None:
        print(f"digest {answer.digest}")


def _typed(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        return ""
