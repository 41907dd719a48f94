import type { Logger } from "pino";
import { CachedInformer } from "./cached-informer.ts";
import type { KubeClient } from "./client.ts";
import type { Informer, InformerOptions, Informers } from "./informer.ts";
import type { Kind } from "./kind.ts";
import type { KubeObject } from "./object.ts";

/** The informers of a process, made when first asked for. */
export function createInformers(client: KubeClient, log: Logger): Informers {
  return new SharedInformers(client, log);
}

class SharedInformers implements Informers {
  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  #started = false;

  constructor(client: KubeClient, log: Logger) {
    this.#client = client;
    this.#log = log;
  }

  of<T extends KubeObject>(kind: Kind<T>, options: InformerOptions = {}): Informer<T> {
    const id = idOf(kind, options);
    const existing = this.#informers.get(id);
    // One descriptor stands for one type, so what was made for this id has it.
    if (existing !== undefined) return existing as unknown as Informer<T>;
    const informer = new CachedInformer<T>({
      client: this.#client,
      kind,
      selection: kind.fieldSelector ? { fieldSelector: kind.fieldSelector, ...options } : options,
      log: this.#log,
    });
    this.#informers.set(id, informer);
    if (this.#started) informer.start();
    return informer;
  }

  find(kind: Kind<KubeObject>): Informer<KubeObject> | undefined {
    return this.#informers.get(idOf(kind, {}));
  }

  start(): void {
    this.#started = true;
    for (const informer of this.#informers.values()) informer.start();
  }

  async synced(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced(signal)));
  }

  hasSynced(): boolean {
    return [...this.#informers.values()].every((informer) => informer.hasSynced());
  }

  async stop(): Promise<void> {
    this.#started = false;
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }
}

function idOf(kind: Kind<KubeObject>, options: InformerOptions): string {
  const { namespace, labelSelector, fieldSelector } = options;
  const selection = [namespace, labelSelector, fieldSelector];
  return JSON.stringify([kind.group, kind.version, kind.plural, ...selection]);
}
