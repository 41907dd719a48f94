import { VSphereError } from "./errors.ts";

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

export function isFault(error: unknown, ...types: string[]): error is VSphereFault {
  return error instanceof VSphereFault && types.includes(error.fault);
}
