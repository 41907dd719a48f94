import type { KubeClient } from "../../kube/client.ts";
import type { Secret } from "../../kube/core-kinds.ts";
import type { Store } from "../../kube/informer.ts";
import { refKey } from "../../kube/object.ts";
import { type Authority, readAuthority } from "./authority.ts";
import type { Issuer } from "./issuer.ts";
import { inspectLeaf, type LeafRequest } from "./leaf.ts";
import { renewalOf } from "./lifetime.ts";
import { decodeData, type SecretData } from "./secret-data.ts";
import { isOurs, type Place, putSecret } from "./store.ts";

/** What certificates are made and looked after with. */
export interface Keeper {
  readonly client: KubeClient;
  readonly secrets: Store<Secret>;
  readonly issuer: Issuer;
  readonly nowMs: number;
}

/** A Secret that stands in the way, or can't be used; somebody else's to mend. */
export interface Unusable {
  readonly unusable: string;
}

export const isUnusable = (found: object): found is Unusable => "unusable" in found;

/** An authority, and when it has to be looked at again; undefined: it is somebody else's to renew. */
export interface KeptAuthority {
  readonly authority: Authority;
  readonly renewAtMs: number | undefined;
}

/**
 * Makes an authority where there is none, follows it by another at two thirds of its life, and makes anew what can't be used. One that somebody
 * else has put there is used as it is.
 */
export async function keepAuthority(
  { client, secrets, issuer, nowMs }: Keeper,
  place: Place,
  commonName: string,
): Promise<KeptAuthority | Unusable> {
  const known = secrets.get(refKey(place));
  const found = known && readAuthority(decodeData(known), nowMs);
  if (known && !isOurs(known)) {
    if (typeof found === "object") return { authority: found, renewAtMs: undefined };
    return { unusable: `Secret "${place.name}" can't be used as an authority: ${found ?? ""}` };
  }
  const usable = typeof found === "object" ? found : undefined;
  if (usable && renewalOf(usable.certificate) > nowMs) return kept(usable);
  const data = await issuer.authority(commonName, nowMs, usable);
  await putSecret(client, place, known, data);
  const made = readAuthority(data, nowMs);
  if (typeof made === "string") throw new Error(`an authority that was just made: ${made}`);
  return kept(made);
}

const kept = (authority: Authority): KeptAuthority => ({
  authority,
  renewAtMs: renewalOf(authority.certificate),
});

/** A certificate that is in order. */
export interface KeptLeaf {
  readonly data: SecretData;
  readonly renewAtMs: number | undefined;
  readonly notAfterMs: number;
}

/** Makes a certificate where it is missing, isn't the one that is wanted, or has lived two thirds of its life. */
export async function keepLeaf(
  { client, secrets, issuer, nowMs }: Keeper,
  place: Place,
  request: LeafRequest,
  authority: Authority,
): Promise<KeptLeaf | Unusable> {
  const known = secrets.get(refKey(place));
  if (known && !isOurs(known))
    return { unusable: `Secret "${place.name}" exists and isn't ours: delete it, or rename it` };
  const data = known ? decodeData(known) : {};
  const state = inspectLeaf(data, request, authority, nowMs);
  if (state.isGood && state.isTrustGood) return { data, ...state };
  const next = state.isGood
    ? { ...data, "ca.crt": authority.trusted }
    : await issuer.leaf(authority, request, nowMs);
  await putSecret(client, place, known, next);
  return { data: next, ...inspectLeaf(next, request, authority, nowMs) };
}
