import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { demultiplex, upgrade } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";
import { KINDS } from "../../api/kinds.ts";
import { OUTPUT_FINALIZER } from "../../api/metadata.ts";

const { console, hosts, add, setState, open } = onConsole();

const all = "stream=1&stdout=1&stderr=1&stdin=1";
const attachTo = async (name: string, query = all, headers: Record<string, string> = upgrade) =>
  (await open()).send(`POST /v1.51/containers/${name}/attach?${query}`, headers);

describe("a refusal is an ordinary answer", () => {
  test("of detach keys that aren't any", async () => {
    await add("keys", "Running");
    const wire = await attachTo("keys", `${all}&detachKeys=ctrl-foo`);
    await eventually(() => expect(wire.ended).toBe(true));
    expect(wire.head).toMatch(/^HTTP\/1.1 400 /);
    expect(String(wire.body)).toBe('{"message":"Invalid detach keys (ctrl-foo) provided"}\n');
  });

  test("of a container that isn't there, or is being restarted", async () => {
    const wire = await attachTo("nosuch");
    await eventually(() => expect(wire.head).toMatch(/^HTTP\/1.1 404 /));
    await add("again", "Restarting");
    const other = await attachTo("again");
    await eventually(() => expect(other.head).toMatch(/^HTTP\/1.1 409 /));
  });

  test("where no console answers", async () => {
    await add("alone", "Running");
    console.unavailable = true;
    const wire = await attachTo("alone");
    await eventually(() => expect(wire.head).toMatch(/^HTTP\/1.1 503 /));
    expect(String(wire.body)).toContain("no console answers");
  });
});

test("output of both kinds comes in frames, from the first byte of the next run to the last", async () => {
  const id = await add("next", "Created");
  const wire = await attachTo("next");
  await eventually(() => expect(wire.head).not.toBe(""));
  expect(wire.head.split("\r\n")).toEqual([
    "HTTP/1.1 101 UPGRADED",
    "Content-Type: application/vnd.docker.multiplexed-stream",
    "Connection: Upgrade",
    "Upgrade: tcp",
  ]);
  console.start(id, "sh", "-c", "echo out; echo err >&2; seq 10000");
  await eventually(() => expect(wire.ended).toBe(true));
  const output = demultiplex(wire.body);
  expect(output[1]).toBe(`out\n${Array.from({ length: 10_000 }, (_, i) => `${i + 1}\n`).join("")}`);
  expect(output[2]).toBe("err\n");
});

test("the end of what the client says is the end of the input, not of the output", async () => {
  const id = await add("cat", "Created", { openStdin: true });
  const wire = await attachTo("cat");
  await eventually(() => expect(wire.head).toContain("101"));
  console.start(id, "sh", "-c", "cat; sleep 0.2; echo late");
  wire.socket.end("one\ntwo");
  await eventually(() => expect(wire.ended).toBe(true));
  expect(demultiplex(wire.body)[1]).toBe("one\ntwolate\n");
});

test("what is said behind the request and its body is input, the body isn't", async () => {
  const id = await add("early", "Created", { openStdin: true });
  const wire = (await open()).send(
    `POST /containers/early/attach?${all}`,
    { ...upgrade, "Content-Length": "2" },
    "{}early\n",
  );
  await eventually(() => expect(wire.head).toContain("101"));
  console.start(id, "head", "-n1");
  await eventually(() => expect(wire.ended).toBe(true));
  // docker-modem repeats the query as a body.
  expect(demultiplex(wire.body)[1]).toBe("early\n");
});

test("without an upgrade the answer is a bare 200, raw both ways, with half-close", async () => {
  const id = await add("bare", "Created", { openStdin: true });
  const wire = await attachTo("bare", all, {});
  await eventually(() => expect(wire.head).not.toBe(""));
  expect(wire.head.split("\r\n")).toEqual([
    "HTTP/1.1 200 OK",
    "Content-Type: application/vnd.docker.raw-stream",
  ]);
  console.start(id, "sh", "-c", "cat; echo end");
  wire.socket.end("typed\n");
  await eventually(() => expect(wire.ended).toBe(true));
  expect(demultiplex(wire.body)[1]).toBe("typed\nend\n");
});

test("a request that wants an upgrade where there is none gets its answer", async () => {
  const wire = (await open()).send("GET /_ping", upgrade);
  await eventually(() => expect(wire.ended).toBe(true));
  expect(wire.head).toMatch(/^HTTP\/1.1 200 OK/);
  expect(String(wire.body)).toBe("OK");
});

test("a terminal's bytes are raw, control characters and all, and the detach keys hang up", async () => {
  const id = await add("term", "Running", { tty: true, openStdin: true });
  const child = console.start(id, "sh", "-c", "printf '\\033[1mbold\\033[0m\\a'; cat");
  const wire = await attachTo("term", `${all}&logs=1`);
  await eventually(() => expect(String(wire.body)).toContain("\u001b[1mbold\u001b[0m\u0007"));
  expect(wire.head).toContain("application/vnd.docker.raw-stream");
  wire.socket.write("a\u0010");
  wire.socket.write("b");
  await eventually(() => expect(String(wire.body)).toContain("a\u0010b"));
  wire.socket.write("\u0010\u0011c");
  await eventually(() => expect(wire.ended).toBe(true));
  expect(child.exitCode).toBeNull();
  child.kill();
});

test("logs=1 with stream=0 is what was written so far, and an end", async () => {
  const id = await add("past", "Running");
  const child = console.start(id, "sh", "-c", "echo past; sleep 60");
  await once(child.stdout!, "data");
  const wire = await attachTo("past", "logs=1&stdout=1&stderr=1&stream=0");
  await eventually(() => expect(wire.ended).toBe(true));
  expect(demultiplex(wire.body)[1]).toBe("past\n");
  child.kill();
});

test("a client that is gone closes the console's stream", async () => {
  const id = await add("gone", "Running");
  const child = console.start(id, "sleep", "60");
  const wire = await attachTo("gone");
  await eventually(() => expect(wire.head).toContain("101"));
  expect(console.open.size).toBe(1);
  wire.socket.resetAndDestroy();
  await eventually(() => expect(console.open.size).toBe(0));
  child.kill();
});

test("a client that doesn't read holds up nothing but its own stream", async () => {
  const id = await add("slow", "Running");
  const child = console.start(id, "sh", "-c", "yes flood | head -c 60000000; sleep 60");
  const slow = await attachTo("slow");
  slow.socket.pause();
  const before = process.memoryUsage().rss;
  const ping = (await open()).send("GET /_ping", { Connection: "close" });
  await eventually(() => expect(String(ping.body)).toContain("OK"));
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  slow.socket.resume();
  await eventually(() => expect(slow.body.length).toBeGreaterThan(1_000_000));
  slow.close();
  child.kill("SIGKILL");
});

test("a console that dies in the middle ends the stream, with a word on it", async () => {
  const id = await add("broken", "Running");
  const child = console.start(id, "sleep", "60");
  const wire = await attachTo("broken");
  await eventually(() => expect(wire.head).toContain("101"));
  console.breakAll();
  await eventually(() => expect(wire.ended).toBe(true));
  expect(demultiplex(wire.body)[3]).toContain("broke off");
  child.kill();
});

test("who waits for the end is told when those who are attached have had the output", async () => {
  const id = await add("told", "Created");
  const reader = await attachTo("told", "stream=1&stdout=1");
  await eventually(() => expect(reader.head).toContain("101"));
  const waiting = (await open()).send("POST /v1.51/containers/told/wait?condition=next-exit");
  await eventually(() => expect(waiting.head).toContain("200 OK"));
  const child = console.start(id, "sh", "-c", "read line; echo $line");
  await setState("told", "Running", { starts: 2, run: 2 });
  const exit = { code: 4, at: new Date().toISOString() };
  await setState("told", "Exited", { starts: 2, run: 2, exit });
  expect(String(waiting.body)).not.toContain("StatusCode");
  child.stdin!.end("last\n");
  await eventually(() => expect(String(waiting.body)).toContain('"StatusCode":4'));
  expect(demultiplex(reader.body)[1]).toBe("last\n");
});

describe("a container that is removed at its end is held until its output is read", () => {
  const spec = { autoRemove: true, finalizers: [OUTPUT_FINALIZER] };
  const finalizersOf = async (name: string): Promise<readonly string[]> => {
    const { user, namespace } = hosts();
    return (await user.get(KINDS.ContainerVM, { namespace, name })).metadata.finalizers ?? [];
  };

  test("and no longer", async () => {
    const id = await add("removed", "Created", spec);
    const wire = await attachTo("removed", "stream=1&stdout=1");
    await eventually(() => expect(wire.head).toContain("101"));
    expect(await finalizersOf("removed")).toEqual([OUTPUT_FINALIZER]);
    console.start(id, "echo", "hi");
    await setState("removed", "Running");
    await eventually(() => expect(wire.ended).toBe(true));
    await eventually(async () => expect(await finalizersOf("removed")).toEqual([]));
  });

  test("or its reader is gone", async () => {
    await add("left", "Created", spec);
    const wire = await attachTo("left", "stream=1&stdout=1");
    await eventually(() => expect(wire.head).toContain("101"));
    wire.socket.resetAndDestroy();
    await eventually(async () => expect(await finalizersOf("left")).toEqual([]));
  });
});
