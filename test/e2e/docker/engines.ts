import { DockerCommand } from "../../oracle/command.ts";
import { Daemon } from "../../oracle/daemon.ts";
import { WholeLab } from "./whole-lab.ts";

/** A whole lab and a dockerd beside it, with the same images. */
export interface Engines {
  readonly lab: WholeLab;
  /** docker, aimed at the lab's container host. */
  readonly gateway: DockerCommand;
  /** docker, aimed at dockerd. */
  readonly daemon: DockerCommand;
  stop(): Promise<void>;
}

export async function startEngines(): Promise<Engines> {
  const lab = await WholeLab.start();
  try {
    const oracle = await Daemon.start(lab.registry);
    const daemon = await DockerCommand.for({ DOCKER_HOST: oracle.host });
    const engines: Engines = {
      lab,
      gateway: lab.docker,
      daemon,
      async stop() {
        await daemon.close();
        await oracle.stop();
        await lab.stop();
      },
    };
    try {
      await Promise.all([daemon, lab.docker].map((docker) => docker.get("pull", "-q", "busybox")));
      return engines;
    } catch (error) {
      await engines.stop();
      throw error;
    }
  } catch (error) {
    await lab.stop();
    throw error;
  }
}
