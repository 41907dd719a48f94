import type { Readable } from "node:stream";
import type { VSphereError } from "./errors.ts";
import type { Inventory } from "./inventory.ts";
import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import type { Methods, ServiceContent } from "../wsdl/vim.gen.ts";

/** Where a server is, and who we are to it. */
export interface ConnectOptions {
  /** `https://host[:port]`; a path other than `/sdk` is ignored. `http://` only for simulators. */
  url: string;
  username: string;
  password: string;
  /** SHA-256 or SHA-1 of the server's certificate in hex, colons optional. Excludes `ca`. */
  thumbprint?: string;
  /** PEM bundle of authorities to trust instead of the system's. */
  ca?: string;
  /** Keys of `config.extraConfig` that the inventory keeps for each VM (markers, what the guest reports). */
  extraConfigKeys?: readonly string[];
  /** Tasks under way at most, of all that this connection started; default 32. */
  maxTasks?: number;
  /** Calls in flight at most, default 8 more than tasks. */
  maxCallsInFlight?: number;
  /** Milliseconds that one call may take, default 3 minutes: creating a vApp can be slow. The long wait has its own time. */
  callTimeoutMs?: number;
  /** Milliseconds after which an idle session is touched, default 10 minutes; the long wait keeps it busy beside. */
  keepaliveMs?: number;
  /** MaxWaitSeconds of the long wait, default 300. */
  maxWaitSeconds?: number;
  /** Start of every opID, default `vic`. Searchable in the logs of vCenter. */
  opIdPrefix?: string;
  /** Hears what the layer does, e.g. re-logins and broken waits; never secrets. */
  log?: (event: LogEvent) => void;
}

/** One thing worth a log line. */
export interface LogEvent {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  [field: string]: unknown;
}

/** Who asks: calls of one group share its turn, so that one tenant can't starve the others. */
export interface Scope {
  /** Fairness group, e.g. `namespace/name` of a container host. */
  group?: string;
  /** Appended to the opID of each call. */
  opId?: string;
  /** Cancels waiting for the call. The server may do it nevertheless. */
  signal?: AbortSignal;
}

/** What the server says of itself. */
export interface About {
  name: string;
  version: string;
  build: string;
  /** `VirtualCenter`, or `HostAgent` for a bare ESXi. */
  apiType: "VirtualCenter" | "HostAgent";
  apiVersion: string;
  instanceUuid?: string;
}

/** Who we are to the server. */
export interface Account {
  readonly username: string;
  /** Of the login that stands; empty where there is none at the moment. */
  readonly sessionKey: string;
}

/** End of a task as seen: `unknown` means that the server doesn't know the task any more, so observe instead. */
export type TaskOutcome =
  | { state: "success"; task: TaskRef; entity?: MoRef; result?: unknown }
  | { state: "unknown"; task: TaskRef };

/** Tasks, followed by one filter in the server's one long wait: no call per task. */
export interface Tasks {
  /**
   * Waits for the end of a task, also of one that an earlier process started.
   * Rejects with {@link VSphereFault} if the task failed.
   */
  wait(task: TaskRef, signal?: AbortSignal): Promise<TaskOutcome>;
  /** Starts a task and waits for it: `tasks.run(powerOnVm(vs, vm))`. */
  run(started: Promise<TaskRef>, signal?: AbortSignal): Promise<TaskOutcome>;
}

/** State of the connection, for conditions. */
export interface ConnectionState {
  connected: boolean;
  /** Of the last failed attempt; an {@link UnreachableError}, {@link InvalidLoginError}, {@link WrongThumbprintError}… */
  error?: VSphereError;
}

/** An HTTP request. */
export interface TransferOptions {
  method: "GET" | "PUT" | "HEAD" | "DELETE";
  headers?: Record<string, string>;
  body?: Uint8Array | string | Readable;
  signal?: AbortSignal;
}
/** Its answer, whose body must be read or destroyed. */
export interface TransferResponse {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
}

/** A server. Survives losing the connection, the session or the server itself; every call logs in again when it has to. */
export interface VSphere {
  readonly about: About;
  /** Whom we are logged in as, and the server's name for our session. */
  readonly account: Account;
  /** References of the server's managers and root folder. */
  readonly content: ServiceContent;
  /** Plain HTTP with our session, for datastore files. */
  readonly transport: {
    /** Whom we are logged in as. */
    readonly username?: string;
    request(path: string, options: TransferOptions): Promise<TransferResponse>;
  };
  readonly inventory: Inventory;
  readonly tasks: Tasks;
  /** Calls any method of the cut WSDL. Arguments are checked, ordered and typed by the table. */
  call<M extends keyof Methods>(
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope?: Scope,
  ): Promise<Methods[M]["result"]>;
  /** The same server with a scope of its own; shares session, limits, inventory and tasks. */
  scoped(scope: Scope): VSphere;
  /** Takes effect at the next login; logs in at once and rejects with {@link InvalidLoginError} if they are refused. */
  replaceCredentials(username: string, password: string): Promise<void>;
  readonly state: ConnectionState;
  /** Called when {@link state} changes; returns how to stop. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Ends the wait and the session. Idempotent. */
  close(): Promise<void>;
}
