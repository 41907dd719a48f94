import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { live } from "./life.ts";
import { POSITIONS } from "./positions.ts";

describe("a life with vCenter", () => {
  /** Stands for the console's serial port proxy: something that answers. */
  const proxy = createServer((socket) => socket.destroy());
  let setting: Setting;
  beforeAll(async () => {
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const { port } = proxy.address() as AddressInfo;
    setting = await startSetting({ serialAddress: `127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await setting.stop();
    proxy.close();
  });

  test("as it is believed to be", () => live(setting, "as-believed"));

  test.each(POSITIONS.map((position, index) => ({ ...position, index })))(
    "the other way round: $assume",
    async ({ assume, interrupt, stopCode, index }) => {
      const { lab } = setting;
      if (Object.keys(assume).length > 0) await lab.order("POST", "/assume", assume);
      // Whoever watches begins anew.
      await lab.order("POST", "/sessions/terminate");
      try {
        await live(setting, `otherwise-${index}`, { interrupt, stopCode });
      } finally {
        await lab.order("DELETE", "/assume");
      }
    },
  );

  test("every switch of the lab was put", async () => {
    const switches = Object.keys((await setting.lab.order("GET", "/assume")) as object);
    const put = new Set(POSITIONS.flatMap(({ assume }) => Object.keys(assume)));
    expect(switches.filter((name) => !put.has(name))).toEqual([]);
  });

  test("nothing is left of all that", async () => {
    const { lab } = setting;
    expect(await lab.vms()).toEqual([]);
    const files = await readdir(lab.datastore("ssd-1"));
    expect(files.filter((name) => !name.startsWith("."))).toEqual([]);
  });
});
