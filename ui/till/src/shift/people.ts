import { usePeople } from "../api/names";
import { useHere } from "../me";

/** The name of a person by id; null if this till does not know it. */
export function useName(): (id: string | null | undefined) => string | null {
  const people = usePeople();
  const { user } = useHere().me;
  return (id) => (id === user.id ? user.name : (people.get(id ?? "")?.name ?? null));
}
