"""Writes pyVmomi objects as SOAP responses."""

from io import StringIO
from typing import Any

from pyVmomi import SoapAdapter, VmomiSupport

NAMESPACE = "urn:vim25"
_NAMESPACES = {**SoapAdapter.SOAP_NSMAP, NAMESPACE: ""}
_HEAD = SoapAdapter.XML_HEADER + "\n" + SoapAdapter.SOAP_START
_TAIL = SoapAdapter.SOAP_END


class Written(str):
    """A result that is written already: the element(s) `returnval`."""

    __slots__ = ()


def element(name: str, value: object, version: str, declared: Any = object, flags: int = 0) -> str:
    """One element, or for a list as many as it has items. What is newer than `version` is left out.

    With the declared type `object` the element says its type itself.
    """
    writer = StringIO()
    serializer = SoapAdapter.SoapSerializer(writer, version, _NAMESPACES)
    # The envelope declares the namespaces already.
    serializer.outermostAttrs = ""
    info = VmomiSupport.Object(name=name, type=declared, version=VmomiSupport.BASE_VERSION, flags=flags)
    serializer.Serialize(value, info)
    return writer.getvalue()


def answer(method: str, value: object, version: str, declared: Any, flags: int) -> bytes:
    """The response to a call."""
    if isinstance(value, Written):
        content = str(value)
    elif value is None:
        content = ""
    else:
        content = element("returnval", value, version, declared, flags)
    return f'{_HEAD}<{method}Response xmlns="{NAMESPACE}">{content}</{method}Response>{_TAIL}'.encode()


def fault(error: Any, version: str) -> bytes:
    """The response to a call that failed with a MethodFault."""
    message = error.msg or type(error)._wsdlName  # noqa: SLF001 - pyVmomi calls these its public non-remote names
    error.msg = None
    tag = f"{VmomiSupport.GetWsdlName(type(error))}Fault"
    writer = StringIO()
    serializer = SoapAdapter.SoapSerializer(writer, version, _NAMESPACES)
    info = VmomiSupport.Object(name=tag, type=object, version=VmomiSupport.BASE_VERSION, flags=0)
    serializer.SerializeFaultDetail(error, info)
    detail = writer.getvalue().replace(f"<{tag}", f'<{tag} xmlns="{NAMESPACE}"', 1)
    text = SoapAdapter.XmlEscape(message)
    return (
        f"{_HEAD}<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{text}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>{_TAIL}"
    ).encode()
