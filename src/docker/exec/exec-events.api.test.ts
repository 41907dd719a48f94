import { beforeAll, expect, test } from "vitest";
import { upgrade, type Wire } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";

const { console, url, add, open } = onConsole();
let id: string;

beforeAll(async () => {
  id = await add("box", "Running");
  console.start(id, "sleep", "600");
});

async function post(path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${url()}/v1.51${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return text === "" ? undefined : JSON.parse(text);
}

const send = async (line: string, headers = {}, body = ""): Promise<Wire> =>
  (await open()).send(line, headers, body);

const create = async (...Cmd: string[]): Promise<string> =>
  ((await post("/containers/box/exec", { Cmd, AttachStdout: true })) as { Id: string }).Id;

/** What the engine tells from now on of execs: actions, and exit codes. */
async function listen(): Promise<() => string[]> {
  const wire = await send("GET /v1.51/events", { Connection: "close" });
  await eventually(() => expect(wire.head).toMatch(/^HTTP\/1.1 200/));
  return () =>
    String(wire.body)
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Told)
      .map(({ Action, Actor: { Attributes } }) =>
        `${Action.split(":")[0]} ${Attributes["exitCode"] ?? ""}`.trim(),
      );
}

interface Told {
  readonly Action: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

const rounds = ["exec_create", "exec_start"];

test("one that couldn't be started has no end, as with dockerd", async () => {
  const told = await listen();
  await post(`/exec/${await create("/nosuch")}/start`, { Detach: true });
  await post(`/exec/${await create("true")}/start`, { Detach: true });
  await eventually(() => expect(told()).toEqual([...rounds, ...rounds, "exec_die 0"]));
});

test("the end of a detached one is told when it comes", async () => {
  const told = await listen();
  const execId = await create("sleep", "600");
  await post(`/exec/${execId}/start`, { Detach: true });
  await eventually(() => expect(told()).toEqual(rounds));
  console.exec(id, execId)?.process?.kill("SIGKILL");
  await eventually(() => expect(told()).toEqual([...rounds, "exec_die 137"]));
});

test("the end of one whose client went is told, though no console could be asked at first", async () => {
  const told = await listen();
  // A client that is gone is noticed when something is sent to it.
  const execId = await create("sh", "-c", "while :; do echo x; sleep 0.05; done");
  const json = JSON.stringify({ Detach: false });
  const length = { "Content-Type": "application/json", "Content-Length": String(json.length) };
  const wire = await send(`POST /v1.51/exec/${execId}/start`, { ...upgrade, ...length }, json);
  await eventually(() => expect(wire.head).toContain("101"));
  console.unavailable = true;
  wire.close();
  await eventually(() => expect(console.refusals).toBeGreaterThan(0));
  console.unavailable = false;
  console.exec(id, execId)?.process?.kill("SIGKILL");
  await eventually(() => expect(told()).toEqual([...rounds, "exec_die 137"]));
});
