import { describe, expect, test } from "vitest";
import { docker, hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { addContainer, setState } from "../../../test/gateway/docker-containers.ts";
import { eventually } from "../../../test/eventually.ts";
import { imageHost } from "../../../test/gateway/image-host.ts";
import { KINDS } from "../../api/kinds.ts";
import { LABELS } from "../../api/metadata.ts";

const host = imageHost();

test("a tag that moved takes the name from the older image, which stays while a container uses it", async () => {
  await host.pull(host.busybox);
  const [old] = await host.resources();
  const status = { imageId: "sha256:" + "1".repeat(64), digest: "sha256:" + "2".repeat(64) };
  await host.hosts.user.patch(
    KINDS.ContainerImage,
    old!.metadata,
    { type: "merge", patch: { status } },
    { subresource: "status" },
  );
  await eventually(async () => expect(await host.images()).toMatchObject([{ Id: status.imageId }]));
  const lines = await host.pull(host.busybox);
  expect(lines.at(-1)?.["status"]).toMatch(/^Status: Downloaded newer image/);
  await eventually(async () => {
    const labels = (await host.resources()).map(
      ({ metadata }) => metadata.labels?.[LABELS.superseded],
    );
    expect(labels.filter(Boolean)).toEqual(["true"]);
  });
  await eventually(async () =>
    expect(
      (await host.images()).map(({ RepoTags }) => RepoTags).toSorted((a, b) => a.length - b.length),
    ).toEqual([[], [`${host.busybox}:latest`]]),
  );
  const pruned = await host.call("POST", "/images/prune");
  expect(pruned.body).toMatchObject({
    ImagesDeleted: expect.arrayContaining([{ Deleted: status.imageId }]) as unknown,
  });
  expect(await host.images()).toHaveLength(1);
});

describe("names", () => {
  test("are added and taken away, the last with the image", async () => {
    await host.pull(host.busybox);
    expect(await host.call("POST", `/images/${host.busybox}/tag?repo=foo&tag=1`)).toEqual({
      status: 201,
      body: undefined,
    });
    expect(await host.images()).toMatchObject([{ RepoTags: [`${host.busybox}:latest`, "foo:1"] }]);
    expect(await host.call("DELETE", "/images/foo:1")).toEqual({
      status: 200,
      body: [{ Untagged: "foo:1" }],
    });
    const [{ Id, RepoDigests }] = (await host.images()) as unknown as [
      { Id: string; RepoDigests: string[] },
    ];
    expect(await host.call("DELETE", `/images/${host.busybox}`)).toEqual({
      status: 200,
      body: [{ Untagged: `${host.busybox}:latest` }, { Untagged: RepoDigests[0] }, { Deleted: Id }],
    });
    expect(await host.images()).toEqual([]);
  });

  test.each([
    ["nosuch", "/tag?repo=foo", 404, "No such image: nosuch:latest"],
    [
      "BUSYBOX",
      "/tag?repo=FOO",
      400,
      "invalid reference format: repository name (library/FOO) must be lowercase",
    ],
  ])("%s%s is refused", async (name, path, status, message) => {
    await host.pull(host.busybox);
    const image = name === "BUSYBOX" ? host.busybox : name;
    expect(await host.call("POST", `/images/${image}${path}`)).toEqual({
      status,
      body: { message },
    });
  });
});

test("an image is found by tag, digest, id and the beginning of its id, by filters too", async () => {
  await host.pull(host.busybox);
  await host.call("POST", `/images/${host.busybox}/tag?repo=foo&tag=1`);
  const { Id, RepoDigests } = (await host.images())[0]!;
  await host.call("DELETE", `/images/${host.busybox}`);
  const layers = await host.registry.resolve(`${host.busybox}:latest`, {});
  for (const name of ["foo:1", "docker.io/library/foo:1", RepoDigests[0]!, Id, Id.slice(7, 15)]) {
    expect(await host.call("GET", `/images/${name}/json`)).toMatchObject({
      status: 200,
      body: {
        Id,
        RepoTags: ["foo:1"],
        RootFS: { Type: "layers", Layers: layers.layers.map(({ diffId }) => diffId) },
      },
    });
  }
  for (const name of ["foo", "foo:2", `foo@sha256:${"0".repeat(64)}`, "0".repeat(64)]) {
    expect((await host.call("GET", `/images/${name}/json`)).status).toBe(404);
  }
  const listed = async (filters: object, more = ""): Promise<number> => {
    const query = encodeURIComponent(JSON.stringify(filters));
    const { body } = await host.call("GET", `/images/json?filters=${query}${more}`);
    return (body as unknown[]).length;
  };
  expect(await listed({ reference: ["fo*"] })).toBe(1);
  expect(await listed({ reference: ["bar"] })).toBe(0);
  expect(await listed({ label: ["nosuch"] })).toBe(0);
  expect(await listed({ before: ["foo:1"] })).toBe(0);
  expect(await listed({ since: [Id] })).toBe(0);
  expect(await listed({ until: ["1s"] })).toBe(1);
  expect(await listed({ dangling: ["true"] })).toBe(0);
  expect(await listed({ dangling: ["false"] }, "&shared-size=1")).toBe(1);
});

test("an image in use is removed by force alone, and not while its container runs", async () => {
  await host.pull(host.busybox);
  const { status, metadata } = (await host.resources())[0]!;
  const imageId = status!.imageId!;
  const short = imageId.slice(7, 19);
  const { id } = await addContainer(host.hosts, host.gateway, "images", "user", "Running");
  const uses = { imageId, imageRef: { name: metadata.name } };
  await setState(host.hosts, host.gateway, "user", "Running", uses);
  const remove = (name: string, force = "") => host.call("DELETE", `/images/${name}${force}`);
  const using = `container ${id.slice(0, 12)}`;
  expect(await remove(host.busybox)).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to remove repository reference "${host.busybox}" (must force) - ${using} is using its referenced image ${short}`,
    },
  });
  expect(await remove(short, "?force=1")).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to delete ${short} (cannot be forced) - image is being used by running ${using}`,
    },
  });
  await setState(host.hosts, host.gateway, "user", "Exited", uses);
  expect(await remove(short)).toEqual({
    status: 409,
    body: {
      message: `conflict: unable to delete ${short} (must be forced) - image is being used by stopped ${using}`,
    },
  });
  await setState(host.hosts, host.gateway, "user", "Running", uses);
  expect((await remove(host.busybox, "?force=1")).body).not.toContainEqual({ Deleted: imageId });
  expect(await host.images()).toMatchObject([{ Id: imageId, RepoTags: [] }]);
  await setState(host.hosts, host.gateway, "user", "Exited", uses);
  expect((await remove(short, "?force=1")).body).toContainEqual({ Deleted: imageId });
  await host.hosts.user.delete(KINDS.ContainerVM, {
    namespace: host.hosts.namespace,
    name: "user",
  });
});

test.each([
  ["foo", '["x"]', 400, "invalid filter 'foo'"],
  ["dangling", '["x"]', 400, "invalid filter 'dangling=[x]'"],
  ["before", '["nosuch"]', 404, "No such image: nosuch:latest"],
  ["until", '["x"]', 400, 'failed to parse value as time or duration: "x"'],
  ["reference", '["["]', 400, "syntax error in pattern"],
])("the filter %s=%s is refused", async (key, value, status, message) => {
  const filters = encodeURIComponent(`{"${key}":${value}}`);
  expect(await host.call("GET", `/images/json?filters=${filters}`)).toEqual({
    status,
    body: { message },
  });
});

describe.runIf(hasDockerCli)("the CLI", () => {
  const run = (...args: string[]) => docker(host.dockerHost, args);

  test("pulls, lists, inspects, tags and removes", async () => {
    const pulled = await run("pull", `${host.busybox}:latest`);
    expect(pulled.stdout).toContain(`Status: Downloaded newer image for ${host.busybox}:latest`);
    expect((await run("tag", host.busybox, "mine")).code).toBe(0);
    const format = "{{.Repository}}:{{.Tag}}";
    expect((await run("images", "--format", format)).stdout.trim().split("\n").sort()).toEqual([
      `${host.busybox}:latest`,
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
    const { code, stderr } = await run("pull", `${host.busybox}:nosuch`);
    expect([code, stderr]).toEqual([1, expect.stringContaining("manifest unknown")]);
    expect((await run("pull", "-a", host.busybox)).stderr).toContain("name one");
  });
});
