import { beforeAll, describe, expect, test } from "vitest";
import { hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { demultiplex } from "../../../test/gateway/docker-wire.ts";
import { eventually } from "../../../test/eventually.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";

const { console, url, add, open, docker } = onConsole();
let id: string;

beforeAll(async () => {
  id = await add("box", "Running");
  console.write(id, "stdout", "one\n", 1_000.25);
  console.write(id, "stderr", "two\n", 2_000);
  console.write(id, "stdout", "three\n", 3_000.5);
  await add("new", "Created");
  const term = await add("term", "Running", { tty: true });
  console.write(term, "stdout", "\u001b[31mred\r\n", 1_000);
});

const logs = (query: string, name = "box", version = "v1.51") =>
  fetch(`${url()}/${version}/containers/${name}/logs?${query}`);
const both = "stdout=1&stderr=1";

describe("what is refused", () => {
  test.each([
    ["box", "", 400, "Bad parameters: you must choose at least one stream"],
    ["nosuch", "stdout=0&stderr=0", 400, "Bad parameters: you must choose at least one stream"],
    ["nosuch", both, 404, "No such container: nosuch"],
    ["box", `${both}&since=x`, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ["box", `${both}&until=1.x`, 400, 'strconv.ParseInt: parsing "1.x": invalid syntax'],
  ])("of %s %s", async (name, query, status, message) => {
    const answer = await logs(query, name);
    expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  });

  test("where no console answers", async () => {
    console.unavailable = true;
    expect((await logs(both)).status).toBe(503);
  });
});

const told = async (query: string): Promise<string> => {
  const { 1: out, 2: err } = demultiplex(Buffer.from(await (await logs(query)).arrayBuffer()));
  return out + err;
};

test.each([
  ["both streams", both, "one\nthree\ntwo\n"],
  ["one stream", "stderr=1", "two\n"],
  ["the last lines", `${both}&tail=1`, "three\n"],
  ["no line", `${both}&tail=0`, ""],
  ["all lines, where the number is none", `${both}&tail=x`, "one\nthree\ntwo\n"],
  ["what came since", `${both}&since=1000.250000001`, "three\ntwo\n"],
  ["what came until", `${both}&until=2000`, "one\ntwo\n"],
  ["everything, where since is before all time", `${both}&since=-5`, "one\nthree\ntwo\n"],
  ["with details, of which there are none", `${both}&details=1`, " one\n three\n two\n"],
  ["with both", "stderr=1&timestamps=1&details=1", "1970-01-01T00:33:20.000Z  two\n"],
  ["with times", "stderr=1&timestamps=1", "1970-01-01T00:33:20.000Z two\n"],
])("%s", async (_, query, expected) => {
  expect(await told(query)).toBe(expected);
});

test("frames have a content type of their own, from 1.42 on; a terminal's bytes are raw", async () => {
  const type = async (...query: Parameters<typeof logs>) =>
    (await logs(...query)).headers.get("content-type");
  expect(await type(both)).toBe("application/vnd.docker.multiplexed-stream");
  expect(await type(both, "box", "v1.41")).toBe("application/vnd.docker.raw-stream");
  expect(await type(both, "term")).toBe("application/vnd.docker.raw-stream");
  expect(await (await logs(both, "term")).text()).toBe("\u001b[31mred\r\n");
});

test("of a container that never ran there are none", async () => {
  const answer = await logs(both, "new");
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test("following ends with the container, and the stream with the client", async () => {
  const other = await add("tail", "Running");
  const child = console.start(other, "sh", "-c", "echo begin; read line; echo $line");
  const wire = await open();
  wire.send(`GET /containers/tail/logs?follow=1&${both}`, { Connection: "close" });
  await eventually(() => expect(String(wire.body)).toContain("begin"));
  const second = await open();
  second.send(`GET /containers/tail/logs?follow=1&${both}`);
  await eventually(() => expect(second.head).not.toBe(""));
  second.close();
  child.stdin!.end("done\n");
  await eventually(() => expect(wire.ended).toBe(true));
  expect(String(wire.body)).toContain("done\n");
});

test("a console that dies in the middle is told, and ends the stream", async () => {
  const other = await add("cut", "Running");
  const child = console.start(other, "sh", "-c", "echo begin; sleep 60");
  const wire = await open();
  wire.send(`GET /containers/cut/logs?follow=1&${both}`, { Connection: "close" });
  await eventually(() => expect(String(wire.body)).toContain("begin"));
  console.breakAll();
  await eventually(() => expect(wire.ended).toBe(true));
  expect(String(wire.body)).toContain("Error grabbing logs: ");
  child.kill();
});

test.runIf(hasDockerCli)("docker logs keeps the streams apart", async () => {
  const result = await docker(["logs", "--tail", "2", "box"]);
  expect(result).toEqual({ code: 0, stdout: "three\n", stderr: "two\n" });
});
