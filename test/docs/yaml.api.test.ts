// What the documents show as YAML is what the API server takes, to the last field.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { loadAll } from "js-yaml";
import { beforeAll, expect, inject, test } from "vitest";
import { blocksOf, documents } from "./documents.ts";

/** Stands for each namespace of the documents: `team-a` and `vic-system` belong to other tests of this server. */
const namespace = "documents";

interface Manifest {
  readonly kind: string;
  readonly metadata: object;
}

const blocks = documents
  .flatMap((document) => blocksOf(document))
  .filter(({ language }) => language === "yaml");

async function kubectl(args: readonly string[], input = ""): Promise<string> {
  const child = spawn("kubectl", ["--kubeconfig", inject("kubeconfig"), ...args]);
  child.stdin.end(input);
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  // A warning is a complaint, too.
  if (complaints !== "") throw new Error(complaints);
  return output;
}

beforeAll(() => kubectl(["create", "namespace", namespace]));

test("there are enough of them", () => expect(blocks.length).toBeGreaterThanOrEqual(10));

test.each(blocks)("$document:$line is accepted", async (block) => {
  const manifests = loadAll(block.text) as Manifest[];
  const items = manifests.map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, namespace },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const said = await kubectl(["apply", "--dry-run=server", "-f", "-"], list);
  expect(said.trim().split("\n")).toHaveLength(manifests.length);
  expect(said).not.toContain("unchanged");
});
