import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { downloadFile, fileSize } from "./datastore-transfer.ts";

const where = { datacenter: "dc", datastore: "ds", path: "a/b.log" };

/** A server that answers everything so. */
const answering = (statusCode: number, text: string, headers = {}) => ({
  transport: {
    request: () =>
      Promise.resolve({
        statusCode,
        headers,
        body: Readable.from(text.split("").map((each) => Buffer.from(each))),
      }),
  },
});

describe("a part of a file", () => {
  test.each([
    [{ start: 3 }, "3456789"],
    [{ end: 4 }, "0123"],
    [{ start: 3, end: 6 }, "345"],
    [{ start: 20 }, ""],
  ])(
    "%o is taken out of the whole that a server sends which knows no ranges",
    async (range, expected) => {
      const body = await downloadFile(answering(200, "0123456789"), where, range);
      expect((await buffer(body!)).toString()).toBe(expected);
    },
  );

  test("is what a server sends that knows them", async () => {
    const body = await downloadFile(answering(206, "345"), where, { start: 3, end: 6 });
    expect((await buffer(body!)).toString()).toBe("345");
  });
});

describe("a file's size", () => {
  test("is an error where the server doesn't tell it", async () => {
    await expect(fileSize(answering(200, ""), where)).rejects.toMatchObject({
      code: "FileTransfer",
    });
    await expect(fileSize(answering(503, ""), where)).rejects.toMatchObject({
      code: "Unreachable",
    });
  });

  test("is undefined where there is none", async () => {
    expect(await fileSize(answering(404, ""), where)).toBeUndefined();
    expect(await fileSize(answering(200, "", { "content-length": "7" }), where)).toBe(7);
  });
});
