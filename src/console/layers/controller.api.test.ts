import type { ServerChannel } from "ssh2";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { finish, type Serve, type TestAgent } from "../../../test/consoles/agent.ts";
import { askRegistry } from "../../../test/asked-registry.ts";
import { eventually } from "../../../test/eventually.ts";
import { startFaultProxy } from "../../../test/fault-proxy.ts";
import {
  Installation,
  type RunningConsole,
  runConsole,
} from "../../../test/consoles/running-console.ts";
import type { ContainerImageStatus } from "../../api/containerimage.gen.ts";
import { KINDS } from "../../api/kinds.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { type ChainDisk, planChain } from "../../oci/index.ts";

const registry = askRegistry();
const done = { done: true, usedBytes: 8192, layers: [{ files: 1 }] };

/** An agent that takes what it is sent and says that all is well. */
const willing: Serve = (channel) => void channel.resume().on("end", () => finish(channel, done, 0));

describe("the console", () => {
  let installation: Installation;
  const consoles: RunningConsole[] = [];

  beforeEach(async () => {
    installation = await Installation.create({
      mirrors: [{ registry: "docker.io", endpoint: `http://${registry.lab.http}` }],
      pullSecretRef: { name: "pull" },
    });
    await installation.putLinkSecret();
    await putPullSecret("s3cret-password");
  });

  afterEach(async () => {
    for (const each of consoles.splice(0)) await each.stop();
    await installation.end();
  });

  async function start(): Promise<RunningConsole> {
    const started = await runConsole();
    consoles.push(started);
    return started;
  }

  async function putPullSecret(password: string): Promise<void> {
    const auths = { [registry.lab.http]: { username: "ann", password } };
    await installation.user.apply(
      secretKind,
      {
        metadata: { namespace: installation.namespace, name: "pull" },
        data: {
          ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64"),
        },
      },
      { fieldManager: "vic-test" },
    );
  }

  /** The worker's agent dials, and the operator tells its key. */
  async function link(to: RunningConsole, serve: Serve): Promise<TestAgent> {
    const agent = installation.dial(to, serve);
    await installation.report(agent.hostKey);
    return agent;
  }

  async function chainOf(image: string): Promise<readonly ChainDisk[]> {
    return planChain((await registry.resolve(image)).layers);
  }

  /** The status of an image of which one disk is attached. */
  const attached = (
    chain: readonly ChainDisk[],
    target: number,
    attempt = 1,
    parent?: string,
  ): ContainerImageStatus => ({
    disks: chain.slice(0, 1).map(({ chainId, layers }) => ({
      chainId,
      ...(parent === undefined ? {} : { parent }),
      path: `[ds] ${chainId}.vmdk`,
      state: "Attached",
      attached: { target, attempt },
      layers: layers.map((layer) => ({ ...layer })),
    })),
  });

  const answers = async (name: string) =>
    (await installation.readImage(name)).status?.unpacks ?? [];

  it("fills a disk once its worker has dialled, and says so beside the operator's status", async () => {
    const chain = await chainOf("busybox");
    await installation.putImage("a", "busybox", attached(chain, 1));
    await link(await start(), willing);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([
        { chainId: chain[0]?.chainId, attempt: 1, result: "Done", usedBytes: 8192, files: 1 },
      ]);
    });
    // The operator's next write leaves the answer alone, and a new attempt is a new job.
    await installation.putStatus("a", attached(chain, 2, 2));
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ attempt: 2, result: "Done" }]);
    });
  });

  it("says that the registry went away in the middle of a layer, and does the next attempt", async () => {
    const chain = await chainOf("busybox");
    await registry.fault({ path: "/blobs/", cutAfterBytes: 100_000 });
    await installation.putImage("a", "busybox", attached(chain, 1));
    await link(await start(), willing);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([
        {
          attempt: 1,
          result: "Failed",
          reason: "RegistryUnreachable",
          message: expect.stringContaining("the registry cut layer sha256:") as string,
        },
      ]);
    });
    await registry.heal();
    await installation.putStatus("a", attached(chain, 1, 2));
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ attempt: 2, result: "Done" }]);
    });
    expect((await answers("a"))[0]).not.toHaveProperty("reason");
  });

  it("ends the unpacking of an image that is deleted, and says so", async () => {
    const chain = await chainOf("busybox");
    await installation.putImage("a", "busybox", attached(chain, 1));
    const { user, namespace } = installation;
    const ref = { namespace, name: "a" };
    const patch = { metadata: { finalizers: ["vic.dev/finalizer"] } };
    await user.patch(KINDS.ContainerImage, ref, { type: "merge", patch });
    const begun = Promise.withResolvers<void>();
    await link(await start(), (channel) => {
      channel.resume(); // and never says that it is done
      begun.resolve();
    });
    await begun.promise;
    await user.delete(KINDS.ContainerImage, ref);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ result: "Failed", reason: "Deleting" }]);
    });
  });

  it("tells no password, in answers and in its log, whether it is right or wrong", async () => {
    const chain = await chainOf("busybox");
    await registry.lab.order("POST", "login", {
      mode: "bearer",
      username: "ann",
      password: "other",
    });
    await installation.putImage("a", "busybox", attached(chain, 1));
    const running = await start();
    await link(running, willing);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ reason: "RegistryUnauthorized" }]);
    });
    await putPullSecret("other");
    await installation.putStatus("a", attached(chain, 1, 2));
    await eventually(async () => expect(await answers("a")).toMatchObject([{ result: "Done" }]));
    const said = running.log() + JSON.stringify(await installation.readImage("a"));
    expect(said).not.toMatch(/s3cret-password|"other"|Bearer |Basic /);
    expect(said).not.toContain(Buffer.from("ann:s3cret-password").toString("base64"));
  });

  it("names the Secret that isn't there", async () => {
    await installation.user.delete(secretKind, { namespace: installation.namespace, name: "pull" });
    await installation.putImage("a", "busybox", attached(await chainOf("busybox"), 1));
    await link(await start(), willing);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([
        {
          reason: "RegistrySecretInvalid",
          message: expect.stringContaining("Secret pull for registries doesn't exist") as string,
        },
      ]);
    });
  });

  it("fills a disk once, although its answer is refused at first", async () => {
    const proxy = await startFaultProxy(inject("kubeconfig"));
    let refusals = 0;
    proxy.decide = ({ method }) =>
      method === "PATCH" && refusals++ < 3
        ? { type: "answer", code: 403, body: '{"kind":"Status","reason":"Forbidden","code":403}' }
        : undefined;
    const running = await runConsole({ through: proxy.access });
    let fills = 0;
    await installation.putImage("a", "busybox", attached(await chainOf("busybox"), 1));
    await link(running, (channel, command) => {
      fills++;
      willing(channel, command);
    });
    await eventually(async () => expect(await answers("a")).toMatchObject([{ result: "Done" }]));
    expect([fills, refusals]).toEqual([1, 4]);
    await running.stop();
    await proxy.close();
  });

  it("does a disk again whose worker was lost on the way", async () => {
    await installation.putImage("a", "busybox", attached(await chainOf("busybox"), 1));
    const running = await start();
    const dying: TestAgent = installation.dial(
      running,
      (channel) => void channel.once("data", () => dying.socket.destroy()),
    );
    await installation.report(dying.hostKey);
    await dying.ended();
    expect(await answers("a")).toEqual([]);
    installation.dial(running, willing, dying);
    await eventually(async () => expect(await answers("a")).toMatchObject([{ result: "Done" }]));
  });

  it("wants a fresh disk for layers that it, or another, may have begun to put on top of others", async () => {
    const chain = await chainOf("busybox");
    const child = (attempt: number) => attached(chain, 1, attempt, "f".repeat(64));
    await installation.putImage("a", "busybox", child(1));
    const running = await start();
    const dying = installation.dial(
      running,
      (channel) => void channel.once("data", () => dying.socket.destroy()),
    );
    await installation.report(dying.hostKey);
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ attempt: 1, reason: "LinkBroken" }]);
    });
    await installation.putStatus("a", child(2));
    await dying.ended();
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ attempt: 2, reason: "LinkBroken" }]);
    });
    installation.dial(running, willing, dying);
    await eventually(() => expect(running.log().split("an agent is linked")).toHaveLength(3));
    await installation.putStatus("a", child(3));
    await eventually(async () => {
      expect(await answers("a")).toMatchObject([{ attempt: 3, result: "Done" }]);
    });
  });

  it("that has no link leaves the work to the one that has; its successor does what it left", async () => {
    const idle = await start();
    const working = await start();
    const begun = Promise.withResolvers<void>();
    await installation.putImage("a", "busybox", attached(await chainOf("busybox"), 1));
    const worker = await link(
      working,
      (channel) => void channel.resume().on("end", () => begun.resolve()),
    );
    await begun.promise;
    expect(await answers("a")).toEqual([]);
    await consoles.splice(consoles.indexOf(working), 1)[0]?.stop();
    expect(await answers("a")).toEqual([]);
    await worker.ended();
    installation.dial(idle, willing, worker);
    await eventually(async () => expect(await answers("a")).toMatchObject([{ result: "Done" }]));
  });

  it("fills several disks of a worker at once, but not all", async () => {
    const channels: ServerChannel[] = [];
    const chain = await chainOf("busybox");
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const [index, name] of names.entries())
      await installation.putImage(name, "busybox", attached(chain, index + 1));
    await link(await start(), (channel) => void channels.push(channel.resume()));
    await eventually(() => expect(channels).toHaveLength(4));
    expect(await Promise.all(names.map(answers))).toEqual(names.map(() => []));
    // Each that ends lets another one begin.
    for (let ended = 0; ended < names.length; ended++) {
      await eventually(() => expect(channels.length).toBe(Math.min(ended + 4, names.length)));
      const channel = channels[ended];
      if (channel !== undefined) finish(channel, done, 0);
    }
    await eventually(async () => {
      const results = (await Promise.all(names.map(answers))).map(([answer]) => answer?.result);
      expect(results).toEqual(names.map(() => "Done"));
    });
  });
});
