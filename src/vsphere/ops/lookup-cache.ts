import type { VSphere } from "../model/vsphere.ts";

/** How long a name is believed to mean the same object, milliseconds. */
const validMs = 60_000;

interface Entry {
  value: Promise<unknown>;
  until: number;
}

/** Lookups by server; all scopes of a server share its inventory object. */
const caches = new WeakMap<object, Map<string, Entry>>();

/** Answers a lookup from memory for a minute. Failures aren't remembered; simultaneous ones are one. */
export function cached<T>(vs: VSphere, key: string, look: () => Promise<T>): Promise<T> {
  const cache = caches.get(vs.inventory) ?? new Map<string, Entry>();
  caches.set(vs.inventory, cache);
  const known = cache.get(key);
  if (known && performance.now() < known.until) return known.value as Promise<T>;
  const value = look();
  cache.set(key, { value, until: performance.now() + validMs });
  value.catch(() => cache.delete(key));
  return value;
}

/** Forgets what names meant. Happens by itself when an object is found gone, and when we rename, create or destroy one. */
export function forgetLookups(vs: VSphere): void {
  caches.delete(vs.inventory);
}
