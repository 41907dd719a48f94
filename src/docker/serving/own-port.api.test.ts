import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import {
  DockerHosts,
  freePort,
  runGateway,
  type RunningGateway,
} from "../../../test/gateway/running-gateway.ts";
import { KINDS } from "../../api/kinds.ts";

let gateway: RunningGateway;
let hosts: DockerHosts;

beforeAll(async () => {
  gateway = await runGateway();
  hosts = await DockerHosts.create();
});

afterAll(async () => {
  await hosts.end();
  await gateway.close();
});

test("a port that two hosts want is opened for the one that the operator gives it to, whoever comes first", async () => {
  const port = await freePort();
  const plain = { port, tls: { mode: "None" } } as const;
  await hosts.add("refused", plain);
  await hosts.add("chosen", plain);
  const { namespace, user } = hosts;
  await user.applyStatus(
    KINDS.VirtualContainerHost,
    {
      metadata: { namespace, name: "chosen" },
      status: { docker: { host: `tcp://127.0.0.1:${port}` } },
    },
    { fieldManager: "test" },
  );
  await eventually(() => expect(gateway.portOf(namespace, "chosen")).toBe(port));
  expect(gateway.portOf(namespace, "refused")).toBeUndefined();
  const info = (await (await fetch(`http://127.0.0.1:${port}/info`)).json()) as { Name: string };
  expect(info.Name).toBe("chosen");
});
