import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandLines, documentedCommands } from "./commands.ts";
import { root } from "./documents.ts";
import { checkNpmCommand } from "./npm.ts";
import { isTriedOnALab } from "./on-a-lab.ts";
import { TRIED_ELSEWHERE } from "./tried-elsewhere.ts";

test.each([
  "npm run nonsense",
  "npm run lab status",
  "npm run lab -- nonsense",
  "npm run lint -- x",
])("%s would be found", (command) =>
  expect(() => checkNpmCommand(command)).toThrow(
    /no such script|no command|not a command|keeps what|takes no/,
  ),
);

test("a block's commands are read without comments, one by one", () => {
  const block = "# why\nnpm ci && npm run lab   # starts\n\nkubectl get vic -A\n";
  expect(commandLines(block)).toEqual(["npm ci", "npm run lab", "kubectl get vic -A"]);
});

test("there are enough of them", () => expect(documentedCommands.length).toBeGreaterThan(50));

test.each(documentedCommands)("$where: $command is run by a test", ({ command }) => {
  const elsewhere = TRIED_ELSEWHERE.filter((entry) => entry.command.test(command));
  expect(elsewhere.length + (isTriedOnALab(command) ? 1 : 0)).toBe(1);
});

test.each(documentedCommands.filter(({ command }) => command.startsWith("npm ")))(
  "$where: $command is known to npm and the script",
  ({ command }) => checkNpmCommand(command),
);

describe.each(TRIED_ELSEWHERE)("$command", ({ command, file, words }) => {
  test(`is run by ${file}`, () => {
    expect(readFileSync(path.join(root, file), "utf8")).toContain(words);
  });

  test("is in a document", () => {
    expect(documentedCommands.filter((each) => command.test(each.command))).not.toEqual([]);
  });
});
