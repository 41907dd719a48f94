import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadKubeconfig } from "./kubeconfig.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "vic-kubeconfig-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const config = (user: string, current = "current-context: c"): string => `
apiVersion: v1
kind: Config
${current}
contexts: [{name: c, context: {cluster: k, user: u, namespace: team-a}}]
clusters: [{name: k, cluster: {server: "https://example.com:6443/", certificate-authority: ca.crt, tls-server-name: kube}}]
users: [{name: u, user: ${user}}]
`;

test("files are named as relative to the kubeconfig", async () => {
  await file("ca.crt", "CA");
  await file("token", "from-file\n");
  const access = await loadKubeconfig(await file("one", config("{tokenFile: token}")));
  expect(access).toMatchObject({
    server: "https://example.com:6443",
    namespace: "team-a",
    tls: { ca: "CA", servername: "kube" },
  });
  expect(await access.authorization.header()).toBe("Bearer from-file");
});

test("a rotated token file is read anew when the old token was refused", async () => {
  await file("ca.crt", "CA");
  await file("token", "old");
  const access = await loadKubeconfig(await file("one", config("{tokenFile: token}")));
  await access.authorization.header();
  await file("token", "new");
  expect(await access.authorization.header()).toBe("Bearer old");
  access.authorization.invalidate();
  expect(await access.authorization.header()).toBe("Bearer new");
});

test("data wins over files, and client certificates need no header", async () => {
  await file("ca.crt", "CA");
  const data = (text: string): string => Buffer.from(text).toString("base64");
  const user = `{client-certificate-data: ${data("CERT")}, client-key-data: ${data("KEY")}}`;
  const access = await loadKubeconfig(await file("one", config(user)));
  expect(access.tls).toMatchObject({ cert: "CERT", key: "KEY" });
  expect(await access.authorization.header()).toBeUndefined();
});

test("of several files the first that names a thing wins, and missing ones are skipped", async () => {
  await file("ca.crt", "CA");
  const first = await file("first", config("{token: first}", ""));
  const second = await file("second", config("{token: second}"));
  const access = await loadKubeconfig(`${join(directory, "none")}:${first}:${second}`);
  expect(await access.authorization.header()).toBe("Bearer first");
});

test("a credential plugin is run, and asked again only as it says", async () => {
  await file("ca.crt", "CA");
  const credential = JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: "from-plugin" },
  });
  const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: echo, args: ['${credential}'], interactiveMode: Never}}`;
  const access = await loadKubeconfig(
    `${join(directory, "none")}:${await file("one", config(user))}`,
  );
  expect(access.server).toBe("https://example.com:6443");
  expect(await access.authorization.header()).toBe("Bearer from-plugin");
});

test.each([
  ["no file at all", "none", "no such file"],
  ["a context that isn't there", "dangling", 'no context named "c"'],
  ["a file that is no mapping", "list", "not a mapping"],
])("%s is refused by name", async (_, name, message) => {
  await file("dangling", "current-context: c");
  await file("list", "- a");
  await expect(loadKubeconfig(join(directory, name))).rejects.toThrow(message);
});
