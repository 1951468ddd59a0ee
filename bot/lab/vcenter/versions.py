"""The versions of the vSphere API a simulated vCenter serves, and which one a call is answered in."""

from pyVmomi import VmomiSupport

# Older clients than these are not to be expected; what they would get is unknown.
_OLDEST = "2.5"


def served(api_version: str) -> list[tuple[str, str]]:
    """(version id, pyVmomi's name) of this version and those before it, newest first."""
    known = [(VmomiSupport.versionIdMap[name], name) for name in VmomiSupport.GetServiceVersions("vim25")]
    ids = [version_id for version_id, _ in known]
    return known[ids.index(api_version) : ids.index(_OLDEST) + 1]


def description(api_version: str) -> str:
    """`/sdk/vimServiceVersions.xml`."""
    newest, *prior = [version_id for version_id, _ in served(api_version)]
    older = "".join(f"<version>{version_id}</version>" for version_id in prior)
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<namespaces version="1.0"><namespace><name>urn:vim25</name>'
        f"<version>{newest}</version><priorVersions>{older}</priorVersions></namespace></namespaces>\n"
    )


def asked(action: str, api_version: str) -> str:
    """pyVmomi's name of the version to answer a SOAPAction in: the one it names, where the server has it.

    A version the server does not have is answered in its newest. What a real one does is unknown; reports of
    clients that ask a vCenter 5.5 for `urn:vim25/6.x` and get on with it speak for this.
    """
    version_id = action.strip().strip('"').partition("/")[2]
    versions = served(api_version)
    return dict(versions).get(version_id, versions[0][1])
