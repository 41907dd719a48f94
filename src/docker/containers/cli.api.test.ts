import { beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, create, docker, endings, newName } = onGateway();

let name: string;

beforeEach(() => {
  name = newName();
});

describe("with the docker CLI", () => {
  test("ps lists by filters and formats", async () => {
    await create(name, { Labels: { team: name } });
    await call("POST", `/containers/${name}/start`);
    const filtered = (...words: string[]): Promise<string> =>
      docker(
        "ps",
        "--format",
        "{{.Names}} {{.Image}} {{.State}}",
        "--filter",
        `label=team=${name}`,
        ...words,
      );
    expect(await filtered()).toBe(`${name} busybox running`);
    expect(await filtered("--filter", "status=exited")).toBe("");
    expect(
      await filtered("--filter", "ancestor=busybox", "--filter", `name=${name.slice(2)}`),
    ).toContain(name);
    await expect(docker("ps", "--filter", "foo=bar")).rejects.toThrow("invalid filter 'foo'");
  });

  test("create, start, wait, rm", async () => {
    endings.set(name, { exitCode: 4 });
    const id = await docker(
      "create",
      "--name",
      name,
      "-e",
      "X=1",
      "-m",
      "128m",
      "--cpus",
      "1",
      "busybox",
      "true",
    );
    expect(await docker("start", name)).toBe(name);
    expect(await docker("wait", name)).toBe("4");
    expect(await docker("inspect", "--format", "{{.Id}} {{.State.ExitCode}}", name)).toBe(
      `${id} 4`,
    );
    expect(await docker("rm", name)).toBe(name);
    await expect(docker("inspect", name)).rejects.toThrow(/no such object/i);
  });

  test("run -d, and run --rm with the exit code", async () => {
    await docker("run", "-d", "--name", name, "busybox", "sleep", "100");
    expect(await docker("kill", name)).toBe(name);
    expect(await docker("rm", "-f", name)).toBe(name);
    endings.set(`${name}x`, { exitCode: 5 });
    expect(
      await docker("run", "-d", "--rm", "--name", `${name}x`, "busybox", "sleep", "100"),
    ).toMatch(/^[0-9a-f]{64}$/);
    await eventually(() =>
      expect(docker("inspect", `${name}x`)).rejects.toThrow(/no such object/i),
    );
  });

  test("what can't be honoured is refused by name", async () => {
    await expect(docker("create", "--privileged", "busybox")).rejects.toThrow(
      "HostConfig.Privileged",
    );
    await expect(docker("create", "-p", "80:80", "busybox")).rejects.toThrow(
      "HostConfig.PortBindings",
    );
    await expect(docker("create", "-v", "/a:/b", "busybox")).rejects.toThrow("HostConfig.Binds");
  });
});
