import { expect, test } from "vitest";
import { KINDS } from "../../api/kinds.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, create, docker, gateway, hosts, newName } = onGateway();

const allow = async (quota: VirtualContainerHost["spec"]["quota"] | null): Promise<void> => {
  const { metadata } = await hosts().user.patch(
    KINDS.VirtualContainerHost,
    { namespace: hosts().namespace, name: "host" },
    { type: "merge", patch: { spec: { quota } } },
  );
  await gateway().informers.of(KINDS.VirtualContainerHost).reached(metadata.resourceVersion);
};

test("one container more than the quota isn't created, and the client is told which and what to do", async () => {
  const [first, second] = [newName(), newName()];
  await create(first);
  await allow({ containers: 1 });
  expect(await create(second)).toEqual({
    status: 403,
    body: {
      message:
        'VirtualContainerHost "host" allows 1 containers (spec.quota.containers) and has 1: remove one, or ask who runs the host for more',
    },
  });
  await expect(docker("create", "busybox")).rejects.toThrow("spec.quota.containers");
  await call("DELETE", `/containers/${first}`);
  expect((await create(second)).status).toBe(201);
  await call("DELETE", `/containers/${second}`);
});

test("what leaves no room isn't started until another has ended; info tells what there is", async () => {
  const [first, second] = [newName(), newName()];
  await allow(null);
  await allow({ cpus: 3, memoryMiB: 8192 });
  await create(first);
  await create(second);
  expect((await call("POST", `/containers/${first}/start`)).status).toBe(204);
  const refused = await call("POST", `/containers/${second}/start`);
  expect(refused.status).toBe(403);
  expect(refused.body["message"]).toContain("allows 3 CPUs to containers that run");
  expect((await call("POST", `/containers/${second}/restart`)).status).toBe(403);
  expect((await call("GET", "/info")).body).toMatchObject({
    NCPU: 3,
    MemTotal: 8192 * 1024 * 1024,
  });
  expect((await call("POST", `/containers/${first}/stop`)).status).toBe(204);
  expect((await call("POST", `/containers/${second}/start`)).status).toBe(204);
  await allow(null);
  expect((await call("POST", `/containers/${first}/start`)).status).toBe(204);
});

test("run --rm that there is no room for ends with the reason, and leaves nothing, as with dockerd", async () => {
  const name = newName();
  await allow({ memoryMiB: 1024 });
  await expect(
    docker("run", "-d", "--rm", "--name", name, "-m", "2g", "busybox", "true"),
  ).rejects.toMatchObject({
    code: 125,
    stderr: expect.stringContaining("allows 1024 MiB of memory to containers that run") as string,
  });
  expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
  await allow(null);
});

test("what may be started later stays, unless it is removed when it ends", async () => {
  const name = newName();
  await allow({ cpus: 0 });
  await create(name);
  expect((await call("POST", `/containers/${name}/start`)).status).toBe(403);
  expect((await call("GET", `/containers/${name}/json`)).status).toBe(200);
  await allow(null);
  expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
});
