import type { Method } from "../state/tender";
import { useWord } from "../text";

/** The word of a payment method. */
export function useMethodName(): (method: string) => string {
  const word = useWord();
  return (method) => word(`method.${method as Method}`);
}
