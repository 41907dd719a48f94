import type { Readable } from "node:stream";
import { DockerError } from "../errors.ts";
import { BodyCutOffError, readExactly } from "../streams/body.ts";

/** What a JSON body may hold: more than any container has (256 KiB of env and labels), less than hurts. */
export const defaultLimit = 4 * 1024 * 1024;

/** 413 for a body of more than `limit` bytes. */
export const tooLarge = (limit: number): DockerError =>
  new DockerError(413, `the request's body is larger than ${limit} bytes`);

/** @throws DockerError 413 for more than `limit` bytes; they aren't kept */
export async function readAll(source: Readable, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of source as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) throw tooLarge(limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The body of an upgraded request, which shares its stream with what follows it. */
export async function readLength(source: Readable, length: number, limit: number): Promise<Buffer> {
  if (length > limit) throw tooLarge(limit);
  try {
    return await readExactly(source, length);
  } catch (error) {
    if (error instanceof BodyCutOffError) throw new DockerError(400, error.message, error);
    throw error;
  }
}

/**
 * As dockerd reads one: content type `application/json`, one object, nothing behind it.
 *
 * @throws DockerError 400
 */
export function parseJson(body: Buffer, contentType: string | undefined): unknown {
  const type = contentType?.split(";", 1)[0]!.trim().toLowerCase();
  if (type !== "application/json") {
    throw new DockerError(
      400,
      `unsupported Content-Type header (${contentType ?? ""}): must be 'application/json'`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DockerError(400, `invalid JSON: ${why}`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DockerError(400, "invalid JSON: an object is expected");
  }
  return value;
}
