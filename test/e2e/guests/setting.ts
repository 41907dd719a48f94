import { Administrator } from "../administrator.ts";
import { Installation } from "./installation.ts";
import { Team } from "./team.ts";

/** An installation with one team whose container host is Ready. */
export interface Setting {
  readonly installation: Installation;
  readonly administrator: Administrator;
  readonly team: Team;
  stop(): Promise<void>;
}

export async function startSetting(namespace = "team-g"): Promise<Setting> {
  const installation = await Installation.start();
  try {
    const administrator = await Administrator.login(installation);
    const team = new Team(installation, namespace);
    await team.apply(...team.manifest(administrator, 130));
    await team.kubectl("wait", "vch/host", "--for=condition=Ready", "--timeout=120s");
    return {
      installation,
      administrator,
      team,
      async stop() {
        await administrator.close();
        await installation.stop();
      },
    };
  } catch (error) {
    await installation.stop();
    throw error;
  }
}
