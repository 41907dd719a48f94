import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../src/api/containerimage.gen.ts";
import { untilSeen } from "../until-seen.ts";
import { type Setting, startSetting } from "./setting.ts";
import { reasonOf } from "./team.ts";

/** Images that can't be had, each for one reason. */
const BROKEN: readonly (readonly [name: string, reference: string, reason: string])[] = [
  ["diffid", "broken/diffid", "DiffIDMismatch"],
  ["cut", "broken/cut", "LayerCorrupt"],
  ["missing", "broken/missing", "ImageNotFound"],
  ["dotdot", "broken/escape:dotdot", "PathEscapes"],
  ["hardlink", "broken/escape:hardlink", "PathEscapes"],
  ["platform", "broken/platform", "UnsupportedImage"],
  ["unknown", "library/none", "ImageNotFound"],
  ["down", "127.0.0.1:1/team/web", "RegistryUnreachable"],
];

/** Good images, of which the registry makes a mess for a while. */
const SPOILED: readonly (readonly [name: string, reference: string, reason: string])[] = [
  ["debian", "library/debian", "DigestMismatch"],
  ["layers", "library/layers", "RegistryUnreachable"],
  ["jq", "library/jq", "RegistryFailed"],
  ["large", "library/large", "RegistryUnauthorized"],
  ["busybox", "library/busybox", "RegistryUnreachable"],
];

/** What a layer, a manifest or a registry can have wrong, and what becomes of it. */
describe("a broken image", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await spoil();
    const { team } = setting;
    began = Date.now();
    for (const [name, reference] of [...BROKEN, ...SPOILED])
      await team.apply(
        team.image(name, reference),
        team.container(name, ["true"], { image: reference }),
      );
  });
  afterAll(() => setting?.stop());
  let began = 0;

  /** Digests of an image's layers, the lowest first. */
  async function layersOf(repository: string): Promise<string[]> {
    const registry = setting.installation.registry;
    const response = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const { layers } = (await response.json()) as { layers: { digest: string }[] };
    return layers.map(({ digest }) => digest);
  }

  async function spoil(): Promise<void> {
    const { installation } = setting;
    const blob = async (repository: string, index: number) =>
      `^/v2/${repository}/blobs/${(await layersOf(repository)).at(index)}$`;
    for (const fault of [
      { path: await blob("library/debian", 0), corrupt: true },
      { path: await blob("library/layers", 1), cutAfterBytes: 100 },
      { path: "^/v2/library/jq/manifests/", status: 503 },
      { path: "^/v2/library/large/", login: { username: "u", password: "p" } },
      { path: "^/v2/library/busybox/", close: true },
    ])
      await installation.order("POST", "/registry/faults", fault);
  }

  const image = (name: string) => setting.team.get<ContainerImage>("cimg", name);

  test.each([...BROKEN, ...SPOILED])(
    "%s (%s) is %s: condition, event, and no container",
    async (name, _, reason) => {
      const { team, installation } = setting;
      const { status } = await untilSeen(
        `${name} being ${reason}`,
        () => image(name),
        (each) => reasonOf(each) === reason,
      );
      expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
        status: "False",
        message: expect.stringMatching(/\w.*\.$/) as string,
      });
      await untilSeen(
        `an event of ${name}`,
        () => team.kubectl("events", "--for", `containerimage/${name}`),
        (text) => new RegExp(`Warning +${reason} `).test(text),
      );
      const container = await team.until(
        name,
        `ImageNotReady (${reason})`,
        (each) => reasonOf({ status: each }) === "ImageNotReady",
      );
      expect(container).toMatchObject({ state: "Pending" });
      expect(container.vsphere).toBeUndefined();
      expect((await installation.vms()).filter((vm) => vm.name.startsWith(`${name}-`))).toEqual([]);
    },
  );

  test("is asked for less and less often, whatever else goes on", async () => {
    const { installation } = setting;
    const answer = await installation.order("GET", "/registry/requests");
    const { requests } = answer as { requests: Record<string, number> };
    // 2 s, 4 s, 8 s … up to a minute between two tries, whoever wakes the image.
    const seconds = (Date.now() - began) / 1000;
    const tries = 2 + Math.log2(1 + Math.min(seconds, 62) / 2) + Math.max(0, seconds - 62) / 60;
    const most = (pattern: RegExp) =>
      Math.max(
        ...Object.entries(requests)
          .filter(([request]) => pattern.test(request))
          .map(([, count]) => count),
      );
    for (const repository of ["library/none", "broken/platform", "library/jq"]) {
      const count = most(new RegExp(` /v2/${repository}/manifests/`));
      expect(count, repository).toBeGreaterThan(0);
      expect(count, repository).toBeLessThanOrEqual(tries);
    }
    // Each try may ask anew where a connection ended.
    expect(most(/ \/v2\/broken\/(cut|diffid|missing|escape)\/blobs\//)).toBeLessThanOrEqual(
      3 * tries,
    );
  });

  test("is had once the registry serves it right, and the container runs", async () => {
    const { installation, team } = setting;
    await installation.order("DELETE", "/registry/faults");
    for (const name of ["debian", "layers", "jq", "busybox"]) {
      await untilSeen(
        `${name} healed`,
        () => image(name),
        (each) => reasonOf(each) === "Available",
      );
      expect((await team.exited(name)).exit?.code).toBe(0);
    }
    await untilSeen(
      "an event of the way back",
      () => team.kubectl("events", "--for", "containerimage/debian"),
      (text) => /Normal +Unpacked /.test(text),
    );
  });

  test("that writes through a symbolic link stays inside", async () => {
    const { team, administrator } = setting;
    const command = ["sh", "-c", "cat /escaped; readlink /up"];
    await team.apply(team.container("symlink", command, { image: "broken/escape:symlink" }));
    const { id, exit } = await team.exited("symlink");
    expect(exit?.code).toBe(0);
    await untilSeen(
      "its words",
      () => administrator.output(id),
      (text) => text === "escaped\n../..\n",
    );
  });

  test("whose program is missing makes a container that says so", async () => {
    const { team } = setting;
    await team.apply(
      team.object("ContainerVM", "entrypoint", {
        hostRef: { name: "host" },
        image: "broken/entrypoint",
      }),
    );
    const { exit } = await team.until("entrypoint", "failed", ({ state }) => state === "Failed");
    expect(exit).toMatchObject({ code: 127, reason: "EntrypointNotFound" });
    await untilSeen(
      "an event",
      () => team.kubectl("events", "--for", "containervm/entrypoint"),
      (text) => /Warning +EntrypointNotFound /.test(text),
    );
  });
});
