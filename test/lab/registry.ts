import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ensureLabBinary, labBinary } from "../../scripts/lab/binary.ts";

/** A registry of one test file's own, with the lab's images. */
export interface Registry {
  /** `host:port` of HTTP. */
  readonly http: string;
  /** `host:port` of HTTPS. */
  readonly https: string;
  /** PEM of the authority of its valid certificate. */
  readonly ca: string;
  /** Gives an order of the control API (docs/lab.md), e.g. `order("POST", "faults", {…})`. */
  order(method: "GET" | "POST" | "DELETE", what: string, body?: object): Promise<unknown>;
  /** Ends all faults and logins, and forgets the requests that were counted. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one; it serves when this returns. It ends with this process, should `stop` not be called. */
export async function startRegistry(): Promise<Registry> {
  const lab = await ensureLabBinary();
  const images = path.join(path.dirname(labBinary), "../cache/images");
  await promisify(execFile)(lab, ["images", "--dir", images]);
  const dir = await mkdtemp(path.join(tmpdir(), "vic-registry-"));
  const child = spawn(lab, ["registry", "--dir", dir, "--images", images], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(() => Promise.reject(new Error("the registry ended at once"))),
  ])) as [string];
  const { http, https, control } = JSON.parse(line) as Record<"http" | "https" | "control", string>;
  const registry: Registry = {
    http,
    https,
    ca: await readFile(path.join(dir, "ca.crt"), "utf8"),
    async order(method, what, body) {
      const answer = await fetch(`http://${control}/registry/${what}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${what}: ${answer.status} ${text}`);
      return JSON.parse(text) as unknown;
    },
    async heal() {
      await registry.order("DELETE", "faults");
      await registry.order("POST", "requests/reset");
    },
    async stop() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(dir, { recursive: true, force: true });
    },
  };
  return registry;
}
