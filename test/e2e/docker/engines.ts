import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DockerCommand } from "../../oracle/command.ts";
import { Daemon, type DaemonTls } from "../../oracle/daemon.ts";
import { WholeLab } from "./whole-lab.ts";

/** A whole lab and a dockerd beside it, with the same images. */
export interface Engines {
  readonly lab: WholeLab;
  /** docker, aimed at the lab's container host. */
  readonly gateway: DockerCommand;
  /** docker, aimed at dockerd. */
  readonly daemon: DockerCommand;
  /** The variables by which dockerd is reached over TLS, with the certificates of the lab's container host. */
  readonly daemonOverTls: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export async function startEngines(): Promise<Engines> {
  await using starting = new AsyncDisposableStack();
  const lab = await WholeLab.start();
  starting.defer(() => lab.stop());
  const pems = await mkdtemp(path.join(tmpdir(), "vic-oracle-tls-"));
  starting.defer(() => rm(pems, { recursive: true, force: true }));
  const oracle = await Daemon.start(lab.registry, await writeTls(lab, pems));
  starting.defer(() => oracle.stop());
  const daemon = await DockerCommand.for({ DOCKER_HOST: oracle.host });
  starting.defer(() => daemon.close());
  await Promise.all([daemon, lab.docker].map((docker) => docker.get("pull", "-q", "busybox")));
  const stack = starting.move();
  return {
    lab,
    gateway: lab.docker,
    daemon,
    daemonOverTls: { ...lab.docker.environment, DOCKER_HOST: oracle.tlsHost },
    stop: () => stack.disposeAsync(),
  };
}

/** The certificate that the gateway shows, in files. */
async function writeTls({ installation }: WholeLab, folder: string): Promise<DaemonTls> {
  const secret = ["get", "secret", "-n", "team-a", "team-a-docker-server", "-o", "json"];
  const { data } = JSON.parse(await installation.kubectl(secret)) as {
    data: Readonly<Record<string, string>>;
  };
  const file = async (name: string): Promise<string> => {
    const to = path.join(folder, name);
    await writeFile(to, Buffer.from(data[name] ?? "", "base64"), { mode: 0o600 });
    return to;
  };
  const [ca, cert, key] = await Promise.all(["ca.crt", "tls.crt", "tls.key"].map(file));
  return { ca: ca!, cert: cert!, key: key! };
}
