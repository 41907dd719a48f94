// Every example is tried on a real API server, whose word is the only one that counts about schema and rules.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { KINDS } from "../../src/api/kinds.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport } from "../../src/kube/transport.ts";
import { readExamples, type ExampleObject } from "./examples.ts";

const namespace = "examples";
const invalid = readExamples("invalid");
const valid = readExamples("valid");
let transport: Transport;

beforeAll(async () => {
  transport = new Transport(await loadKubeconfig(inject("kubeconfig")), "vic-test");
  await call("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
});
afterAll(() => transport.close());

describe("an invalid example is refused with the error that it names", () => {
  test("there are enough of them", () => expect(invalid.length).toBeGreaterThanOrEqual(25));

  test.each(invalid)("$name", async ({ error, documents }) => {
    expect(error, "the header `# Error: …`").toBeDefined();
    const [first, change, ...more] = documents;
    expect(more).toEqual([]);
    if (first === undefined) throw new Error("no document");
    if (change === undefined) {
      expect(await refusal(() => create(first))).toContain(error);
      return;
    }
    const { metadata } = await create(first);
    try {
      expect(await refusal(() => replace(change, metadata))).toContain(error);
    } finally {
      await call("DELETE", pathOf(first, first.metadata.name));
    }
  });
});

describe("a valid example is accepted", () => {
  test("there are enough of them", () => expect(valid.length).toBeGreaterThanOrEqual(7));

  test.each(valid)("$name", async ({ documents }) => {
    expect(documents).toHaveLength(1);
    for (const document of documents) {
      const created = await create(document);
      await call("DELETE", pathOf(document, document.metadata.name));
      // What was written is what is kept: nothing pruned, whatever defaults were added.
      expect(created.spec).toMatchObject(document.spec);
    }
  });

  test("and every kind has one", () => {
    const kinds = new Set(valid.flatMap(({ documents }) => documents.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(Object.keys(KINDS).sort());
  });
});

test("a field that is left out gets its default", async () => {
  const container = valid.find(({ name }) => name === "containervm-minimal")?.documents[0];
  const host = valid.find(({ name }) => name === "virtualcontainerhost-minimal")?.documents[0];
  if (container === undefined || host === undefined)
    throw new Error("the minimal examples are missing");
  expect((await create(container, "&dryRun=All")).spec).toMatchObject({
    networks: [{ name: "bridge" }],
    powerState: "On",
    stopTimeoutSeconds: 10,
  });
  expect((await create(host, "&dryRun=All")).spec).toMatchObject({
    networks: { bridge: { range: "172.16.0.0/12" } },
    containerDefaults: { cpus: 2, memoryMiB: 2048 },
    deletionPolicy: "Protect",
  });
});

/** The message of the API server; fails where it accepts. */
async function refusal(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  throw new Error("the API server accepted it");
}

const create = (object: ExampleObject, query = ""): Promise<ExampleObject> =>
  call(
    "POST",
    `${pathOf(object)}?fieldValidation=Strict${query}`,
    object,
  ) as Promise<ExampleObject>;

const replace = (object: ExampleObject, metadata: ExampleObject["metadata"]): Promise<unknown> =>
  call("PUT", `${pathOf(object, object.metadata.name)}?fieldValidation=Strict`, {
    ...object,
    metadata,
  });

function pathOf({ apiVersion, kind }: ExampleObject, name?: string): string {
  const { plural } = KINDS[kind as keyof typeof KINDS];
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}${name === undefined ? "" : `/${name}`}`;
}

function call(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<unknown> {
  return transport.call({ method, path, body, timeoutMs: 30_000 });
}
