import { expect, test } from "vitest";
import type { CustomResource, Schema } from "./crds.ts";
import { generateTypes } from "./types.ts";

const resource = (spec: Schema): CustomResource => ({
  file: "things.yaml",
  group: "vic.dev",
  version: "v1alpha1",
  kind: "Thing",
  plural: "things",
  singular: "thing",
  shortNames: ["th"],
  categories: ["vic"],
  columns: [],
  schema: { type: "object", required: ["spec"], properties: { spec } },
});

test("a field with a default is there when an object is read, one without may be missing", async () => {
  const text = await generateTypes(
    resource({
      type: "object",
      properties: {
        given: { type: "string", default: "x" },
        left: { type: "string" },
      },
    }),
  );
  expect(text).toMatch(/given: string;/);
  expect(text).toMatch(/left\?: string;/);
});

test("a list is a list, whatever its bounds", async () => {
  const text = await generateTypes(
    resource({
      type: "object",
      properties: { names: { type: "array", minItems: 1, maxItems: 2, items: { type: "string" } } },
    }),
  );
  expect(text).toMatch(/names\?: string\[\];/);
});

test("nested types are named by their path, items in the singular", async () => {
  const item: Schema = {
    type: "object",
    properties: { state: { type: "string", enum: ["On", "Off"] } },
  };
  const text = await generateTypes(
    resource({ type: "object", properties: { disks: { type: "array", items: item } } }),
  );
  expect(text).toContain("export interface ThingSpecDisk {");
  expect(text).toContain('export type ThingSpecDiskState = "On" | "Off";');
});

test("an int-or-string is both", async () => {
  const shares: Schema = { "x-kubernetes-int-or-string": true, description: "Weight." };
  const text = await generateTypes(resource({ type: "object", properties: { shares } }));
  expect(text).toMatch(/shares\?: number \| string;/);
});
