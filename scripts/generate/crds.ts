// Reads the hand-written CustomResourceDefinitions, the source of truth of the API.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

/** The part of a structural schema that the generators look at. */
export interface Schema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  pattern?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: { rule: string; message: string }[];
}

/** One kind, as its CRD declares it. */
export interface CustomResource {
  file: string;
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  columns: { name: string; jsonPath: string; priority?: number }[];
  schema: Schema;
}

interface CustomResourceDefinition {
  spec: {
    group: string;
    names: {
      kind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      /** Left out for none: an empty list would be dropped, and be a difference for ever. */
      categories?: string[];
    };
    versions: {
      name: string;
      schema: { openAPIV3Schema: Schema };
      additionalPrinterColumns: CustomResource["columns"];
    }[];
  };
}

/** All kinds under `directory`, in the order of their file names. */
export function readCustomResources(directory: string): CustomResource[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .sort()
    .map((file) => {
      const crd = load(readFileSync(join(directory, file), "utf8")) as CustomResourceDefinition;
      const version = crd.spec.versions[0];
      if (version === undefined) throw new Error(`${file}: no version`);
      return {
        file,
        group: crd.spec.group,
        version: version.name,
        categories: [],
        ...crd.spec.names,
        columns: version.additionalPrinterColumns,
        schema: version.schema.openAPIV3Schema,
      };
    });
}
