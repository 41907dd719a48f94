// `npm run check`: everything that CI runs. All of it runs, the cheap first, so that one look shows all that is wrong.
// `npm run check -- --static` leaves the tests out.
import { report, runSteps, script, tool } from "./steps.ts";

report(
  await runSteps([
    script("generated files", "generate.ts", "--check"),
    tool("format", "oxfmt", "--check", "."),
    script("lint", "lint.ts"),
    tool("typecheck", "tsc", "--noEmit"),
    tool("unused code", "knip"),
    ...(process.argv.includes("--static") ? [] : [script("test", "test.ts")]),
  ]),
);
