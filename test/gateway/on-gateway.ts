// A gateway, a host without TLS with one image, and somebody who stands for the operator, for one test file.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { KINDS } from "../../src/api/kinds.ts";
import { standForOperator, type Ending } from "./container-operator.ts";
import { DockerHosts, runGateway, type RunningGateway } from "./running-gateway.ts";

const run = promisify(execFile);

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What `docker` calls do, once the tests run. */
export interface OnGateway {
  readonly gateway: () => RunningGateway;
  readonly hosts: () => DockerHosts;
  /** Of the host's API, `http://…`. */
  readonly url: () => string;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Of busybox. */
  readonly create: (name: string, body?: object) => Promise<Answer>;
  /** The docker CLI; what it prints, without white space at the ends. */
  readonly docker: (...words: string[]) => Promise<string>;
  /** That nobody has used. */
  readonly newName: () => string;
  /** How containers of these names end; they stay otherwise. */
  readonly endings: Map<string, Ending>;
}

/** Makes it all before a file's tests, and takes it away after them. */
export function onGateway(): OnGateway {
  let gateway: RunningGateway;
  let hosts: DockerHosts;
  let operator: { stop(): Promise<void> };
  let dockerHost: string;
  const endings = new Map<string, Ending>();

  beforeAll(async () => {
    gateway = await runGateway();
    hosts = await DockerHosts.create();
    dockerHost = await hosts.addPlain(gateway, "host");
    const config = { cmd: ["sh"], env: ["PATH=/bin", "A=image"], labels: { of: "image" } };
    const { metadata } = await hosts.addImage("host", "busybox", config);
    await gateway.informers.of(KINDS.ContainerImage).reached(metadata.resourceVersion);
    operator = standForOperator({
      client: hosts.user,
      informers: gateway.informers,
      namespace: hosts.namespace,
      ending: ({ spec }) => endings.get(spec.name ?? "") ?? "stays",
    });
  });

  afterAll(async () => {
    await operator.stop();
    await gateway.close();
    await hosts.end();
  });

  const url = (): string => dockerHost.replace("tcp", "http");
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(url() + path, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
  };
  return {
    gateway: () => gateway,
    hosts: () => hosts,
    url,
    call,
    create: (name, body = {}) =>
      call("POST", `/containers/create?name=${encodeURIComponent(name)}`, {
        Image: "busybox",
        ...body,
      }),
    async docker(...words) {
      const env = { ...process.env, DOCKER_HOST: dockerHost };
      const { stdout } = await run("docker", words, { env });
      return stdout.trim();
    },
    newName: () => `c-${randomUUID().slice(0, 8)}`,
    endings,
  };
}
