import { randomInt } from "node:crypto";

const qualities =
  "able amber brave bright brisk calm clear clever cosy crisp daring dusky eager early easy fair fleet fond fresh gentle glad golden grand happy hardy honest humble ideal jolly keen kind lively loyal lucid lucky mellow merry mild modest neat noble patient plain polite proud quick quiet rapid ready royal serene sharp silent silver smart snug sound spry steady stout sunny swift tidy tranquil true upbeat valiant vivid warm wise witty young zesty".split(
    " ",
  );

const things =
  "acorn alder anchor apple arbor aspen aurora badger basin beacon birch bison bridge brook canyon cedar cinder cliff cloud clover comet copper coral crane creek daisy dawn delta dune ember falcon fern fjord flint forest fox garnet glacier grove harbor hazel heron hill island ivy jasper juniper kestrel lagoon lake lantern larch lark laurel linden lotus lynx maple marble meadow mesa mill moon moss north oak ocean olive opal orchard otter owl pearl pebble pine planet plum pond poplar prairie quartz quill raven reef ridge river robin rowan sage sail seal shore sparrow spring spruce star stone stream summit swan thistle tide timber valley violet walnut willow wind wren".split(
    " ",
  );

const pick = (words: readonly string[]): string => words[randomInt(words.length)]!;

/** How often two words alone are tried before a number makes them longer. */
const plainTries = 4;

/**
 * A name for a container that was given none.
 *
 * @param isTaken what is known; whether it is true the claim decides
 */
export function randomName(isTaken: (name: string) => boolean): string {
  for (let attempt = 1; ; attempt += 1) {
    const name = `${pick(qualities)}_${pick(things)}${attempt > plainTries ? randomInt(100_000) : ""}`;
    if (!isTaken(name)) return name;
  }
}
