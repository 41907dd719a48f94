import { DockerCommand } from "../../oracle/command.ts";
import { Installation } from "../guests/installation.ts";

/** An installation whose sample's container host docker talks to, over TLS. */
export class WholeLab {
  readonly installation: Installation;
  readonly docker: DockerCommand;

  private constructor(installation: Installation, docker: DockerCommand) {
    this.installation = installation;
    this.docker = docker;
  }

  /** @param flags of `lab up` */
  static async start(...flags: string[]): Promise<WholeLab> {
    const installation = await Installation.start(...flags);
    try {
      return new WholeLab(installation, await DockerCommand.for(dockerVariables(installation)));
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  /** host:port of the registry, over HTTP. */
  get registry(): string {
    return this.installation.registry;
  }

  async stop(): Promise<void> {
    await this.docker.close();
    await this.installation.stop();
  }
}

/** What `.lab/env` says of docker. */
export const dockerVariables = ({ environment }: Installation): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("DOCKER_")));
