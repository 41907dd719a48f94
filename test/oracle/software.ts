import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where it is kept: beside the lab's other downloads, outside git. */
const cache = path.resolve(import.meta.dirname, "../../.lab/cache/oracle");

/**
 * Debian packages with programs that Debian 12 has only in versions too old to compare with. They are unpacked, never
 * installed: all of them are of Go, and run on any Debian.
 */
const packages: Readonly<Record<string, readonly string[]>> = {
  sid: ["docker.io", "docker-cli", "docker-compose"],
  trixie: ["containerd"],
};

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Programs of a current Docker. */
export interface Software {
  /** The docker command. */
  readonly docker: string;
  /** Directory of dockerd and of what it starts. */
  readonly bin: string;
  /** Directory of the command's plug-ins: compose. */
  readonly plugins: string;
}

/** Brings the programs; the second time they are there. Needs apt-get, and network the first time. */
export async function ensureSoftware(): Promise<Software> {
  const list = JSON.stringify(packages);
  const name = createHash("sha256").update(list).digest("hex").slice(0, 12);
  const root = path.join(cache, name);
  if (!existsSync(root)) {
    const making = `${root}.${process.pid}`;
    try {
      await bring(making);
      await rename(making, root).catch((error: unknown) => {
        if (!existsSync(root)) throw error; // else another process was faster
      });
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }
  return {
    docker: path.join(root, "usr/bin/docker"),
    bin: path.join(root, "bin"),
    plugins: path.join(root, "usr/libexec/docker/cli-plugins"),
  };
}

/** Downloads and unpacks into a directory that isn't there yet. */
async function bring(root: string): Promise<void> {
  const work = path.join(root, "work");
  const mirror = await debianMirror();
  for (const [suite, names] of Object.entries(packages)) {
    const lists = path.join(work, suite, "lists");
    const archives = path.join(work, suite, "cache");
    const sources = path.join(work, suite, "sources.list");
    // oxlint-disable no-await-in-loop -- a download at a time
    await mkdir(path.join(lists, "partial"), { recursive: true });
    await mkdir(path.join(archives, "archives/partial"), { recursive: true });
    await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    const options = [
      `Dir::Etc::sourcelist=${sources}`,
      "Dir::Etc::sourceparts=/dev/null",
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${archives}`,
      "APT::Sandbox::User=root",
    ].flatMap((option) => ["-o", option]);
    await run("apt-get", [...options, "update", "-qq"]);
    await run("apt-get", [...options, "download", "-qq", ...names], {
      cwd: path.join(work, suite),
    });
    for (const file of await readdir(path.join(work, suite)))
      if (file.endsWith(".deb")) await run("dpkg", ["-x", path.join(work, suite, file), root]);
  }
  await rm(work, { recursive: true });
  // dockerd looks for its helpers in PATH; Debian spreads them.
  await mkdir(path.join(root, "bin"));
  for (const from of ["usr/bin", "usr/sbin", "usr/libexec/docker"])
    for (const file of await readdir(path.join(root, from)).catch(() => []))
      if (/^(docker(d|-proxy|-init)|containerd.*|ctr)$/.test(file))
        await rename(path.join(root, from, file), path.join(root, "bin", file));
}

/** The mirror from which this machine installs; Debian's own where none is to be seen. */
async function debianMirror(): Promise<string> {
  for (const file of ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]) {
    const text = await readFile(file, "utf8").catch(() => "");
    const mirror = /^(?!\s*#).*?(https?:\/\/\S+\/debian)\/?(?=\s|$)/m.exec(text)?.[1];
    if (mirror !== undefined) return mirror;
  }
  return "http://deb.debian.org/debian";
}
