import { LRUCache } from "lru-cache";
import type { SecretReader } from "./secrets.ts";

const TTL_MS = 30_000;
const MAX = 1_000;

interface Remembered {
  readonly data: NonNullable<Awaited<ReturnType<SecretReader>>>;
  readonly readAtMs: number;
}

/**
 * Remembers Secrets for moments, and for as long as the API server doesn't answer: a handshake needs nobody's leave then. One that isn't
 * there is asked for again.
 */
export function cachedSecrets(read: SecretReader, now: () => number = Date.now): SecretReader {
  const cache = new LRUCache<string, Remembered>({ max: MAX });
  return async (namespace, name) => {
    const key = `${namespace}/${name}`;
    const known = cache.get(key);
    if (known !== undefined && now() < known.readAtMs + TTL_MS) return known.data;
    try {
      const data = await read(namespace, name);
      if (data === undefined) cache.delete(key);
      else cache.set(key, { data, readAtMs: now() });
      return data;
    } catch (error) {
      if (known === undefined) throw error;
      return known.data;
    }
  };
}
