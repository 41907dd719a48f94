import { describe, expect, it } from "vitest";
import { parseDockerConfig } from "./settings.ts";

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
