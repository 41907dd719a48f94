// Turns a CRD's schema into the TypeScript type of an object as it is read from the API server.
import { compile } from "json-schema-to-typescript";
import type { CustomResource, Schema } from "./crds.ts";

type JsonSchema = Schema & { title?: string; tsType?: string };

const banner = (
  file: string,
): string => `// Generated from crds/${file} by \`npm run generate\`. Do not edit.
import type { Condition } from "./condition.ts";
import type { ObjectMeta } from "./object-meta.ts";
`;

/** The source of `src/api/<kind>.gen.ts`. */
export async function generateTypes(resource: CustomResource): Promise<string> {
  const {
    apiVersion: _,
    kind: __,
    metadata: ___,
    ...properties
  } = resource.schema.properties ?? {};
  const root: JsonSchema = {
    ...resource.schema,
    properties: {
      apiVersion: { tsType: `"${resource.group}/${resource.version}"` } as Schema,
      kind: { tsType: `"${resource.kind}"` } as Schema,
      metadata: { tsType: "ObjectMeta" } as Schema,
      ...Object.fromEntries(
        Object.entries(properties).map(([key, schema]) => [
          key,
          forReading(schema, resource.kind + pascal(key)),
        ]),
      ),
    },
    required: ["apiVersion", "kind", "metadata", ...(resource.schema.required ?? [])],
    title: resource.kind,
  };
  const text = await compile(root as never, resource.kind, {
    additionalProperties: false,
    bannerComment: banner(resource.file),
    ignoreMinAndMaxItems: true,
    style: { printWidth: 100 },
  });
  return text;
}

/**
 * Names nested types by their path, requires what has a default (the API server fills it in wherever the parent object
 * is present), and replaces what JSON Schema can't say.
 */
function forReading(schema: Schema, title: string): JsonSchema {
  if (schema["x-kubernetes-int-or-string"]) {
    return { description: describe(schema), tsType: "number | string" };
  }
  const { default: _, minItems: __, maxItems: ___, ...rest } = schema;
  const result: JsonSchema = { ...rest, description: describe(schema) };
  if (schema.enum !== undefined) result.title = title;
  if (schema.properties !== undefined) {
    result.title = title;
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, child]) => [
        key,
        key === "conditions"
          ? { description: describe(child), tsType: "Condition[]" }
          : forReading(child, title + pascal(key)),
      ]),
    );
    const defaulted = Object.entries(schema.properties).filter(([, child]) => "default" in child);
    result.required = [...new Set([...(schema.required ?? []), ...defaulted.map(([key]) => key)])];
  }
  if (schema.items !== undefined) result.items = forReading(schema.items, singular(title));
  if (schema.additionalProperties !== undefined) {
    result.additionalProperties = forReading(schema.additionalProperties, `${title}Value`);
  }
  return result;
}

function describe(schema: Schema): string {
  const text = schema.description ?? "";
  return schema.default === undefined
    ? text
    : `${text} Default: ${JSON.stringify(schema.default)}.`;
}

const pascal = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
const singular = (title: string): string => title.replace(/s$/, "");
