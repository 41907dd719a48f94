import type { ExecState } from "../client/console-client.ts";
import { count, fields, integer, items } from "../stats/guest-words.ts";

const MAX_ITEMS = 10_000;

/** What a guest tells of an exec, as far as it makes sense: of nothing but what is asked, in the types that are promised. */
export function readExecState(id: string, answer: Readonly<Record<string, unknown>>): ExecState {
  const spec = fields(answer["spec"]);
  const started = answer["started"] === true;
  const running = answer["running"] === true;
  return {
    id,
    running,
    started,
    ...(started && { pid: count(answer["pid"]) }),
    ...(started && !running && { exitCode: integer(answer["exitCode"]) }),
    spec: {
      args: texts(spec["args"]),
      env: texts(spec["env"]),
      cwd: asText(spec["cwd"]),
      user: asText(spec["user"]),
      groups: texts(spec["groups"]),
      tty: spec["tty"] === true,
      stdin: spec["stdin"] === true,
    },
  };
}

// What the exec was made with, control characters included.
const asText = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): readonly string[] => items(value, MAX_ITEMS).map(asText);
