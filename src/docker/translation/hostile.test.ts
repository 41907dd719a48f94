// What clients send as the body of a create may be anything.
import fc from "fast-check";
import { expect, test } from "vitest";
import { DockerError } from "../errors.ts";
import type { Json } from "./create-body.ts";
import { fromDocker } from "./from-docker.ts";
import { configOptions, hostOptions } from "./options.ts";

/** Some of the options, with values of any type. */
const options = (names: readonly string[]): fc.Arbitrary<Json> =>
  fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: "binary" }), fc.double()),
    { maxKeys: 6 },
  );

const bodies: fc.Arbitrary<Json> = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc
    .tuple(options(Object.keys(configOptions)), options(Object.keys(hostOptions)))
    .map(([config, host]) => ({ ...config, HostConfig: host })),
);

test("any body is translated, or refused with a text that says why", () => {
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        const { spec, warnings } = fromDocker(body, {});
        expect(warnings.every((warning) => typeof warning === "string")).toBe(true);
        // What is stored is JSON, and nothing of it is lost on the way.
        expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        expect(error.status).toBe(400);
        expect(error.message).not.toBe("");
      }
    }),
    { numRuns: 2_000 },
  );
});
