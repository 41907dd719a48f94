import type Dockerode from "dockerode";
import { KINDS } from "../../../src/api/kinds.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { insist } from "./insist.ts";

/** A container as those who asked for it want it. */
export interface Wanted {
  /** `metadata.name` of kubectl's, the id of Docker's. */
  readonly key: string;
  readonly by: "docker" | "kubectl";
  state: "Created" | "Running" | "Exited";
  /** How often it was started: Docker's exactly so often; kubectl's at most, since a level that didn't last may never have been seen. */
  starts: number;
}

/** Somebody who makes containers and changes them, and knows what became of each order. */
export interface Person {
  create(name: string): Promise<Wanted | undefined>;
  start(wanted: Wanted): Promise<void>;
  stop(wanted: Wanted): Promise<void>;
  rename(wanted: Wanted, name: string): Promise<void>;
  remove(wanted: Wanted): Promise<void>;
}

/** What somebody works at. */
export interface Job {
  readonly person: Person;
  /** Of all names that are given. */
  readonly prefix: string;
  /** What shall be there. */
  readonly living: Wanted[];
  /** What was asked for and isn't answered yet. */
  order?: string | undefined;
  /** How many orders were answered. */
  answered: number;
}

const COMMAND = ["sleep", "100000"];

/** Somebody with kubectl. */
export function kubectlUser(client: KubeClient, namespace: string, host: string): Person {
  const kind = KINDS.ContainerVM;
  const change = (wanted: Wanted, spec: object): Promise<unknown> =>
    insist(`patch ${wanted.key}`, () =>
      client.patch(kind, { namespace, name: wanted.key }, { type: "merge", patch: { spec } }),
    );
  return {
    async create(name) {
      const spec = { hostRef: { name: host }, image: "busybox", command: COMMAND };
      const object = {
        apiVersion: kind.apiVersion,
        kind: kind.kind,
        metadata: { namespace, name },
      };
      await insist(`apply ${name}`, () =>
        client.apply(kind, { ...object, spec }, { fieldManager: "storm" }),
      );
      return { key: name, by: "kubectl", state: "Running", starts: 1 };
    },
    async start(wanted) {
      await change(wanted, { powerState: "On" });
      if (wanted.state !== "Running") wanted.starts++;
      wanted.state = "Running";
    },
    async stop(wanted) {
      await change(wanted, { powerState: "Off" });
      wanted.state = "Exited";
    },
    async rename(wanted, name) {
      await change(wanted, { name });
    },
    async remove({ key: name }) {
      await insist<unknown>(
        `delete ${name}`,
        () => client.delete(kind, { namespace, name }),
        (status) => (status === 404 ? "gone" : undefined),
      );
    },
  };
}

/** Somebody with Docker's API. */
export function dockerUser(docker: Dockerode): Person {
  const container = ({ key }: Wanted): Dockerode.Container => docker.getContainer(key);
  return {
    async create(name) {
      const request = { name, Image: "busybox", Cmd: COMMAND, StopTimeout: 2 };
      const id = await insist(
        `create ${name}`,
        async () => (await docker.createContainer(request)).id,
        (status) => (status === 409 ? "" : undefined),
      );
      if (id !== "") return { key: id, by: "docker", state: "Created", starts: 0 };
      // An answer was lost: it is there; or its name is held for one that was never made, until that is swept.
      const found = await insist(
        `inspect ${name}`,
        async () => (await docker.getContainer(name).inspect()).Id,
        (status) => (status === 404 ? "" : undefined),
      );
      return found === "" ? undefined : { key: found, by: "docker", state: "Created", starts: 0 };
    },
    async start(wanted) {
      await insist<unknown>(
        `start ${wanted.key}`,
        () => container(wanted).start(),
        (status) => (status === 304 ? "was" : undefined),
      );
      if (wanted.state !== "Running") wanted.starts++;
      wanted.state = "Running";
    },
    async stop(wanted) {
      await insist<unknown>(
        `stop ${wanted.key}`,
        () => container(wanted).stop({ t: 2 }),
        (status) => (status === 304 ? "was" : undefined),
      );
      if (wanted.state === "Running") wanted.state = "Exited";
    },
    async rename(wanted, name) {
      await insist<unknown>(
        `rename ${wanted.key}`,
        () => container(wanted).rename({ name }),
        // Half of it may have been done: then it has either name.
        (status) => (status === 409 || status === 400 ? "half" : undefined),
      );
    },
    async remove(wanted) {
      await insist<unknown>(
        `rm ${wanted.key}`,
        () => container(wanted).remove({ force: true }),
        (status) => (status === 404 || status === 409 ? "gone" : undefined),
      );
    },
  };
}
