import { InvalidLoginError, VSphereError } from "../model/errors.ts";
import { isFault } from "../model/fault.ts";
import { moref } from "../wsdl/moref.ts";
import type { SoapClient } from "../soap/client.ts";
import type { Exchange } from "../soap/transport.ts";
import type { ServiceContent, UserSession } from "../wsdl/vim.gen.ts";

const serviceInstance = moref("ServiceInstance", "ServiceInstance");

/** How long refused credentials aren't tried again: vCenter locks an account after five failures in three minutes. */
const refusalMs = 90_000;

/** One login: its cookie, and what the server said of itself at that time. */
export interface Login {
  readonly cookie: string | undefined;
  readonly content: ServiceContent;
  /** The server's name for the session. */
  readonly key: string;
}

/** The session with a server: one login at a time, again when it is found to be over. */
export class Session {
  readonly #soap: SoapClient;
  #credentials: { username: string; password: string };
  #current: Login | undefined;
  #pending: Promise<Login> | undefined;
  #refused: { error: InvalidLoginError; until: number } | undefined;

  constructor(soap: SoapClient, username: string, password: string) {
    this.#soap = soap;
    this.#credentials = { username, password };
  }

  /** Whom we log in as. */
  get username(): string {
    return this.#credentials.username;
  }

  /** The login that stands; undefined before the first and after a loss. */
  get current(): Login | undefined {
    return this.#current;
  }

  /** The login to call with; logs in if there is none, once for all who ask meanwhile. */
  ensure(): Promise<Login> {
    if (this.#current) return Promise.resolve(this.#current);
    this.#pending ??= this.#login().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Says that a login no longer holds. Others' reports of the same login change nothing. */
  invalidate(login: Login): void {
    if (this.#current === login) this.#current = undefined;
  }

  /** Logs in with other credentials at once, and ends the former session. Rejects with {@link InvalidLoginError}. */
  async replaceCredentials(username: string, password: string): Promise<void> {
    const { username: formerName, password: formerPassword } = this.#credentials;
    const isSame = username === formerName && password === formerPassword;
    // Who insists on refused ones hears the refusal again, and the server nothing: it would lock the account.
    if (!isSame) this.#refused = undefined;
    this.#credentials = { username, password };
    const former = new Set<Login | undefined>([this.#current]);
    this.#current = undefined;
    // One that is under way still uses the former ones.
    former.add(await this.#pending?.catch(() => undefined));
    this.#current = undefined;
    await this.ensure();
    for (const login of former) if (login) await this.#logout(login);
  }

  async #login(): Promise<Login> {
    if (this.#refused && performance.now() < this.#refused.until) throw this.#refused.error;
    const credentials = this.#credentials;
    const content = await this.#readContent();
    if (!content.sessionManager)
      throw new VSphereError("NotVSphere", "the server has no session manager");
    const exchange: Exchange = { timeoutMs: 60_000 };
    let session: UserSession;
    try {
      const { username: userName, password } = credentials;
      const args = { userName, password };
      session = (await this.#soap.call(
        "Login",
        content.sessionManager,
        args,
        exchange,
      )) as UserSession;
    } catch (error) {
      if (!isFault(error, "InvalidLogin", "NoPermission")) throw error;
      const refusal = new InvalidLoginError(
        `the server refused user ${credentials.username}: ${error.fault}`,
      );
      if (credentials === this.#credentials)
        this.#refused = { error: refusal, until: performance.now() + refusalMs };
      throw refusal;
    }
    this.#current = { cookie: exchange.newCookie, content, key: session.key };
    return this.#current;
  }

  async #readContent(): Promise<ServiceContent> {
    return (await this.#soap.call(
      "RetrieveServiceContent",
      serviceInstance,
      {},
      {
        timeoutMs: 30_000,
      },
    )) as ServiceContent;
  }

  /** Ends the session on the server; failure to do so is nobody's concern. */
  async logout(): Promise<void> {
    const login = this.#current;
    this.#current = undefined;
    if (login) await this.#logout(login);
  }

  async #logout({ cookie, content }: Login): Promise<void> {
    const exchange = { cookie, timeoutMs: 5_000 };
    await this.#soap.call("Logout", content.sessionManager!, {}, exchange).catch(() => undefined);
  }
}
