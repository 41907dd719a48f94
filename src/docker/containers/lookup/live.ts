import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { dockerNameOf } from "../../../api/docker-name.ts";
import { containerNameObjectName, idOfContainer } from "../../../api/identity.ts";
import { KINDS } from "../../../api/kinds.ts";
import { isNotFound } from "../../../kube/errors.ts";
import { validName } from "../../names/valid-name.ts";
import type { Tenant } from "../../tenant.ts";

const timeoutMs = 5_000;

/**
 * A container that this gateway's cache doesn't have yet: one that another gateway, or kubectl, made a moment ago. By whole id or by name; nobody
 * has had the time to shorten its id. Undefined where there is none, or the API server doesn't answer: the cache is all that is known then.
 */
export async function lookUpLive(tenant: Tenant, text: string): Promise<ContainerVM | undefined> {
  const name = text.replace(/^\//, "");
  const isId = /^[0-9a-f]{64}$/.test(name);
  if (!isId && !validName.test(name)) return undefined;
  try {
    // Most misses are names that nobody has: one small read proves that.
    if (!isId && !(await isClaimed(tenant, name))) return undefined;
    const all = await listLive(tenant);
    return all.find((container) =>
      isId ? idOfContainer(container) === name : dockerNameOf(container) === name,
    );
  } catch (error) {
    tenant.log.debug({ err: error, text }, "cannot look up a container at the API server");
    return undefined;
  }
}

async function isClaimed(
  { client, namespace, name: host }: Tenant,
  name: string,
): Promise<boolean> {
  const ref = { namespace, name: containerNameObjectName(host, name) };
  try {
    await client.get(KINDS.ContainerName, ref, { timeoutMs });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** One list at a time per host, whoever asks: misses must not multiply. */
const running = new WeakMap<Tenant, Promise<readonly ContainerVM[]>>();

async function listLive(tenant: Tenant): Promise<readonly ContainerVM[]> {
  // One that is under way may have begun before what is looked for was made.
  await running.get(tenant)?.catch(() => undefined);
  let list = running.get(tenant);
  if (list === undefined) {
    list = readPages(tenant).finally(() => running.delete(tenant));
    running.set(tenant, list);
  }
  return list;
}

async function readPages({ client, namespace, name }: Tenant): Promise<readonly ContainerVM[]> {
  const found: ContainerVM[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list(KINDS.ContainerVM, {
      namespace,
      limit: 500,
      continueToken,
      timeoutMs,
    });
    found.push(...page.items.filter(({ spec }) => spec.hostRef.name === name));
    ({ continueToken } = page);
  } while (continueToken !== undefined);
  return found;
}
