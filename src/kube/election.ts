import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { pause } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { leaseKind, type Lease } from "./core-kinds.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./errors.ts";
import { lookAtLease, runAnnotation, type Sighting } from "./lease-claim.ts";

export interface ElectionOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly namespace: string;
  readonly name: string;
  /** A stable name: who restarts under it takes its own lease at once. At most one process may bear it. */
  readonly identity: string;
  /** Others wait so long after the last renewal that they saw; default 15 s, as client-go's. */
  readonly leaseMs?: number;
  /** Who could not renew for so long gives up leading; default 12 s. */
  readonly renewDeadlineMs?: number;
  /** Between two tries; default 2 s. */
  readonly retryMs?: number;
  readonly onChange?: (leading: boolean) => void;
}

/** Leading has ended against our will. The process should end too: its caches and timers belong to a leader. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/**
 * Waits until the Lease is ours, calls `lead`, keeps the Lease while it runs, and releases it when it has returned.
 * The signal given to `lead` aborts when `signal` does and when the Lease is lost. Returns without leading where `signal`
 * aborts first.
 *
 * @throws LeaseLostError where the Lease was lost; else what `lead` throws.
 */
export async function runElected(
  options: ElectionOptions,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const elector = new Elector(options);
  if (!(await elector.acquire(signal))) return;
  const leading = new AbortController();
  const end = (): void => leading.abort(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  options.onChange?.(true);
  const renewing = new AbortController();
  let lost: LeaseLostError | undefined;
  const renewal = elector.keep(renewing.signal).catch((error: unknown) => {
    lost = error as LeaseLostError;
    options.log.error({ error: messageOf(error) }, "lease lost");
    leading.abort(error);
  });
  try {
    await lead(leading.signal);
  } finally {
    signal.removeEventListener("abort", end);
    renewing.abort();
    await renewal;
    options.onChange?.(false);
    if (lost === undefined) await elector.release();
  }
  if (lost !== undefined) throw lost;
}

class Elector {
  readonly #options: Required<Omit<ElectionOptions, "onChange">>;
  /** Tells two processes of one name apart. */
  readonly #run = randomUUID();
  #seen: Sighting | undefined;
  /** The lease as we last wrote or read it while it was ours. */
  #held: Lease | undefined;

  constructor(options: ElectionOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 12_000, retryMs: 2_000, ...options };
  }

  /** True once the lease is ours; false where the signal aborted before. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { log, identity, retryMs } = this.#options;
    let holder: string | undefined;
    while (!signal.aborted) {
      try {
        const lease = await this.#read(signal);
        const look = lookAtLease(lease, this.#seen, {
          identity,
          run: this.#run,
          nowMs: performance.now(),
          leaseMs: this.#options.leaseMs,
        });
        this.#seen = look.seen;
        if (look.mayTake) {
          await this.#take(lease, signal);
          log.info({ identity }, "leading");
          return true;
        }
        if (lease?.spec?.holderIdentity !== holder) {
          holder = lease?.spec?.holderIdentity;
          log.info({ holder }, "another process leads, standing by");
        }
      } catch (error) {
        if (signal.aborted) return false;
        if (!isConflict(error) && !isAlreadyExists(error)) {
          log.warn({ error: messageOf(error) }, "cannot take the lease, trying again");
        }
      }
      await pause(retryMs * (1 + Math.random() * 0.2), signal);
    }
    return false;
  }

  /** Renews until the signal aborts. Rejects when the lease is no longer ours, or could not be renewed in time. */
  async keep(signal: AbortSignal): Promise<void> {
    const { log, retryMs, renewDeadlineMs } = this.#options;
    let renewedAt = performance.now();
    for (;;) {
      await pause(retryMs, signal);
      if (signal.aborted) return;
      try {
        await this.#renew(signal, Math.max(1, renewedAt + renewDeadlineMs - performance.now()));
        renewedAt = performance.now();
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof LeaseLostError) throw error;
        log.warn({ error: messageOf(error) }, "cannot renew the lease, trying again");
        if (performance.now() - renewedAt >= renewDeadlineMs) {
          throw new LeaseLostError("the lease could not be renewed in time", { cause: error });
        }
      }
    }
  }

  /** Lets another take over at once. */
  async release(): Promise<void> {
    try {
      const lease = await this.#read(undefined);
      if (lease === undefined || !this.#isOurs(lease)) return;
      await this.#patch(lease, { holderIdentity: "", leaseDurationSeconds: 1 }, undefined, 5_000);
    } catch (error) {
      const message = messageOf(error);
      this.#options.log.warn({ error: message }, "lease not released; it expires by itself");
    }
  }

  async #renew(signal: AbortSignal, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    try {
      // One call as long as nobody else writes the lease.
      await this.#patch(this.#held!, { renewTime: microTime() }, signal, timeoutMs);
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
      const left = (): number => Math.max(1, deadline - performance.now());
      const lease = await this.#read(signal, left());
      if (lease === undefined || !this.#isOurs(lease)) {
        const holder = lease?.spec?.holderIdentity ?? "nobody";
        throw new LeaseLostError(`the lease is now held by ${holder}`);
      }
      await this.#patch(lease, { renewTime: microTime() }, signal, left());
    }
  }

  #isOurs(lease: Lease | undefined): boolean {
    return lease?.metadata?.annotations?.[runAnnotation] === this.#run;
  }

  async #read(signal: AbortSignal | undefined, timeoutMs = 5_000): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get(leaseKind, { namespace, name }, { signal, timeoutMs });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #take(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity, leaseMs } = this.#options;
    const former = lease?.spec?.holderIdentity;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseMs / 1000)),
      acquireTime: microTime(),
      renewTime: microTime(),
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (former === identity ? 0 : 1),
    };
    if (lease === undefined) {
      const metadata = { namespace, name, annotations: { [runAnnotation]: this.#run } };
      const options = { signal, timeoutMs: 5_000 };
      this.#held = await client.create(leaseKind, { metadata, spec }, options);
    } else {
      await this.#patch(lease, spec, signal, 5_000);
    }
  }

  /** Fails with Conflict where anybody wrote the lease since it was read. */
  async #patch(
    lease: Lease,
    spec: object,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<void> {
    const { client, namespace, name } = this.#options;
    const metadata = {
      resourceVersion: lease.metadata?.resourceVersion,
      annotations: { [runAnnotation]: this.#run },
    };
    const patch = { type: "merge", patch: { metadata, spec } } as const;
    const ref = { namespace, name };
    this.#held = await client.patch(leaseKind, ref, patch, { signal, timeoutMs });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
