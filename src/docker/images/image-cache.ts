import type { ContainerImage } from "../../api/containerimage.gen.ts";
import { CONDITIONS } from "../../api/conditions.ts";
import { isSuperseded } from "../../api/superseded.ts";
import type { Informer } from "../../kube/informer.ts";
import { formatReference, parseReference } from "../../oci/index.ts";
import { DockerError } from "../errors.ts";

const BY_HOST = "docker/host";
const BY_REFERENCE = "docker/reference";
const BY_ID = "docker/image-id";

const hostKeyOf = ({ metadata, spec }: ContainerImage): string =>
  `${metadata.namespace}/${spec.hostRef.name}`;

/** A reference with nothing left out; undefined for what is none. */
export function normalizeReference(text: string): string | undefined {
  try {
    return formatReference(parseReference(text));
  } catch {
    return undefined;
  }
}

const referenceOf = ({ spec, status }: ContainerImage): string =>
  status?.reference ?? normalizeReference(spec.image) ?? spec.image;

/** `repository@digest`, under which an image is known besides its tag. */
function digestReferenceOf(image: ContainerImage): readonly string[] {
  const { digest } = image.status ?? {};
  if (digest === undefined) return [];
  try {
    const { registry, repository } = parseReference(image.spec.from ?? image.spec.image);
    return [`${registry}/${repository}@${digest}`];
  } catch {
    return [];
  }
}

const isUsable = ({ metadata }: ContainerImage): boolean =>
  metadata.deletionTimestamp === undefined;

export const isImageReady = ({ status }: ContainerImage): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === CONDITIONS.Ready && is === "True") ??
  false;

/** Newest first, those that a tag no longer means last. */
const byRank = (a: ContainerImage, b: ContainerImage): number =>
  Number(isSuperseded(a)) - Number(isSuperseded(b)) ||
  b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
  b.metadata.name.localeCompare(a.metadata.name);

/** Adds what {@link ImageCache} looks up by; once per process is enough. */
export function addImageIndexes(informer: Informer<ContainerImage>): void {
  informer.addIndex(BY_HOST, (image) => [hostKeyOf(image)]);
  informer.addIndex(BY_REFERENCE, (image) =>
    [...new Set([referenceOf(image), ...digestReferenceOf(image)])].map(
      (reference) => `${hostKeyOf(image)}/${reference}`,
    ),
  );
  informer.addIndex(BY_ID, (image) =>
    image.status?.imageId === undefined ? [] : [`${hostKeyOf(image)}/${image.status.imageId}`],
  );
}

/** The images of one VirtualContainerHost, from the informer. */
export class ImageCache {
  readonly #informer: Informer<ContainerImage>;
  readonly #hostKey: string;

  /** @param hostKey `namespace/name` of the VirtualContainerHost */
  constructor(informer: Informer<ContainerImage>, hostKey: string) {
    this.#informer = informer;
    this.#hostKey = hostKey;
  }

  /** Also superseded ones and those that aren't Ready; not those that are being deleted. */
  all(): readonly ContainerImage[] {
    return this.#informer.store.byIndex(BY_HOST, this.#hostKey).filter(isUsable);
  }

  /** What a reference means now; Ready or not. */
  byReference(text: string): ContainerImage | undefined {
    return this.#named(text)[0];
  }

  /** All references to one image: they share its id (`sha256:…`). */
  byId(imageId: string): readonly ContainerImage[] {
    return this.#informer.store
      .byIndex(BY_ID, `${this.#hostKey}/${imageId}`)
      .filter(isUsable)
      .toSorted(byRank);
  }

  /**
   * The Ready image that a client means: by reference, by id with or without `sha256:`, or by the beginning of its id.
   *
   * @throws DockerError 400 where that is ambiguous
   */
  resolve(text: string): ContainerImage | undefined {
    const whole = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text);
    if (whole !== null) return this.byId(`sha256:${whole[1]}`).find(isImageReady);
    const named = this.#named(text).find(isImageReady);
    if (named !== undefined) return named;
    const prefix = /^(?:sha256:)?([0-9a-f]+)$/.exec(text)?.[1];
    if (prefix === undefined) return undefined;
    const found = this.all().filter(
      (image) => isImageReady(image) && image.status?.imageId?.startsWith(`sha256:${prefix}`),
    );
    if (new Set(found.map(({ status }) => status?.imageId)).size > 1) {
      throw new DockerError(400, `multiple IDs found with provided prefix: ${prefix}`);
    }
    return found.toSorted(byRank)[0];
  }

  /** What a container's spec calls an image that was chosen by its id: its tag, or, where that means another one by now, the digest in its repository. */
  exactName(image: ContainerImage): string {
    const { reference, digest } = image.status ?? {};
    const meant = this.byReference(image.spec.image);
    if (meant?.metadata.name === image.metadata.name || !reference || !digest)
      return image.spec.image;
    const { registry, repository } = parseReference(reference);
    return `${registry}/${repository}@${digest}`;
  }

  /** All that a reference names, what it means now first. While a newer one is being pulled, the older one is what there is. */
  #named(text: string): readonly ContainerImage[] {
    const reference = normalizeReference(text);
    if (reference === undefined) return [];
    return this.#informer.store
      .byIndex(BY_REFERENCE, `${this.#hostKey}/${reference}`)
      .filter(isUsable)
      .toSorted(byRank);
  }
}
