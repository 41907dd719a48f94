import type { ServerHttp2Stream } from "node:http2";
import { ConsoleError, type Size } from "../client/console-client.ts";
import { isCells } from "../client/frames.ts";

/** Arguments and environment of an exec are the longest. */
const MAX_BODY = 1024 * 1024;

/** 400 for a request that makes no sense. */
export const invalid = (message: string): ConsoleError =>
  new ConsoleError(400, "InvalidParameter", message);

/** @throws ConsoleError `InvalidParameter` where the body isn't a JSON object, or too long */
export async function readBody(
  stream: ServerHttp2Stream,
): Promise<Readonly<Record<string, unknown>>> {
  const body = await read(stream);
  try {
    const value: unknown = JSON.parse(body.toString("utf8") || "{}");
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // as any other nonsense
  }
  throw invalid("the body isn't a JSON object");
}

/** Reads without ending the stream where it is too long: the answer goes over it. */
function read(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream
      .on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BODY) reject(invalid("the body is too long"));
        else chunks.push(chunk);
      })
      .on("end", () => resolve(Buffer.concat(chunks)))
      .on("close", () => reject(invalid("the body was cut off")));
  });
}

/** @throws ConsoleError `InvalidParameter` */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? "0";
  if (value !== "0" && value !== "1") throw invalid(`${name} is neither 0 nor 1`);
  return value === "1";
}

/** @throws ConsoleError `InvalidParameter` */
export function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw invalid(`${name} isn't a number`);
  return value;
}

/** @throws ConsoleError `InvalidParameter` */
export function readSize(width: unknown, height: unknown): Size {
  if (!isCells(width) || !isCells(height)) throw invalid("width and height aren't a terminal's");
  return { width, height };
}

/** @throws ConsoleError `InvalidParameter` */
export function readText(value: unknown, name: string, maxLength: number): string {
  if (typeof value !== "string" || value.length > maxLength) throw invalid(`${name} isn't a text`);
  return value;
}

/** @throws ConsoleError `InvalidParameter` */
export function readTexts(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string"))
    throw invalid(`${name} isn't a list of texts`);
  return value;
}
