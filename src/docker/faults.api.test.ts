import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { standForOperator } from "../../test/gateway/container-operator.ts";
import { eventually } from "../../test/eventually.ts";
import { startFaultProxy, type Fault, type FaultProxy } from "../../test/fault-proxy.ts";
import {
  DockerHosts,
  runGateway,
  type RunningGateway,
} from "../../test/gateway/running-gateway.ts";
import { containerNameObjectName } from "../api/identity.ts";
import { KINDS } from "../api/kinds.ts";
import { ANNOTATIONS, LABELS } from "../api/metadata.ts";
import { eventKind } from "../kube/core-kinds.ts";

let proxy: FaultProxy;
let gateway: RunningGateway;
let hosts: DockerHosts;
let operator: { stop(): Promise<void> };
let url: string;
let name: string;

beforeAll(async () => {
  proxy = await startFaultProxy(inject("kubeconfig"));
  gateway = await runGateway(undefined, proxy.access);
  hosts = await DockerHosts.create();
  url = (await hosts.addPlain(gateway, "host")).replace("tcp", "http");
  const image = await hosts.addImage("host", "busybox");
  operator = standForOperator({
    client: hosts.user,
    informers: gateway.informers,
    namespace: hosts.namespace,
  });
  const { metadata } = image;
  await gateway.informers.of(KINDS.ContainerImage).reached(metadata.resourceVersion);
});

beforeEach(() => {
  name = `c-${randomUUID().slice(0, 8)}`;
});

afterEach(() => {
  proxy.decide = undefined;
});

afterAll(async () => {
  await operator.stop();
  await gateway.close();
  await hosts.end();
  await proxy.close();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}

async function call(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === "" ? {} : JSON.parse(text)) as never };
}

const create = (as: string): Promise<Answer> =>
  call("POST", `/containers/create?name=${as}`, { Image: "busybox" });

const isWatch = (path: string): boolean => path.includes("watch=");

/** Breaks all calls but watches, or those that `matches` says. */
const breakCalls = (fault: Fault, matches: (method: string, path: string) => boolean): void => {
  proxy.decide = ({ method, url: path }) =>
    !isWatch(path) && matches(method, path) ? fault : undefined;
};

describe("while the API server is down", () => {
  beforeEach(async () => {
    await create(name);
    breakCalls({ type: "reset" }, () => true);
  });

  test("what is known is answered", async () => {
    expect((await fetch(`${url}/_ping`)).status).toBe(200);
    expect((await call("GET", "/info")).status).toBe(200);
    expect((await call("GET", `/containers/${name}/json`)).body["Name"]).toBe(`/${name}`);
    const listed = (await call("GET", "/containers/json?all=1")).body as never as object[];
    expect(listed).toContainEqual(expect.objectContaining({ Names: [`/${name}`] }));
    expect((await call("GET", "/containers/nosuch/json")).status).toBe(404);
  });

  test.each([
    ["POST", "/containers/create"],
    ["POST", "/containers/NAME/start"],
    ["POST", "/containers/NAME/rename?name=other"],
    ["DELETE", "/containers/NAME"],
  ])("%s %s is refused with what to do", async (method, path) => {
    const body = path.endsWith("create") ? { Image: "busybox" } : undefined;
    const answer = await call(method, path.replace("NAME", name), body);
    expect(answer.status).toBe(503);
    expect(answer.body["message"]).toMatch(/API server doesn't answer.*try again later/);
  });
});

test("a throttled write is repeated, and done once", async () => {
  let left = 3;
  proxy.decide = ({ method, url: path }) => {
    if (method !== "POST" || !path.includes("/containervms") || left === 0) return undefined;
    left -= 1;
    const body = JSON.stringify({ kind: "Status", reason: "TooManyRequests", message: "slow" });
    return { type: "answer", code: 429, body, headers: { "retry-after": "0" } };
  };
  expect((await create(name)).status).toBe(201);
  expect(left).toBe(0);
});

test("a storm of others' writes neither loses nor doubles a wish", async () => {
  await create(name);
  await eventually(async () => {
    const container = await found();
    expect(container.status?.state).toBe("Created");
  });
  const over = new AbortController();
  const storm = (async () => {
    for (let round = 0; !over.signal.aborted; round += 1) {
      const patch = { metadata: { annotations: { storm: String(round) } } };
      await hosts.user.patch(KINDS.ContainerVM, ref(), { type: "merge", patch });
    }
  })();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => call("POST", `/containers/${name}/restart`)),
  );
  over.abort();
  await storm;
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(5).fill(204));
  expect((await found()).spec.request?.seq).toBe(5);
});

test("the exit code of a container that was removed while nothing could be watched is its event's, or said to be unknown", async () => {
  for (const code of ["9", undefined]) {
    name = `c-${randomUUID().slice(0, 8)}`;
    const { body } = await create(name);
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
    // Its head says that the wait has begun.
    const waiting = await fetch(`${url}/containers/${name}/wait?condition=removed`, {
      method: "POST",
    });
    proxy.decide = ({ url: path }) => (isWatch(path) ? { type: "reset" } : undefined);
    proxy.resetWatches();
    const { metadata } = await found();
    if (code !== undefined) {
      const docker = {
        type: "container",
        action: "die",
        id: body["Id"],
        attributes: { exitCode: code },
      };
      await hosts.user.create(eventKind, {
        metadata: {
          namespace: hosts.namespace,
          name: `die.${name}`,
          labels: { [LABELS.host]: "host" },
          annotations: { [ANNOTATIONS.dockerEvent]: JSON.stringify(docker) },
        },
        eventTime: new Date().toISOString().replace("Z", "000Z"),
        type: "Normal",
        reason: "Exited",
        action: "Exit",
        reportingController: "vic.dev/operator",
        reportingInstance: "test",
        regarding: { kind: "ContainerVM", namespace: hosts.namespace, name },
      });
    }
    const patch = { metadata: { finalizers: null } };
    await hosts.user.patch(KINDS.ContainerVM, metadata, { type: "merge", patch });
    await hosts.user.delete(KINDS.ContainerVM, metadata);
    proxy.decide = undefined;
    const answer = (await waiting.json()) as { StatusCode: number; Error?: { Message: string } };
    expect(answer.StatusCode).toBe(Number(code ?? 0));
    if (code === undefined) expect(answer.Error?.Message).toMatch(/exit code isn't known/);
  }
});

const ref = () => ({ namespace: hosts.namespace, name });
const found = () => hosts.user.get(KINDS.ContainerVM, ref());
const claimed = (as: string): Promise<boolean> =>
  hosts.user
    .get(KINDS.ContainerName, {
      namespace: hosts.namespace,
      name: containerNameObjectName("host", as),
    })
    .then(
      () => true,
      () => false,
    );

describe("a call that is cut off in the middle leaves a true state:", () => {
  test("create, between claim and container: there is no container, and its claim is for the operator to sweep", async () => {
    breakCalls({ type: "reset" }, (method, path) => method === "POST" && /containervms/.test(path));
    expect((await create(name)).status).toBe(503);
    proxy.decide = undefined;
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
    expect(await claimed(name)).toBe(true);
    const again = await create(name);
    expect(again.status).toBe(409);
    expect(again.body["message"]).toContain("that is being created or removed just now");
  });

  test("create that the API server refuses: the name is free again", async () => {
    const body = JSON.stringify({ kind: "Status", reason: "Invalid", message: "spec.x: no" });
    breakCalls(
      { type: "answer", code: 422, body },
      (method, path) => method === "POST" && /containervms/.test(path),
    );
    const refused = await create(name);
    expect(refused.status).toBe(400);
    expect(refused.body["message"]).toContain("spec.x: no");
    proxy.decide = undefined;
    expect((await create(name)).status).toBe(201);
  });

  test("rename, before the container has it: it keeps the old name", async () => {
    await create(name);
    breakCalls({ type: "reset" }, (method) => method === "PATCH");
    expect((await call("POST", `/containers/${name}/rename?name=${name}-new`)).status).toBe(503);
    proxy.decide = undefined;
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(200);
    expect((await call("GET", `/containers/${name}-new/json`)).status).toBe(404);
  });

  test.each<[string, Fault]>([
    ["cut off", { type: "reset" }],
    ["refused", { type: "answer", code: 403, body: '{"kind":"Status","reason":"Forbidden"}' }],
  ])(
    "rename, before the old name is given back, which is %s: it has the new one, and the old claim is for the operator to sweep",
    async (_, fault) => {
      await create(name);
      breakCalls(fault, (method) => method === "DELETE");
      expect((await call("POST", `/containers/${name}/rename?name=${name}-new`)).status).toBe(204);
      proxy.decide = undefined;
      expect(await claimed(`${name}-new`)).toBe(true);
      expect((await call("GET", `/containers/${name}-new/json`)).status).toBe(200);
      expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
      expect(await claimed(name)).toBe(true);
    },
  );
});

test("a gateway that has read nothing yet says so, and never that there is nothing", async () => {
  const broken = await startFaultProxy(inject("kubeconfig"));
  broken.decide = ({ url: path }) => (path.includes("containervms") ? { type: "hang" } : undefined);
  const late = await runGateway(undefined, broken.access, "127.0.0.3", false);
  try {
    const there = url.replace("127.0.0.1", "127.0.0.3");
    await eventually(() => expect(late.portOf(hosts.namespace, "host")).toBeDefined());
    const answer = await fetch(`${there}/containers/json?all=1`);
    expect(answer.status).toBe(503);
  } finally {
    broken.decide = undefined;
    await late.close();
    await broken.close();
  }
});

describe("requests that are none", () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(url);
      let answer = "";
      const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
      socket.on("data", (part) => {
        answer += String(part);
        socket.end();
      });
      socket.on("error", () => resolve(answer)).on("close", () => resolve(answer));
    });

  test.each([
    ["garbage", "\u0016\u0003\u0001\r\n\r\n", "HTTP/1.1 400"],
    ["an escape that is none", "GET /%zz HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 400"],
    ["an old version", "GET /v1.10/info HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 400"],
    ["a new version", "GET /v1.99/info HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 400"],
    ["no such page", "GET /nosuch HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 404"],
    ["no such method", "PATCH /info HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 404"],
    [
      "an upgrade where there is none",
      "GET /info HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: tcp\r\n\r\n",
      "HTTP/1.1 200",
    ],
    [
      "an upgrade to a page that there isn't",
      "POST /nosuch HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: tcp\r\ncontent-length: 0\r\n\r\n",
      "HTTP/1.1 404",
    ],
    [
      "an upgrade of a create, with its body",
      'POST /containers/create HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: tcp\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{"Image":"nosuch"}',
      "HTTP/1.1 404",
    ],
  ])("%s", async (_, text, answer) => {
    expect(await raw(text)).toContain(answer);
  });
});
