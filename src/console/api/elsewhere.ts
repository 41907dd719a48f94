/** Another console has what was asked for. */
export class Elsewhere extends Error {
  override readonly name = "Elsewhere";
  /** `https://host:port`, as gateways reach it too. */
  readonly origin: string;

  constructor(origin: string) {
    super(`${origin} has it`);
    this.origin = origin;
  }
}
