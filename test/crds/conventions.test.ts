// What every CRD keeps to, so that each kind feels the same and no rule of CEL costs more than the API server allows.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCustomResources, type Schema } from "../../scripts/generate/crds.ts";
import { GROUP, KINDS, VERSION, type KindName } from "../../src/api/kinds.ts";

const resources = readCustomResources(join(import.meta.dirname, "..", "..", "crds"));

test("the kinds in the code are those of the CRDs", () => {
  const declared = resources.map(({ kind, plural, shortNames, group, version }) => ({
    kind,
    plural,
    shortName: shortNames[0],
    group,
    version,
  }));
  expect(declared.map(({ kind }) => kind).sort()).toEqual(Object.keys(KINDS).sort());
  for (const { kind, ...names } of declared) {
    expect(KINDS[kind as KindName]).toMatchObject(names);
    expect(names).toMatchObject({ group: GROUP, version: VERSION });
  }
});

/** What isn't for people isn't among what `kubectl get vic` shows them. */
const INTERNAL: ReadonlySet<string> = new Set(["ContainerName"]);

describe.each(resources)("$kind", ({ kind, schema, categories, columns }) => {
  const nodes = [
    ...walk(schema.properties?.["spec"], "spec"),
    ...walk(schema.properties?.["status"], "status"),
  ];

  test("shows its age; what is for people is in the category vic, and shows whether it is ready and why", () => {
    const isForPeople = !INTERNAL.has(kind);
    expect(categories.includes("vic")).toBe(isForPeople);
    const names = columns.map(({ name }) => name);
    const shown = isForPeople ? ["Ready", "Reason", "Age"] : ["Age"];
    expect(names).toEqual(expect.arrayContaining(shown));
  });

  test("has conditions first in its status, and observedGeneration", () => {
    const status = Object.keys(schema.properties?.["status"]?.properties ?? {});
    expect(status[0]).toBe("conditions");
    expect(status).toContain("observedGeneration");
  });

  test("bounds every string, list and map", () => {
    const unbounded = nodes.filter(
      ([, node]) =>
        (node.type === "string" &&
          !node.enum &&
          node.format !== "date-time" &&
          node.maxLength === undefined) ||
        (node.type === "array" && node.maxItems === undefined) ||
        (node.additionalProperties && node.maxProperties === undefined),
    );
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test("has whole numbers only, with a width and in spec with bounds", () => {
    expect(nodes.filter(([, { type }]) => type === "number").map(([path]) => path)).toEqual([]);
    const loose = nodes.filter(
      ([path, node]) =>
        node.type === "integer" &&
        (!["int32", "int64"].includes(node.format ?? "") ||
          (path.startsWith("spec") && (node.minimum === undefined || node.maximum === undefined))),
    );
    expect(loose.map(([path]) => path)).toEqual(
      ["spec.request.seq"].filter((path) => nodes.some(([p]) => p === path)),
    );
  });

  test("says of each list how it is merged", () => {
    const silent = nodes.filter(
      ([, node]) => node.type === "array" && !node["x-kubernetes-list-type"],
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test("describes every field", () => {
    const mute = nodes.filter(
      ([path, node]) => !path.endsWith("[]") && !path.endsWith("{}") && !node.description,
    );
    expect(mute.map(([path]) => path)).toEqual([]);
  });

  test("gives every rule a message", () => {
    const mute = nodes.filter(([, node]) =>
      node["x-kubernetes-validations"]?.some(({ message }) => !message),
    );
    expect(mute.map(([path]) => path)).toEqual([]);
  });
});

/** A schema and all below it, each with its path. */
function* walk(schema: Schema | undefined, path: string): Generator<[string, Schema]> {
  if (schema === undefined) return;
  yield [path, schema];
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    yield* walk(child, `${path}.${key}`);
  yield* walk(schema.items, `${path}[]`);
  yield* walk(schema.additionalProperties, `${path}{}`);
}
