import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { askRegistry } from "../../../test/asked-registry.ts";
import { docker, hasDockerCli } from "../../../test/docker-cli.ts";
import { addContainer, setState } from "../../../test/docker-containers.ts";
import { ImageOperator } from "../../../test/docker-images.ts";
import { eventually } from "../../../test/eventually.ts";
import { LocalConsole } from "../../../test/local-console.ts";
import { DockerHosts, runGateway, type RunningGateway } from "../../../test/running-gateway.ts";
import { KINDS } from "../../api/kinds.ts";
import { LABELS } from "../../api/metadata.ts";
import { secretKind } from "../../kube/core-kinds.ts";

const registry = askRegistry();
const console = new LocalConsole();
let gateway: RunningGateway;
let hosts: DockerHosts;
let operator: ImageOperator;
let dockerHost: string;
let url: string;
/** Repository of busybox, as clients write it. */
let busybox: string;

beforeAll(async () => {
  gateway = await runGateway(console);
  hosts = await DockerHosts.create();
  operator = new ImageOperator(gateway, hosts.user, hosts.namespace);
  dockerHost = await hosts.addPlain(gateway, "images");
  url = `${dockerHost.replace("tcp:", "http:")}/v1.51`;
  busybox = `${registry.lab.http}/library/busybox`;
});
afterEach(async () => {
  operator.held = undefined;
  operator.failing = undefined;
  const kept = await hosts.user.list(KINDS.ContainerImage, { namespace: hosts.namespace });
  for (const { metadata } of kept.items) await hosts.user.delete(KINDS.ContainerImage, metadata);
  const images = gateway.informers.of(KINDS.ContainerImage);
  await eventually(() => expect(images.store.list(hosts.namespace)).toEqual([]));
});
afterAll(async () => {
  operator.close();
  await hosts.end();
  await gateway.close();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(method: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, { method, headers });
  const text = await answer.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: answer.status, body } satisfies Answer;
}

/** The lines of a pull. */
async function pull(
  fromImage: string,
  tag = "latest",
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>[]> {
  const query = new URLSearchParams({ fromImage, tag });
  const answer = await fetch(`${url}/images/create?${query}`, { method: "POST", headers });
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).trim().split("\r\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const resources = async () =>
  (await hosts.user.list(KINDS.ContainerImage, { namespace: hosts.namespace })).items;
const images = async () => (await call("GET", "/images/json")).body as { RepoTags: string[] }[];

describe("a pull is refused before it begins", () => {
  test.each([
    [
      "fromImage=UPPER&tag=1",
      400,
      "invalid reference format: repository name (UPPER) must be lowercase",
    ],
    ["fromImage=busybox&tag=b%20d", 400, "invalid tag format"],
    ["fromImage=scratch&tag=latest", 403, "'scratch' is a reserved name"],
    ["fromImage=busybox", 501, "all tags of a repository can't be pulled at once: name one"],
    [
      "fromSrc=-",
      501,
      "images can't be imported: push them to a registry, and pull them from there",
    ],
    [
      "fromImage=busybox&tag=1&platform=linux/arm64",
      404,
      "no matching manifest for linux/arm64: containers here run on linux/amd64",
    ],
    [
      "fromImage=busybox&tag=1&platform=a/b/c/d",
      400,
      '"a/b/c/d": cannot parse platform specifier: invalid argument',
    ],
  ])("%s", async (query, status, message) => {
    expect(await call("POST", `/images/create?${query}`)).toEqual({ status, body: { message } });
    expect(await resources()).toEqual([]);
  });

  test("where the registry has no such image", async () => {
    expect(await call("POST", `/images/create?fromImage=${busybox}&tag=nosuch`)).toEqual({
      status: 404,
      body: {
        message: `manifest for ${busybox}:nosuch not found: manifest unknown: manifest unknown`,
      },
    });
  });

  test("where the registry wants another login", async () => {
    await registry.lab.order("POST", "login", { mode: "basic", username: "ann", password: "x" });
    const answer = await call("POST", `/images/create?fromImage=${busybox}&tag=latest`);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      message: expect.stringMatching(`^pull access denied for ${busybox}, repository does not`),
    });
  });
});

test("a pull tells of each layer, and the image is there for the next call", async () => {
  const lines = await pull(busybox);
  const [layer] = (await resources())[0]!.status!.disks![0]!.layers;
  const id = layer!.digest.slice(7, 19);
  const { digest } = (await resources())[0]!.status!;
  expect(lines).toEqual([
    { status: "Pulling from library/busybox", id: "latest" },
    { status: "Pulling fs layer", progressDetail: {}, id },
    { status: "Download complete", progressDetail: {}, id },
    { status: "Pull complete", progressDetail: {}, id },
    { status: `Digest: ${digest}` },
    { status: `Status: Downloaded newer image for ${busybox}:latest` },
  ]);
  expect(await images()).toMatchObject([
    { RepoTags: [`${busybox}:latest`], RepoDigests: [`${busybox}@${digest}`] },
  ]);
});

test("what is there is up to date, and not asked for again", async () => {
  await pull(busybox);
  const before = await resources();
  const lines = await pull(busybox);
  expect(lines.at(-1)).toEqual({ status: `Status: Image is up to date for ${busybox}:latest` });
  expect((await resources()).map(({ metadata }) => metadata.uid)).toEqual(
    before.map(({ metadata }) => metadata.uid),
  );
});

test("the console's bytes are shown, each layer's state once", async () => {
  let release: () => void = () => undefined;
  operator.held = new Promise((resolve) => (release = resolve));
  const answer = pull(busybox);
  const image = await eventually(async () => {
    const [found] = await resources();
    expect(found).toBeDefined();
    return found!;
  });
  const layers = await registry.resolve(`${busybox}:latest`, {});
  const { digest, size } = layers.layers[0]!;
  const downloading = (bytes: number) =>
    ({ layers: [{ digest, state: "Downloading", bytes, size }] }) as const;
  console.pulls.set(image.metadata.name, [
    downloading(size / 2),
    downloading(size / 2),
    downloading(size),
    { layers: [{ digest, state: "Unpacked", bytes: size, size }] },
  ]);
  await eventually(() => expect(console.progressed.has(image.metadata.name)).toBe(true));
  release();
  const states = (await answer).map(({ status, progressDetail }) => [status, progressDetail]);
  expect(states.slice(1, -2)).toEqual([
    ["Pulling fs layer", {}],
    ["Downloading", { current: size / 2, total: size }],
    ["Downloading", { current: size, total: size }],
    ["Download complete", {}],
    ["Pull complete", {}],
  ]);
});

test("what fails after the beginning is a line, and leaves nothing", async () => {
  operator.failing = ["LayerCorrupt", "layer 1 is no archive"];
  const lines = await pull(busybox);
  expect(lines.at(-1)).toEqual({
    errorDetail: { message: "layer 1 is no archive" },
    error: "layer 1 is no archive",
  });
  await eventually(async () => expect(await resources()).toEqual([]));
});

test("a client that goes takes its pull along", async () => {
  operator.held = new Promise(() => undefined);
  const stop = new AbortController();
  const query = new URLSearchParams({ fromImage: busybox, tag: "latest" });
  const answer = await fetch(`${url}/images/create?${query}`, {
    method: "POST",
    signal: stop.signal,
  });
  expect(answer.status).toBe(200);
  expect(await resources()).toHaveLength(1);
  stop.abort();
  await eventually(async () => expect(await resources()).toEqual([]));
});

describe("a login", () => {
  const header = (login: object) => ({
    "X-Registry-Auth": Buffer.from(JSON.stringify(login)).toString("base64url"),
  });

  test("goes into a Secret of the image, and is used for it alone", async () => {
    await registry.lab.order("POST", "login", { mode: "basic", username: "ann", password: "pw" });
    const lines = await pull(busybox, "latest", header({ username: "ann", password: "pw" }));
    expect(lines.at(-1)?.["status"]).toMatch(/^Status: Downloaded/);
    const [image] = await resources();
    const secret = await hosts.user.get(secretKind, {
      namespace: hosts.namespace,
      name: image!.spec.pullSecretRef!.name,
    });
    expect(secret.metadata?.ownerReferences?.[0]?.uid).toBe(image!.metadata.uid);
    expect(secret.type).toBe("kubernetes.io/dockerconfigjson");
    const other = await call("POST", `/images/create?fromImage=${busybox}&tag=latest`);
    expect(other.status).toBe(404);
  });

  test.each(["basic", "bearer"])("is checked by %s", async (mode) => {
    await registry.lab.order("POST", "login", { mode, username: "ann", password: "pw" });
    const auth = (password: string) =>
      fetch(`${url}/auth`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "ann", password, serveraddress: registry.lab.http }),
      });
    expect(await (await auth("pw")).json()).toEqual({
      IdentityToken: "",
      Status: "Login Succeeded",
    });
    const wrong = await auth("no");
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      {
        message: `login attempt to ${registry.lab.http} failed: unauthorized: incorrect username or password`,
      },
    ]);
  });

  test("with a token is refused, and one that can't be read ignored", async () => {
    const path = `/images/create?fromImage=${busybox}&tag=latest`;
    expect((await call("POST", path, header({ identitytoken: "t" }))).status).toBe(400);
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "X-Registry-Auth": "%%%" },
    });
    expect(await answer.text()).toContain("Status: Downloaded newer image");
  });
});

test("a tag that moved takes the name from the older image, which stays while a container uses it", async () => {
  await pull(busybox);
  const [old] = await resources();
  const status = { imageId: "sha256:" + "1".repeat(64), digest: "sha256:" + "2".repeat(64) };
  await hosts.user.patch(
    KINDS.ContainerImage,
    old!.metadata,
    { type: "merge", patch: { status } },
    { subresource: "status" },
  );
  await eventually(async () => expect(await images()).toMatchObject([{ Id: status.imageId }]));
  const lines = await pull(busybox);
  expect(lines.at(-1)?.["status"]).toMatch(/^Status: Downloaded newer image/);
  await eventually(async () => {
    const labels = (await resources()).map(({ metadata }) => metadata.labels?.[LABELS.superseded]);
    expect(labels.filter(Boolean)).toEqual(["true"]);
  });
  await eventually(async () =>
    expect((await images()).map(({ RepoTags }) => RepoTags).sort()).toEqual([
      [],
      [`${busybox}:latest`],
    ]),
  );
  const pruned = await call("POST", "/images/prune");
  expect(pruned.body).toMatchObject({
    ImagesDeleted: expect.arrayContaining([{ Deleted: status.imageId }]) as unknown,
  });
  expect(await images()).toHaveLength(1);
});

describe("names", () => {
  test("are added and taken away, the last with the image", async () => {
    await pull(busybox);
    expect(await call("POST", `/images/${busybox}/tag?repo=foo&tag=1`)).toEqual({
      status: 201,
      body: undefined,
    });
    expect(await images()).toMatchObject([{ RepoTags: [`${busybox}:latest`, "foo:1"] }]);
    expect(await call("DELETE", "/images/foo:1")).toEqual({
      status: 200,
      body: [{ Untagged: "foo:1" }],
    });
    const [{ Id, RepoDigests }] = (await images()) as unknown as [
      { Id: string; RepoDigests: string[] },
    ];
    expect(await call("DELETE", `/images/${busybox}`)).toEqual({
      status: 200,
      body: [{ Untagged: `${busybox}:latest` }, { Untagged: RepoDigests[0] }, { Deleted: Id }],
    });
    expect(await images()).toEqual([]);
  });

  test.each([
    ["nosuch", "/tag?repo=foo", 404, "No such image: nosuch:latest"],
    [
      "BUSYBOX",
      "/tag?repo=FOO",
      400,
      "invalid reference format: repository name (FOO) must be lowercase",
    ],
  ])("%s%s is refused", async (name, path, status, message) => {
    await pull(busybox);
    const image = name === "BUSYBOX" ? busybox : name;
    expect(await call("POST", `/images/${image}${path}`)).toEqual({ status, body: { message } });
  });
});

test("an image in use is removed by force alone, and not while its container runs", async () => {
  await pull(busybox);
  const [{ status, metadata }] = (await resources()) as [
    NonNullable<Awaited<ReturnType<typeof resources>>[0]>,
  ];
  const imageId = status!.imageId!;
  const short = imageId.slice(7, 19);
  const { id } = await addContainer(hosts, gateway, "images", "user", "Running");
  const uses = { imageId, imageRef: { name: metadata.name } };
  await setState(hosts, gateway, "user", "Running", uses);
  const remove = (name: string, force = "") => call("DELETE", `/images/${name}${force}`);
  const using = `container ${id.slice(0, 12)}`;
  expect(await remove(busybox)).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to remove repository reference "${busybox}" (must force) - ${using} is using its referenced image ${short}`,
    },
  });
  expect(await remove(short, "?force=1")).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to delete ${short} (cannot be forced) - image is being used by running ${using}`,
    },
  });
  await setState(hosts, gateway, "user", "Exited", uses);
  expect(await remove(short)).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to delete ${short} (must be forced) - image is being used by stopped ${using}`,
    },
  });
  await setState(hosts, gateway, "user", "Running", uses);
  expect((await remove(busybox, "?force=1")).body).not.toContainEqual({ Deleted: imageId });
  expect(await images()).toMatchObject([{ Id: imageId, RepoTags: [] }]);
  await setState(hosts, gateway, "user", "Exited", uses);
  expect((await remove(short, "?force=1")).body).toContainEqual({ Deleted: imageId });
  await hosts.user.delete(KINDS.ContainerVM, { namespace: hosts.namespace, name: "user" });
});

test.each([
  ["foo", '["x"]', 400, "invalid filter 'foo'"],
  ["dangling", '["x"]', 400, "invalid filter 'dangling=[x]'"],
  ["before", '["nosuch"]', 404, "No such image: nosuch:latest"],
  ["until", '["x"]', 400, 'failed to parse value as time or duration: "x"'],
  ["reference", '["["]', 400, "syntax error in pattern"],
])("the filter %s=%s is refused", async (key, value, status, message) => {
  const filters = encodeURIComponent(`{"${key}":${value}}`);
  expect(await call("GET", `/images/json?filters=${filters}`)).toEqual({
    status,
    body: { message },
  });
});

describe.runIf(hasDockerCli)("the CLI", () => {
  const run = (...args: string[]) => docker(dockerHost, args);

  test("pulls, lists, inspects, tags and removes", async () => {
    const pulled = await run("pull", `${busybox}:latest`);
    expect(pulled.stdout).toContain(`Status: Downloaded newer image for ${busybox}:latest`);
    expect((await run("tag", busybox, "mine")).code).toBe(0);
    const format = "{{.Repository}}:{{.Tag}}";
    expect((await run("images", "--format", format)).stdout.trim().split("\n").sort()).toEqual([
      `${busybox}:latest`,
      "mine:latest",
    ]);
    expect((await run("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", "mine")).stdout).toBe(
      "linux/amd64\n",
    );
    expect((await run("images", "-q", "-f", "reference=mi*")).stdout).toMatch(/^[0-9a-f]{12}\n$/);
    expect((await run("history", "-q", "mine")).stdout).toMatch(/^[0-9a-f]{12}\n$/);
    expect((await run("rmi", "mine")).stdout).toBe("Untagged: mine:latest\n");
    expect((await run("image", "prune", "-af")).stdout).toContain("deleted: sha256:");
    expect((await run("images", "-q")).stdout).toBe("");
  });

  test("says what is wrong with a pull", async () => {
    const { code, stderr } = await run("pull", `${busybox}:nosuch`);
    expect([code, stderr]).toEqual([1, expect.stringContaining("manifest unknown")]);
    expect((await run("pull", "-a", busybox)).stderr).toContain("name one");
  });
});
