import { describe, expect, test } from "vitest";
import { eventually } from "../../../../test/eventually.ts";
import { imageHost } from "../../../../test/gateway/image-host.ts";
import { KINDS } from "../../../api/kinds.ts";
import { secretKind } from "../../../kube/core-kinds.ts";

const host = imageHost();

describe("a pull is refused before it begins", () => {
  test.each([
    [
      "fromImage=UPPER&tag=1",
      400,
      "invalid reference format: repository name (library/UPPER) must be lowercase",
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
    expect(await host.call("POST", `/images/create?${query}`)).toEqual({
      status,
      body: { message },
    });
    expect(await host.resources()).toEqual([]);
  });

  test("where the registry has no such image", async () => {
    expect(await host.call("POST", `/images/create?fromImage=${host.busybox}&tag=nosuch`)).toEqual({
      status: 404,
      body: {
        message: `manifest for ${host.busybox}:nosuch not found: manifest unknown: Unknown manifest`,
      },
    });
  });

  test("where the registry has no such repository", async () => {
    const nosuch = `${host.registry.lab.http}/library/nosuch`;
    expect(await host.call("POST", `/images/create?fromImage=${nosuch}&tag=latest`)).toEqual({
      status: 404,
      body: { message: `repository ${nosuch} not found: name unknown: Unknown name` },
    });
  });

  test("where the registry wants another login", async () => {
    await host.registry.lab.order("POST", "login", {
      mode: "basic",
      username: "ann",
      password: "x",
    });
    const answer = await host.call("POST", `/images/create?fromImage=${host.busybox}&tag=latest`);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      message: expect.stringMatching(
        `^pull access denied for ${host.busybox}, repository does not`,
      ),
    });
  });
});

test("a pull tells of each layer, and the image is there for the next call", async () => {
  const lines = await host.pull(host.busybox);
  const [layer] = (await host.resources())[0]!.status!.disks![0]!.layers;
  const id = layer!.digest.slice(7, 19);
  const { digest } = (await host.resources())[0]!.status!;
  expect(lines).toEqual([
    { status: "Pulling from library/busybox", id: "latest" },
    { status: "Pulling fs layer", progressDetail: {}, id },
    { status: "Download complete", progressDetail: {}, id },
    { status: "Pull complete", progressDetail: {}, id },
    { status: `Digest: ${digest}` },
    { status: `Status: Downloaded newer image for ${host.busybox}:latest` },
  ]);
  expect(await host.images()).toMatchObject([
    { RepoTags: [`${host.busybox}:latest`], RepoDigests: [`${host.busybox}@${digest}`] },
  ]);
});

test("what is there is up to date, and not asked for again", async () => {
  await host.pull(host.busybox);
  const before = await host.resources();
  const lines = await host.pull(host.busybox);
  expect(lines.at(-1)).toEqual({
    status: `Status: Image is up to date for ${host.busybox}:latest`,
  });
  expect((await host.resources()).map(({ metadata }) => metadata.uid)).toEqual(
    before.map(({ metadata }) => metadata.uid),
  );
});

test("the console's bytes are shown, each layer's state once", async () => {
  let release: () => void = () => undefined;
  host.operator.held = new Promise((resolve) => (release = resolve));
  const answer = host.pull(host.busybox);
  const image = await eventually(async () => {
    const [found] = await host.resources();
    expect(found).toBeDefined();
    return found!;
  });
  const layers = await host.registry.resolve(`${host.busybox}:latest`, {});
  const { digest, size } = layers.layers[0]!;
  const downloading = (bytes: number) =>
    ({ layers: [{ digest, state: "Downloading", bytes, size }] }) as const;
  host.console.pulls.set(image.metadata.name, [
    downloading(size / 2),
    downloading(size / 2),
    downloading(size),
    { layers: [{ digest, state: "Unpacked", bytes: size, size }] },
  ]);
  await eventually(() => expect(host.console.progressed.has(image.metadata.name)).toBe(true));
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
  host.operator.failing = ["LayerCorrupt", "layer 1 is no archive"];
  const lines = await host.pull(host.busybox);
  expect(lines.at(-1)).toEqual({
    errorDetail: { message: "layer 1 is no archive" },
    error: "layer 1 is no archive",
  });
  await eventually(async () => expect(await host.resources()).toEqual([]));
});

test("of several pulls at once each ends well, and one image is left", async () => {
  let release: () => void = () => undefined;
  host.operator.held = new Promise((resolve) => (release = resolve));
  const pulls = [1, 2, 3, 4].map(() => host.pull(host.busybox));
  await eventually(async () => expect(await host.resources()).toHaveLength(4));
  release();
  for (const lines of await Promise.all(pulls))
    expect(lines.at(-1)?.["status"]).toBe(
      `Status: Downloaded newer image for ${host.busybox}:latest`,
    );
  await eventually(async () => expect(await host.resources()).toHaveLength(1));
  expect(await host.images()).toMatchObject([{ RepoTags: [`${host.busybox}:latest`] }]);
});

test("an image that is taken away in the middle is asked for again", async () => {
  let release: () => void = () => undefined;
  host.operator.held = new Promise((resolve) => (release = resolve));
  const pulling = host.pull(host.busybox);
  const image = await eventually(async () => {
    const [found] = await host.resources();
    if (found === undefined) throw new Error("it isn't asked for yet");
    return found;
  });
  await host.hosts.user.delete(KINDS.ContainerImage, image.metadata);
  await eventually(async () => {
    const [found] = await host.resources();
    expect(found && found.metadata.uid !== image.metadata.uid).toBe(true);
  });
  release();
  expect((await pulling).at(-1)?.["status"]).toMatch(/^Status: Downloaded/);
});

test("a client that goes takes its pull along", async () => {
  host.operator.held = new Promise(() => undefined);
  const stop = new AbortController();
  const query = new URLSearchParams({ fromImage: host.busybox, tag: "latest" }).toString();
  const answer = await fetch(`${host.url}/images/create?${query}`, {
    method: "POST",
    signal: stop.signal,
  });
  expect(answer.status).toBe(200);
  expect(await host.resources()).toHaveLength(1);
  stop.abort();
  await eventually(async () => expect(await host.resources()).toEqual([]));
});

describe("a login", () => {
  const header = (login: object) => ({
    "X-Registry-Auth": Buffer.from(JSON.stringify(login)).toString("base64url"),
  });

  test("goes into a Secret of the image, and is used for it alone", async () => {
    await host.registry.lab.order("POST", "login", {
      mode: "basic",
      username: "ann",
      password: "pw",
    });
    const lines = await host.pull(
      host.busybox,
      "latest",
      header({ username: "ann", password: "pw" }),
    );
    expect(lines.at(-1)?.["status"]).toMatch(/^Status: Downloaded/);
    const [image] = await host.resources();
    const secret = await host.hosts.user.get(secretKind, {
      namespace: host.hosts.namespace,
      name: image!.spec.pullSecretRef!.name,
    });
    expect(secret.metadata?.ownerReferences?.[0]?.uid).toBe(image!.metadata.uid);
    expect(secret.type).toBe("kubernetes.io/dockerconfigjson");
    const other = await host.call("POST", `/images/create?fromImage=${host.busybox}&tag=latest`);
    expect(other.status).toBe(404);
  });

  test.each(["basic", "bearer"])("is checked by %s", async (mode) => {
    await host.registry.lab.order("POST", "login", { mode, username: "ann", password: "pw" });
    const auth = (password: string) =>
      fetch(`${host.url}/auth`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "ann", password, serveraddress: host.registry.lab.http }),
      });
    expect(await (await auth("pw")).json()).toEqual({
      IdentityToken: "",
      Status: "Login Succeeded",
    });
    const wrong = await auth("no");
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      {
        message: `login attempt to ${host.registry.lab.http} failed: unauthorized: incorrect username or password`,
      },
    ]);
  });

  test("with a token is refused, and one that can't be read ignored", async () => {
    const path = `/images/create?fromImage=${host.busybox}&tag=latest`;
    expect((await host.call("POST", path, header({ identitytoken: "t" }))).status).toBe(400);
    const answer = await fetch(`${host.url}${path}`, {
      method: "POST",
      headers: { "X-Registry-Auth": "%%%" },
    });
    expect(await answer.text()).toContain("Status: Downloaded newer image");
  });
});
