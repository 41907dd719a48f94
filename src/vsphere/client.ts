import { ambientScope } from "./session/ambient-scope.ts";
import { Connection } from "./session/connection.ts";
import { VSphereError } from "./model/errors.ts";
import { fileTransport } from "./session/file-access.ts";
import type { Inventory } from "./model/inventory.ts";
import { LiveInventory } from "./inventory/live-inventory.ts";
import { type MoRef, moref } from "./wsdl/moref.ts";
import { TaskFollower } from "./wait/task-follower.ts";
import { explainDenied } from "./permissions/permission.ts";
import type {
  About,
  Account,
  ConnectionState,
  ConnectOptions,
  Scope,
  Tasks,
  VSphere,
} from "./model/vsphere.ts";
import { WaitLoop } from "./wait/wait-loop.ts";
import type { Methods, ServiceContent } from "./wsdl/vim.gen.ts";

const serviceInstance = moref("ServiceInstance", "ServiceInstance");

/** What all scopes of a server share. */
interface Shared {
  connection: Connection;
  loop: WaitLoop;
  inventory: LiveInventory;
  tasks: Tasks;
  /** Of the latest login. */
  content: ServiceContent;
  close: () => Promise<void>;
}

class Client implements VSphere {
  readonly #shared: Shared;
  readonly #scope: Scope;

  constructor(shared: Shared, scope: Scope) {
    this.#shared = shared;
    this.#scope = scope;
  }

  get content(): ServiceContent {
    return this.#shared.connection.session.current?.content ?? this.#shared.content;
  }

  get about(): About {
    const { name, version, build, apiType, apiVersion, instanceUuid } = this.content.about;
    return {
      name,
      version,
      build,
      apiType: apiType === "HostAgent" ? "HostAgent" : "VirtualCenter",
      apiVersion,
      ...(instanceUuid === undefined ? {} : { instanceUuid }),
    };
  }

  get account(): Account {
    const { username, current } = this.#shared.connection.session;
    return { username, sessionKey: current?.key ?? "" };
  }

  get inventory(): Inventory {
    return this.#shared.inventory;
  }

  get tasks(): Tasks {
    return this.#shared.tasks;
  }

  async call<M extends keyof Methods>(
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope?: Scope,
  ): Promise<Methods[M]["result"]> {
    const scopes = { ...ambientScope(), ...this.#scope, ...scope };
    const { connection } = this.#shared;
    try {
      return await connection.call(method, self, args, scopes);
    } catch (error) {
      throw await explainDenied(connection, error);
    }
  }

  get transport(): VSphere["transport"] {
    return fileTransport(this.#shared.connection, this.#scope.signal);
  }

  scoped(scope: Scope): VSphere {
    return new Client(this.#shared, { ...this.#scope, ...scope });
  }

  async replaceCredentials(username: string, password: string): Promise<void> {
    await this.#shared.connection.session.replaceCredentials(username, password);
    this.#shared.loop.retryNow();
  }

  get state(): ConnectionState {
    return this.#shared.connection.state;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#shared.connection.onState(listener);
  }

  close(): Promise<void> {
    return this.#shared.close();
  }
}

/**
 * Connects and logs in. Rejects with UnreachableError, WrongThumbprintError, UntrustedCertificateError, InvalidLoginError
 * or a VSphereError of code NotVSphere. Once connected, the returned object heals by itself.
 */
export async function connect(options: ConnectOptions, signal?: AbortSignal): Promise<VSphere> {
  const connection = await Connection.create(options);
  try {
    const login = connection.login();
    const { content } = await (signal ? Promise.race([login, aborted(signal)]) : login);
    const loop = new WaitLoop(connection, options.maxWaitSeconds ?? 300);
    const inventory = new LiveInventory(connection, loop, options.extraConfigKeys ?? []);
    const follower = new TaskFollower(connection, loop);
    connection.followTasks((task) => follower.ended(task));
    const tasks = explainedTasks(follower, connection);
    const stopKeepalive = keepAlive(connection, options.keepaliveMs ?? 10 * 60_000);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      stopKeepalive();
      connection.refuse();
      follower.close(new VSphereError("Closed", "the connection was closed"));
      await loop.close();
      await connection.close();
      await loop.ended();
    };
    return new Client(
      { connection, loop, inventory, tasks, content, close: () => (closing ??= close()) },
      {},
    );
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Tasks whose failures say what the account lacks, where they are about that. */
function explainedTasks(follower: Tasks, connection: Connection): Tasks {
  const explained = async <T>(outcome: Promise<T>): Promise<T> => {
    try {
      return await outcome;
    } catch (error) {
      throw await explainDenied(connection, error);
    }
  };
  return {
    wait: (task, signal) => explained(follower.wait(task, signal)),
    run: (started, signal) => explained(follower.run(started, signal)),
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** Touches a session that nothing has used for a while. The long wait uses it, so that beside it nothing is sent. */
function keepAlive(connection: Connection, afterMs: number): () => void {
  const timer = setInterval(() => {
    if (performance.now() - connection.lastAnswerAt < afterMs) return;
    connection.call("CurrentTime", serviceInstance, {}).catch((error: unknown) => {
      connection.log({ level: "debug", message: "keepalive failed", error });
    });
  }, afterMs / 2);
  timer.unref();
  return () => clearInterval(timer);
}
