// The package as npm would publish it, installed where nothing else is: Node refuses TypeScript under node_modules.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
let directory: string;

/** Programs find the Node of this test, whatever the machine has. */
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
};

const vic = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(join(directory, "node_modules", ".bin", "vic"), args, { cwd: directory, env });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vic-package-"));
  await run("npm", ["pack", "--pack-destination", directory], { cwd: root, env });
  const tarball = (await readdir(directory)).find((file) => file.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made nothing");
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true }));
  // Scripts only build optional native code, which would take a compiler.
  const quiet = ["--omit=dev", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...quiet, `./${tarball}`], { cwd: directory, env });
}, 300_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

test("a role says in one line what is wrong with its settings", async () => {
  const attempt = vic("operator");
  await expect(attempt).rejects.toMatchObject({ code: 2 });
  const { stderr } = await attempt.catch((error: { stderr: string }) => error);
  expect(stderr).toMatch(/^error: .*guest-iso/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test.each([
  [
    "operator",
    "--guest-iso=none.iso",
    "--console-address=127.0.0.1:1",
    "--serial-address=127.0.0.1:1",
    "--gateway-address=127.0.0.1",
  ],
  ["console", "--console-listen", "127.0.0.1:0"],
  ["gateway", "--console", "127.0.0.1:1"],
  ["bundle", "host"],
  ["check"],
])("everything that vic %s imports is in the package", async (...args) => {
  const attempt = vic(...args, "--kubeconfig", join(directory, "missing"));
  // It gets as far as looking for its credentials.
  const { stderr, stdout } = await attempt.catch(
    (error: { stderr: string; stdout: string }) => error,
  );
  expect(stderr + stdout).toContain("kubeconfig: no such file");
  expect(stderr + stdout).not.toContain("ERR_MODULE_NOT_FOUND");
});

test("vic --version is the package's", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  expect((await vic("--version")).stdout.trim()).toBe(version);
});

test("vic --help names the roles", async () => {
  const { stdout } = await vic("--help");
  for (const role of ["operator", "console", "gateway", "bundle"])
    expect(stdout).toMatch(new RegExp(`^ +${role} `, "m"));
});

test("it issues certificates", async () => {
  const issuer = join(
    directory,
    "node_modules/vic-operator/dist/controllers/certificates/issuer.js",
  );
  const code = `const { Issuer } = await import(${JSON.stringify(issuer)});
    console.log((await new Issuer().authority("x", Date.now()))["tls.crt"]);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code]);
  expect(stdout).toContain("BEGIN CERTIFICATE");
});

test("it holds JavaScript, the CRDs and the manifests, and neither sources nor tests", async () => {
  const installed = join(directory, "node_modules", "vic-operator");
  const files = await readdir(installed, { recursive: true });
  const own = files.filter((file) => !file.includes("node_modules"));
  expect(own.filter((file) => /\.ts$|\.test\./.test(file))).toEqual([]);
  expect(own).toEqual(
    expect.arrayContaining([
      "dist/main.js",
      "crds/containervms.yaml",
      "manifests/kustomization.yaml",
    ]),
  );
});
