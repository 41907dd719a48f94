import { check } from "../check/check.ts";
import { type Finding, isFault } from "../check/finding.ts";
import { formatFindings } from "../check/format.ts";
import { observe } from "../check/observe.ts";
import type { CheckConfig } from "../config.ts";
import { createKubeClient } from "../kube/http-client.ts";
import { loadAccess } from "./cluster.ts";
import { packageVersion } from "./version.ts";

/** What `vic check` says. */
export interface Checked {
  readonly text: string;
  /** 1 where something isn't as it should be. */
  readonly exitCode: 0 | 1;
}

/** Checks the whole installation. Reads only. Throws where Kubernetes can't be read. */
export async function runCheck(config: CheckConfig): Promise<Checked> {
  const access = await loadAccess(config.cluster);
  const client = createKubeClient(access, `vic-check/${packageVersion()}`);
  try {
    const all = check(await observe(client));
    const shown = config.verbose ? all : all.filter(isFault);
    return { text: render(shown, config.output), exitCode: all.some(isFault) ? 1 : 0 };
  } finally {
    await client.close();
  }
}

const render = (findings: readonly Finding[], output: CheckConfig["output"]): string =>
  output === "json" ? `${JSON.stringify({ findings }, null, 2)}\n` : formatFindings(findings);
