// Plants a breach of each direction of imports. The table is docs/architecture.md's, written here a second time on purpose.
import { beforeAll, describe, expect, test } from "vitest";
import { lint } from "./oxlint.ts";

const layers = [
  "api",
  "fairness",
  "kube",
  "reconcile",
  "vsphere",
  "oci",
  "controllers",
  "console",
  "docker",
  "check",
  "cli",
];

/** What each folder may import of ours, beside itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  api: [],
  fairness: [],
  kube: ["api"],
  reconcile: ["api", "fairness", "kube"],
  vsphere: ["fairness"],
  oci: [],
  controllers: ["api", "kube", "reconcile", "vsphere", "oci"],
  console: ["api", "kube", "reconcile", "oci"],
  docker: ["api", "kube", "oci"],
  check: ["api", "kube", "reconcile", "vsphere", "controllers"],
  cli: layers,
};

interface Case {
  from: string;
  specifier: string;
  ok: boolean;
}

const cases: Case[] = [];
for (const [from, may] of Object.entries(allowed)) {
  for (const to of layers.filter((layer) => layer !== from)) {
    const ok = may.includes(to);
    cases.push({ from: `${from}/plant.ts`, specifier: `../${to}/thing.ts`, ok });
    cases.push({ from: `${from}/part/plant.ts`, specifier: `../../${to}/thing.ts`, ok });
    cases.push({ from: `${from}/plant.ts`, specifier: `../../src/${to}/thing.ts`, ok });
  }
  cases.push({ from: `${from}/plant.ts`, specifier: "./part/thing.ts", ok: true });
  cases.push({ from: `${from}/part/plant.ts`, specifier: "../thing.ts", ok: true });
  cases.push({ from: `${from}/plant.ts`, specifier: "../main.ts", ok: from === "cli" });
  cases.push({ from: `${from}/plant.ts`, specifier: "../config.ts", ok: from === "cli" });
  cases.push({
    from: `${from}/plant.ts`,
    specifier: "@kubernetes/client-node",
    ok: from === "kube",
  });
  cases.push({ from: `${from}/plant.ts`, specifier: "soap", ok: from === "vsphere" });
}

const kinds = [
  "container-image",
  "container-name",
  "container-vm",
  "process-certificates",
  "virtual-container-host",
  "volume-store",
  "vsphere-server",
];
for (const from of kinds) {
  for (const to of kinds) {
    const specifier = from === to ? "./plan.ts" : `../${to}/plan.ts`;
    cases.push({ from: `controllers/${from}/controller.ts`, specifier, ok: from === to });
    const deep = { from: `controllers/${from}/lifecycle/plant.ts`, ok: from === to };
    cases.push({ ...deep, specifier: from === to ? "../plan.ts" : `../../${to}/plan.ts` });
  }
  cases.push({ from: `controllers/${from}/plan.ts`, specifier: "../failures/x.ts", ok: true });
  cases.push({ from: "controllers/failures/x.ts", specifier: `../${from}/plan.ts`, ok: false });
  cases.push({ from: "controllers/index.ts", specifier: `./${from}/controller.ts`, ok: true });
}
cases.push(
  { from: "console/plant.ts", specifier: "../vsphere/index.ts", ok: true },
  { from: "console/plant.ts", specifier: "../vsphere/ops/datastore-file.ts", ok: false },
  { from: "console/plant.ts", specifier: "../vsphere/session/session.ts", ok: false },
  { from: "console/links/plant.ts", specifier: "../../vsphere/soap/client.ts", ok: false },
  { from: "docker/plant.ts", specifier: "../console/client/index.ts", ok: true },
  { from: "docker/plant.ts", specifier: "../console/links/listener.ts", ok: false },
  { from: "wiring.ts", specifier: "./controllers/index.ts", ok: true },
  { from: "wiring.ts", specifier: "soap", ok: false },
);

describe("imports", () => {
  /** Every case is a file of its own. */
  const fileOf = (index: number, { from }: Case): string =>
    `src/${from.replace(/\.ts$/, `-${index}.ts`)}`;
  let found: ReadonlyMap<string, string[]>;

  beforeAll(async () => {
    const files = cases.map((one, index) => [
      fileOf(index, one),
      `import type { Thing } from "${one.specifier}";\nexport type Planted = Thing;\n`,
    ]);
    found = await lint(Object.fromEntries(files) as Record<string, string>);
  });

  test.each(cases.map((one, index) => ({ ...one, index })).filter(({ ok }) => !ok))(
    "src/$from may not import $specifier",
    ({ index, ...one }) => {
      expect(found.get(fileOf(index, one))?.join("\n")).toContain("no-restricted-imports");
    },
  );

  test.each(cases.map((one, index) => ({ ...one, index })).filter(({ ok }) => ok))(
    "src/$from may import $specifier",
    ({ index, ...one }) => {
      expect(found.get(fileOf(index, one))).toEqual([]);
    },
  );
});
