import type { Handler } from "../route.ts";
import { createdOf } from "./list.ts";
import { demandImage, layersOf } from "./docker-image.ts";

/** `GET /images/{name}/history`: layers and sizes. Which commands made them isn't kept. */
export const imageHistory: Handler = async (request, response, tenant) => {
  const image = demandImage(tenant, request.params["name"] ?? "");
  const layers = layersOf(image).toReversed();
  response.json(
    200,
    layers.map(({ size }, index) => ({
      Comment: "",
      Created: createdOf(image),
      CreatedBy: "",
      Id: index === 0 ? image.id : "<missing>",
      Size: size,
      Tags: index === 0 && image.tags.length > 0 ? image.tags : null,
    })),
  );
};
