"""The lab: simulated vSphere sites that are asked and commanded over the network like real ones.

    world = article_world(folder, speed=60.0)          # bot.lab.article; modern_world of bot.lab.modern
    async with world.serve():                          # or several: serving(world, …) of bot.lab.serving
        world.vcenter                                   # url host port ca_file fingerprint username password
        host = world.host("esx-03.example.com")         # ssh_port known_hosts_line root_password certificate
        vm = world.vm("DumpTest")                       # by name or managed object id
        vm.guest                                        # state crashes username password, and switches
        world.cluster("Prod-A")                         # ha drs ha_vms drs_vms rules, and switches
        await world.until(lambda: vm.guest.state == "running" and vm.guest.crashes == 1)

**What can be judged from outside**: `world.nmis` (every NMI that reached a machine), `world.effects` (every
call with an effect, and whether it was applied), `world.calls` (every call that came in, by name),
`world.events`, `world.tasks.begun`, `host.service("TSM-SSH").running`.

**Switches**, all of them plain fields, to be set before or while the world serves:
`guest.nmi_ignored`, `guest.dump_written`, `guest.dump_format`, `guest.dump_missing`, `guest.dump_copied`,
`guest.logins_refused`, `guest.hung`, `guest.forget(guest.dump_path)`,
`guest.registry.set(…)` and `.remove(…)` and then `guest.take_settings()`, `guest.registry.protected`,
`guest.files.write(…)` and then `guest.linux.boot(…)`;
`vm.connection_state`, `vm.suspended`, `vm.encrypted`, `vm.question`, `vm.disabled_methods`;
`host.vmdumper` (an `Answer` of `bot.lab.vmdumper`: NORMAL, REFUSING, HANGING_UP, GARBLED or one's own),
`host.service(id).running` before serving and `world.set_service(…)` while serving, `host.login_methods`,
`host.authorized_keys`, `host.ssh_refused`, `host.old_ssh`, `host.nmi_manifest`, `host.connection_state`,
`host.options`, `host.ruleset(id)` before serving and `world.set_ruleset(…)` while serving,
`host.lockdown_mode`, `host.lockdown_exceptions`;
`cluster.ha_resets`, `cluster.ha_screenshots`, `cluster.edits_merge`; `world.tasks.failing`;
`vcenter.unreadable`, `vcenter.session_limit`, `vcenter.available`, `vcenter.answers_after`,
`vcenter.old_tls`, `vcenter.send_nmi`, `vcenter.privileges`, `vcenter.esxcli`; `world.pace`.

**A guest that is real**: `real_guest(world, vm, folder)` of `bot.lab.qemu.guest`. What it does is no switch.

**What others do meanwhile**: `world.migrate(…)`, `world.rename(…)`, `world.remove_vm(…)`, `world.add_vm(…)`,
and the settings of clusters; at the vCenter itself `expire_sessions()`, `drop_connections()`, `stop()`,
`start()`, `restart()`, `change_certificate()` and `rotate_password()`.

**Gates** (`world.gates`) hold the lab at a named point: `close(name)`, `await reached(name)`, `open(name)`,
or `open(name, drop=True)` to break the connection as if the network had died there. The points are
`vmdumper:before` and `:after`, `bundle:before` and `:after` (the NMI in the course of a support bundle), and
for every SOAP method `<Method>:before` and `:after`, where those about a service or a ruleset carry its id:
`StartService:TSM-SSH:before`. A task has points of its own while it runs, `Task:<Method>:before` and
`:after`; one of DRS is `Task:Drm.ExecuteVMotionLRO`.
"""
