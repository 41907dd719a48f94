import type { KubeClient, Partially } from "../kube/client.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import type { Kind } from "../kube/kind.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { planStatusWrite } from "./status.ts";

const attempts = 5;

/**
 * Applies a status to this very object and returns it as written; undefined where it is gone. The API server doesn't
 * compare UIDs here, so that alone a status could land on a successor of the same name: the resource version is sent
 * along, and after a conflict the UID looked at. What others wrote meanwhile doesn't hinder: the fields are ours. Where our
 * own fields aren't what the object says, it is stale (a write of ours whose answer got lost, another process that leads
 * by now), and with it what was decided from it: the conflict is thrown. `foreign` names the fields of others.
 */
export async function applyStatus<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  object: T,
  status: object,
  fieldManager: string,
  foreign: readonly string[] = [],
): Promise<T | undefined> {
  const { name = "", namespace, uid } = object.metadata ?? {};
  let resourceVersion = object.metadata?.resourceVersion;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const metadata = { name, namespace, uid, resourceVersion };
      const body = { metadata, status } as unknown as Partially<T>;
      return await client.applyStatus(kind, body, { fieldManager });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === attempts) throw error;
      const current = await read(client, kind, { name, namespace });
      if (current?.metadata?.uid !== uid) return undefined;
      if (planStatusWrite(statusOf(object), statusOf(current) ?? {}, foreign)) throw error;
      resourceVersion = current?.metadata?.resourceVersion;
    }
  }
}

const statusOf = (object: KubeObject | undefined): object | undefined =>
  (object as { readonly status?: object } | undefined)?.status;

async function read<T extends KubeObject>(
  client: KubeClient,
  kind: Kind<T>,
  ref: ObjectRef,
): Promise<T | undefined> {
  try {
    return await client.get(kind, ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
