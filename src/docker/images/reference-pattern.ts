import { DockerError } from "../errors.ts";

/**
 * Whether names fit the filter `reference`: a shell's pattern for the whole name, or for the repository alone (Go's path.Match: `*` stops at a slash).
 *
 * @throws DockerError 400
 */
export function referencePattern(pattern: string): (name: string) => boolean {
  const whole = globExpression(pattern);
  return (name) => whole.test(name) || whole.test(name.replace(/(:[^:/]*|@[^@]*)$/, ""));
}

function globExpression(pattern: string): RegExp {
  const bad = new DockerError(400, "syntax error in pattern");
  if (pattern.length > 512) throw bad;
  let expression = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const char = pattern[index]!;
    if (char === "*") expression += "[^/]*";
    else if (char === "?") expression += "[^/]";
    else if (char === "[") {
      const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(index));
      if (set === null) throw bad;
      expression += `[${set[1]}${set[2]!.replace(/[[&~|]/g, "\\$&")}]`;
      index += set[0].length - 1;
    } else if (char === "\\") {
      index += 1;
      if (pattern[index] === undefined) throw bad;
      expression += escaped(pattern[index]!);
    } else expression += escaped(char);
  }
  try {
    return new RegExp(`^${expression}$`, "u");
  } catch {
    throw bad;
  }
}

const escaped = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
