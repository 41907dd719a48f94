import { Filters } from "../filters/filters.ts";
import type { Handler } from "../route.ts";
import { imagesOf, usersOf } from "./docker-image.ts";
import { imageEvent } from "./image-event.ts";
import { chooseImages, sizeOf } from "./list.ts";
import { carryOut } from "./remove.ts";
import { planRemoval } from "./removal-plan.ts";

/** `POST /images/prune`: what no container was made of; unless `dangling=false` only what has no tag either. */
export const pruneImages: Handler = async (request, response, tenant) => {
  const accepted = ["dangling", "label", "label!", "until"];
  const filters = Filters.parse(request.query.text("filters"), accepted);
  const onlyDangling = filters.flag("dangling") ?? true;
  const others = filters.without("dangling");
  const unused = chooseImages(tenant, imagesOf(tenant), others).filter(
    (image) => (!onlyDangling || image.tags.length === 0) && usersOf(tenant, image).length === 0,
  );
  let reclaimed = 0;
  const deleted: object[] = [];
  for (const image of unused) {
    const plan = planRemoval(image, image.id, true, []);
    await carryOut(tenant, image, plan);
    deleted.push(...plan.told);
    reclaimed += sizeOf(image);
  }
  // Go's nil where nothing was done.
  const ImagesDeleted = deleted.length > 0 ? deleted : null;
  tenant.events.publish({
    ...imageEvent("prune", "", ""),
    attributes: { reclaimed: String(reclaimed) },
  });
  response.json(200, { ImagesDeleted, SpaceReclaimed: reclaimed });
};
