// manifests/ as a platform team installs it, on a real API server.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { beforeAll, describe, expect, inject, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

const kubectl = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run("kubectl", ["--kubeconfig", inject("kubeconfig"), ...args], { cwd: root });

/** What the API server says to `kubectl auth can-i`; it exits with 1 on no. */
async function may(user: string, ...what: string[]): Promise<string> {
  const asking = kubectl("auth", "can-i", "--as", user, "-n", "team-a", ...what);
  const { stdout } = await asking.catch((error: { stdout: string }) => error);
  return stdout.trim();
}

const roles = ["vic-console", "vic-gateway", "vic-operator"];

const roleOf = (name: string): string => `system:serviceaccount:vic-system:${name}`;

let first: { stdout: string; stderr: string };
beforeAll(async () => {
  first = await kubectl("apply", "-k", "manifests");
}, 60_000);

test("kubectl apply -k manifests/ installs everything, without a warning", () => {
  // CRDs that the fixture installed are taken over, with a remark of kubectl's about that.
  const warnings = first.stderr
    .split("\n")
    .filter((line) => !/last-applied-configuration/.test(line));
  expect(warnings.join("\n").trim()).toBe("");
  for (const line of [
    "namespace/vic-system",
    "customresourcedefinition.apiextensions.k8s.io/containervms.vic.dev",
    "clusterrole.rbac.authorization.k8s.io/vic-operator",
    "deployment.apps/vic-operator",
    "statefulset.apps/vic-console",
    "deployment.apps/vic-gateway",
    "service/vic-console",
    "service/vic-console-api",
    "service/vic-console-peers",
    "service/vic-gateway",
  ]) {
    expect(first.stdout).toContain(line);
  }
});

test("a second time changes nothing", async () => {
  const { stdout } = await kubectl("apply", "-k", "manifests");
  const changed = stdout.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
  // kubectl always sends a budget's selector again (its patch strategy is "replace"); the API server changes nothing.
  expect(changed.sort()).toEqual(
    roles.map((name) => `poddisruptionbudget.policy/${name} configured`),
  );
});

test("a pod of ours is what the restricted standard of pod security allows", async () => {
  for (const name of roles) {
    const kind = name === "vic-console" ? "statefulset" : "deployment";
    // oxlint-disable-next-line no-await-in-loop -- three of them
    const { stdout } = await kubectl("get", kind, name, "-n", "vic-system", "-o", "json");
    const { spec } = JSON.parse(stdout) as { spec: { template: { spec: object } } };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "vic-system" },
      spec: spec.template.spec,
    };
    const trying = run("sh", [
      "-c",
      'printf %s "$1" | kubectl --kubeconfig "$2" create --dry-run=server -f -',
      "sh",
      JSON.stringify(pod),
      inject("kubeconfig"),
    ]);
    // oxlint-disable-next-line no-await-in-loop
    expect((await trying).stdout).toContain("created");
  }
});

describe("the operator", () => {
  test("may not read pods, change roles, or delete namespaces", async () => {
    const user = roleOf("vic-operator");
    const answers = [
      may(user, "list", "pods"),
      may(user, "update", "clusterroles"),
      may(user, "delete", "namespaces"),
      may(user, "delete", "secrets"),
      may(user, "*", "*"),
    ];
    expect(await Promise.all(answers)).toEqual(answers.map(() => "no"));
  });

  test("may converge and report", async () => {
    const user = roleOf("vic-operator");
    const answers = [
      may(user, "watch", "containervms.vic.dev"),
      may(user, "patch", "containervms.vic.dev", "--subresource=status"),
      may(user, "create", "events.events.k8s.io"),
      may(user, "create", "leases.coordination.k8s.io", "-n", "vic-system"),
      may(user, "patch", "leases.coordination.k8s.io/vic-operator", "-n", "vic-system"),
    ];
    expect(await Promise.all(answers)).toEqual(answers.map(() => "yes"));
  });
});

test("the console writes nothing but what became of layers, and events", async () => {
  const user = roleOf("vic-console");
  const no = [
    may(user, "patch", "containervms.vic.dev", "--subresource=status"),
    may(user, "list", "secrets"),
    may(user, "patch", "containerimages.vic.dev"),
  ];
  expect(await Promise.all(no)).toEqual(no.map(() => "no"));
  const yes = [
    may(user, "patch", "containerimages.vic.dev", "--subresource=status"),
    may(user, "create", "events.events.k8s.io"),
  ];
  expect(await Promise.all(yes)).toEqual(yes.map(() => "yes"));
});

test("the gateway makes containers and images, and sees neither vSphere nor a list of Secrets", async () => {
  const user = roleOf("vic-gateway");
  const no = [
    may(user, "list", "secrets"),
    may(user, "get", "vsphereservers.vic.dev"),
    may(user, "patch", "virtualcontainerhosts.vic.dev"),
    may(user, "patch", "containervms.vic.dev", "--subresource=status"),
    may(user, "*", "*"),
  ];
  expect(await Promise.all(no)).toEqual(no.map(() => "no"));
  const yes = [
    may(user, "get", "secrets"),
    may(user, "create", "containervms.vic.dev"),
    may(user, "create", "containernames.vic.dev"),
    may(user, "delete", "containerimages.vic.dev"),
    may(user, "watch", "events.events.k8s.io"),
  ];
  expect(await Promise.all(yes)).toEqual(yes.map(() => "yes"));
});

test("consoles know each other by their names", async () => {
  const json = ["-n", "vic-system", "-o", "json"];
  const { stdout } = await kubectl("get", "statefulset", "vic-console", ...json);
  const { spec } = JSON.parse(stdout) as {
    spec: {
      replicas: number;
      serviceName: string;
      template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
    };
  };
  const peers = spec.template.spec.containers[0]?.env.find(({ name }) => name === "VIC_PEERS");
  const names = Array.from(
    { length: spec.replicas },
    (_, index) => `vic-console-${index}.${spec.serviceName}.$(POD_NAMESPACE).svc:8443`,
  );
  expect(peers?.value?.split(",")).toEqual(names);
});

test("a tenant edits containers, and reads its host but doesn't change it", async () => {
  await kubectl("create", "namespace", "team-a");
  for (const role of ["vic-view", "vic-edit"]) {
    // oxlint-disable-next-line no-await-in-loop -- two of them
    await kubectl(
      "create",
      "rolebinding",
      role,
      "--clusterrole",
      role,
      "--user",
      "tenant",
      "-n",
      "team-a",
    );
  }
  expect(await may("tenant", "create", "containervms.vic.dev")).toBe("yes");
  expect(await may("tenant", "get", "virtualcontainerhosts.vic.dev")).toBe("yes");
  expect(await may("tenant", "update", "virtualcontainerhosts.vic.dev")).toBe("no");
  expect(await may("tenant", "patch", "containervms.vic.dev", "--subresource=status")).toBe("no");
});

test("the image has the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const { images } = load(readFileSync(join(root, "manifests/kustomization.yaml"), "utf8")) as {
    images: { newTag: string }[];
  };
  expect(images.map(({ newTag }) => newTag)).toEqual([version]);
});
