import { glob, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContainerImage } from "../../../src/api/containerimage.gen.ts";
import { diskFiles, type File } from "./disk-files.ts";
import { type Setting, startSetting } from "./setting.ts";

/** What the worker makes of images that are good. */
describe.concurrent("an image as a chain of virtual disks", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
  });
  afterAll(() => setting?.stop());

  const ready = async (name: string, reference: string): Promise<ContainerImage> => {
    const { team } = setting;
    await team.apply(team.image(name, reference));
    await team.kubectl("wait", `cimg/${name}`, "--for=condition=Ready", "--timeout=120s");
    return team.imageStatus(name);
  };
  const chainOf = ({ status }: ContainerImage) =>
    (status?.disks ?? []).map(({ chainId }) => chainId);
  const onHere = (disk: string | undefined) =>
    path.join(setting.installation.datastore("ssd-1"), disk?.replace("[ssd-1] ", "") ?? "");

  /** By the image specification alone; the lab's code for it agrees with umoci's. */
  const filesSaid = async (reference: string): Promise<File[]> => {
    const { installation } = setting;
    const printed = await installation.lab(
      "images",
      "--dir",
      installation.images,
      "--files",
      reference,
    );
    return JSON.parse(printed) as File[];
  };
  /** Without times that no layer gives. */
  const comparable = (files: readonly File[], said: readonly File[]) => {
    const timeless = new Set(said.filter(({ mtime }) => !mtime).map(({ path: name }) => name));
    return files.map(({ mtime, ...file }) => (timeless.has(file.path) ? file : { ...file, mtime }));
  };

  test.each([
    ["layers", "library/layers:latest"],
    ["layers-zstd", "library/layers:zstd"],
    ["layers-docker", "library/layers:docker"],
    ["debian", "library/debian:latest"],
    ["jq", "library/jq:latest"],
  ])("%s: its files are what the layers say", async (name, reference) => {
    const { status } = await ready(name, reference);
    const said = await filesSaid(reference);
    expect(said.length).toBeGreaterThan(300);
    const files = await diskFiles(onHere(status?.disks?.at(-1)?.path));
    expect(comparable(files, said)).toEqual(comparable(said, said));
  });

  test("that others share are made once, under the same chain ids", async () => {
    const { installation } = setting;
    const [layers, zstd, docker, debian, jq] = [
      await ready("layers", "library/layers:latest"),
      await ready("layers-zstd", "library/layers:zstd"),
      await ready("layers-docker", "library/layers:docker"),
      await ready("debian", "library/debian:latest"),
      await ready("jq", "library/jq:latest"),
    ];
    expect(chainOf(zstd)).toEqual(chainOf(layers));
    expect(chainOf(docker)).toEqual(chainOf(layers));
    expect(chainOf(jq).slice(0, chainOf(debian).length)).toEqual(chainOf(debian));
    expect(chainOf(jq).length).toBeGreaterThan(chainOf(debian).length);
    // Each was filled by one of those that wanted it, and by nobody else.
    const unpacks = [layers, zstd, docker, debian, jq].flatMap(({ status }) =>
      (status?.unpacks ?? []).map(({ chainId, result }) => `${result} ${chainId}`),
    );
    const chains = [...new Set([...chainOf(layers), ...chainOf(jq)])];
    expect(
      unpacks.filter((each) => chains.some((chain) => each.includes(chain))).toSorted(),
    ).toEqual(chains.map((chain) => `Done ${chain}`).toSorted());
    const pattern = path.join(
      installation.datastore("ssd-1"),
      "team-g/images/VIC/*/images/*/*.vmdk",
    );
    const disks: string[] = [];
    for await (const file of glob(pattern)) disks.push(path.basename(file, ".vmdk"));
    expect(disks).toEqual(expect.arrayContaining(chains));
    expect(new Set(disks).size).toBe(disks.length);
  });

  test("has no disk for a layer without files", async () => {
    const { status } = await ready("layers", "library/layers:latest");
    const held = (status?.disks ?? []).flatMap(({ layers }) => layers.map(({ diffId }) => diffId));
    // Five layers in the manifest, of which one is empty.
    expect(held).toHaveLength(4);
    for (const disk of status?.disks ?? []) {
      const manifest = path.join(path.dirname(onHere(disk.path)), "manifest");
      expect(JSON.parse(await readFile(manifest, "utf8"))).toBeTypeOf("object");
      expect((await stat(onHere(disk.path))).size).toBeGreaterThan(0);
    }
  });

  test("shows a process the files that the layers say", async () => {
    const { team, administrator } = setting;
    const places = "data devices implied kinds links names opaque opaque-last removed";
    const script = [
      "cd /",
      `find ${places} | sort | while read -r f; do stat -c '%n|%a|%u|%g|%s|%h|%t:%T|%F' "$f"; done`,
      `find ${places} -type f | sort | while read -r f; do sha256sum "$f"; done`,
    ].join("; ");
    await team.apply(team.container("lister", ["sh", "-c", script], { image: "library/layers" }));
    const { id, exit } = await team.exited("lister");
    expect(exit?.code).toBe(0);
    const output = (await administrator.output(id)).split("\n");
    const said = (await filesSaid("library/layers:latest")).filter(
      // The shell's loop reads lines.
      ({ path: name }) =>
        places.split(" ").includes(name.split("/")[0] ?? "") && !/\n| $/.test(name),
    );
    expect(said.length).toBeGreaterThan(50);
    const listed = new Map(
      output
        .filter((line) => line.includes("|"))
        .map((line): [string, string[]] => {
          const [name = "", ...facts] = line.split("|");
          return [name, facts];
        }),
    );
    for (const file of said) {
      const [mode, uid, gid, size, , device] = listed.get(file.path) ?? [];
      expect({ path: file.path, mode: mode?.padStart(4, "0"), uid, gid }).toEqual({
        path: file.path,
        mode: file.mode,
        uid: String(file.uid),
        gid: String(file.gid),
      });
      if (file.type === "file") {
        expect(Number(size)).toBe(file.size ?? 0);
        expect(output).toContain(`${file.sha256}  ${file.path}`);
      }
      if (file.device) {
        const [major, minor] = file.device.split(":").map((each) => Number(each).toString(16));
        expect(device).toBe(`${major}:${minor}`);
      }
    }
    // What a shell can read as lines, and nothing else.
    const unreadable = /^names\/(new|line| leading)/;
    const extra = [...listed.keys()].filter((name) => !said.some((file) => file.path === name));
    expect(extra.filter((name) => !unreadable.test(name))).toEqual([]);
  });
});
