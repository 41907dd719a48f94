import { Ajv, type ValidateFunction } from "ajv";
import { DockerError } from "../errors.ts";

/** Body of `POST /containers/{name}/exec` (Docker Engine API, ExecConfig). */
export interface ExecCreateBody {
  readonly AttachStdin?: boolean | null;
  readonly AttachStdout?: boolean | null;
  readonly AttachStderr?: boolean | null;
  readonly ConsoleSize?: readonly number[] | null;
  readonly DetachKeys?: string | null;
  readonly Tty?: boolean | null;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Privileged?: boolean | null;
  readonly User?: string | null;
  readonly WorkingDir?: string | null;
}

/** Body of `POST /exec/{id}/start` (ExecStartConfig). */
export interface ExecStartBody {
  readonly Detach?: boolean | null;
  readonly Tty?: boolean | null;
  readonly ConsoleSize?: readonly number[] | null;
}

const flag = { type: "boolean", nullable: true } as const;
const text = { type: "string", nullable: true, maxLength: 65_536 } as const;
const texts = {
  type: "array",
  nullable: true,
  maxItems: 4_096,
  items: { type: "string", maxLength: 131_072 },
} as const;
const size = {
  type: "array",
  nullable: true,
  items: { type: "integer", minimum: 0, maximum: 65_535 },
} as const;

const ajv = new Ajv();
// What Docker knows and this doesn't isn't here: unknown fields are left alone, as Go's decoder does.
const isCreate: ValidateFunction = ajv.compile({
  type: "object",
  properties: {
    AttachStdin: flag,
    AttachStdout: flag,
    AttachStderr: flag,
    Tty: flag,
    Privileged: flag,
    ConsoleSize: size,
    DetachKeys: text,
    User: text,
    WorkingDir: text,
    Env: texts,
    Cmd: texts,
  },
});
const isStart: ValidateFunction = ajv.compile({
  type: "object",
  properties: { Detach: flag, Tty: flag, ConsoleSize: size },
});

/** @throws DockerError 400 naming the field whose type is wrong */
export const asExecCreate = (body: unknown): ExecCreateBody =>
  checked(isCreate, body) as ExecCreateBody;

/** No body is an empty one. @throws DockerError 400 naming the field whose type is wrong */
export const asExecStart = (body: unknown): ExecStartBody =>
  checked(isStart, body ?? {}) as ExecStartBody;

function checked(check: ValidateFunction, body: unknown): unknown {
  if (check(body)) return body;
  throw new DockerError(400, `invalid JSON: ${ajv.errorsText(check.errors, { dataVar: "body" })}`);
}
