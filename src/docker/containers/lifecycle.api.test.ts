import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { infoShape, networkShape, versionShape } from "../../../test/dockerd-shapes.ts";
import { shapeOf, without } from "../../../test/json-shape.ts";
import { standForOperator, type Ending } from "../../../test/container-operator.ts";
import { eventually } from "../../../test/eventually.ts";
import { DockerHosts, runGateway, type RunningGateway } from "../../../test/running-gateway.ts";
import { KINDS } from "../../api/kinds.ts";

const run = promisify(execFile);
let gateway: RunningGateway;
let hosts: DockerHosts;
let operator: { stop(): Promise<void> };
let dockerHost: string;
let url: string;
let name: string;
/** By container name. */
const endings = new Map<string, Ending>();

beforeAll(async () => {
  gateway = await runGateway();
  hosts = await DockerHosts.create();
  dockerHost = await hosts.addPlain(gateway, "host");
  url = dockerHost.replace("tcp", "http");
  await hosts.addImage("host", "busybox", {
    cmd: ["sh"],
    env: ["PATH=/bin", "A=image"],
    labels: { of: "image" },
  });
  await eventually(async () => expect((await call("GET", "/images/json")).status).toBe(200));
  operator = standForOperator({
    client: hosts.user,
    informers: gateway.informers,
    namespace: hosts.namespace,
    ending: ({ spec }) => endings.get(spec.name ?? "") ?? "stays",
  });
});

beforeEach(() => {
  name = `c-${randomUUID().slice(0, 8)}`;
});

afterAll(async () => {
  await operator.stop();
  await gateway.close();
  await hosts.end();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as never) };
}

const create = (body: object = {}, as = name): Promise<Answer> =>
  call("POST", `/containers/create?name=${encodeURIComponent(as)}`, { Image: "busybox", ...body });

const docker = async (...words: string[]): Promise<string> => {
  const env = { ...process.env, DOCKER_HOST: dockerHost };
  const { stdout } = await run("docker", words, { env });
  return stdout.trim();
};

describe("create is refused", () => {
  test.each([
    ["", 400, "invalid JSON: got EOF while reading request body"],
    ["{", 400, /^invalid JSON: /],
    ["[]", 400, /^invalid JSON: /],
    ["{} x", 400, /JSON/],
    ["{}", 400, "config cannot be empty in order to create a container"],
    [
      '{"Image":5}',
      400,
      "invalid JSON: json: cannot unmarshal number into Go struct field .Image of type string",
    ],
    ['{"Image":""}', 400, "no command specified"],
    ['{"Image":"nosuch"}', 404, "No such image: nosuch:latest"],
    ['{"Image":"Bad:Ref:x"}', 400, /^invalid reference format/],
    [
      '{"Image":"busybox","WorkingDir":"rel"}',
      400,
      "the working directory 'rel' is invalid, it needs to be an absolute path",
    ],
    [
      '{"Image":"busybox","HostConfig":{"Privileged":true}}',
      400,
      /^HostConfig.Privileged can't be honoured: /,
    ],
    ['{"Image":"busybox","Novel":1}', 400, /^Novel can't be honoured: /],
    [
      '{"Image":"busybox","HostConfig":{"NetworkMode":"host"}}',
      400,
      /^HostConfig.NetworkMode host can't be honoured/,
    ],
  ])("for %s", async (body, status, message) => {
    const answer = await call("POST", "/containers/create", body);
    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });

  test("for a name that can't be one, whatever bytes it has", async () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const bad = `%${byte.toString(16).padStart(2, "0")}`;
      const query = `?name=ab${bad}`;
      const answer = await call("POST", `/containers/create${query}`, { Image: "nosuch" });
      const isFine = /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte));
      expect(answer.status, bad).toBe(isFine ? 404 : 400);
    }
  });

  test("for a name that another container has, by that one's id", async () => {
    const { body } = await create();
    const again = await create();
    expect(again.status).toBe(409);
    expect(again.body["message"]).toBe(
      `Conflict. The container name "/${name}" is already in use by container "${String(body["Id"])}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  });

  test("with another content type", async () => {
    const answer = await fetch(`${url}/containers/create`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(400);
  });

  test("for more than a body may hold, and the next request is answered", async () => {
    const large = JSON.stringify({ Image: "busybox", Env: [`A=${"x".repeat(5_000_000)}`] });
    expect((await call("POST", "/containers/create", large)).status).toBe(413);
    expect((await call("GET", "/info")).status).toBe(200);
  });
});

describe("two gateways", () => {
  let other: RunningGateway;
  let second: string;

  beforeAll(async () => {
    other = await runGateway(undefined, undefined, "127.0.0.2");
    second = url.replace("127.0.0.1", "127.0.0.2");
    await eventually(() => fetch(`${second}/info`));
  });

  afterAll(() => other.close());

  test("let exactly one of twenty have a name", async () => {
    const body = JSON.stringify({ Image: "busybox" });
    const headers = { "content-type": "application/json" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        fetch(`${index % 2 === 0 ? url : second}/containers/create?name=${name}`, {
          method: "POST",
          headers,
          body,
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, ...Array<number>(19).fill(409)]);
  });

  test("know at once what the other has made, renamed or removed", async () => {
    for (let round = 0; round < 20; round += 1) {
      const { body } = await create({}, `${name}-${round}`);
      const found = await fetch(`${second}/containers/${name}-${round}/json`);
      expect(await found.json()).toMatchObject({ Id: body["Id"] });
      const byId = await fetch(`${second}/containers/${String(body["Id"])}/json`);
      expect(byId.status).toBe(200);
    }
    const started = await fetch(`${second}/containers/${name}-0/start`, { method: "POST" });
    expect(started.status).toBe(204);
    expect((await call("POST", `/containers/${name}-0/kill`)).status).toBe(204);
  });
});

test("what was created is what inspect and list show", async () => {
  const { status, body } = await create({
    Cmd: ["sleep", "1"],
    Env: ["B=2"],
    Labels: { a: "b" },
    Hostname: "h",
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      Memory: 100 * 1024 * 1024 + 1,
      NanoCpus: 2e9,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    },
  });
  expect(status).toBe(201);
  expect(body["Warnings"]).toEqual(["memory was rounded up to 104 MiB, as VMs have it"]);
  const id = String(body["Id"]);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  const inspected = (await call("GET", `/v1.41/containers/${id}/json`)).body;
  expect(inspected).toMatchObject({
    Id: id,
    Name: `/${name}`,
    Path: "sleep",
    Args: ["1"],
    State: { Status: "created", Running: false, ExitCode: 0, StartedAt: "0001-01-01T00:00:00Z" },
    HostConfig: {
      Memory: 104 * 1024 * 1024,
      NanoCpus: 2e9,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      NetworkMode: "bridge",
    },
    Config: {
      Hostname: "h",
      Env: ["B=2", "PATH=/bin", "A=image"],
      Labels: { a: "b", of: "image" },
      Image: "busybox",
      Cmd: ["sleep", "1"],
    },
  });
  for (const text of [name, `/${name}`, id.slice(0, 12), encodeURIComponent(`/${name}`)]) {
    expect((await call("GET", `/containers/${text}/json`)).body["Id"], text).toBe(id);
  }
  const listed = (await call("GET", `/containers/json?all=1&filters={"name":["^/${name}$"]}`))
    .body as never as object[];
  expect(listed).toMatchObject([
    { Id: id, Names: [`/${name}`], State: "created", Status: "Created", Command: "sleep 1" },
  ]);
});

describe("has exactly the fields that dockerd's has, with their types:", () => {
  test("info", async () => {
    const { body } = await call("GET", "/info");
    // What dockerd leaves out where it is empty, and what follows from where it runs.
    const optional = ["Containerd", "FirewallBackend", "CgroupVersion", "KernelMemoryTCP"];
    const varying = ["RegistryConfig.IndexConfigs.", "Runtimes."];
    const theirs = without(infoShape, ...optional, ...varying);
    const ours = without(shapeOf(body), ...optional, ...varying);
    expect(ours).toEqual({ ...theirs, DriverStatus: "array" });
  });

  test("version", async () => {
    const ours = without(shapeOf((await call("GET", "/version")).body), "Components[].Details.");
    expect(ours).toEqual(without(versionShape, "Experimental"));
  });

  test("a network", async () => {
    const ours = shapeOf((await call("GET", "/networks/bridge")).body);
    // The range's gateway is the operator's to know.
    const theirs = without(networkShape, "IPAM.Config[].Gateway");
    expect(without(ours, "Containers.")).toEqual(theirs);
  });
});

describe("a life", () => {
  test("starts, refuses to start again, stops, and is removed; then its name is free", async () => {
    await create();
    expect((await call("POST", `/containers/${name}/kill`)).body["message"]).toMatch(
      /^cannot kill container: .* is not running$/,
    );
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(304);
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}/json`)).body["State"]).toMatchObject({
      Status: "running",
      Running: true,
      Pid: 7,
    });
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(304);
    const refused = await call("DELETE", `/containers/${name}`);
    expect(refused).toEqual({
      status: 409,
      body: {
        message: `cannot remove container "${name}": container is running: stop the container before removing or force remove`,
      },
    });
    expect((await call("POST", `/containers/${name}/restart?t=1`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(304);
    expect((await call("DELETE", `/containers/${name}`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
    expect((await create()).status).toBe(201);
  });

  test("that ends at once has been started; wait tells its exit code", async () => {
    endings.set(name, { exitCode: 7 });
    await create();
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/wait`)).body).toEqual({ StatusCode: 7 });
  });

  test.each([
    ["EntrypointNotFound", 127, 'exec: "foo": executable file not found in $PATH', 400],
    ["EntrypointNotExecutable", 126, 'exec: "/etc/passwd": permission denied', 400],
    ["UserNotFound", 128, "unable to find user nobody2", 500],
  ])("that can't begin (%s) tells why", async (reason, code, message, status) => {
    endings.set(name, { failure: { code, reason, message } });
    await create();
    const answer = await call("POST", `/containers/${name}/start`);
    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toContain(message);
    expect((await call("GET", `/containers/${name}/json`)).body["State"]).toMatchObject({
      Status: "created",
      ExitCode: code,
      Error: message,
    });
  });

  test("waits answer each condition: the next exit isn't the last one, and removed comes after removal", async () => {
    await create();
    await call("POST", `/containers/${name}/start`);
    const next = call("POST", `/containers/${name}/wait?condition=next-exit`);
    const gone = call("POST", `/containers/${name}/wait?condition=removed`);
    await call("POST", `/containers/${name}/kill`);
    expect((await next).body).toEqual({ StatusCode: 137 });
    const later = call("POST", `/containers/${name}/wait?condition=next-exit`);
    endings.set(name, { exitCode: 3 });
    await call("POST", `/containers/${name}/start`);
    expect((await later).body).toEqual({ StatusCode: 3 });
    await call("DELETE", `/containers/${name}`);
    expect((await gone).body).toEqual({ StatusCode: 3 });
    expect((await call("POST", `/containers/${name}/wait?condition=foo`)).status).toBe(404);
  });

  test("a wait's head comes before anything happens", async () => {
    await create();
    await call("POST", `/containers/${name}/start`);
    const answer = await fetch(`${url}/containers/${name}/wait?condition=next-exit`, {
      method: "POST",
    });
    expect(answer.status).toBe(200);
    await call("POST", `/containers/${name}/kill`);
    expect(await answer.json()).toEqual({ StatusCode: 137 });
  });

  test("is renamed, refused a name that is taken, and known by its new one alone", async () => {
    await create();
    const taken = `${name}-taken`;
    await create({}, taken);
    const refused = await call("POST", `/containers/${name}/rename?name=${taken}`);
    expect(refused.status).toBe(409);
    expect(refused.body["message"]).toMatch(
      /^Error when allocating new name: Conflict. The container name/,
    );
    expect((await call("POST", `/containers/${name}/rename?name=${name}`)).status).toBe(400);
    expect((await call("POST", `/containers/${name}/rename?name=${name}-new`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}-new/json`)).status).toBe(200);
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
    expect((await create()).status).toBe(201);
  });
});

describe("with the docker CLI", () => {
  test("ps lists by filters and formats", async () => {
    await create({ Labels: { team: name } });
    await call("POST", `/containers/${name}/start`);
    const filtered = (...words: string[]): Promise<string> =>
      docker(
        "ps",
        "--format",
        "{{.Names}} {{.Image}} {{.State}}",
        "--filter",
        `label=team=${name}`,
        ...words,
      );
    expect(await filtered()).toBe(`${name} busybox running`);
    expect(await filtered("--filter", "status=exited")).toBe("");
    expect(
      await filtered("--filter", "ancestor=busybox", "--filter", `name=${name.slice(2)}`),
    ).toContain(name);
    await expect(docker("ps", "--filter", "foo=bar")).rejects.toThrow("invalid filter 'foo'");
  });

  test("create, start, wait, rm", async () => {
    endings.set(name, { exitCode: 4 });
    const id = await docker(
      "create",
      "--name",
      name,
      "-e",
      "X=1",
      "-m",
      "128m",
      "--cpus",
      "1",
      "busybox",
      "true",
    );
    expect(await docker("start", name)).toBe(name);
    expect(await docker("wait", name)).toBe("4");
    expect(await docker("inspect", "--format", "{{.Id}} {{.State.ExitCode}}", name)).toBe(
      `${id} 4`,
    );
    expect(await docker("rm", name)).toBe(name);
    await expect(docker("inspect", name)).rejects.toThrow(/no such object/i);
  });

  test("run -d, and run --rm with the exit code", async () => {
    await docker("run", "-d", "--name", name, "busybox", "sleep", "100");
    expect(await docker("kill", name)).toBe(name);
    expect(await docker("rm", "-f", name)).toBe(name);
    endings.set(`${name}x`, { exitCode: 5 });
    expect(
      await docker("run", "-d", "--rm", "--name", `${name}x`, "busybox", "sleep", "100"),
    ).toMatch(/^[0-9a-f]{64}$/);
    await eventually(() =>
      expect(docker("inspect", `${name}x`)).rejects.toThrow(/no such object/i),
    );
  });

  test("what can't be honoured is refused by name", async () => {
    await expect(docker("create", "--privileged", "busybox")).rejects.toThrow(
      "HostConfig.Privileged",
    );
    await expect(docker("create", "-p", "80:80", "busybox")).rejects.toThrow(
      "HostConfig.PortBindings",
    );
    await expect(docker("create", "-v", "/a:/b", "busybox")).rejects.toThrow("HostConfig.Binds");
  });
});

test("kubectl's containers are ordinary ones; where the host says Respect, their power is the manifest's", async () => {
  const respectful = (await hosts.addPlain(gateway, "respectful")).replace("tcp", "http");
  await hosts.user.patch(
    KINDS.VirtualContainerHost,
    { namespace: hosts.namespace, name: "respectful" },
    { type: "merge", patch: { spec: { docker: { powerState: "Respect" } } } },
  );
  for (const host of ["host", "respectful"]) {
    await hosts.user.create(KINDS.ContainerVM, {
      metadata: { namespace: hosts.namespace, name: `${name}-${host}` },
      spec: { hostRef: { name: host }, image: "busybox", powerState: "Off" },
    });
  }
  await eventually(async () => {
    expect((await call("GET", `/containers/${name}-host/json`)).body["State"]).toMatchObject({
      Status: "created",
    });
  });
  expect((await call("POST", `/containers/${name}-host/start`)).status).toBe(204);
  await eventually(async () => {
    const answer = await fetch(`${respectful}/containers/${name}-respectful/start`, {
      method: "POST",
    });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("Respect");
  });
});
