// Whether docs/vic-machine.md says of every option of vic-machine what is so.
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCustomResources, type Schema } from "../../scripts/generate/crds.ts";
import { documents, root } from "./documents.ts";

/** The options of `vic-machine create` and `configure` 1.5, as VIC's documents list them. */
const OPTIONS =
  `target thumbprint user password ops-user ops-password ops-grant-perms name id timeout force compute-resource
memory memory-reservation memory-shares cpu cpu-reservation cpu-shares containers storage-quota endpoint-cpu endpoint-memory
affinity-vm-group image-store base-image-size volume-store bridge-network bridge-network-range bridge-network-width
management-network management-network-ip management-network-gateway dns-server public-network public-network-ip
public-network-gateway client-network client-network-ip client-network-gateway asymmetric-routes container-network
container-network-gateway container-network-ip-range container-network-dns container-network-firewall tls-server-key
tls-server-cert tls-cert-path tls-ca tls-cname no-tls no-tlsverify organization certificate-key-size registry-ca
insecure-registry whitelist-registry http-proxy https-proxy no-proxy syslog-address container-name-convention debug
appliance-iso bootstrap-iso reset-progress rollback`.split(/\s+/);

const { text = "" } = documents.find(({ path }) => path === "docs/vic-machine.md") ?? {};
const rows = [
  ...text.matchAll(/^\| (`--.+?) \| (.+?) \| (works|planned|gone) \| (yes|no|) ?\|$/gm),
].map(([, options = "", here = "", state = "", live = ""]) => ({
  options: [...options.matchAll(/`--([a-z-]+)`/g)].map(([, name = ""]) => name),
  kind: /VSphereServer/.test(here) ? "VSphereServer" : "VirtualContainerHost",
  fields: [...here.matchAll(/`(spec\.[A-Za-z.]+)`/g)].map(([, field = ""]) => field),
  state,
  live,
}));
const resources = readCustomResources(join(root, "crds"));

/** A field and all that it lies in, from the outside; undefined where the API has no such field. */
function schemasOf(kind: string, field: string): readonly Schema[] | undefined {
  const found = resources.find((resource) => resource.kind === kind);
  const schemas: Schema[] = [];
  let at: Schema | undefined = found?.schema;
  for (const name of field.split(".")) {
    at = at?.properties?.[name];
    if (at === undefined) return undefined;
    schemas.push(at);
  }
  return schemas;
}

const isImmutable = (schemas: readonly Schema[]): boolean =>
  schemas.some((schema) =>
    schema["x-kubernetes-validations"]?.some(({ rule }) => rule === "self == oldSelf"),
  );

test("every option is there, once", () => {
  expect(rows.flatMap(({ options }) => options).toSorted()).toEqual(OPTIONS.toSorted());
  expect(text.match(/^\| `--/gm)).toHaveLength(rows.length);
});

const of = (state: string) => rows.filter((row) => row.state === state);

test.each(of("works"))(
  "$options has its fields, and they may be changed as it says: $live",
  ({ kind, fields, live }) => {
    for (const field of fields) {
      const schemas = schemasOf(kind, field);
      expect(schemas, field).toBeDefined();
      expect(isImmutable(schemas ?? []), `${field} is immutable`).toBe(live === "no");
    }
    expect(live).not.toBe("");
  },
);

/** What is there already, and named beside what is planned. */
const STANDING = new Set(["spec.registries.mirrors", "spec.volumeStores"]);

test.each(of("planned"))(
  "$options is nowhere accepted before it works",
  ({ kind, fields, live }) => {
    for (const field of fields)
      expect(schemasOf(kind, field) !== undefined, field).toBe(STANDING.has(field));
    expect(live).toBe("");
  },
);
