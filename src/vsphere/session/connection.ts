import { FairLimiter } from "../../fairness/limiter.ts";
import { VSphereError } from "../model/errors.ts";
import { isFault, VSphereFault } from "../model/fault.ts";
import type { MoRef, TaskRef } from "../wsdl/moref.ts";
import { type Login, Session } from "./session.ts";
import { SoapClient } from "../soap/client.ts";
import { Transport } from "../soap/transport.ts";
import type { ConnectionState, ConnectOptions, LogEvent, Scope } from "../model/vsphere.ts";
import type { Methods, RetrieveResult } from "../wsdl/vim.gen.ts";

const DEFAULT_TASKS = 32;
/** So many calls beside those that start tasks, however many tasks wait to be started. */
const BESIDE_TASKS = 8;

const maxCalls = ({ maxCallsInFlight, maxTasks }: ConnectOptions): number =>
  maxCallsInFlight ?? (maxTasks ?? DEFAULT_TASKS) + BESIDE_TASKS;

/** Everything that one server's parts share: transport, session, limits, state. */
export class Connection {
  readonly transport: Transport;
  readonly session: Session;
  readonly log: (event: LogEvent) => void;
  readonly #soap: SoapClient;
  readonly #limiter: FairLimiter;
  readonly #tasks: FairLimiter;
  /** Resolves when a task has ended, or nobody knows of it any more. */
  #taskEnd: (task: TaskRef) => Promise<void> = () => Promise.resolve();
  readonly #opIdPrefix: string;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #callTimeoutMs: number;
  readonly #timeoutListeners = new Set<() => void>();
  #state: ConnectionState = { connected: false };
  #calls = 0;
  #closed = false;
  /** When the server last answered a call in our session; performance.now(). */
  lastAnswerAt = 0;

  private constructor(options: ConnectOptions, transport: Transport, soap: SoapClient) {
    this.transport = transport;
    this.#soap = soap;
    this.#limiter = new FairLimiter(maxCalls(options));
    this.#tasks = new FairLimiter(options.maxTasks ?? DEFAULT_TASKS);
    this.#callTimeoutMs = options.callTimeoutMs ?? 180_000;
    this.#opIdPrefix = options.opIdPrefix ?? "vic";
    this.log = options.log ?? (() => undefined);
    this.session = new Session(soap, options.username, options.password);
  }

  /** Prepares; contacts nobody. Throws a TypeError on a malformed URL. */
  static async create(options: ConnectOptions): Promise<Connection> {
    const trust = { thumbprint: options.thumbprint, ca: options.ca };
    // One connection more for the long wait, and one for a login.
    const transport = new Transport(new URL(options.url).origin, trust, maxCalls(options) + 2);
    return new Connection(options, transport, await SoapClient.create(transport));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of calls that weren't answered in time: slow work, or a connection that died silently. */
  onTimeout(listener: () => void): void {
    this.#timeoutListeners.add(listener);
  }

  /** How a task's end is heard of. */
  followTasks(taskEnd: (task: TaskRef) => Promise<void>): void {
    this.#taskEnd = taskEnd;
  }

  /** A call within the limits. One that starts a task begins when there is room for the task, too. */
  call<M extends keyof Methods>(
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope: Scope = {},
  ): Promise<Methods[M]["result"]> {
    const send = (): Promise<Methods[M]["result"]> => this.#callInTurn(method, self, args, scope);
    if (!method.endsWith("_Task")) return send();
    return new Promise((resolve, reject) => {
      const untilEnd = async (): Promise<void> => {
        const task = await send();
        resolve(task);
        await this.#taskEnd(task as TaskRef);
      };
      this.#tasks.run(scope.group ?? "", untilEnd, scope.signal).catch(reject);
    });
  }

  #callInTurn<M extends keyof Methods>(
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope: Scope,
  ): Promise<Methods[M]["result"]> {
    return this.#limiter.run(
      scope.group ?? "",
      () => this.callNow(method, self, args, scope),
      scope.signal,
    );
  }

  /** A call outside the limits: for the long wait, which would hold a place all the time, and what it needs. */
  async callNow<M extends keyof Methods>(
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope: Scope & { timeoutMs?: number } = {},
  ): Promise<Methods[M]["result"]> {
    const login = await this.login();
    this.assertOpen();
    try {
      return await this.#send(login, method, self, args, scope);
    } catch (error) {
      if (!isFault(error, "NotAuthenticated")) throw error;
      // Refused before anything was done, so that doing it again is safe.
      this.log({ level: "info", message: "the session is over; logging in again", method });
      this.session.invalidate(login);
      const next = await this.login();
      this.assertOpen();
      return await this.#send(next, method, self, args, scope);
    }
  }

  /** A call in one particular login, without logging in again: for objects that live only as long as it does. */
  async callIn<M extends keyof Methods>(
    login: Login,
    method: M,
    self: MoRef,
    args: Methods[M]["args"],
    scope: Scope & { timeoutMs?: number } = {},
  ): Promise<Methods[M]["result"]> {
    try {
      return await this.#send(login, method, self, args, scope);
    } catch (error) {
      if (isFault(error, "NotAuthenticated")) this.session.invalidate(login);
      throw error;
    }
  }

  /** From now on nothing that waits for its turn is sent, and nothing new: somebody else may act in our place already. */
  refuse(): void {
    this.#closed = true;
  }

  /** Throws once calls are refused. */
  assertOpen(): void {
    if (this.#closed) throw new VSphereError("Closed", "the connection was closed");
  }

  /** The login that stands, or a new one. */
  async login(): Promise<Login> {
    this.assertOpen();
    try {
      const { current } = this.session;
      if (current) return current;
      const login = await this.session.ensure();
      this.#report(undefined);
      return login;
    } catch (error) {
      this.#report(error);
      throw error;
    }
  }

  async #send<M extends keyof Methods>(
    login: Login,
    method: M,
    self: MoRef,
    args: object,
    scope: Scope & { timeoutMs?: number },
  ): Promise<Methods[M]["result"]> {
    const exchange = {
      cookie: login.cookie,
      signal: scope.signal,
      timeoutMs: scope.timeoutMs ?? this.#callTimeoutMs,
    };
    const opId = [this.#opIdPrefix, scope.opId, (this.#calls++).toString(36)]
      .filter(Boolean)
      .join("-");
    try {
      const result = await this.#soap.call(method, self, args, exchange, opId);
      if (method === "RetrievePropertiesEx")
        rejectUnauthenticated(result as RetrieveResult | undefined);
      this.#report(undefined);
      return result as Methods[M]["result"];
    } catch (error) {
      this.#report(error);
      throw error;
    }
  }

  #report(error: unknown): void {
    if (error === undefined || error instanceof VSphereFault) this.lastAnswerAt = performance.now();
    // Giving up, a slow answer or a request of ours that is wrong say nothing of the connection.
    if (error !== undefined && !(error instanceof VSphereError)) return;
    if (error?.code === "InvalidRequest") return;
    if (error?.code === "TimedOut") {
      for (const listener of this.#timeoutListeners) listener();
      return;
    }
    const next: ConnectionState =
      error === undefined || error instanceof VSphereFault
        ? { connected: true }
        : { connected: false, error };
    const changed =
      next.connected !== this.#state.connected || next.error?.code !== this.#state.error?.code;
    this.#state = next;
    if (changed) for (const listener of this.#listeners) listener(next);
  }

  async close(): Promise<void> {
    this.refuse();
    // Where the server is away, its sessions end by themselves.
    if (this.#state.connected) await this.session.logout();
    await this.transport.close();
  }
}

/** Some servers answer a read without a session with nothing but missing properties, instead of a fault. */
function rejectUnauthenticated(result: RetrieveResult | undefined): void {
  for (const { missingSet } of result?.objects ?? []) {
    for (const { fault } of missingSet ?? []) {
      const type: string = fault.fault._typeName;
      if (type === "NotAuthenticated") throw new VSphereFault(type, fault.localizedMessage ?? "");
    }
  }
}
