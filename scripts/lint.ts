// `npm run lint`: the TypeScript by oxlint (rules and import directions: .oxlintrc.json), the Go by vet and gofmt.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { report, root, runSteps, tool, type Step } from "./steps.ts";

const modules = ["guest", "lab"].filter((folder) => existsSync(join(root, folder, "go.mod")));

const go = modules.flatMap((cwd): Step[] => [
  { name: `gofmt ${cwd}`, command: "gofmt", args: ["-l", "."], cwd, silent: true },
  { name: `go vet ${cwd}`, command: "go", args: ["vet", "./..."], cwd },
]);

report(await runSteps([tool("oxlint", "oxlint", "--deny-warnings"), ...go]));
