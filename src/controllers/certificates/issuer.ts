import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Authority } from "./authority.ts";
import type { LeafRequest } from "./leaf.ts";
import type { SecretData } from "./secret-data.ts";

/** What the issuing process is asked. Keys go over a pipe, and stand in no argument. */
export type IssueQuestion = {
  readonly id: number;
  readonly nowMs: number;
  /** Who signs; a new authority may have nobody before it. */
  readonly signer?: SecretData;
} & (
  | { readonly issue: "authority"; readonly commonName: string }
  | { readonly issue: "leaf"; readonly request: LeafRequest }
);

export type IssueAnswer = { readonly id: number } & (
  | { readonly data: SecretData }
  | { readonly error: string }
);

/** After so long without work the process ends, milliseconds. */
const IDLE_MS = 10_000;
/** So long one certificate may take on a busy machine, milliseconds. */
const PATIENCE_MS = 60_000;

interface Waiting {
  readonly resolve: (data: SecretData) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Issues certificates in a process that lives as long as there is something to issue. That is rare, and the library for it would stay in the memory of
 * an operator that runs for months: 20 MB, a tenth of all that it may have.
 */
export class Issuer {
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #ending: NodeJS.Timeout | undefined;
  #next = 0;

  authority(commonName: string, nowMs: number, former?: Authority): Promise<SecretData> {
    return this.#ask({ issue: "authority", commonName, nowMs, ...signed(former) });
  }

  leaf(authority: Authority, request: LeafRequest, nowMs: number): Promise<SecretData> {
    return this.#ask({ issue: "leaf", request, nowMs, ...signed(authority) });
  }

  /** Ends the process; what was being issued fails. */
  close(): void {
    this.#end();
  }

  #ask(question: DistributiveOmit<IssueQuestion, "id">): Promise<SecretData> {
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<SecretData>();
    this.#waiting.set(id, { resolve, reject });
    const child = (this.#child ??= this.#start());
    child.channel?.ref(); // whoever waits isn't ended meanwhile
    this.#endAfter(PATIENCE_MS);
    child.send({ ...question, id }, (error) => {
      if (error) this.#fail(child, error);
    });
    return promise;
  }

  #start(): ChildProcess {
    const file = new URL(`./issuing-process${extname(import.meta.url)}`, import.meta.url);
    const child = fork(fileURLToPath(file), { execArgv: [], env: {}, stdio: "ignore" });
    child.on("message", (answer: IssueAnswer) => this.#answer(answer));
    child.on("error", (error) => this.#fail(child, error));
    child.on("exit", (code, signal) =>
      this.#fail(child, new Error(`the issuing process ended (${signal ?? code})`)),
    );
    child.unref();
    return child;
  }

  #answer(answer: IssueAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("data" in answer) waiting?.resolve(answer.data);
    else waiting?.reject(new Error(`issuing a certificate: ${answer.error}`));
    if (this.#waiting.size > 0) return;
    this.#child?.channel?.unref();
    this.#endAfter(IDLE_MS);
  }

  #fail(child: ChildProcess, error: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    clearTimeout(this.#ending);
    child.kill();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => this.#end(), ms).unref();
  }

  #end(): void {
    if (this.#child) this.#fail(this.#child, new Error("the issuing process was ended"));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const signed = (authority: Authority | undefined): { signer?: SecretData } =>
  authority ? { signer: authority.data } : {};
