import { expect, test } from "vitest";
import { WholeLab } from "./whole-lab.ts";

/** Shapes of vSphere in which a container's VM boots, beside the default one, in which all else does. */
test.each(["esxi", "standard-switch"])(
  "docker run on %s: a VM boots, its output comes, its exit code is docker's",
  async (profile) => {
    const lab = await WholeLab.start("--profile", profile);
    try {
      const script = "echo hi; hostname; exit 7";
      const run = ["run", "--rm", "--hostname", "inside", "busybox", "sh", "-c", script];
      expect(await lab.docker.run(run)).toMatchObject({ code: 7, stdout: "hi\ninside\n" });
      await lab.docker.get("run", "-d", "--name", "peer", "busybox", "sleep", "1000");
      const address = await lab.docker.get(
        "inspect",
        "-f",
        "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
        "peer",
      );
      const ping = ["run", "--rm", "busybox", "ping", "-c", "1", "-w", "10", address.trim()];
      expect(await lab.docker.run(ping)).toMatchObject({ code: 0 });
      await lab.docker.get("rm", "-f", "peer");
      expect(await lab.docker.get("ps", "-aq")).toBe("");
    } finally {
      await lab.stop();
    }
  },
);
