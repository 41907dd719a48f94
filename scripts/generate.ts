// `npm run generate` writes everything that follows from crds/, from exported permissions and from VMware's type tables:
// types, reference, manifests, WSDL.
// With `--check` it writes nothing and fails on a difference.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateConditions } from "./generate/conditions.ts";
import { readCustomResources } from "./generate/crds.ts";
import { generateDocker } from "./generate/docker.ts";
import { readExampleTexts } from "./generate/examples.ts";
import { generateGrants, generatePrivileges } from "./generate/privileges.ts";
import { generateIndex, generateReference } from "./generate/reference.ts";
import { generateRbac } from "./generate/rbac.ts";
import { generateTypes } from "./generate/types.ts";
import { vsphereTypeFiles } from "./vsphere-types/generate.ts";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");

/** Folders in which everything is generated: what is no longer made is removed. */
const owned = ["docs/api", "manifests/crds", "manifests/rbac"];

const files = await generateAll();
const stale = [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const left = owned.flatMap(list).filter((path) => !files.has(path));

if (!check) {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files.get(path) ?? "");
  }
  for (const path of left) rmSync(join(root, path));
}
for (const path of stale) console.log(check ? `stale: ${path}` : `wrote ${path}`);
for (const path of left) console.log(check ? `left over: ${path}` : `removed ${path}`);
if (check && stale.length + left.length > 0) {
  console.error("Generated files don't follow from their sources: run `npm run generate`.");
  process.exitCode = 1;
}

async function generateAll(): Promise<Map<string, string>> {
  const crds = join(root, "crds");
  const resources = readCustomResources(crds);
  const valid = readExampleTexts(join(crds, "examples/valid"));
  const invalid = readExampleTexts(join(crds, "examples/invalid"));
  const made = new Map<string, string>();
  for (const resource of resources) {
    const of = ({ kind }: { kind: string }): boolean => kind === resource.kind;
    const examples = { valid: valid.filter(of), invalid: invalid.filter(of) };
    // oxlint-disable-next-line no-await-in-loop -- five of them
    made.set(`src/api/${resource.singular}.gen.ts`, await generateTypes(resource));
    made.set(`docs/api/${resource.singular}.md`, generateReference(resource, examples));
    made.set(`manifests/crds/${resource.file}`, readFileSync(join(crds, resource.file), "utf8"));
  }
  for (const [path, text] of vsphereTypeFiles()) made.set(path, text);
  const conditions = readFileSync(join(root, "src/api/conditions.ts"), "utf8");
  made.set("docs/api/conditions.md", generateConditions(conditions));
  made.set("docs/api/docker.md", generateDocker());
  made.set("docs/privileges.md", generatePrivileges());
  made.set("lab/installation/grants.gen.json", generateGrants());
  made.set("docs/api/README.md", generateIndex(resources));
  for (const [name, text] of await generateRbac(join(root, "src"), resources)) {
    made.set(`manifests/rbac/${name}`, text);
  }
  return made;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}
