import { blocksOf, type Document, documents, spansOf } from "./documents.ts";

/** Programs that the documents tell people to run. */
const PROGRAM = /^(npm|kubectl|docker|eval|openssl|curl|source|\.lab\/bin\/lab)\s/;

export interface DocumentedCommand {
  /** One line for a shell, without comments. */
  readonly command: string;
  /** Path of the document that has it, or what else prints it. */
  readonly where: string;
}

/** Commands of a text that has one per line: comments and blank lines out, `a && b` as two. */
export function commandLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/(^|\s+)#(\s.*|$)/, "").trim())
    .flatMap((line) => line.split(/\s+&&\s+/))
    .filter((line) => line !== "");
}

/** Whether it can be run as it stands: `kubectl describe` in a sentence is a name, `kubectl get vic` a command; what docker does is a name. */
function isComplete(command: string): boolean {
  const [program, verb, ...more] = command.split(/\s+/);
  if (program === "docker") return false;
  if (program !== "kubectl") return verb !== undefined;
  return more.some((word) => !word.startsWith("-"));
}

function commandsOf(document: Document): string[] {
  const inBlocks = blocksOf(document)
    .filter(({ language, text }) => language === "sh" || PROGRAM.test(text))
    .flatMap(({ text }) => commandLines(text));
  const inProse = spansOf(document).filter((span) => PROGRAM.test(span) && isComplete(span));
  return [...inBlocks, ...inProse];
}

/** Every command of every document, in the order of reading. */
export const documentedCommands: readonly DocumentedCommand[] = documents.flatMap((document) =>
  commandsOf(document).map((command) => ({ command, where: document.path })),
);
