import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../test/eventually.ts";
import { runGateway, type RunningGateway } from "../../../test/gateway/running-gateway.ts";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, create, newName, url } = onGateway();

let name: string;

beforeEach(() => {
  name = newName();
});

describe("two gateways", () => {
  let other: RunningGateway;
  let second: string;

  beforeAll(async () => {
    other = await runGateway(undefined, undefined, "127.0.0.2");
    second = url().replace("127.0.0.1", "127.0.0.2");
    await eventually(() => fetch(`${second}/info`));
  });

  afterAll(() => other.close());

  test("let exactly one of twenty have a name", async () => {
    const body = JSON.stringify({ Image: "busybox" });
    const headers = { "content-type": "application/json" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        fetch(`${index % 2 === 0 ? url() : second}/containers/create?name=${name}`, {
          method: "POST",
          headers,
          body,
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test("know at once what the other has made, renamed or removed", async () => {
    for (let round = 0; round < 20; round += 1) {
      const { body } = await create(`${name}-${round}`);
      const found = await fetch(`${second}/containers/${name}-${round}/json`);
      expect(await found.json()).toMatchObject({ Id: body["Id"] });
      const byId = await fetch(`${second}/containers/${String(body["Id"])}/json`);
      expect(byId.status).toBe(200);
    }
    const started = await fetch(`${second}/containers/${name}-0/start`, { method: "POST" });
    expect(started.status).toBe(204);
    expect((await call("POST", `/containers/${name}-0/kill`)).status).toBe(204);
  });
});
