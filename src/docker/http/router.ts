import { DockerError } from "../errors.ts";
import type { Route } from "../route.ts";
import { MAX_MINOR, parseVersion } from "./api-version.ts";

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
}

/** What a request line means. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly minor: number;
}

const pageNotFound = (): DockerError => new DockerError(404, "page not found");

/** Finds the route of a request; like dockerd's, patterns are tried in order and names may hold slashes. */
export class Router {
  readonly #compiled = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const key = bucketOf(route.method, route.pattern);
      const bucket = this.#compiled.get(key) ?? [];
      bucket.push({ route, pattern: compile(route.pattern) });
      this.#compiled.set(key, bucket);
    }
  }

  /**
   * @param target path without query, as it came
   * @throws DockerError 400 for a version that isn't spoken or a path that isn't UTF-8, 404 where there is no such page
   */
  match(method: string, target: string): Match {
    const decoded = decode(target);
    const versioned = /^\/v([0-9.]+)(\/.*)$/s.exec(decoded);
    const path = versioned?.[2] ?? decoded;
    const minor = versioned === null ? MAX_MINOR : parseVersion(versioned[1]!);
    for (const { route, pattern } of this.#compiled.get(bucketOf(method, path)) ?? []) {
      const found = pattern.exec(path);
      if (found === null || minor < route.since) continue;
      return { route, params: found.groups ?? {}, path, minor };
    }
    throw pageNotFound();
  }
}

/** Method and first segment: so few routes are left that trying them costs nothing. */
const bucketOf = (method: string, path: string): string => `${method} ${path.split("/", 2)[1]}`;

function compile(pattern: string): RegExp {
  const source = pattern
    .split(/(\{[a-z]+(?::\.\*)?\})/)
    .map((part) => {
      const parameter = /^\{([a-z]+)(:\.\*)?\}$/.exec(part);
      if (parameter === null) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return `(?<${parameter[1]}>${parameter[2] === undefined ? "[^/]+" : ".*"})`;
    })
    .join("");
  return new RegExp(`^${source}$`, "s");
}

/** Bytes that aren't UTF-8 become U+FFFD: no name has those. */
function decode(target: string): string {
  if (!target.includes("%")) return target;
  if (/%(?![0-9a-fA-F]{2})/.test(target)) {
    throw new DockerError(400, `invalid URL escape in ${JSON.stringify(target.slice(0, 200))}`);
  }
  const bytes = target.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
