import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { secretKind } from "../../../src/kube/core-kinds.ts";
import { type Setting, startSetting } from "./setting.ts";

describe("images as Docker makes them", () => {
  let setting: Setting;

  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => setting?.stop());

  const image = (name: string, spec: object) =>
    setting.tenant.apply("ContainerImage", name, { hostRef: { name: "host" }, ...spec });

  test("another name for an image is fetched by what it was made from, and has its disks", async () => {
    const { tenant } = setting;
    await image("original", { image: "busybox" });
    const original = (await tenant.ready("ContainerImage", "original")).status;
    await image("tag", { image: "mine:1", from: `busybox@${original?.digest}` });
    const tag = (await tenant.ready("ContainerImage", "tag")).status;
    expect(tag?.reference).toBe("docker.io/library/mine:1");
    expect(tag?.imageId).toBe(original?.imageId);
    expect(tag?.disks).toMatchObject([{ chainId: original?.disks?.[0]?.chainId, state: "Ready" }]);
    expect(tag?.config).toMatchObject({ os: "linux", architecture: "amd64" });
    await tenant.container("named", ["sh"], { image: "mine:1" });
    const named = await tenant.until("ContainerVM", "named", ({ status }) => !!status?.imageRef);
    expect(named.status?.imageRef?.name).toBe("tag");
    await tenant.delete("ContainerVM", "named");
    await tenant.gone("ContainerVM", "named");
  });

  test("a registry that the host doesn't allow isn't asked until it does", async () => {
    const { tenant, lab } = setting;
    const allow = async (registries: string[] | null) => {
      const { metadata } = await tenant.client.patch(
        KINDS.VirtualContainerHost,
        { namespace: tenant.namespace, name: "host" },
        { type: "merge", patch: { spec: { registries: { allow: registries } } } },
      );
      // The operator knows of it: news of hosts and of images don't come in order.
      await tenant.until(
        "VirtualContainerHost",
        "host",
        ({ status }) => status?.observedGeneration === metadata.generation,
      );
    };
    await allow(["registry.example.com"]);
    await lab.order("POST", "/registry/requests/reset");
    await image("foreign", { image: "large" });
    const { status } = await tenant.reason("ContainerImage", "foreign", "RegistryNotAllowed");
    expect(JSON.stringify(status?.conditions)).toContain("images of docker.io may not be used");
    expect(await lab.order("GET", "/registry/requests")).toEqual({ requests: {} });
    await allow(["docker.io"]);
    await tenant.until("ContainerImage", "foreign", (each) => each.status?.digest !== undefined);
    await tenant.delete("ContainerImage", "foreign");
    await tenant.gone("ContainerImage", "foreign");
    await allow(null);
  });

  test("credentials of one image open its registry, also where they come after it, and are needed no more then", async () => {
    const { tenant, lab } = setting;
    const login = { mode: "basic", username: "ann", password: "s3cret" };
    await lab.order("POST", "/registry/login", login);
    try {
      await image("without", { image: "jq" });
      await tenant.reason("ContainerImage", "without", "RegistryUnauthorized");
      await image("with", { image: "jq", pullSecretRef: { name: "ann" } });
      await tenant.until("ContainerImage", "with", ({ status }) =>
        /Waits for Secret "ann"/.test(status?.conditions?.map((each) => each.message).join() ?? ""),
      );
      // The mirror's: what is known for docker.io isn't told to others.
      const auths = { [lab.registry]: { username: "ann", password: "s3cret" } };
      await tenant.secret("ann", { ".dockerconfigjson": JSON.stringify({ auths }) });
      await tenant.ready("ContainerImage", "with");
      const { namespace } = tenant;
      await tenant.client.delete(secretKind, { namespace, name: "ann" });
      await setting.restartOperator();
      await image("later", { image: "busybox", pullSecretRef: { name: "ann" } });
      await tenant.reason("ContainerImage", "later", "RegistrySecretInvalid");
      expect((await tenant.get("ContainerImage", "with")).status?.conditions).toContainEqual(
        expect.objectContaining({ type: "Ready", status: "True" }),
      );
    } finally {
      await lab.order("DELETE", "/registry/faults");
    }
  });
});
