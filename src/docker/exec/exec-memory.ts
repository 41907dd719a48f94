import { LRUCache } from "lru-cache";
import type { ExecSpec } from "../../console/client/console-client.ts";
import type { Tenant } from "../tenant.ts";

/** What Docker keeps of an exec and the guest doesn't know. */
export interface ExecMemory {
  /** Undefined where another gateway made it. */
  readonly spec?: ExecSpec;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly detachKeys: string;
  readonly consoleSize: readonly number[];
  /** Set when it couldn't be started: 126 or 127. */
  failedWith?: number;
  /** Pending while it is being started here. */
  starting?: Promise<void>;
}

const known = new WeakMap<Tenant, LRUCache<string, ExecMemory>>();
const MAX_KNOWN = 10_000;

/**
 * What is remembered of an exec that this gateway made or started. Where another one made it, everything is attached and the keys are Docker's:
 * what is kept here only narrows that.
 */
export function execMemory(tenant: Tenant, execId: string): ExecMemory {
  const memory = memoriesOf(tenant).get(execId);
  if (memory !== undefined) return memory;
  const usual = { attachStdout: true, attachStderr: true, detachKeys: "", consoleSize: [] };
  return rememberExec(tenant, execId, usual);
}

/** Remembers it as long as the host is served, unless thousands come after it. */
export function rememberExec(tenant: Tenant, execId: string, memory: ExecMemory): ExecMemory {
  memoriesOf(tenant).set(execId, memory);
  return memory;
}

function memoriesOf(tenant: Tenant): LRUCache<string, ExecMemory> {
  let memories = known.get(tenant);
  if (memories === undefined) known.set(tenant, (memories = new LRUCache({ max: MAX_KNOWN })));
  return memories;
}
