"""An administrator's hand: VMware's own Python client, led line by line.

Usage: pyvmomi-administrator.py HOST PORT USER PASSWORD. Each line of standard input is
JSON: {"on": REF, "call": METHOD, "args": {...}} or {"on": REF, "get": PATH}.
Each is answered by a line: {"value": ...}, or {"fault": TYPE, "message": ...}.
A task is waited for; its result is the value. REF is "VirtualMachine:vm-12", or
"" for the service's content. In args, {"ref": REF} is a reference and
{"is": "vim.vm.CloneSpec", ...} a data object.
"""

import json
import sys

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import VmomiSupport, vim, vmodl

host, port, user, password = sys.argv[1:]
si = SmartConnect(host=host, port=int(port), user=user, pwd=password, disableSslCertValidation=True)


def referred(text):
    if text == "":
        return si.RetrieveContent()
    kind, _, value = text.partition(":")
    return VmomiSupport.GetWsdlType("urn:vim25", kind)(value, si._stub)


def taken(value):
    if isinstance(value, list):
        return [taken(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "ref" in value:
        return referred(value["ref"])
    fields = {name: taken(each) for name, each in value.items() if name != "is"}
    return VmomiSupport.GetVmodlType(value["is"])(**fields)


def told(value):
    if isinstance(value, vim.ManagedEntity) or hasattr(value, "_moId"):
        return f"{value._wsdlName}:{value._moId}"
    if isinstance(value, list):
        return [told(each) for each in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)


def answer(order):
    subject = referred(order["on"])
    if "get" in order:
        for name in order["get"].split("."):
            subject = subject[int(name)] if name.isdigit() else getattr(subject, name)
        return told(subject)
    method = getattr(subject, order["call"])
    result = method(**{name: taken(each) for name, each in order.get("args", {}).items()})
    if isinstance(result, vim.Task):
        WaitForTask(result)
        result = result.info.result
    return told(result)


for line in sys.stdin:
    try:
        print(json.dumps({"value": answer(json.loads(line))}), flush=True)
    except vmodl.MethodFault as fault:
        print(json.dumps({"fault": type(fault).__name__.split(".")[-1], "message": fault.msg}), flush=True)
    except Exception as mistake:  # of the test's: nobody would hear of it otherwise
        print(json.dumps({"fault": type(mistake).__name__, "message": str(mistake)}), flush=True)
Disconnect(si)
