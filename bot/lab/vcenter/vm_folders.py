"""The folders that machines are in, made from the machines' places."""

from collections.abc import Iterable
from typing import Any

from pyVmomi import vim

from bot.lab.vm import Vm


class VmFolders:
    """Folders by path, e.g. `/DC1/vm/prod`. One that is empty again stays, as in life."""

    def __init__(self, top: str, ref: Any) -> None:
        self._top = top
        self._refs: dict[str, Any] = {top: ref}
        self._children: dict[str, list[Any]] = {}

    def of(self, path: str) -> Any:
        """The reference of a folder. KeyError: no machine was ever in or below it."""
        return self._refs[path]

    def children(self, path: str) -> list[Any]:
        """The folders and machines directly in a folder."""
        return self._children[path]

    def place(self, vms: Iterable[Vm]) -> list[str]:
        """Put every machine into its folder; gives the paths of all folders. ValueError: one is elsewhere."""
        vms = list(vms)
        for vm in vms:
            for path in self._above(vm.folder):
                self._refs.setdefault(path, vim.Folder(f"group-v{20 + len(self._refs)}"))
        self._children = {path: [] for path in self._refs}
        for path, ref in self._refs.items():
            if path != self._top:
                self._children[path.rpartition("/")[0]].append(ref)
        for vm in vms:
            self._children[vm.folder].append(vim.VirtualMachine(vm.moid))
        return list(self._refs)

    def _above(self, folder: str) -> list[str]:
        """The folders from below the top down to the folder itself."""
        top = self._top
        if folder != top and not folder.startswith(f"{top}/"):
            raise ValueError(f"{folder} is not below {top}")
        names = folder.removeprefix(top).strip("/").split("/") if folder != top else []
        return [f"{top}/{'/'.join(names[: i + 1])}" for i in range(len(names))]
