// The documents as their readers see them: fenced blocks, commands, links.
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

export interface Document {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly document: string;
  /** Line of the opening fence, from 1 on. */
  readonly line: number;
  /** What follows the fence; empty where nothing does. */
  readonly language: string;
  /** The content, without the indentation of the fence. */
  readonly text: string;
}

/** All documents for people: those at the root, and all of docs/. */
export const documents: readonly Document[] = globSync(["*.md", "docs/**/*.md"], { cwd: root })
  .sort()
  .map((file) => ({ path: file, text: readFileSync(path.join(root, file), "utf8") }));

/** The fenced blocks of a document. An open end is an error. */
export function blocksOf({ path: document, text }: Document): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; indent: string; language: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^( *)```(\w*)$/.exec(line);
    if (open === undefined) {
      if (fence)
        open = { line: index + 1, indent: fence[1] ?? "", language: fence[2] ?? "", lines: [] };
    } else if (fence && fence[1] === open.indent) {
      const { line: start, language, lines } = open;
      blocks.push({ document, line: start, language, text: lines.join("\n") });
      open = undefined;
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open) throw new Error(`${document}:${open.line}: the block doesn't end`);
  return blocks;
}

/** The text with all blocks blank, so that what is found in it is prose. */
function proseOf({ text }: Document): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replaceAll(/[^\n]/g, ""));
}

/** Code within a sentence or a table: what stands between backticks. */
export function spansOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

/** Targets of links, as they are written. */
export function linksOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** Fragments by which a document's headings are linked, as GitHub makes them. */
export function anchorsOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
