import { AsyncLocalStorage } from "node:async_hooks";
import type { Scope } from "../model/vsphere.ts";

const scopes = new AsyncLocalStorage<Scope>();

/**
 * Runs work of which every call, transfer and wait for a task has this scope, where it says nothing else itself: so that
 * whoever begins some work says for whom it is and when to give up, and no function on the way has to pass it on. What
 * serves everybody (logins, the long wait) is outside of it.
 */
export function withScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

/** The scope of the work that is going on. */
export function ambientScope(): Scope {
  return scopes.getStore() ?? {};
}
