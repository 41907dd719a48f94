import { ImageError } from "./errors.ts";

/** An image reference with nothing left out, as dockerd understands what a person types. */
export interface ImageReference {
  /** Host (and port) that holds the repository, `docker.io` where none was given. */
  readonly registry: string;
  /** Path in the registry, with `library/` in front of Docker's official images. */
  readonly repository: string;
  /** Tag, `latest` where neither tag nor digest was given. */
  readonly tag?: string;
  readonly digest?: string;
}

const DEFAULT_REGISTRY = "docker.io";
// The grammar of https://github.com/distribution/reference: lower-case path components, one of . _ __ or dashes between.
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const REGISTRY =
  /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads what a person types after `docker run`.
 * @throws ImageError `InvalidReference` naming the part that is wrong.
 */
export function parseReference(text: string): ImageReference {
  const bad = (why: string) =>
    new ImageError("InvalidReference", `invalid image reference ${JSON.stringify(text)}: ${why}`);
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest))
    throw bad("a digest is sha256: and 64 hex digits");

  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag))
    throw bad("a tag has up to 128 letters, digits, '_', '.' and '-'");

  const name = hasTag ? named.slice(0, colon) : named;
  const { registry, path } = splitRegistry(name);
  if (!REGISTRY.test(registry)) throw bad(`${JSON.stringify(registry)} is no registry host`);
  const repository =
    registry === DEFAULT_REGISTRY && !path.includes("/") ? `library/${path}` : path;
  if (!REPOSITORY.test(repository))
    throw bad("a repository is lower-case letters and digits, separated by '/', '.', '_' or '-'");
  if (repository.length > 255) throw bad("a repository has at most 255 characters");

  return {
    registry,
    repository,
    ...(tag === undefined && digest === undefined ? { tag: "latest" } : {}),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The whole reference as one string; equal strings name the same thing. Inverse of {@link parseReference}. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** A first component is a host only if it could not be a path: it has a dot or a port, is `localhost`, or has capitals. */
function splitRegistry(name: string): { registry: string; path: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (!isHost) return { registry: DEFAULT_REGISTRY, path: name };
  const registry = first === "index.docker.io" ? DEFAULT_REGISTRY : first;
  return { registry, path: name.slice(slash + 1) };
}
