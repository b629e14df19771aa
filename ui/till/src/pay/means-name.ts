import { useCatalog } from "../api/catalog";
import type { Method } from "../state/tender";
import { useWord } from "../text";

/** A payment, taken or planned. */
interface Paid {
  method: string;
  tender_id?: string | null | undefined;
  tender_name?: string | null | undefined;
}

/** The name of the tender that a payment was made with, or the word of its method. */
export function useMeansName(): (paid: Paid) => string {
  const word = useWord();
  const tenders = useCatalog().data?.tenders;
  return ({ method, tender_id: id, tender_name: name }) =>
    name ?? tenders?.find((tender) => tender.id === id)?.name ?? word(`method.${method as Method}`);
}
