import { useHere } from "../me";
import { type Name, useNames } from "./session";

/** The people of the shop by id. Only paired devices know them. */
export function usePeople(): Map<string, Name> {
  const names = useNames(useHere().device !== null);
  return new Map((names.data ?? []).map((name) => [name.id, name]));
}
