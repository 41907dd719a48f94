import { RE2JS } from "re2js";

const plain = /^[A-Za-z0-9_/-]*$/;

/**
 * Whether a text holds what a pattern describes, as dockerd matches names: a regular expression of Go's, which takes linear time whatever a client
 * writes. One that can't be read matches what it equals.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  if (plain.test(pattern)) return text.includes(pattern);
  if (pattern === text) return true;
  const compiled = compile(pattern);
  return compiled !== undefined && compiled.matcher(text).find();
}

/** The last pattern: one list asks for the same one for each container. */
let last: { readonly pattern: string; readonly compiled: RE2JS | undefined } | undefined;

function compile(pattern: string): RE2JS | undefined {
  if (last?.pattern === pattern) return last.compiled;
  let compiled: RE2JS | undefined;
  try {
    if (pattern.length <= maximumLength) compiled = RE2JS.compile(pattern);
  } catch {
    // As dockerd: no match, and no error.
  }
  last = { pattern, compiled };
  return compiled;
}

const maximumLength = 1_000;
