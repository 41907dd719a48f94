import type { Kind } from "./kind.ts";
import type { KubeObject, ObjectMeta } from "./object.ts";

/** Kubernetes' own kinds, as far as they are used, with the fields that are. */

export interface Secret extends KubeObject {
  readonly metadata?: ObjectMeta;
  readonly type?: string;
  /** Values are base64. */
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Namespace extends KubeObject {
  readonly metadata?: ObjectMeta;
  readonly status?: { readonly phase?: "Active" | "Terminating" };
}

export interface ConfigMap extends KubeObject {
  readonly metadata?: ObjectMeta;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Lease extends KubeObject {
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** RFC 3339 with microseconds. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** events.k8s.io/v1. */
export interface KubeEvent extends KubeObject {
  readonly metadata?: ObjectMeta;
  readonly eventTime?: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly regarding?: ObjectReference;
  readonly note?: string;
  readonly type?: "Normal" | "Warning";
}

/** Helm keeps each release of each chart in a Secret of up to 1 MB; tokens belong to Kubernetes itself. Nobody refers us to them. */
const foreignSecretTypes = [
  "helm.sh/release.v1",
  "kubernetes.io/service-account-token",
  "bootstrap.kubernetes.io/token",
];

export const secretKind: Kind<Secret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  fieldSelector: foreignSecretTypes.map((type) => `type!=${type}`).join(","),
};

export const namespaceKind: Kind<Namespace> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

export const configMapKind: Kind<ConfigMap> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

export const leaseKind: Kind<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

export const eventKind: Kind<KubeEvent> = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};
