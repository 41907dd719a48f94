import type { KubeClient } from "../../kube/client.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { isNotFound } from "../../kube/errors.ts";

/** A Secret's data, decoded; nothing where there is no such Secret. */
export type SecretReader = (
  namespace: string,
  name: string,
) => Promise<Readonly<Record<string, Buffer>> | undefined>;

/** Reads Secrets one by one when they are needed: the console may get those it can name, and list none. */
export function secretReader(client: KubeClient): SecretReader {
  return async (namespace, name) => {
    try {
      const { data = {} } = await client.get(secretKind, { namespace, name });
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
}
