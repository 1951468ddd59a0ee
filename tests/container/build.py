"""Carries out the Dockerfile's steps in a clean root, and runs what comes out as a container would.

For machines without a container engine: ``python -m tests.container.build FOLDER``, as root. The base image
is stood in for by a Debian of the same release, made by debootstrap; everything else is what the file says.
The result is mounted read-only, but for the volume, and plays a story of the demo as the image's user.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.container.dockerfile import ROOT, Stage, stages

RELEASE = "bookworm"
PACKAGES = "ca-certificates,python3,python3-venv"
OUTSIDE = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL")
"""passed on, so that the steps reach what this machine reaches"""


class Root:
    """A folder that stands for a stage's file system."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder = folder
        run("cp", "-a", str(base), str(folder))
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            **{name: os.environ[name] for name in OUTSIDE if name in os.environ},
        }
        self.cwd = "/"

    def carry_out(self, stage: Stage, others: dict[str, Root]) -> None:
        for step in stage.steps:
            match step.word:
                case "ENV":
                    for name, value in (word.split("=", 1) for word in shlex.split(step.rest)):
                        self.environment[name] = value.replace("$PATH", self.environment["PATH"])
                case "WORKDIR":
                    self.cwd = step.rest
                    self.inside(step.rest).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(step.rest.split(), others)
                case "RUN":
                    print(f"   {step.word} {step.rest}", flush=True)
                    run("chroot", str(self.folder), *self._shell(step.rest))
                case _:
                    pass  # for whoever runs the image

    def as_user(self, user: str, volume: str, command: str) -> None:
        """Runs a command with everything but the volume read-only."""
        folder = str(self.folder)
        mounts = [
            f"mount --bind {folder} {folder}",
            f"mount -t proc proc {folder}/proc",
            f"mount --bind {folder}{volume} {folder}{volume}",
            f"mount -o remount,ro,bind {folder}",
            f"! chroot {folder} touch /written",
        ]
        chroot = shlex.join(["chroot", f"--userspec={user}", folder, *self._shell(command)])
        run("unshare", "--mount", "--propagation", "private", "sh", "-ec", "\n".join([*mounts, chroot]))

    def inside(self, path: str) -> Path:
        return self.folder / str(Path(self.cwd) / path).lstrip("/")

    def _copy(self, words: list[str], others: dict[str, Root]) -> None:
        source = others[words.pop(0).removeprefix("--from=")] if words[0].startswith("--") else None
        *files, target = words
        for name in files:
            found = ROOT / name if source is None else source.inside(name)
            to = self.inside(target) / found.name if target.endswith("/") else self.inside(target)
            if found.is_dir():
                skip = shutil.ignore_patterns("__pycache__") if source is None else None
                shutil.copytree(found, to, symlinks=True, ignore=skip, dirs_exist_ok=True)
            else:
                shutil.copy(found, to)

    def _shell(self, command: str) -> list[str]:
        environment = [f"{name}={value}" for name, value in self.environment.items()]
        return ["env", "-i", *environment, "sh", "-ec", f"cd {shlex.quote(self.cwd)}\n{command}"]


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def debian(folder: Path) -> Path:
    """A clean base that trusts and reaches what this machine does."""
    run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(folder))
    for path in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
        shutil.copy(f"/{path}", folder / path)
    return folder


def main(folder: Path) -> None:
    parts = stages()
    if any(RELEASE not in stage.base for stage in parts):
        raise SystemExit(f"the base image is no {RELEASE}: {parts[0].base}")
    base = folder / "debian"
    if not base.exists():
        debian(base)
    roots: dict[str, Root] = {}
    for stage in parts:
        print(f"-- stage {stage.name}", flush=True)
        roots[stage.name] = Root(folder / f"stage-{stage.name}", base)
        roots[stage.name].carry_out(stage, roots)
    root = roots[parts[-1].name]
    user, volume = parts[-1].last("USER") or "", "/var/lib/vmdump"
    print("-- the image, read-only, as its user", flush=True)
    root.as_user(user, volume, f"vmdump demo --scenario denied --keep {volume}")
    root.as_user(user, volume, "! vmdump serve")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
