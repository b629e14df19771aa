// Reads filters from the address. What makes no sense is left out: an old or mistyped address still shows its page. It is undefined
// rather than absent, because the router keeps what nobody has named.

import { isDate } from "@shared/period";

export type Search = Record<string, unknown>;
type Optional<Name extends string, Value> = { [K in Name]?: Value | undefined };

const one = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  ({ [name]: value }) as Optional<Name, Value>;

export function text<Name extends string>(search: Search, name: Name): Optional<Name, string> {
  const value = search[name];
  return one(name, typeof value === "string" && value !== "" ? value : undefined);
}

export function choice<Name extends string, const Choices extends readonly string[]>(
  search: Search,
  name: Name,
  choices: Choices,
): Optional<Name, Choices[number]> {
  return one(
    name,
    choices.find((known) => known === search[name]),
  );
}

/** A business date, `YYYY-MM-DD`. */
export function date<Name extends string>(search: Search, name: Name): Optional<Name, string> {
  const value = search[name];
  return one(name, typeof value === "string" && isDate(value) ? value : undefined);
}
