import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { dockerNameOf, lostItsName } from "../../../api/docker-name.ts";
import { idOfContainer } from "../../../api/identity.ts";
import type { Informer } from "../../../kube/informer.ts";

const BY_HOST = "docker/host";
const BY_ID = "docker/id";
const BY_SHORT_ID = "docker/short-id";
const BY_NAME = "docker/name";
const shortLength = 12;

const hostKeyOf = ({ metadata, spec }: ContainerVM): string =>
  `${metadata.namespace}/${spec.hostRef.name}`;

/** Adds what {@link ContainerCache} looks up by; once per process is enough. */
export function addContainerIndexes(informer: Informer<ContainerVM>): void {
  informer.addIndex(BY_HOST, (container) => [hostKeyOf(container)]);
  informer.addIndex(BY_ID, (container) => [`${hostKeyOf(container)}/${idOfContainer(container)}`]);
  informer.addIndex(BY_SHORT_ID, (container) => [
    `${hostKeyOf(container)}/${idOfContainer(container).slice(0, shortLength)}`,
  ]);
  informer.addIndex(BY_NAME, (container) =>
    lostItsName(container) ? [] : [`${hostKeyOf(container)}/${dockerNameOf(container)}`],
  );
}

/** The containers of one VirtualContainerHost, from the informer. */
export class ContainerCache {
  readonly #informer: Informer<ContainerVM>;
  readonly #hostKey: string;

  /** @param hostKey `namespace/name` of the VirtualContainerHost */
  constructor(informer: Informer<ContainerVM>, hostKey: string) {
    this.#informer = informer;
    this.#hostKey = hostKey;
  }

  /** In no particular order. */
  all(): readonly ContainerVM[] {
    return this.#informer.store.byIndex(BY_HOST, this.#hostKey);
  }

  byId(id: string): ContainerVM | undefined {
    return this.#informer.store.byIndex(BY_ID, `${this.#hostKey}/${id}`)[0];
  }

  /** Without slash. Where two have it until the operator has decided, the older one. */
  byName(name: string): ContainerVM | undefined {
    return this.#informer.store.byIndex(BY_NAME, `${this.#hostKey}/${name}`).toSorted(byAge)[0];
  }

  /** All whose id begins so. */
  byPrefix(prefix: string): readonly ContainerVM[] {
    if (prefix.length < shortLength) {
      return this.all().filter((container) => idOfContainer(container).startsWith(prefix));
    }
    return this.#informer.store
      .byIndex(BY_SHORT_ID, `${this.#hostKey}/${prefix.slice(0, shortLength)}`)
      .filter((container) => idOfContainer(container).startsWith(prefix));
  }
}

const byAge = (a: ContainerVM, b: ContainerVM): number =>
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp);
