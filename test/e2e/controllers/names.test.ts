import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containerNameObjectName } from "../../../src/api/identity.ts";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { isAlreadyExists } from "../../../src/kube/errors.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { type Setting, startSetting } from "./setting.ts";

/** After so long a claim without a container is swept, once a test is about that; until then none is. */
const GRACE_MS = 3000;

describe("names", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting({ sweepGraceMs: 60 * 60_000 });
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
    await docker("c-0", "early", "word-0");
  });
  afterAll(() => setting.stop());

  const object = (name: string) => containerNameObjectName("host", name);
  const held = ({ status }: ContainerVM) => findCondition(status?.conditions, "NameHeld");
  const off = { powerState: "Off" };
  const claim = (name: string, holder: string) =>
    setting.tenant.client.create(KINDS.ContainerName, {
      apiVersion: KINDS.ContainerName.apiVersion,
      kind: "ContainerName",
      metadata: { namespace: "team-a", name: object(name) },
      spec: { hostRef: { name: "host" }, name, holder },
    });
  /** As the gateway makes them: the claim comes first. */
  const docker = async (resource: string, name: string, word: string) => {
    const { tenant } = setting;
    await claim(name, word);
    const spec = { hostRef: { name: "host" }, image: "busybox", command: ["true"], name, ...off };
    const annotations = { "vic.dev/name-holder": word };
    return tenant.apply("ContainerVM", resource, spec, { annotations });
  };

  test("a container of kubectl's holds its name, and Docker can't claim it", async () => {
    const { tenant } = setting;
    const web = await tenant.container("web", ["true"], off);
    const { metadata } = await tenant.ready("ContainerVM", "web");
    const { spec, metadata: own } = await tenant.get("ContainerName", object("web"));
    expect(spec).toMatchObject({ name: "web", holder: metadata.uid });
    expect(own.ownerReferences?.[0]?.uid).toBe(web.metadata.uid);
    expect(held(await tenant.get("ContainerVM", "web"))?.status).toBe("True");
    expect(await claim("web", "nonce").catch(isAlreadyExists)).toBe(true);
  });

  test("a container whose name Docker gave away says so, runs all the same, and has it once it is free", async () => {
    const { tenant } = setting;
    await docker("c-1", "api", "word-1");
    await tenant.ready("ContainerVM", "c-1");
    expect(held(await tenant.get("ContainerVM", "c-1"))?.status).toBe("True");
    await tenant.container("api", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "api", "Running");
    const lost = held(await tenant.get("ContainerVM", "api"));
    expect(lost).toMatchObject({ status: "False", reason: "NameConflict" });
    await tenant.delete("ContainerVM", "c-1");
    const healed = await tenant.until(
      "ContainerVM",
      "api",
      (each) => held(each)?.status === "True",
    );
    const { spec } = await tenant.get("ContainerName", object("api"));
    expect(spec.holder).toBe(healed.metadata.uid);
  });

  test("a new name is claimed, and the old one is free at once", async () => {
    const { tenant } = setting;
    await tenant.container("old", ["true"], off);
    await tenant.ready("ContainerVM", "old");
    await tenant.container("old", ["true"], { ...off, name: "New.1" });
    await tenant.gone("ContainerName", object("old"));
    const { metadata } = await tenant.get("ContainerVM", "old");
    // Two controllers do that: the old claim may go before the new one is made.
    const holder = async () => (await tenant.get("ContainerName", object("New.1"))).spec.holder;
    await expect.poll(() => holder().catch(() => undefined)).toBe(metadata.uid);
  });

  test("the name is free when the container is gone, without a wait", async () => {
    const { tenant } = setting;
    await docker("c-2", "short", "word-2");
    await tenant.ready("ContainerVM", "c-2");
    await tenant.delete("ContainerVM", "c-2");
    await tenant.gone("ContainerVM", "c-2");
    await claim("short", "word-3");
  });

  test.each(["web", "early"])(
    "a claim that somebody deleted is made again, kubectl's or Docker's: %s",
    async (name) => {
      const { tenant } = setting;
      const before = await tenant.get("ContainerName", object(name));
      await tenant.delete("ContainerName", object(name));
      await expect
        .poll(
          async () =>
            (await tenant.get("ContainerName", object(name)).catch(() => undefined))?.metadata.uid,
        )
        .not.toSatisfy((uid) => uid === undefined || uid === before.metadata.uid);
    },
  );

  test("a claim that was swept under a container's hands is claimed by its operator, unless another has it by now", async () => {
    const { tenant } = setting;
    await tenant.delete("ContainerName", object("early"));
    await claim("early", "word-5").catch(isAlreadyExists);
    const { spec } = await tenant.get("ContainerName", object("early"));
    const isOthers = spec.holder === "word-5";
    await tenant.until(
      "ContainerVM",
      "c-0",
      (each) => held(each)?.status === (isOthers ? "False" : "True"),
    );
    // The other's container never comes: the name is free again, and then this one's.
    await setting.restartOperator({ sweepGraceMs: GRACE_MS });
    const { metadata } = await tenant.get("ContainerVM", "c-0");
    const isHis = async () =>
      (await tenant.get("ContainerName", object("early"))).spec.holder === metadata.uid;
    await expect.poll(() => isHis().catch(() => false)).toBe(true);
  });

  test("a claim whose container never came is swept, not before its time, by another operator too", async () => {
    const { tenant } = setting;
    await claim("never", "word-4");
    const claimed = Date.now();
    await setting.restartOperator({ sweepGraceMs: GRACE_MS });
    await tenant.gone("ContainerName", object("never"));
    expect(Date.now() - claimed).toBeGreaterThanOrEqual(GRACE_MS - 100);
  });
});
