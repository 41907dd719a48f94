import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../../test/authority.ts";
import { ConsoleInstallation } from "../../../test/consoles/console-installation.ts";
import { eventually } from "../../../test/eventually.ts";
import { containerId, instanceUuid } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import type { Informers } from "../../kube/informer.ts";
import { createInformers } from "../../kube/shared-informers.ts";
import { VmIdentities } from "./vm-identities.ts";

describe("which container a VM is", () => {
  let installation: ConsoleInstallation;
  let informers: Informers;
  let identities: VmIdentities;

  beforeEach(async () => {
    const authority = await TestAuthority.create();
    installation = await ConsoleInstallation.create(await authority.issue("vic-console"));
    informers = createInformers(installation.user, pino({ level: "silent" }));
    identities = new VmIdentities(
      informers.of(KINDS.VirtualContainerHost),
      informers.of(KINDS.ContainerVM),
    );
    informers.start();
    await informers.synced();
  });

  afterEach(async () => {
    await informers.stop();
    await installation.end();
  });

  it("is never known of a VM that is nobody's: whoever waits is told when the time is up", async () => {
    const waiting = identities.known(randomUUID(), AbortSignal.timeout(50));
    await expect(waiting).rejects.toThrow("no container's VM has the UUID");
    const late = identities.known(randomUUID(), AbortSignal.abort());
    await expect(late).rejects.toThrow("no container's VM has the UUID");
  });

  it("is known as soon as there is the container, and no longer than that", async () => {
    const made = installation.putContainer("web");
    const container = await made;
    const id = containerId(container.metadata.uid);
    const uuid = installation.uuidOf(container);
    expect(await identities.known(uuid, AbortSignal.timeout(20_000))).toBe(id);
    const { name, namespace } = container.metadata;
    await installation.user.delete(KINDS.ContainerVM, { name, namespace });
    await eventually(() => expect(identities.containerId(uuid)).toBeUndefined());
  });

  it("doesn't depend on what a container's status says of its VM", async () => {
    const other = await installation.putContainer("other");
    const liar = await installation.putContainer("liar");
    const { name, namespace } = liar.metadata;
    await installation.user.applyStatus(
      KINDS.ContainerVM,
      {
        metadata: { name, namespace },
        status: { vsphere: { instanceUuid: installation.uuidOf(other) } },
      },
      { fieldManager: "vic-test" },
    );
    const id = await identities.known(installation.uuidOf(other), AbortSignal.timeout(20_000));
    expect(id).toBe(containerId(other.metadata.uid));
  });

  it("changes with the identity of its host", async () => {
    const container = await installation.putContainer("web");
    const id = containerId(container.metadata.uid);
    const before = installation.uuidOf(container);
    await identities.known(before, AbortSignal.timeout(20_000));
    const hostId = randomUUID();
    await installation.user.applyStatus(
      KINDS.VirtualContainerHost,
      { metadata: { namespace: installation.namespace, name: "host" }, status: { id: hostId } },
      { fieldManager: "vic-test" },
    );
    const after = instanceUuid(hostId, id);
    expect(await identities.known(after, AbortSignal.timeout(20_000))).toBe(id);
    expect(identities.containerId(before)).toBeUndefined();
  });
});
