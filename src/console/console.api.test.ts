import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../test/authority.ts";
import { ConsoleInstallation } from "../../test/consoles/console-installation.ts";
import type { Serve } from "../../test/consoles/agent.ts";
import { eventually } from "../../test/eventually.ts";
import { LineGuest } from "../../test/consoles/line-guest.ts";
import { type RunningConsole, runConsole } from "../../test/consoles/running-console.ts";
import type {
  ConsoleClient,
  ConsoleError,
  ExecSpec,
  OutputFrame,
} from "./client/console-client.ts";
import { ask } from "./client/exchange.ts";
import { createConsoleClient } from "./client/http-console-client.ts";
import { Http2Pool } from "./client/http2-pool.ts";

const spec: ExecSpec = {
  args: ["cat"],
  env: ["A=b"],
  cwd: "",
  user: "",
  groups: [],
  tty: false,
  stdin: true,
};

/** A guest that knows execs, and answers everything else with what it was asked. */
function execs(): Serve {
  const created = new Map<string, object>();
  return (channel, command) => {
    channel.once("data", (chunk: Buffer) => {
      const end = chunk.indexOf(10) + 1;
      const params = JSON.parse(chunk.toString("utf8", 0, end)) as { id: string };
      const answer = (value: object, status = 0) => {
        channel.write(`${JSON.stringify(value)}\n`);
        if (command === "exec-start" && status === 0) return;
        channel.exit(status);
        channel.end();
      };
      if (command === "exec-create") {
        created.set(params.id, params);
        return answer({});
      }
      if (!command.startsWith("exec-")) return answer({ command, params });
      if (!created.has(params.id))
        return answer({ error: { reason: "NotFound", message: "no such exec" } }, 1);
      if (command === "exec-wait")
        return answer({ id: params.id, running: false, started: true, exitCode: 3, spec: {} });
      if (command === "exec-inspect")
        return answer({ id: params.id, running: false, started: false, spec: {} });
      answer({ pid: 212 });
      channel.write(chunk.subarray(end));
      channel.on("data", (data: Buffer) => channel.write(data));
      channel.stderr.write("to stderr");
      channel.on("end", () => {
        channel.exit(3);
        channel.end();
      });
    });
  };
}

/** Waits for a console's certificates. */
const inUse = (console: RunningConsole): Promise<void> =>
  eventually(() => {
    if (!console.log().includes("certificates are in use")) throw new Error("not yet");
  });

describe("the console, asked by a gateway", () => {
  let installation: ConsoleInstallation;
  let running: RunningConsole;
  let client: ConsoleClient;
  let authority: TestAuthority;
  let pool: Http2Pool;

  beforeEach(async () => {
    authority = await TestAuthority.create();
    installation = await ConsoleInstallation.create(await authority.issue("vic-console"));
    running = await runConsole({ namespace: installation.namespace });
    const credentials = await authority.issue("vic-gateway");
    pool = new Http2Pool(() => Promise.resolve(credentials));
    client = createConsoleClient({
      address: { host: "127.0.0.1", port: running.apiPort },
      credentials: () => Promise.resolve(credentials),
    });
    await inUse(running);
  });

  afterEach(async () => {
    await client.close();
    await pool.close();
    await running.stop();
    await installation.end();
  });

  it("refuses what isn't this host's, or isn't there", async () => {
    const container = await installation.putContainer("web");
    const address = installation.addressOf(container);
    for (const wrong of [
      { ...address, host: "other" },
      { ...address, namespace: "default" },
      { ...address, id: "f".repeat(64) },
    ]) {
      await expect(client.top(wrong)).rejects.toMatchObject({ status: 404, reason: "NotFound" });
    }
  });

  it("refuses nonsense with 400 or 404, and goes on", async () => {
    const container = await installation.putContainer("web");
    const address = installation.addressOf(container);
    await installation.report(container, 1, "ssh-ed25519 AAAA");
    await eventually(() => expect(client.top({ ...address, id: "x" })).rejects.toThrow("No such"));
    const asked = async (method: "GET" | "POST", path: string, body?: unknown) =>
      ask(pool, `https://127.0.0.1:${running.apiPort}`, { method, path, body }).then(
        (stream) => stream.close(),
        (error: ConsoleError) => error.status,
      );
    const base = `/v1/hosts/${address.namespace}/${address.host}/containers/${address.id}`;
    const running400 = () => asked("POST", `${base}/resize`, { width: "80" });
    await eventually(async () => expect(await running400()).toBe(400));
    for (const [path, body] of [
      ["signal", {}],
      ["signal", { signal: "X".repeat(100) }],
      ["stop", { timeoutSeconds: "ten" }],
      ["execs", { args: "sh" }],
      ["execs", { args: ["sh"], env: [1] }],
      ["execs", []],
      ["execs", { args: ["x".repeat(2_000_000)] }],
      ["attach?stdin=yes", undefined],
      ["attach?run=soon", undefined],
    ] as const)
      expect({ path, status: await asked("POST", `${base}/${path}`, body) }).toEqual({
        path,
        status: 400,
      });
    for (const path of ["/", "/%2f", "/v1", `${base}/`, `${base}/execs/x`, "/v1/hosts/%/%/x?%%%"])
      expect({ path, status: await asked("GET", path) }).toEqual({ path, status: 404 });
    for (const path of ["logs?tail=-1", "logs?since=noon", "logs?stdout=2"])
      expect({ path, status: await asked("GET", `${base}/${path}`) }).toEqual({
        path,
        status: 400,
      });
    // Other consoles alone ask for guests.
    installation.dial(running, container);
    await eventually(() => expect(running.log()).toContain("a serial line has come"));
    expect(await asked("GET", `/v1/guests/${address.id}`)).toBe(404);
  });

  it("says of a container that doesn't run that it doesn't", async () => {
    const container = await installation.putContainer("web");
    await expect(client.createExec(installation.addressOf(container), spec)).rejects.toMatchObject({
      status: 409,
      reason: "NotRunning",
    });
  });

  it("runs an exec over the serial line, both ways, to its exit code", async () => {
    const container = await installation.putContainer("web");
    const address = installation.addressOf(container);
    const host = installation.dial(running, container);
    const guest = new LineGuest(installation.authorizedKey(container), execs()).listen(host);
    await installation.report(container, 1, guest.hostKey);

    const execId = await eventually(() => client.createExec(address, spec));
    expect(execId).toMatch(/^[0-9a-f]{64}$/);
    expect(execId.slice(32)).toBe(address.id.slice(0, 32));
    expect(await client.inspectExec(address, execId)).toMatchObject({ id: execId, running: false });
    await expect(client.inspectExec(address, "0".repeat(64))).rejects.toMatchObject({
      status: 404,
      reason: "NotFound",
      message: "no such exec",
    });

    const session = await client.startExec(address, execId, { width: 80, height: 24 });
    session.stdin.end("hello");
    const frames = (await session.output.toArray()) as OutputFrame[];
    const text = (type: string) =>
      frames.flatMap((frame) => ("data" in frame && frame.type === type ? [frame.data] : []));
    expect(Buffer.concat(text("stdout")).toString()).toBe("hello");
    expect(Buffer.concat(text("stderr")).toString()).toBe("to stderr");
    expect(frames.at(-1)).toEqual({ type: "exit", exitCode: 3 });
    const { signal } = new AbortController();
    expect(await client.waitExec(address, execId, signal)).toMatchObject({ exitCode: 3 });
  });

  it("tells an exec's session that its line was cut", async () => {
    const container = await installation.putContainer("web");
    const address = installation.addressOf(container);
    const host = installation.dial(running, container);
    const guest = new LineGuest(installation.authorizedKey(container), execs()).listen(host);
    await installation.report(container, 1, guest.hostKey);
    const execId = await eventually(() => client.createExec(address, spec));
    const session = await client.startExec(address, execId);
    host.socket.resetAndDestroy();
    const frames = (await session.output.toArray()) as OutputFrame[];
    expect(frames.at(-1)).toMatchObject({ type: "error", reason: "AgentFailed" });
  });

  it("shakes hands anew after a boot, with the new key alone", async () => {
    const container = await installation.putContainer("web");
    const address = installation.addressOf(container);
    const host = installation.dial(running, container);
    const first = new LineGuest(installation.authorizedKey(container), execs()).listen(host);
    await installation.report(container, 1, first.hostKey);
    await eventually(() => client.signal(address, "HUP"));
    host.removeAllListeners("data");
    const second = new LineGuest(installation.authorizedKey(container), execs()).listen(host);
    await installation.report(container, 2, second.hostKey);
    await eventually(async () => {
      await client.signal(address, "HUP");
      expect(second.begun).toBeGreaterThan(0);
    });
  });

  describe("of which there are two", () => {
    let other: RunningConsole;
    let otherClient: ConsoleClient;

    beforeEach(async () => {
      const peers = [{ host: "127.0.0.1", port: running.apiPort }];
      other = await runConsole({ namespace: installation.namespace, peers });
      const credentials = await authority.issue("vic-gateway");
      otherClient = createConsoleClient({
        address: { host: "127.0.0.1", port: other.apiPort },
        credentials: () => Promise.resolve(credentials),
      });
      await inUse(other);
    });

    afterEach(async () => {
      await otherClient.close();
      await other.stop();
    });

    it("sends whoever asks to the one that has the line", async () => {
      const container = await installation.putContainer("web");
      const address = installation.addressOf(container);
      const host = installation.dial(running, container);
      const guest = new LineGuest(installation.authorizedKey(container), execs()).listen(host);
      await installation.report(container, 1, guest.hostKey);
      await eventually(() => client.signal(address, "HUP"));
      await otherClient.signal(address, "HUP");
      expect(guest.begun).toBe(1);
    });

    it("carries over to the other what comes to one of them after somebody was attached", async () => {
      const container = await installation.putContainer("web", { openStdin: true });
      const attached = await otherClient.attach(installation.addressOf(container), {
        stdin: true,
        stdout: true,
        stderr: true,
        logs: false,
        stream: true,
        run: "next",
      });
      const host = installation.dial(running, container);
      const guest = new LineGuest(installation.authorizedKey(container), cat).listen(host);
      await installation.report(container, 1, guest.hostKey);
      attached.stdin.write("hello");
      let out = "";
      attached.output.on("data", (frame: OutputFrame) => {
        if (frame.type === "stdout") out += String(frame.data);
      });
      await eventually(() => expect(out).toBe("hello"));
      attached.close();
    });
  });
});

/** An attach to a process that echoes. */
const cat: Serve = (channel) => {
  channel.once("data", (chunk: Buffer) => {
    channel.write(`${JSON.stringify({ run: 1, from: { stdout: 0, stderr: 0 } })}\n`);
    channel.write(chunk.subarray(chunk.indexOf(10) + 1));
    channel.on("data", (data: Buffer) => channel.write(data));
  });
};
