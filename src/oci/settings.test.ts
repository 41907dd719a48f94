import { rootCertificates } from "node:tls";
import { describe, expect, it } from "vitest";
import { parseDockerConfig, readRegistrySettings } from "./settings.ts";

describe("parseDockerConfig", () => {
  it("throws on what is no JSON", () => {
    expect(() => parseDockerConfig("auths:")).toThrow(SyntaxError);
  });

  it.each([
    "null",
    "{}",
    '{"auths":{"reg.example.com":null}}',
    '{"auths":{"reg.example.com":{"auth":"bm9jb2xvbg=="}}}',
  ])("finds no login in %s", (text) => {
    expect(parseDockerConfig(text)).toEqual({});
  });

  it("reads what docker login and kubectl create secret write, and calls Docker Hub by the name in references", () => {
    const auth = Buffer.from("ann:a:b").toString("base64");
    const config = {
      auths: {
        "https://index.docker.io/v1/": { auth },
        "reg.example.com:5000": { username: "bob", password: "p" },
      },
    };
    expect(parseDockerConfig(JSON.stringify(config))).toEqual({
      "docker.io": { username: "ann", password: "a:b" },
      "reg.example.com:5000": { username: "bob", password: "p" },
    });
  });
});

describe("readRegistrySettings", () => {
  const pem = rootCertificates[0] ?? "";
  const spec = { caSecretRef: { name: "ca" }, pullSecretRef: { name: "pull" } };
  const reader = (secrets: Record<string, Record<string, string>>) => async (name: string) =>
    secrets[name];

  it.each<[Record<string, Record<string, string>>, string]>([
    [{}, "Secret ca for registries doesn't exist"],
    [{ ca: {} }, "no key ca.crt"],
    [{ ca: { "ca.crt": "PEM" } }, "holds no PEM certificate"],
    [
      { ca: { "ca.crt": `${pem}\n${pem.replace(/\n./, "\n!")}` } },
      "holds something that is no certificate",
    ],
    [{ ca: { "ca.crt": pem } }, "Secret pull for registries doesn't exist"],
    [{ ca: { "ca.crt": pem }, pull: { ".dockerconfigjson": "{" } }, "holds no JSON"],
  ])("with Secrets %j says: %s", async (secrets, message) => {
    await expect(readRegistrySettings(spec, reader(secrets))).rejects.toThrow(message);
  });

  it("takes an image's own credentials before those of the host, registry by registry", async () => {
    const login = (username: string) => ({ username, password: "p" });
    const secret = (auths: object) => ({ ".dockerconfigjson": JSON.stringify({ auths }) });
    const pull = secret({ "a.example.com": login("host"), "b.example.com": login("host") });
    const own = { name: "own", data: secret({ "a.example.com": login("own") }) };
    const only = { pullSecretRef: spec.pullSecretRef };
    expect((await readRegistrySettings(only, reader({ pull }), own)).credentials).toEqual({
      "a.example.com": login("own"),
      "b.example.com": login("host"),
    });
    const broken = { name: "own", data: { ".dockerconfigjson": "[" } };
    await expect(readRegistrySettings({}, reader({}), broken)).rejects.toThrow(
      "Secret own for registries holds no JSON",
    );
  });

  it("reads what is named and nothing else", async () => {
    const pull = {
      ".dockerconfigjson": '{"auths":{"r.example.com":{"username":"a","password":"b"}}}',
    };
    expect(await readRegistrySettings(undefined, reader({}))).toEqual({});
    expect(
      await readRegistrySettings(spec, reader({ ca: { "ca.crt": `# ours\n${pem}\n` }, pull })),
    ).toEqual({
      ca: pem,
      credentials: { "r.example.com": { username: "a", password: "b" } },
    });
  });
});
