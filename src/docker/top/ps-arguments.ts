import { invalidParameter } from "../errors.ts";
import { type Column, COLUMNS, FULL, USER_ORIENTED } from "./columns.ts";

/** Letters that choose processes or widths: a container's processes are all listed whole. */
const SELECTION = /^[Aaewx]*$/;

/**
 * The columns that arguments of `ps` ask for: `-ef`, `aux`, or `-o` with names.
 *
 * @throws DockerError 400 for anything else, naming it
 */
export function columnsOf(psArguments: string): readonly Column[] {
  const words = psArguments.trim().split(/\s+/).filter(Boolean);
  const chosen: Column[] = [];
  let table: readonly Column[] = words.length === 0 ? FULL : [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    const [, letters = "", list = ""] = /^-?([A-Za-z]*?)o(.*)$/.exec(word) ?? [];
    if (/^-?[A-Za-z]*?o/.test(word) && SELECTION.test(letters)) {
      chosen.push(...listed(list === "" ? (words[(index += 1)] ?? "") : list));
    } else if (/^-[aAewx]*f[aAewx]*$/.test(word)) {
      table = FULL;
    } else if (/^-?[axw]*u[axw]*$/.test(word)) {
      table = USER_ORIENTED;
    } else if (!/^-?[A-Za-z]+$/.test(word) || !SELECTION.test(word.replace(/^-/, ""))) {
      throw unsupported(word);
    }
  }
  if (chosen.length > 0) return chosen;
  if (table.length > 0) return table;
  return ["pid", "tname", "time", "ucmd"].map((key) => COLUMNS[key]!);
}

/** `pid,comm=NAME`: what stands behind `=` is the rest of the word, and the title. */
function listed(list: string): readonly Column[] {
  if (list === "") throw invalidParameter("ps: error: list of -o is missing");
  const equals = list.indexOf("=");
  const names = (equals < 0 ? list : list.slice(0, equals)).split(",");
  return names.map((name, index) => {
    const column = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined;
    if (column === undefined) {
      const quoted = JSON.stringify(name.slice(0, 64));
      throw invalidParameter(`ps: error: unknown user-defined format specifier ${quoted}`);
    }
    const isLast = index === names.length - 1;
    return equals >= 0 && isLast ? { ...column, title: list.slice(equals + 1) } : column;
  });
}

const unsupported = (word: string) =>
  invalidParameter(
    `ps: ${JSON.stringify(word.slice(0, 64))} isn't understood: there is no ps beside a container's VM. -ef, aux and -o with names of columns are`,
  );
