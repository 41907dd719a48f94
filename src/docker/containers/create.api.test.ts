import { beforeEach, describe, expect, test } from "vitest";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, create, newName, url } = onGateway();

let name: string;

beforeEach(() => {
  name = newName();
});

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
    const { body } = await create(name);
    const again = await create(name);
    expect(again.status).toBe(409);
    expect(again.body["message"]).toBe(
      `Conflict. The container name "/${name}" is already in use by container "${String(body["Id"])}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  });

  test("with another content type", async () => {
    const answer = await fetch(`${url()}/containers/create`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(400);
  });

  test("for more than a body may hold, and the next request is answered", async () => {
    const large = JSON.stringify({ Image: "busybox", Env: [`A=${"x".repeat(5_000_000)}`] });
    expect((await call("POST", "/containers/create", large)).status).toBe(413);
    expect((await call("GET", "/info")).status).toBe(200);
  });
});

test("what was created is what inspect and list show", async () => {
  const { status, body } = await create(name, {
    Cmd: ["sleep", "1"],
    Env: ["B=2"],
    Labels: { a: "b" },
    Hostname: "h",
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      Memory: 200 * 1024 * 1024 + 1,
      NanoCpus: 2e9,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    },
  });
  expect(status).toBe(201);
  expect(body["Warnings"]).toEqual(["memory was raised to 204 MiB: a VM has multiples of 4 MiB"]);
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
      Memory: 204 * 1024 * 1024,
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

test("two hundred who create at once all get a container, each with a name of its own", async () => {
  const body = JSON.stringify({ Image: "busybox" });
  const headers = { "content-type": "application/json" };
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      fetch(`${url()}/containers/create`, { method: "POST", headers, body }),
    ),
  );
  expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  const ids = await Promise.all(
    answers.map(async (answer) => ((await answer.json()) as { Id: string }).Id),
  );
  const listed = (await call("GET", "/containers/json?all=1")).body as never as {
    readonly Id: string;
    readonly Names: readonly string[];
  }[];
  const made = listed.filter(({ Id }) => ids.includes(Id));
  expect(new Set(made.map(({ Names }) => Names[0])).size).toBe(200);
});
