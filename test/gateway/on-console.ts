// A gateway with a console whose containers are processes of this machine, and a host without TLS, for one test file.
import { afterAll, afterEach, beforeAll } from "vitest";
import type { ContainerVMStatus, ContainerVMStatusState } from "../../src/api/containervm.gen.ts";
import { docker, type CliResult } from "./docker-cli.ts";
import { addContainer, type ContainerFields, setState } from "./docker-containers.ts";
import { Wire } from "./docker-wire.ts";
import { LocalConsole } from "../consoles/local-console.ts";
import { DockerHosts, runGateway, type RunningGateway } from "./running-gateway.ts";

/** What is there once the tests run. */
export interface OnConsole {
  /** Available again before each test. */
  readonly console: LocalConsole;
  readonly hosts: () => DockerHosts;
  /** Of the host's API, `http://…`. */
  readonly url: () => string;
  /** Makes a container whose status says `state`; its id. */
  readonly add: (
    name: string,
    state: ContainerVMStatusState,
    fields?: ContainerFields,
  ) => Promise<string>;
  /** Writes a container's status as the operator does. */
  readonly setState: (
    name: string,
    state: ContainerVMStatusState,
    rest?: Partial<ContainerVMStatus>,
  ) => Promise<void>;
  /** A connection to the host's API, closed after the test. */
  readonly open: () => Promise<Wire>;
  /** The docker CLI. */
  readonly docker: (args: readonly string[], input?: string) => Promise<CliResult>;
}

/** Makes it all before a file's tests, and takes it away after them. */
export function onConsole(): OnConsole {
  const console = new LocalConsole();
  let gateway: RunningGateway;
  let hosts: DockerHosts;
  let dockerHost: string;
  const wires: Wire[] = [];

  beforeAll(async () => {
    gateway = await runGateway(console);
    hosts = await DockerHosts.create();
    dockerHost = await hosts.addPlain(gateway, "host");
  });
  afterEach(() => {
    console.unavailable = false;
    for (const wire of wires.splice(0)) wire.close();
  });
  afterAll(async () => {
    await hosts.end();
    await gateway.close();
  });

  return {
    console,
    hosts: () => hosts,
    url: () => dockerHost.replace("tcp:", "http:"),
    add: async (name, state, fields) =>
      (await addContainer(hosts, gateway, "host", name, state, fields)).id,
    setState: (name, state, rest) => setState(hosts, gateway, name, state, rest),
    async open() {
      const wire = await Wire.open(dockerHost);
      wires.push(wire);
      return wire;
    },
    docker: (args, input) => docker(dockerHost, args, input),
  };
}
