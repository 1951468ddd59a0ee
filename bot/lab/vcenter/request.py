"""Reads a SOAP request into pyVmomi objects."""

from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ParserCreate

from pyVmomi import SoapAdapter, VmomiSupport

_NAMESPACE = "urn:vim25"
# What the registry leaves out: pyVmomi's own way to read a property, and esxcli. All parameters are strings.
UNLISTED = {"Fetch", "RetrieveManagedMethodExecuter", "ExecuteSoap"}


class MalformedRequest(Exception):
    """The request is no SOAP, or names a method, type or parameter that does not exist."""


@dataclass
class Request:
    """One call: the method's name, its entry in the registry if it has one, its object and arguments."""

    method: str
    info: Any
    this: Any = None
    args: dict[str, Any] = field(default_factory=dict)


def read_request(body: bytes, version: str) -> Request:
    """The call in a request. Raises MalformedRequest."""
    reader = _Reader(version)
    try:
        reader.parser.Parse(body, True)  # noqa: FBT003 - expat's flag for the last piece
    except (KeyError, TypeError, AttributeError, ValueError, SoapAdapter.ExpatError) as error:
        raise MalformedRequest(f"Unable to parse request: {error}") from error
    if reader.request is None:
        raise MalformedRequest("no method in the body")
    return reader.request


class _Reader(SoapAdapter.ExpatDeserializerNSHandlers):  # type: ignore[misc] # pyVmomi has no types
    """Walks down to the method; hands each parameter's element to pyVmomi's deserialiser."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.parser = ParserCreate(namespace_separator=SoapAdapter.NS_SEP)
        self.parser.buffer_text = True
        self.request: Request | None = None
        self._version = version
        self._in_body = False
        self._pending: tuple[str, Any, Any] | None = None
        SoapAdapter.SetHandlers(self.parser, SoapAdapter.GetHandlers(self))

    def StartElementHandler(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: N802 - expat's name
        name = tag.rpartition(SoapAdapter.NS_SEP)[2]
        if self.request is not None:
            self._start_parameter(name, tag, attributes)
        elif self._in_body:
            self.request = Request(name, _method(name))
        elif name == "Body":
            self._in_body = True

    def EndElementHandler(self, _tag: str) -> None:  # noqa: N802 - expat's name
        self._finish_parameter()

    def CharacterDataHandler(self, _data: str) -> None:  # noqa: N802 - expat's name
        """Blanks between the elements."""

    def _start_parameter(self, name: str, tag: str, attributes: dict[str, str]) -> None:
        self._finish_parameter()
        declared = self._declared(name)
        if name == "_this" and not _is_known(attributes["type"]):
            attributes = {**attributes, "type": "ManagedObject"}
        listed = issubclass(declared, list)
        deserializer = SoapAdapter.SoapDeserializer(None, self._version)
        deserializer.Deserialize(self.parser, declared.Item if listed else declared, nsMap=self.nsMap)
        self._pending = (name, declared if listed else None, deserializer)
        deserializer.StartElementHandler(tag, attributes)

    def _finish_parameter(self) -> None:
        """Take over a parameter whose element has ended: the deserialiser has given the handlers back."""
        if self._pending is None or self.request is None:
            return
        name, listed, deserializer = self._pending
        self._pending = None
        value = deserializer.GetResult()
        if name == "_this":
            self.request.this = value
        elif listed is None:
            self.request.args[name] = value
        else:
            self.request.args.setdefault(name, listed()).append(value)

    def _declared(self, name: str) -> Any:
        if name == "_this":
            return VmomiSupport.ManagedObject
        request = self.request
        if request is None or request.info is None:
            return str
        for parameter in request.info.params:
            if parameter.name == name:
                return parameter.type
        raise KeyError(f"{request.method} has no parameter {name}")


def _method(name: str) -> Any:
    return None if name in UNLISTED else VmomiSupport.GetWsdlMethod(_NAMESPACE, name).info


def _is_known(name: str) -> bool:
    try:
        VmomiSupport.GetWsdlType(_NAMESPACE, name)
    except KeyError:
        return False
    return True
