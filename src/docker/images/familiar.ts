import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { formatReference, type ImageReference, parseReference } from "../../oci/index.ts";
import { DockerError } from "../errors.ts";

/** A repository as people write it: `busybox` for `docker.io/library/busybox`. */
export function familiarRepository({ registry, repository }: ImageReference): string {
  if (registry !== "docker.io") return `${registry}/${repository}`;
  return repository.replace(/^library\/(?=[^/]+$)/, "");
}

/** A reference as people write it, tag included. */
export function familiar(reference: ImageReference): string {
  const { tag, digest } = reference;
  const suffix = digest === undefined ? (tag === undefined ? "" : `:${tag}`) : `@${digest}`;
  return `${familiarRepository(reference)}${suffix}`;
}

/** The reference that an image is known by; undefined where the operator couldn't read it either. */
export const referenceOf = ({ spec, status }: ContainerImage): ImageReference | undefined =>
  readReference(status?.reference ?? spec.image);

/** The reference that its content was fetched by, which for a tag isn't its own. */
export const originOf = (image: ContainerImage): ImageReference | undefined =>
  image.spec.from === undefined ? referenceOf(image) : readReference(image.spec.from);

/** A reference from its text; undefined where it is none. */
export function readReference(text: string): ImageReference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}

/** What a client calls an image, in dockerd's words where it can't be read. @throws DockerError 400 */
export function demandReference(text: string): ImageReference {
  const reference = readReference(text);
  if (reference !== undefined) return reference;
  const path = pathOf(text);
  const why = /[A-Z]/.test(path) ? `: repository name (${path}) must be lowercase` : "";
  throw new DockerError(400, `invalid reference format${why}`);
}

/** The repository in its registry, without tag and digest. A first part with a dot, a port or a capital is a registry. */
function pathOf(text: string): string {
  const name = text.slice(0, 255).replace(/@.*$/, "");
  const [first = "", ...rest] = name.split("/");
  const hasHost = rest.length > 0 && (/[.:A-Z]/.test(first) || first === "localhost");
  const path = (hasHost ? rest.join("/") : name).replace(/:[^/]*$/, "");
  return hasHost || rest.length > 0 ? path : `library/${path}`;
}

/** 404 in dockerd's words: with the tag that was meant. */
export function noSuchImageNamed(text: string): DockerError {
  const reference = readReference(text);
  const isId = /^(sha256:)?[0-9a-f]{12,64}$/.test(text);
  const name = reference === undefined || isId ? text.slice(0, 512) : familiar(reference);
  return new DockerError(404, `No such image: ${name}`);
}

/** Equal for references that mean the same. */
export const sameReference = (a: ImageReference, b: ImageReference): boolean =>
  formatReference(a) === formatReference(b);
