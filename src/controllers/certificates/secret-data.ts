import type { Secret } from "../../kube/core-kinds.ts";

/** What a Secret holds, decoded as text. */
export type SecretData = Readonly<Record<string, string>>;

/** What a Secret holds; nothing where it has no data. */
export const decodeData = ({ data = {} }: Secret): SecretData =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString()]),
  );

/** The `data` of a Secret that holds this. */
export const encodeData = (data: SecretData): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
  );
