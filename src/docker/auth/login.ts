import { checkLogin, ImageError } from "../../oci/index.ts";
import { DockerError, invalidParameter } from "../errors.ts";
import { registrySettings } from "../images/registries.ts";
import type { Handler } from "../route.ts";

/** Body of `POST /auth` (Docker Engine API, AuthConfig). */
interface LoginBody {
  readonly username?: unknown;
  readonly password?: unknown;
  readonly serveraddress?: unknown;
  readonly identitytoken?: unknown;
}

/** `POST /auth`: asks the registry whether it takes the login. Nothing is kept: the client sends its login with each pull. */
export const login: Handler = async (request, response, tenant) => {
  const { username, password, serveraddress, identitytoken } = await request.json<LoginBody>();
  if (typeof identitytoken === "string" && identitytoken !== "")
    throw invalidParameter(
      "identity tokens aren't supported: log in with a password, or an access token in its place",
    );
  if (typeof username !== "string" || typeof password !== "string" || username === "")
    throw invalidParameter("user name and password are wanted");
  const address = typeof serveraddress === "string" ? serveraddress : "";
  const registry = registryOf(address);
  const settings = await registrySettings(tenant, registry, undefined);
  try {
    await checkLogin(registry, { username, password }, settings, request.signal);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const status = error.code === "RegistryUnauthorized" ? 401 : 500;
    const why = status === 401 ? "unauthorized: incorrect username or password" : error.message;
    throw new DockerError(status, `login attempt to ${registry} failed: ${why}`, error);
  }
  response.json(200, { IdentityToken: "", Status: "Login Succeeded" });
};

/** `https://index.docker.io/v1/` is what Docker calls its Hub. @throws DockerError 400 */
export function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  if (["", "index.docker.io", "registry-1.docker.io", "docker.io"].includes(host))
    return "docker.io";
  if (!/^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(:\d{1,5})?$/.test(host)) {
    throw invalidParameter(`invalid registry address ${JSON.stringify(address.slice(0, 100))}`);
  }
  return host;
}
