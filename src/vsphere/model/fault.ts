import { VSphereError } from "./errors.ts";
import type { MoRef } from "../wsdl/moref.ts";
import type { LocalizedMethodFault } from "../wsdl/vim.gen.ts";
import { isFaultType } from "../wsdl/table.ts";

/** A fault that the server answered, or that a task ended with. */
export class VSphereFault extends VSphereError {
  /** Type name, e.g. `DuplicateName`; `MethodFault` if the server named none. */
  readonly fault: string;
  /** Fields of the fault, e.g. `object` of a DuplicateName, `existingState` of an InvalidPowerState. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Method or task that failed, e.g. `CreateVApp`. */
  readonly method: string | undefined;
  constructor(
    fault: string,
    message: string,
    details: Record<string, unknown> = {},
    method?: string,
  ) {
    super("Fault", `${method ? `${method}: ` : ""}${fault}${message ? `: ${message}` : ""}`);
    this.name = "VSphereFault";
    this.fault = fault;
    this.details = details;
    this.method = method;
  }
}

/** A fault in data, such as a task's error or a missing property's. */
export function faultFromData(
  data: LocalizedMethodFault | undefined,
  method?: string,
): VSphereFault {
  const { _typeName, ...details } = (data?.fault ?? {}) as unknown as Record<string, unknown>;
  return new VSphereFault(
    (_typeName as string | undefined) ?? "MethodFault",
    data?.localizedMessage ?? "",
    details,
    method,
  );
}

/** Whether an error is a fault of one of these types or of a type that extends one, e.g. `isFault(e, "NotFound")`. */
export function isFault(error: unknown, ...types: string[]): error is VSphereFault {
  return error instanceof VSphereFault && types.some((type) => isFaultType(error.fault, type));
}

/** Whether the object that was called, or one that an argument named, doesn't exist (any more). */
export function isGone(error: unknown): boolean {
  return isFault(error, "ManagedObjectNotFound", "NotFound");
}

/** The existing object of a DuplicateName or AlreadyExists fault. */
export function existingObject(error: unknown): MoRef | undefined {
  if (!isFault(error, "DuplicateName")) return undefined;
  const object = error.details["object"] as MoRef | undefined;
  return object?.type && object.value ? object : undefined;
}
