import { beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { KINDS } from "../../api/kinds.ts";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, gateway, hosts, newName } = onGateway();

let name: string;

beforeEach(() => {
  name = newName();
});

test("kubectl's containers are ordinary ones; where the host says Respect, their power is the manifest's", async () => {
  const respectful = (await hosts().addPlain(gateway(), "respectful")).replace("tcp", "http");
  await hosts().user.patch(
    KINDS.VirtualContainerHost,
    { namespace: hosts().namespace, name: "respectful" },
    { type: "merge", patch: { spec: { docker: { powerState: "Respect" } } } },
  );
  for (const host of ["host", "respectful"]) {
    await hosts().user.create(KINDS.ContainerVM, {
      metadata: { namespace: hosts().namespace, name: `${name}-${host}` },
      spec: { hostRef: { name: host }, image: "busybox", powerState: "Off" },
    });
  }
  await eventually(async () => {
    expect((await call("GET", `/containers/${name}-host/json`)).body["State"]).toMatchObject({
      Status: "created",
    });
  });
  expect((await call("POST", `/containers/${name}-host/start`)).status).toBe(204);
  await eventually(async () => {
    const answer = await fetch(`${respectful}/containers/${name}-respectful/start`, {
      method: "POST",
    });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("Respect");
  });
});

test("docker stop of what git declares on leaves git's tools nothing to mend, and they leave the stop alone", async () => {
  const { user, namespace } = hosts();
  const declared = {
    metadata: { namespace, name },
    spec: { hostRef: { name: "host" }, image: "busybox", powerState: "On" },
  } as const;
  // As Argo CD and Flux: server-side apply, where a conflict is a failure.
  const sync = () =>
    user.apply(KINDS.ContainerVM, declared, { fieldManager: "argocd-controller", force: false });
  await sync();
  await eventually(async () => {
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
  });
  expect((await call("POST", `/containers/${name}/stop`)).status).toBe(204);
  const stopped = await user.get(KINDS.ContainerVM, { namespace, name });
  expect(stopped.spec).toMatchObject({ powerState: "On", request: { action: "Stop" } });
  const { metadata } = await sync();
  expect(metadata.resourceVersion).toBe(stopped.metadata.resourceVersion);
  const { body } = await call("GET", `/containers/${name}/json`);
  expect(body["State"]).toMatchObject({ Status: "exited" });
});
