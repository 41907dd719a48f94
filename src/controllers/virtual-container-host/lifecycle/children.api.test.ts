import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { KINDS } from "../../../api/kinds.ts";
import type { VirtualContainerHost } from "../../../api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../../kube/client.ts";
import { namespaceKind } from "../../../kube/core-kinds.ts";
import { createKubeClient } from "../../../kube/http-client.ts";
import { loadKubeconfig } from "../../../kube/kubeconfig.ts";
import { deleteChildren } from "./children.ts";

let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = createKubeClient(await loadKubeconfig(inject("kubeconfig")));
});
afterAll(() => client.close());
beforeEach(async () => {
  namespace = `children-${randomUUID().slice(0, 8)}`;
  await client.create(namespaceKind, { metadata: { name: namespace } });
});

const createHost = (): Promise<VirtualContainerHost> =>
  client.create(KINDS.VirtualContainerHost, {
    metadata: { namespace, name: "host" },
    spec: {
      serverRef: { name: "vc" },
      compute: { cluster: "c" },
      imageStore: { datastore: "ds", path: "vic" },
      networks: {
        bridge: { switch: "dvs", vlan: 7 },
        management: { portGroup: "VM Network" },
      },
    },
  });
const createContainer = (name: string): Promise<ContainerVM> =>
  client.create(KINDS.ContainerVM, {
    metadata: { namespace, name },
    spec: { hostRef: { name: "host" }, image: "busybox" },
  });
const left = async (): Promise<(string | undefined)[]> =>
  (await client.list(KINDS.ContainerVM, { namespace })).items.map(({ metadata }) => metadata.name);

test("containers of a host's successor outlive what the cache still shows of the former", async () => {
  const former = await createHost();
  await client.delete(KINDS.VirtualContainerHost, { namespace, name: "host" });
  const container = await createContainer("c1");
  await deleteChildren(client, former, KINDS.ContainerVM, [container]);
  expect(await left()).toEqual(["c1"]);
  await createHost();
  await deleteChildren(client, former, KINDS.ContainerVM, [container]);
  expect(await left()).toEqual(["c1"]);
});

test("a child that came anew under its name isn't meant", async () => {
  const host = await createHost();
  const former = await createContainer("c1");
  await client.delete(KINDS.ContainerVM, { namespace, name: "c1" });
  await createContainer("c1");
  const other = await createContainer("c2");
  await deleteChildren(client, host, KINDS.ContainerVM, [former, other]);
  expect(await left()).toEqual(["c1"]);
});
