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
        // As undici's: one that is cut off before its end is an error.
        body: new Readable({
          read() {
            for (const each of text) this.push(each);
            this.push(null);
          },
          destroy(error, done) {
            done(error ?? (this.readableEnded ? null : new Error("aborted")));
          },
        }),
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

  test.each([
    [404, {}, undefined],
    [206, { "content-range": "bytes 0-0/1234" }, 1234],
    [416, { "content-range": "bytes */0" }, 0],
    [200, { "content-length": "99" }, 99],
  ])("is what a range's answer %i tells where the server knows no HEAD", async (...args) => {
    const [statusCode, headers, size] = args;
    const { request } = answering(statusCode, "0", headers).transport;
    const headless = {
      transport: {
        request: (_path: string, { method }: { method: string }) =>
          method === "HEAD" ? answering(501, "").transport.request() : request(),
      },
    };
    expect(await fileSize(headless, where)).toBe(size);
  });

  test("is an error where neither HEAD nor a range tells it", async () => {
    await expect(fileSize(answering(501, ""), where)).rejects.toMatchObject({ status: 501 });
  });

  test("is undefined where there is none", async () => {
    expect(await fileSize(answering(404, ""), where)).toBeUndefined();
    expect(await fileSize(answering(200, "", { "content-length": "7" }), where)).toBe(7);
  });
});
