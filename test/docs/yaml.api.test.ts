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
  readonly metadata: { readonly name: string };
}

/** Each document's objects, with the lines of the blocks. */
const examples = documents.flatMap((document) => {
  const blocks = blocksOf(document).filter(({ language }) => language === "yaml");
  const manifests = blocks.flatMap(({ text: yaml }) => loadAll(yaml) as Manifest[]);
  const lines = blocks.map(({ line }) => line).join(", ");
  return blocks.length > 0 ? [{ document: document.path, lines, manifests }] : [];
});

async function kubectl(args: readonly string[], input = ""): Promise<string> {
  const child = spawn("kubectl", ["--kubeconfig", inject("kubeconfig"), ...args]);
  child.stdin.end(input);
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  // A warning is a complaint, too.
  if (complaints !== "") throw new Error(complaints);
  return output;
}

beforeAll(() => kubectl(["create", "namespace", namespace]));

test("there are enough of them", () => expect(examples.length).toBeGreaterThanOrEqual(8));

test.each(examples)("$document, lines $lines, is accepted", async ({ manifests }) => {
  const items = manifests.map(({ metadata, ...manifest }) => ({
    ...manifest,
    // A namespace of that name may have been made by other tests without `apply`, of which kubectl would warn.
    metadata:
      manifest.kind === "Namespace"
        ? { ...metadata, name: `${namespace}-${metadata.name}` }
        : { ...metadata, namespace },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const said = await kubectl(["apply", "--dry-run=server", "-f", "-"], list);
  expect(said.trim().split("\n")).toHaveLength(manifests.length);
});
