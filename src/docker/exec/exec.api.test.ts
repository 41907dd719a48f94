import { beforeAll, describe, expect, test } from "vitest";
import { hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { demultiplex, upgrade, type Wire } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";

const { console, url, add, open, docker } = onConsole();
let id: string;

beforeAll(async () => {
  id = await add("box", "Running");
  await add("off", "Exited");
  console.start(id, "sleep", "600");
});

async function post(path: string, body: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url()}/v1.51${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

const get = async (path: string): Promise<unknown> => (await fetch(`${url()}/v1.51${path}`)).json();

async function create(spec: object): Promise<string> {
  const all = { AttachStdout: true, AttachStderr: true, ...spec };
  return ((await post("/containers/box/exec", all)).body as { Id: string }).Id;
}

async function start(execId: string, body: object = {}, rest = "", headers = {}): Promise<Wire> {
  const json = JSON.stringify({ Detach: false, Tty: false, ...body });
  const wire = await open();
  const length = { "Content-Type": "application/json", "Content-Length": String(json.length) };
  return wire.send(
    `POST /v1.51/exec/${execId}/start`,
    { ...upgrade, ...length, ...headers },
    json + rest,
  );
}

const ended = (wire: Wire) => eventually(() => expect(wire.ended).toBe(true));

describe("what can't be made is refused in dockerd's words", () => {
  test.each([
    ["box", {}, 400, "No exec command specified"],
    ["box", { Cmd: [] }, 400, "No exec command specified"],
    ["box", { Cmd: ["a"], DetachKeys: "ctrl-foo" }, 400, "Invalid escape keys (ctrl-foo) provided"],
    ["nosuch", { Cmd: ["true"] }, 404, "No such container: nosuch"],
  ])("%s %j", async (name, body, status, message) => {
    expect(await post(`/containers/${name}/exec`, body)).toEqual({ status, body: { message } });
  });

  test("a user whom the container's files don't know", async () => {
    const answer = await post("/containers/box/exec", { Cmd: ["true"], User: "nosuchuser" });
    const message = "unable to find user nosuchuser: no matching entries in passwd file";
    expect(answer).toEqual({ status: 400, body: { message } });
  });

  test("fields of the wrong type", async () => {
    const answer = await post("/containers/box/exec", { Cmd: "true" });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ message: "invalid JSON: body/Cmd must be array" });
  });

  test("privileges, which no process here gets", async () => {
    const answer = await post("/containers/box/exec", { Cmd: ["true"], Privileged: true });
    expect(answer).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^Privileged isn.t supported/) as string },
    });
  });

  test("in a container that doesn't run", async () => {
    const answer = await post("/containers/off/exec", { Cmd: ["true"] });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      message: expect.stringMatching(/^container [0-9a-f]{64} is not running$/),
    });
  });

  test("where no console answers", async () => {
    console.unavailable = true;
    expect((await post("/containers/box/exec", { Cmd: ["true"] })).status).toBe(503);
    const unknown = `/exec/${"0".repeat(32)}${id.slice(0, 32)}/json`;
    expect((await fetch(`${url()}${unknown}`)).status).toBe(503);
  });

  test("an exec that isn't there", async () => {
    for (const execId of ["nosuch", "0".repeat(64), "0".repeat(32) + id.slice(0, 32)]) {
      const message = `No such exec instance: ${execId}`;
      expect(await post(`/exec/${execId}/start`, {})).toEqual({ status: 404, body: { message } });
      expect(await get(`/exec/${execId}/json`)).toEqual({ message });
    }
  });
});

test("output of both kinds and the exit code come back", async () => {
  const execId = await create({ Cmd: ["sh", "-c", "echo out; echo err >&2; exit 7"] });
  expect(execId).toMatch(new RegExp(`^[0-9a-f]{32}${id.slice(0, 32)}$`));
  const wire = await start(execId);
  await ended(wire);
  expect(wire.head).toContain("application/vnd.docker.multiplexed-stream");
  expect(demultiplex(wire.body)).toEqual({ 1: "out\n", 2: "err\n", 3: "" });
  expect(await get(`/exec/${execId}/json`)).toEqual({
    ID: execId,
    Running: false,
    ExitCode: 7,
    ProcessConfig: {
      tty: false,
      entrypoint: "sh",
      arguments: ["-c", "echo out; echo err >&2; exit 7"],
      privileged: false,
    },
    OpenStdin: false,
    OpenStderr: true,
    OpenStdout: true,
    CanRemove: false,
    ContainerID: id,
    DetachKeys: "",
    Pid: expect.any(Number) as number,
  });
});

test("exactly the body is read, and what follows it is input, however it is cut", async () => {
  const execId = await create({ Cmd: ["cat"], AttachStdin: true });
  const wire = await start(execId, {}, "first ");
  await eventually(() => expect(wire.head).toContain("101"));
  wire.socket.end("second");
  await ended(wire);
  expect(demultiplex(wire.body)[1]).toBe("first second");

  const other = await create({ Cmd: ["cat"], AttachStdin: true });
  const json = JSON.stringify({ Detach: false });
  const pieces = await open();
  const length = { "Content-Type": "application/json", "Content-Length": String(json.length) };
  pieces.send(`POST /exec/${other}/start`, { ...upgrade, ...length }, json.slice(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  pieces.socket.write(`${json.slice(5)}typed`);
  pieces.socket.end();
  await ended(pieces);
  expect(demultiplex(pieces.body)[1]).toBe("typed");
});

test("a body that is cut off is refused", async () => {
  const execId = await create({ Cmd: ["true"] });
  const wire = await open();
  const length = { "Content-Type": "application/json", "Content-Length": "100" };
  wire.send(`POST /exec/${execId}/start`, { ...upgrade, ...length }, "{}").socket.end();
  await ended(wire);
  expect(wire.head).toMatch(/^HTTP\/1.1 400 /);
});

describe("what can't be started", () => {
  const notFound =
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/nosuch": executable file not found in $PATH: unknown';

  test("says so in the stream, and has dockerd's exit code", async () => {
    const execId = await create({ Cmd: ["/nosuch"] });
    const wire = await start(execId);
    await ended(wire);
    expect(wire.head).toContain("101 UPGRADED");
    expect(demultiplex(wire.body)[1]).toBe(`${notFound}\r\n`);
    expect(await get(`/exec/${execId}/json`)).toMatchObject({ ExitCode: 127, Running: false });
  });

  test("says so in the answer where it is detached", async () => {
    const execId = await create({ Cmd: ["/nosuch"] });
    const answer = await post(`/exec/${execId}/start`, { Detach: true });
    expect(answer).toEqual({ status: 400, body: { message: notFound } });
  });
});

test("it can't be started twice", async () => {
  const execId = await create({ Cmd: ["true"] });
  await ended(await start(execId));
  expect(await post(`/exec/${execId}/start`, {})).toEqual({
    status: 409,
    body: { message: `exec command ${execId} has already run` },
  });
});

test("a detached one runs on without anybody", async () => {
  const execId = await create({ Cmd: ["sleep", "60"] });
  const answer = await post(`/exec/${execId}/start`, { Detach: true });
  expect(answer).toEqual({ status: 200, body: undefined });
  expect(await get(`/exec/${execId}/json`)).toMatchObject({ Running: true, ExitCode: null });
  console.exec(id, execId)?.process?.kill();
});

test("output that it was made without isn't sent", async () => {
  const execId = await create({ Cmd: ["sh", "-c", "echo out; echo err >&2"], AttachStderr: false });
  const wire = await start(execId);
  await ended(wire);
  expect(demultiplex(wire.body)).toEqual({ 1: "out\n", 2: "", 3: "" });
});

test("docker-py gets the head alone, and the data after it", async () => {
  const execId = await create({ Cmd: ["echo", "hi"] });
  const wire = await open();
  const packets: string[] = [];
  wire.socket.on("data", (data) => packets.push(String(data)));
  const headers = { "Content-Type": "application/json", "Content-Length": "2" };
  const agent = { "User-Agent": "docker-sdk-python/7.1.0" };
  wire.send(`POST /exec/${execId}/start`, { ...upgrade, ...headers, ...agent }, "{}");
  await ended(wire);
  expect(packets[0]).toMatch(/\r\n\r\n$/);
  expect(demultiplex(wire.body)[1]).toBe("hi\n");
});

describe("a size", () => {
  test("is known from the start", async () => {
    const execId = await create({ Cmd: ["true"], Tty: true, ConsoleSize: [10, 20] });
    await ended(await start(execId, { Tty: true, ConsoleSize: [24, 80] }));
    expect(console.sizesOf(id).at(-1)).toEqual({ height: 24, width: 80 });
  });

  test("can't be set before and after it runs", async () => {
    const execId = await create({ Cmd: ["sleep", "60"], Tty: true });
    const resize = `/exec/${execId}/resize?h=5&w=6`;
    expect(await post(resize, {})).toMatchObject({
      status: 400,
      body: { message: "exec process is not started" },
    });
    await start(execId, { Tty: true });
    await eventually(async () => expect((await post(resize, {})).status).toBe(200));
    expect(console.sizesOf(id).at(-1)).toEqual({ height: 5, width: 6 });
    console.exec(id, execId)?.process?.kill("SIGKILL");
    await eventually(async () => expect((await post(resize, {})).status).toBe(404));
  });
});

describe.runIf(hasDockerCli)("docker exec", () => {
  const run = (...args: string[]) => docker(["exec", ...args]);

  test("gives output, errors and exit codes apart", async () => {
    expect(await run("box", "sh", "-c", "echo out; echo err >&2; exit 3")).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("reads piped input to its end", async () => {
    const result = await docker(["exec", "-i", "box", "wc", "-c"], "x".repeat(300_000));
    expect(result).toMatchObject({ code: 0, stdout: "300000\n" });
  });

  test("honours environment and directory", async () => {
    const result = await run("-e", "A=b c", "-w", "/tmp", "box", "sh", "-c", 'echo "$A $PWD"');
    expect(result).toMatchObject({ code: 0, stdout: "b c /tmp\n" });
  });

  test("ends with 127 and 126 for what isn't there, or isn't a program", async () => {
    expect(await run("box", "/nosuch")).toMatchObject({
      code: 127,
      stdout: expect.stringContaining("executable file not found"),
    });
    expect(await run("box", "/etc/passwd")).toMatchObject({
      code: 126,
      stdout: expect.stringContaining("permission denied"),
    });
  });

  test("-d tells what can't be started", async () => {
    expect(await run("-d", "box", "true")).toMatchObject({ code: 0 });
    expect(await run("-d", "box", "/nosuch")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("executable file not found"),
    });
  });
});
