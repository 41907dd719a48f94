import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { type Login, readLogin } from "../../api/vsphere-login.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { keyOf } from "../../kube/object.ts";
import { connectFiles, type FileAccess, InvalidLoginError } from "../../vsphere/index.ts";
import { ConsoleError } from "../client/console-client.ts";
import type { SecretReader } from "../identities/secrets.ts";

/** After so long without a reader a session is ended: the next reader is worth a login, a server full of sessions is not. */
const IDLE_MS = 5 * 60_000;
/** How long a login that was refused isn't tried again: vCenter locks an account after five failures in three minutes. */
const REFUSAL_MS = 90_000;

interface Session {
  readonly login: Login;
  readonly access: Promise<FileAccess>;
  readers: number;
  idle: NodeJS.Timeout | undefined;
  /** Nobody may begin to read by it; it ends with its last reader. */
  isOld: boolean;
}

/** One session with each vSphere server whose files are read, for as long as somebody reads. */
export class FileSessions {
  readonly #readSecret: SecretReader;
  readonly #log: Logger;
  readonly #idleMs: number;
  readonly #sessions = new Map<string, Session>();
  readonly #refusals = new Map<string, { login: Login; error: Error; untilMs: number }>();

  constructor(readSecret: SecretReader, log: Logger, idleMs = IDLE_MS) {
    this.#readSecret = readSecret;
    this.#log = log;
    this.#idleMs = idleMs;
  }

  /**
   * A session to read by, until it is given back.
   * @throws ConsoleError where there is nothing to log in with; what vsphere throws where it doesn't come about
   */
  async take(server: VSphereServer): Promise<{ access: FileAccess; giveBack: () => void }> {
    const session = await this.#session(server);
    session.readers++;
    clearTimeout(session.idle);
    const giveBack = () => this.#leave(keyOf(server), session);
    try {
      return { access: await session.access, giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** The credentials that a server's session was made with don't serve any more: the next reader looks them up. */
  renew(server: VSphereServer): void {
    this.#retire(keyOf(server));
  }

  async close(): Promise<void> {
    const all = [...this.#sessions.values()];
    for (const key of this.#sessions.keys()) this.#retire(key);
    await Promise.all(all.map(end));
  }

  async #session(server: VSphereServer): Promise<Session> {
    const key = keyOf(server);
    const known = this.#sessions.get(key);
    if (known && pointsTo(known.login, server)) return known;
    const { name } = server.spec.credentialsSecretRef;
    const data = await this.#readSecret(server.metadata.namespace, name);
    const login = readLogin(server.spec, data && base64(data));
    if ("reason" in login) throw new ConsoleError(503, "LogUnavailable", login.message);
    const present = this.#sessions.get(key); // another reader may have been faster
    if (present && isDeepStrictEqual(present.login, login)) return present;
    this.#retire(key);
    const session = {
      login,
      access: this.#connect(key, login),
      readers: 0,
      idle: undefined,
      isOld: false,
    };
    session.access.catch(() => {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    });
    this.#sessions.set(key, session);
    return session;
  }

  async #connect(key: string, login: Login): Promise<FileAccess> {
    const refusal = this.#refusals.get(key);
    if (refusal && performance.now() < refusal.untilMs && isDeepStrictEqual(refusal.login, login))
      throw refusal.error;
    this.#refusals.delete(key);
    const { url, username, password, thumbprint, caBundle } = login;
    try {
      return await connectFiles({
        url,
        username,
        password,
        ...(thumbprint === undefined ? {} : { thumbprint }),
        ...(caBundle === undefined ? {} : { ca: caBundle }),
        opIdPrefix: "vic-console",
        log: ({ level, message, ...fields }) =>
          this.#log[level]({ server: key, ...fields }, message),
      });
    } catch (error) {
      if (error instanceof InvalidLoginError)
        this.#refusals.set(key, { login, error, untilMs: performance.now() + REFUSAL_MS });
      throw error;
    }
  }

  #leave(key: string, session: Session): void {
    if (--session.readers > 0) return;
    if (session.isOld) return void end(session);
    session.idle = setTimeout(() => this.#retire(key), this.#idleMs);
    session.idle.unref();
  }

  #retire(key: string): void {
    const session = this.#sessions.get(key);
    if (!session) return;
    this.#sessions.delete(key);
    session.isOld = true;
    clearTimeout(session.idle);
    if (session.readers === 0) void end(session);
  }
}

const end = async ({ access }: Session): Promise<void> => {
  const files = await access.catch(() => undefined);
  await files?.close().catch(() => undefined);
};

/** Whether a login is one to where the server is said to be now. */
const pointsTo = (login: Login, { spec }: VSphereServer): boolean =>
  login.url === spec.url &&
  login.thumbprint === spec.thumbprint &&
  login.caBundle === spec.caBundle;

const base64 = (data: Readonly<Record<string, Buffer>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, value.toString("base64")]));
