import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finish, type Serve, type TestAgent } from "../../../test/consoles/agent.ts";
import { eventually } from "../../../test/eventually.ts";
import {
  Installation,
  type RunningConsole,
  runConsole,
} from "../../../test/consoles/running-console.ts";
import { KINDS } from "../../api/kinds.ts";
import { createInformers } from "../../kube/shared-informers.ts";
import { identifyWorker, indexWorkers } from "./identities.ts";

const serve: Serve = (channel) => finish(channel, {}, 0);

describe("a worker that dials the console", () => {
  let installation: Installation;
  let running: RunningConsole;

  beforeEach(async () => {
    installation = await Installation.create();
    running = await runConsole();
  });

  afterEach(async () => {
    await running.stop();
    await installation.end();
  });

  const linked = () => running.log().split("an agent is linked").length - 1;
  const dial = (like?: TestAgent): TestAgent => installation.dial(running, serve, like);

  it("is linked where the operator tells its key only afterwards", async () => {
    await installation.putLinkSecret();
    const worker = dial();
    await installation.report(worker.hostKey);
    await eventually(() => expect(linked()).toBe(1));
  });

  it("is refused with a new key after a reboot, until the operator tells it; the old one is refused then", async () => {
    await installation.putLinkSecret();
    const before = dial();
    await installation.report(before.hostKey);
    await eventually(() => expect(linked()).toBe(1));

    const early = dial();
    await early.ended();
    expect(linked()).toBe(1);
    // It dials again and again.
    const rebooted = dial();
    await rebooted.ended();
    await installation.report(rebooted.hostKey);
    await eventually(async () => {
      const again = dial(rebooted);
      await eventually(() => expect(linked() > 1 || again.socket.destroyed).toBe(true));
      expect(linked()).toBe(2);
    });
    // Whoever has the old key is nobody.
    await dial(before).ended();
    expect(linked()).toBe(2);
  });

  it("is refused, and the log says why, where the link's Secret is missing", async () => {
    const worker = dial();
    await installation.report(worker.hostKey);
    await worker.ended();
    expect(running.log()).toContain(`Secret ${installation.namespace}/host-link has no key`);
    await installation.putLinkSecret();
    dial(worker);
    await eventually(() => expect(linked()).toBe(1));
  });

  it("that nobody knows is cut off when its time is up, and waited for no longer", async () => {
    const informers = createInformers(installation.user, pino({ level: "silent" }));
    const hosts = informers.of(KINDS.VirtualContainerHost);
    indexWorkers(hosts);
    informers.start();
    await informers.synced();
    const readSecret = async () => undefined;
    const stranger = "e".repeat(64);
    const identified = identifyWorker(hosts, readSecret, stranger, AbortSignal.timeout(50));
    await expect(identified).rejects.toThrow(
      "no VirtualContainerHost tells of a worker eeeeeeeeeeee",
    );
    const late = identifyWorker(hosts, readSecret, stranger, AbortSignal.abort());
    await expect(late).rejects.toThrow("no VirtualContainerHost tells");
    await informers.stop();
  });
});
