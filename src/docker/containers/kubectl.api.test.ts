import { beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { KINDS } from "../../api/kinds.ts";
import { onGateway } from "../../../test/on-gateway.ts";

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
