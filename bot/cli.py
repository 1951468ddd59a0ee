"""The command line. Each command imports what it needs when it runs, so that ``--help`` is quick."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.by_line import ROUTES, add_commands, write_record
from bot.core.errors import Code, VmdumpError

if TYPE_CHECKING:
    from bot.settings.model import Settings

DEFAULT_CONFIG = Path("/etc/vmdump/vmdump.yaml")
JOURNAL = "of a request, or `site`: what was refused before there was one, and the head of each closed one"
USAGE = 2
FAILED = 1

log = logging.getLogger("vmdump")


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's exit status: 0 well, 1 it did not work, 2 the command or the configuration is wrong."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except VmdumpError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        if logging.getLogger().handlers:
            log.critical("ended by a mistake of its own", exc_info=True)
        return _complain(VmdumpError(Code.INTERNAL, cause=type(error).__name__))
    return status


def _complain(error: VmdumpError) -> int:
    from bot.messages.catalogue import sentence
    from bot.ops.redaction import redact
    from bot.settings.place import ConfigFaults

    if isinstance(error, ConfigFaults):
        print(error, file=sys.stderr)
        return USAGE
    print(f"vmdump: {redact(sentence(error))}", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vmdump",
        description="Captures the memory of VMware VMs, with a second person's approval in Slack.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="run the bot until SIGTERM")
    _with_config(serve)
    serve.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    serve.add_argument("--log-format", choices=("text", "json"), default="text")
    serve.set_defaults(run=_serve)

    demo = commands.add_parser("demo", help="play a story in the lab, with the real bot")
    demo.add_argument("--scenario", metavar="NAME", help="default: the first of the list")
    demo.add_argument(
        "--guest",
        choices=("simulated", "qemu"),
        default="simulated",
        help="what runs in the VM; default: %(default)s",
    )
    demo.add_argument("--list", action="store_true", help="name the stories")
    demo.add_argument("--http", action="store_true", help="have Slack call the bot, not the bot Slack")
    demo.add_argument("--keep", type=Path, metavar="DIR", help="write below DIR and keep it")
    demo.set_defaults(run=_demo)

    record = commands.add_parser("record", help="write the record of a request as Markdown and JSON")
    record.add_argument("journal", metavar="ID", help=JOURNAL)
    record.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="default: here")
    record.add_argument("--socket", type=Path, metavar="PATH", help="through the running bot, by your rights")
    _with_config(record)
    record.set_defaults(run=_record)

    verify = commands.add_parser("verify", help="check that a record is whole and unaltered")
    verify.add_argument("journal", metavar="ID", help=JOURNAL)
    verify.add_argument("--no-thread", action="store_true", help="do not compare it with the thread in Slack")
    _with_config(verify)
    verify.set_defaults(run=_verify)

    restore = commands.add_parser(
        "restore", help="put back what is owed, without Slack and without the running bot"
    )
    restore.add_argument("--list", action="store_true", help="only say what is owed")
    _with_config(restore)
    restore.set_defaults(run=_restore)

    doctor = commands.add_parser(
        "doctor", help="say what is in the way of a capture: endpoints, privileges, host keys, lockdown"
    )
    doctor.add_argument("--json", action="store_true", help="for programs")
    _with_config(doctor)
    doctor.set_defaults(run=_doctor)

    explain = commands.add_parser("explain", help="say which rule lets somebody request a VM, or does not")
    explain.add_argument("--user", required=True, metavar="ID", help="Slack user id")
    explain.add_argument("--vm", required=True, metavar="NAME")
    explain.add_argument("--channel", required=True, metavar="ID")
    explain.add_argument("--route", choices=ROUTES)
    _with_config(explain)
    explain.set_defaults(run=_explain)

    add_commands(commands)

    inspect = commands.add_parser("inspect", help="judge a dump file by its bytes: format, complete, when")
    inspect.add_argument("file", type=Path, metavar="FILE")
    inspect.add_argument("--json", action="store_true", help="for programs")
    inspect.set_defaults(run=_inspect)

    db = commands.add_parser("db", help="the database").add_subparsers(metavar="COMMAND", required=True)
    backup = db.add_parser("backup", help="copy everything into one file, also while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    _with_config(backup)
    backup.set_defaults(run=_db_backup)
    back = db.add_parser(
        "restore", help="go back to a backup, with the bot stopped; what was under way is closed as unknown"
    )
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--replace", action="store_true", help="drop what the database holds now")
    _with_config(back)
    back.set_defaults(run=_db_restore)

    config = commands.add_parser("config", help="the configuration").add_subparsers(
        metavar="COMMAND", required=True
    )
    check = config.add_parser("check", help="say what is wrong with the configuration")
    _with_config(check)
    check.set_defaults(run=_config_check)
    return parser


def _with_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        action="append",
        metavar="FILE",
        help=f"may be repeated, later files override by key; default: {DEFAULT_CONFIG}",
    )


def _paths(options: argparse.Namespace) -> list[Path]:
    return options.config or [DEFAULT_CONFIG]


def _settings(options: argparse.Namespace) -> Settings:
    """The configuration, and from then on a log that hides what it refers to."""
    from bot.ops.logs import configure
    from bot.settings.loading import load

    configure(getattr(options, "log_level", "warning"), getattr(options, "log_format", "text"))
    return load(_paths(options))


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Runs to the end; of several errors at once, the one that a person can do something about is told."""
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        known = group.subgroup(VmdumpError)
        error: BaseException = group if known is None else known
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from group


def _serve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    # A settings file with a fault is told before the libraries are loaded.
    from bot.app import serve

    async def work() -> int:
        await serve(settings)
        return 0

    return _run(work())


def _demo(options: argparse.Namespace) -> int:
    from bot.demo.play import play
    from bot.demo.stories import BY_GUEST

    stories = BY_GUEST[options.guest]
    if options.list:
        width = max(map(len, stories))
        for name, story in stories.items():
            print(f"{name:<{width}}  {story.summary}")
        return 0
    name = options.scenario or next(iter(stories))
    if name not in stories:
        print(f"vmdump demo: there is no story {name}; --list names those that there are", file=sys.stderr)
        return USAGE
    return _run(play(stories[name], options.keep, http=options.http))


def _record(options: argparse.Namespace) -> int:
    if options.socket is not None:
        return write_record(options.socket, options.journal, options.out)
    from bot.inspection import write

    return _run(write(_settings(options), options.journal, options.out))


def _verify(options: argparse.Namespace) -> int:
    from bot.inspection import verify

    return _run(verify(_settings(options), options.journal, thread=not options.no_thread))


def _restore(options: argparse.Namespace) -> int:
    from bot.repair import restore

    return _run(restore(_settings(options), only_list=options.list))


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import doctor

    return _run(doctor(_settings(options), as_json=options.json))


def _explain(options: argparse.Namespace) -> int:
    from bot.core.route import Route
    from bot.explanation import explain
    from bot.requests.explain import Question

    route = None if options.route is None else Route(options.route)
    question = Question(options.user, options.channel, options.vm, route)
    return _run(explain(_settings(options), question))


def _inspect(options: argparse.Namespace) -> int:
    from bot.inspect_dump import inspect_file

    return inspect_file(options.file, as_json=options.json)


def _db_backup(options: argparse.Namespace) -> int:
    from bot.inspection import db_backup

    return _run(db_backup(_settings(options), options.file))


def _db_restore(options: argparse.Namespace) -> int:
    from bot.repair import db_restore

    return _run(db_restore(_settings(options), options.file, replace=options.replace))


def _config_check(options: argparse.Namespace) -> int:
    from bot.settings.check import check

    faults, warnings = check(_paths(options))
    for warning in warnings:
        print(f"warning: {warning}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print("The configuration is good.")
    return USAGE if faults else 0
