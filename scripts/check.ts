// `npm run check`: everything that CI runs. All of it runs, the cheap first, so that one look shows all that is wrong.
import { report, runSteps, script, tool } from "./steps.ts";

report(
  await runSteps([
    script("generated files", "generate.ts", "--check"),
    tool("format", "oxfmt", "--check", "."),
    script("lint", "lint.ts"),
    tool("typecheck", "tsc", "--noEmit"),
    tool("unused code", "knip"),
    script("test", "test.ts"),
  ]),
);
