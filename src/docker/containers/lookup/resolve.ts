import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { DockerError, noSuchContainer } from "../../errors.ts";
import type { Tenant } from "../../tenant.ts";
import { lookUpLive } from "./live.ts";

/**
 * The container that a client means: by whole id, by name (with or without slash), or by the beginning of its id that no other
 * shares. What the cache doesn't know yet is looked up at the API server before it is refused.
 *
 * @throws DockerError 404, or 400 where the beginning of an id is ambiguous
 */
export async function resolveContainer(tenant: Tenant, text: string): Promise<ContainerVM> {
  const found = resolveCached(tenant, text) ?? (await lookUpLive(tenant, text));
  if (found === undefined) throw noSuchContainer(text);
  return found;
}

/** As {@link resolveContainer}, from the cache alone; undefined where it knows none. */
export function resolveCached(tenant: Tenant, text: string): ContainerVM | undefined {
  if (text === "") throw new DockerError(400, "prefix can't be empty");
  const { containers } = tenant;
  const exact = containers.byId(text) ?? containers.byName(text.replace(/^\//, ""));
  if (exact !== undefined) return exact;
  if (!/^[0-9a-f]{1,64}$/.test(text)) return undefined;
  const candidates = containers.byPrefix(text);
  if (candidates.length > 1) {
    throw new DockerError(400, `multiple IDs found with provided prefix: ${text}`);
  }
  return candidates[0];
}
