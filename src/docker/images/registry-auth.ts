import { DockerError } from "../errors.ts";
import type { RegistryCredentials } from "../../oci/index.ts";

const MAX_LENGTH = 64 * 1024;

/**
 * Reads the header `X-Registry-Auth`: base64 of JSON, in either alphabet, padded or not. What can't be read counts as nothing, as with dockerd; so does
 * an empty login.
 *
 * @throws DockerError 400 for tokens, which registries of a host can't be asked with
 */
export function readRegistryAuth(header: string | undefined): RegistryCredentials | undefined {
  if (header === undefined || header === "" || header.length > MAX_LENGTH) return undefined;
  let login: Record<string, unknown>;
  try {
    const text = Buffer.from(header, "base64url").toString("utf8");
    login = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const [user, password] = userAndPassword(login);
  if (user !== "" && password !== "") return { username: user, password };
  if (isText(login["identitytoken"]) || isText(login["registrytoken"])) {
    throw new DockerError(
      400,
      "this login holds a token; log in with a user name and a password, or an access token in the password's place",
    );
  }
  return undefined;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

function userAndPassword(login: Record<string, unknown>): [string, string] {
  const { username, password, auth } = login;
  if (isText(username) && isText(password)) return [username, password];
  if (!isText(auth)) return ["", ""];
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? ["", ""] : [text.slice(0, colon), text.slice(colon + 1)];
}
