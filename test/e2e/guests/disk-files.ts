import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Debugfs } from "./debugfs.ts";

const run = promisify(execFile);

/** One name in an image's file system, in the form that `lab images --files` prints. */
export interface File {
  readonly path: string;
  readonly type: "file" | "dir" | "symlink" | "char" | "block" | "fifo";
  /** Octal, with setuid, setgid and sticky. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  /** major:minor. */
  readonly device?: string;
  /** Values in hex. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** RFC 3339; absent where no layer gives one. */
  readonly mtime?: string;
  /** The first name of the inode, where it has several. */
  readonly sameAs?: string;
}

const TYPES: Readonly<Record<string, File["type"]>> = {
  "10": "file",
  "04": "dir",
  "12": "symlink",
  "02": "char",
  "06": "block",
  "01": "fifo",
};

/** A name, and what `ls -p` says of its inode. */
interface Entry {
  readonly path: string;
  readonly inode: string;
  readonly type: File["type"];
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** All files of the ext4 file system that a virtual disk and its parents hold. */
export async function diskFiles(vmdk: string): Promise<File[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "vic-disk-"));
  try {
    const device = path.join(directory, "disk");
    await run("qemu-img", ["convert", "-O", "raw", vmdk, device]);
    const disk = new Debugfs(device, directory);
    await disk.check();
    return await describe(disk, directory, await entries(disk));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Every name, directory by directory. Names hold anything but a slash, line ends too. */
async function entries(disk: Debugfs): Promise<Entry[]> {
  const all: Entry[] = [];
  let directories: { path: string; inode: string }[] = [{ path: "", inode: "2" }];
  while (directories.length > 0) {
    const listings = await disk.ask(directories.map(({ inode }) => `ls -p <${inode}>`));
    const found = listings.flatMap((listing, index) =>
      [...listing.matchAll(/^\/(\d+)\/(\d\d)(\d{4})\/(-?\d+)\/(-?\d+)\/([^/]+)\/\d*\/$/gm)]
        .filter(([, , , , , , name]) => name !== "." && name !== "..")
        .map(([, inode = "", type = "", mode = "", uid, gid, name]): Entry => {
          const known = TYPES[type];
          if (!known) throw new Error(`${name} is of type ${type}`);
          return {
            path: path.join(directories[index]?.path ?? "", name ?? ""),
            inode,
            type: known,
            mode,
            // debugfs prints them signed.
            uid: Number(uid) >>> 0,
            gid: Number(gid) >>> 0,
          };
        }),
    );
    all.push(...found);
    directories = found.filter(({ type }) => type === "dir");
  }
  return all.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)),
  );
}

/** What inodes hold: content, targets, devices, attributes, times. */
async function describe(disk: Debugfs, directory: string, all: readonly Entry[]): Promise<File[]> {
  const inodes = [...new Map(all.map((entry) => [entry.inode, entry])).values()];
  const stats = await disk.ask(inodes.map(({ inode }) => `stat <${inode}>`));
  const attributes = await disk.ask(inodes.map(({ inode }) => `ea_list <${inode}>`));
  const dump = (inode: string) => path.join(directory, inode);
  await disk.ask(
    inodes
      .filter(({ type }) => type === "file" || type === "symlink")
      .map(({ inode }) => `dump <${inode}> ${dump(inode)}`),
  );
  const known = new Map<string, Partial<File>>();
  for (const [index, { inode, type }] of inodes.entries()) {
    const stat = stats[index] ?? "";
    const names = [...(attributes[index] ?? "").matchAll(/^ {2}(\S+) \(\d+\)/gm)];
    known.set(inode, {
      mtime: timeIn(stat),
      ...(type === "file" && (await content(dump(inode)))),
      ...(type === "symlink" && {
        target:
          /^Fast link dest: "(.*)"$/m.exec(stat)?.[1] ?? (await readFile(dump(inode), "utf8")),
      }),
      ...((type === "char" || type === "block") && { device: deviceIn(stat) }),
      ...(names.length > 0 && {
        xattrs: await values(
          disk,
          inode,
          names.map(([, name = ""]) => name),
        ),
      }),
    });
  }
  const first = new Map<string, string>();
  return all.map(({ inode, path: name, ...entry }) => {
    const earlier = first.get(inode);
    if (earlier === undefined) first.set(inode, name);
    return {
      path: name,
      ...entry,
      ...known.get(inode),
      ...(earlier !== undefined && { sameAs: earlier }),
    };
  });
}

async function content(file: string): Promise<Pick<File, "size" | "sha256">> {
  const bytes = await readFile(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { sha256, ...(bytes.length > 0 && { size: bytes.length }) };
}

async function values(
  disk: Debugfs,
  inode: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const answers = await disk.ask(names.map((name) => `ea_get -x <${inode}> ${name}`));
  return Object.fromEntries(
    names.map((name, index) => {
      const hex = /= ([\da-f ]*)$/m.exec(answers[index] ?? "")?.[1] ?? "";
      return [name, hex.replaceAll(" ", "")];
    }),
  );
}

/** ext4 keeps 32 bits of seconds, signed; two more of them, and nanoseconds, in a word of their own. */
function timeIn(stat: string): string {
  const [, seconds = "", extra = ""] = /^ ?mtime: 0x([\da-f]+):([\da-f]+)/m.exec(stat) ?? [];
  const word = Number.parseInt(extra, 16);
  const epoch = (Number.parseInt(seconds, 16) | 0) + (word & 3) * 2 ** 32;
  const fraction = String(word >>> 2)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const whole = new Date(epoch * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

const deviceIn = (stat: string): string => {
  const [, major, minor] = /Device major\/minor number: (\d+):(\d+)/.exec(stat) ?? [];
  return `${Number(major)}:${Number(minor)}`;
};
