"""Judges SOAP requests by pyVmomi's type tables, as pyVmomi itself reads them.

Each line of standard input is JSON: {"soapAction": "urn:vim25/6.5", "text":
"<Envelope>..."}. Each is answered by a line, a JSON list of what is wrong with
it: elements that are unknown, repeated, out of order, missing or newer than the
version spoken, types of another family, values that aren't of their type, and
properties that the objects asked for haven't.
"""

import json
import re
import sys
import xml.etree.ElementTree as ET

from pyVmomi import VmomiSupport as support

ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
VIM = "urn:vim25"
TEXT = r"[\s\S]*"
# By the names of the schema: what pyVmomi tells apart further is text there.
PRIMITIVES = {
    "string": TEXT,
    "anyURI": TEXT,
    "TypeName": TEXT,
    "PropertyPath": TEXT,
    "MethodName": TEXT,
    "boolean": r"true|false|0|1",
    "byte": r"-?\d{1,3}",
    "short": r"-?\d{1,5}",
    "int": r"-?\d{1,10}",
    "long": r"-?\d{1,19}",
    "double": r"-?\d+(\.\d+)?([eE][+-]?\d+)?",
}


class Judge:
    def __init__(self, version):
        self.version = version
        self.wrong = []

    def say(self, where, what):
        self.wrong.append(f"{where}: {what}")

    def spoken(self, where, since):
        if not support.IsChildVersion(self.version, since):
            self.say(where, f"newer than {self.version}: of {since}")

    def call(self, envelope):
        if envelope.tag != ENVELOPE + "Envelope":
            return self.say(envelope.tag, "no envelope")
        body = envelope.find(ENVELOPE + "Body")
        if body is None or len(body) != 1:
            return self.say("Body", "must hold one call")
        call = body[0]
        name = self.local(call)
        try:
            info = support.GetWsdlMethod(VIM, name).info
        except KeyError:
            return self.say(name, "unknown method")
        self.spoken(name, info.version)
        self.receiver(name, call, info)
        self.fields(name, list(call)[1:], info.params)

    def receiver(self, name, call, info):
        if len(call) == 0 or self.local(call[0]) != "_this":
            return self.say(name, "begins without _this")
        kind = call[0].get("type")
        try:
            receiver = support.GetWsdlType(VIM, kind)
        except KeyError:
            return self.say(name, f"unknown receiver {kind}")
        if not issubclass(receiver, support.GetVmodlType(info.typeName)):
            self.say(name, f"{kind} has no such method")

    def fields(self, where, children, infos):
        at = 0
        for info in infos:
            found = []
            while at < len(children) and self.local(children[at]) == info.name:
                found.append(children[at])
                at += 1
            path = f"{where}.{info.name}"
            kind = support.GetVmodlType(info.typeName) if "typeName" in info.__dict__ else info.type
            many = issubclass(kind, support.Array)
            if found:
                self.spoken(path, info.version)
            elif not info.flags & support.F_OPTIONAL and not many:
                self.say(path, "missing")
            if len(found) > 1 and not many:
                self.say(path, "repeated")
            for each in found:
                self.value(path, each, kind.Item if many else kind)
        for each in children[at:]:
            self.say(f"{where}.{self.local(each)}", "unknown, or out of order")

    def value(self, path, element, declared):
        kind = self.typed(path, element, declared)
        if kind is None:
            return
        if issubclass(kind, support.DataObject):
            self.fields(path, list(element), kind._GetPropertyList())
            self.asked(path, element, kind._wsdlName)
        elif len(element) > 0:
            self.say(path, "must be text")
        elif issubclass(kind, support.ManagedObject):
            self.reference(path, element, kind)
        elif issubclass(kind, support.Enum):
            if element.text not in kind.values:
                self.say(path, f"{element.text} is no {kind._wsdlName}")
        else:
            self.primitive(path, support.GetWsdlName(kind).removeprefix("xsd:"), element.text or "")

    def typed(self, path, element, declared):
        """The type that an element says it has, or else the one declared."""
        said = element.get(INSTANCE + "type")
        if said is None:
            if declared is object:
                self.say(path, "needs a type")
                return None
            return declared
        if said.startswith("xsd:"):
            if declared is not object:
                self.say(path, f"{said} is no {declared.__name__}")
            self.primitive(path, said.removeprefix("xsd:"), element.text or "")
            return None
        try:
            kind = support.GetWsdlType(VIM, said)
        except KeyError:
            self.say(path, f"unknown type {said}")
            return None
        self.spoken(path, kind._version)
        if not issubclass(kind, declared):
            self.say(path, f"{said} is no {declared._wsdlName}")
            return None
        return kind

    def primitive(self, path, name, text):
        if name not in PRIMITIVES:
            self.say(path, f"{name} isn't judged")
        elif not re.fullmatch(PRIMITIVES[name], text):
            self.say(path, f"{text!r} is no {name}")

    def reference(self, path, element, declared):
        kind = element.get("type")
        try:
            said = support.GetWsdlType(VIM, kind)
        except KeyError:
            return self.say(path, f"reference of unknown type {kind}")
        if not issubclass(said, declared):
            self.say(path, f"{kind} is no {declared._wsdlName}")

    def asked(self, path, element, name):
        """Properties that a property collector is asked for."""
        if name == "PropertySpec":
            paths = [each.text for each in element if self.local(each) == "pathSet"]
        elif name == "TraversalSpec":
            paths = [each.text for each in element if self.local(each) == "path"]
        else:
            return
        kind = next(each.text for each in element if self.local(each) == "type")
        for each in paths:
            try:
                found = self.property(support.GetWsdlType(VIM, kind), each)
            except (KeyError, AttributeError):
                self.say(path, f"{kind} has no {each}")
                continue
            leads = getattr(found, "Item", found)
            if name == "TraversalSpec" and not issubclass(leads, support.ManagedObject):
                self.say(path, f"{kind}.{each} leads nowhere")

    def property(self, kind, path):
        """Type of a property by its path, which may end in a key."""
        bare = re.sub(r'\["[^"]*"\]$', "", path)
        for part in bare.split("."):
            if issubclass(kind, support.Array):
                raise KeyError(part)
            info = kind._GetPropertyInfo(part)
            self.spoken(f"{kind.__name__}.{part}", info.version)
            kind = info.type
        if bare != path and not issubclass(kind, support.Array):
            raise KeyError(path)
        return kind

    def local(self, element):
        namespace, _, name = element.tag.rpartition("}")
        if namespace != "{" + VIM:
            self.say(name, f"in namespace {namespace[1:]!r}")
        return name


for line in sys.stdin:
    request = json.loads(line)
    judge = Judge(support.GetVersionFromVersionUri(request["soapAction"].strip('"')))
    judge.call(ET.fromstring(request["text"]))
    print(json.dumps(judge.wrong), flush=True)
