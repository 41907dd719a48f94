// Writes the reference of one kind (docs/api/<kind>.md) from its schema and its examples.
import type { CustomResource, Schema } from "./crds.ts";
import type { ExampleText } from "./examples.ts";

/** The Markdown of one kind's page. */
export function generateReference(
  resource: CustomResource,
  examples: { valid: readonly ExampleText[]; invalid: readonly ExampleText[] },
): string {
  const { kind, group, version, plural, shortNames, categories, columns, schema } = resource;
  const shown = (wide: boolean): string =>
    columns
      .filter(({ priority }) => (priority ?? 0) > 0 === wide)
      .map(({ name }) => name.toUpperCase())
      .join(", ");
  const sections = ["spec", "status"].flatMap((key) =>
    objectSections(key, schema.properties?.[key]),
  );
  return `${[
    "<!-- Generated from crds/ by `npm run generate`. Do not edit. -->",
    `# ${kind}`,
    schema.description ?? "",
    `\`apiVersion: ${group}/${version}\`, namespaced. \`kubectl get ${plural}\`, in short \`${shortNames.join("`, `")}\`${categories.length > 0 ? `; also in \`kubectl get ${categories.join("`, `")}\`` : ""}.`,
    `Columns: ${shown(false)}${shown(true) ? `; with \`-o wide\` also ${shown(true)}` : ""}.`,
    ...sections,
    "## Examples",
    ...examples.valid.flatMap(({ why, yaml }) => [why, `\`\`\`yaml\n${yaml}\`\`\``]),
    "## What is refused",
    table(
      ["Example", "Why", "The API server says"],
      examples.invalid.map(({ name, why, error }) => [
        `[${name}](../../crds/examples/invalid/${name}.yaml)`,
        why,
        code(error ?? ""),
      ]),
    ),
  ].join("\n\n")}\n`;
}

/** A section for the object at `path`, then one for each object within. */
function objectSections(path: string, schema: Schema | undefined): string[] {
  if (schema?.properties === undefined) return [];
  const level = path.includes(".") ? "###" : "##";
  const fields = Object.entries(schema.properties);
  const rows = fields.map(([name, field]) => [
    `\`${name}\``,
    typeOf(field),
    schema.required?.includes(name) === true ? "required" : defaultOf(field),
    [field.description, ...bounds(field), ...inlineRules(field)].filter(Boolean).join(" "),
  ]);
  const parts = [
    `${level} ${path}`,
    schema.description,
    list(rules(schema)),
    table(["Field", "Type", "Default", "Description"], rows),
  ];
  const nested = fields
    .filter(([name]) => name !== "conditions")
    .flatMap(([name, field]) => {
      const inner = field.items ?? field;
      const within = { ...inner, description: field.description ?? "" };
      return objectSections(`${path}.${name}${field.items === undefined ? "" : "[]"}`, within);
    });
  return [...parts.filter((part) => part !== undefined && part !== ""), ...nested] as string[];
}

function typeOf(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"] === true) return "number or text";
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties !== undefined)
    return `map to ${typeOf(schema.additionalProperties)}`;
  if (schema.format === "date-time") return "time";
  const names: Record<string, string> = {
    string: "text",
    integer: "number",
    boolean: "true or false",
  };
  return names[schema.type ?? ""] ?? schema.type ?? "";
}

const defaultOf = (schema: Schema): string =>
  schema.default === undefined ? "" : code(JSON.stringify(schema.default));

/** What a schema demands, in words; lengths that only keep the API server safe are left out. */
function bounds(schema: Schema): string[] {
  const { minimum, maximum, multipleOf, pattern, minItems, maxItems } = schema;
  const said: string[] = [];
  if (minimum !== undefined && maximum !== undefined) said.push(`From ${minimum} to ${maximum}.`);
  else if (minimum !== undefined && minimum > 0) said.push(`At least ${minimum}.`);
  if (multipleOf !== undefined) said.push(`A multiple of ${multipleOf}.`);
  if (minItems !== undefined) said.push(`At least ${minItems}.`);
  if (maxItems !== undefined) said.push(`At most ${maxItems}.`);
  if (pattern !== undefined) said.push(`Matches ${code(pattern)}.`);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys !== undefined) said.push(`No two with the same ${keys.map(code).join(" and ")}.`);
  else if (schema["x-kubernetes-list-type"] === "set") said.push("None twice.");
  return said;
}

/** Rules of fields that have no section of their own. */
const inlineRules = (schema: Schema): string[] =>
  (schema.items ?? schema).properties === undefined
    ? rules(schema).map((message) => `Rule: ${message}.`)
    : [];

const rules = (schema: Schema): string[] =>
  [schema, schema.items]
    .flatMap((each) => each?.["x-kubernetes-validations"] ?? [])
    .map(({ message }) => message)
    // The description says so in one word.
    .filter((message) => !/^\S+ is immutable$/.test(message));

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/** Inline code; a backtick within asks for longer fences. */
const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

/** A table; bars within cells would end them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The Markdown of docs/api/README.md. */
export function generateIndex(resources: readonly CustomResource[]): string {
  return `${[
    "<!-- Generated from crds/ by `npm run generate`. Do not edit. -->",
    "# Reference of the API",
    "All kinds are namespaced and stand in the category `vic`: `kubectl get vic -A` shows them. Kubernetes 1.31 or newer is needed: the rules use its functions for addresses.",
    table(
      ["Kind", "Short name", "Is"],
      resources.map(({ kind, singular, shortNames, schema }) => [
        `[${kind}](${singular}.md)`,
        `\`${shortNames.join("`, `")}\``,
        schema.description ?? "",
      ]),
    ),
    "[Conditions and reasons](conditions.md)",
    table(
      ["Annotation", "Means"],
      [
        [
          "`vic.dev/paused`",
          "Any value but `false` holds all work on the object, deletion included.",
        ],
        [
          '`vic.dev/force-delete: "true"`',
          "On an object that is being deleted: let go although vSphere can't be cleaned up. A condition and an event say what is left.",
        ],
      ],
    ),
  ].join("\n\n")}\n`;
}
