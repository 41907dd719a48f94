// The README's table of what works and what doesn't: each claim has its proof, each "not yet" is nowhere accepted.
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { documents, root } from "./documents.ts";

type Proof =
  /** Tests that show it. */
  | { readonly works: readonly string[] }
  /** Fields that the API, and folders that the sources, may not have as long as it isn't there. */
  | { readonly fields: readonly string[]; readonly folders?: readonly string[] };

const proofs: Readonly<Record<string, Proof>> = {
  "`VSphereServer`, `VolumeStore`": {
    works: [
      "test/e2e/controllers/container-life.test.ts",
      "test/e2e/controllers/bad-input.test.ts",
      "test/e2e/controllers/deletion.test.ts",
    ],
  },
  "images:": { works: ["test/e2e/guests/images.test.ts"] },
  "containers:": {
    works: ["test/e2e/guests/containers.test.ts", "test/e2e/controllers/container-life.test.ts"],
  },
  "acts behind our back:": {
    works: [
      "test/e2e/controllers/behind-our-back.test.ts",
      "test/e2e/controllers/acts.test.ts",
      "test/e2e/controllers/acts-places.test.ts",
      "test/e2e/controllers/acts-keeper.test.ts",
    ],
  },
  "several clusters, datacenters, vCenters": {
    works: [
      "test/e2e/shapes/shapes.test.ts",
      "test/e2e/shapes/installations.test.ts",
      "test/e2e/storms/disaster.test.ts",
    ],
  },
  "Docker API": {
    works: [
      "test/e2e/docker/differential.test.ts",
      "test/e2e/docker/libraries.test.ts",
      "test/e2e/docker/streams.test.ts",
      "test/e2e/docker/terminals.test.ts",
    ],
  },
  "an account in vSphere": { works: ["test/e2e/privileges/privileges.test.ts"] },
  "endpoint VM": { fields: ["ports", "publish", "dnsServer"] },
  volumes: { fields: ["volumes", "mounts", "nfs"] },
  quotas: {
    works: ["test/e2e/controllers/quota.test.ts", "src/docker/containers/quota.api.test.ts"],
  },
  "Secrets in the environment": { fields: ["valueFrom", "envFrom"] },
  "ESXi without vCenter": {
    works: [
      "test/e2e/shapes/shapes.test.ts",
      "test/e2e/shapes/vsan.test.ts",
      "test/e2e/docker/shapes.test.ts",
    ],
  },
  vVols: { fields: ["storagePolicy"] },
};

const readme = documents.find((document) => document.path === "README.md")?.text ?? "";
const rows = [...readme.matchAll(/^\| (?!part |---)(.+) \| (.+) \|$/gm)].map(
  ([, part = "", state = ""]) => ({ part, state }),
);
const proofOf = (part: string): Proof | undefined =>
  Object.entries(proofs).find(([begin]) => part.startsWith(begin))?.[1];

test("each claim has a proof, and each proof a claim", () => {
  expect(rows.filter(({ part }) => proofOf(part) === undefined)).toEqual([]);
  expect(rows).toHaveLength(Object.keys(proofs).length);
});

describe.each(rows)("$part", ({ part, state }) => {
  const proof = proofOf(part);

  test(`is said to be: ${state}`, () => {
    expect(state).toMatch(proof && "works" in proof ? /^works/ : /^not yet/);
  });

  test("is so", () => {
    if (!proof) throw new Error("no proof");
    if ("works" in proof) {
      for (const file of proof.works)
        expect(readFileSync(path.join(root, file), "utf8")).toMatch(/^ *test/m);
      return;
    }
    for (const file of globSync("crds/*.yaml", { cwd: root })) {
      const spec = readFileSync(path.join(root, file), "utf8").split(/^ {12}status:$/m)[0] ?? "";
      for (const field of proof.fields) expect(spec).not.toMatch(new RegExp(`^ +${field}:$`, "m"));
    }
    for (const folder of proof.folders ?? [])
      expect(existsSync(path.join(root, folder)), folder).toBe(false);
  });
});
