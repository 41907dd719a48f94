// Puts our CustomResourceDefinitions into an API server, as `kubectl apply --server-side -f crds/` would.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "js-yaml";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport } from "../../src/kube/transport.ts";

const directory = join(import.meta.dirname, "../../crds");
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Definition {
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Applies every file of crds/ and returns when all kinds are served. */
export async function installCrds(kubeconfig: string): Promise<void> {
  const transport = new Transport(await loadKubeconfig(kubeconfig), "vic-test");
  try {
    const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));
    await Promise.all(files.map((file) => install(transport, join(directory, file))));
  } finally {
    await transport.close();
  }
}

async function install(transport: Transport, file: string): Promise<void> {
  const body = load(readFileSync(file, "utf8")) as Definition;
  const path = `${definitions}/${body.metadata.name}`;
  let answer = (await transport.call({
    method: "PATCH",
    path: `${path}?fieldManager=vic-test&force=true&fieldValidation=Strict`,
    body,
    contentType: "application/apply-patch+yaml",
    timeoutMs: 30_000,
  })) as Definition;
  while (!isEstablished(answer)) {
    await sleep(50);
    answer = (await transport.call({ method: "GET", path, timeoutMs: 30_000 })) as Definition;
  }
}

const isEstablished = (definition: Definition): boolean =>
  definition.status?.conditions?.some(
    ({ type, status }) => type === "Established" && status === "True",
  ) ?? false;
