import { useEffect, useState } from "react";
import { v7 } from "uuid";
import { stored, useStore } from "../state/store";
import { type Draft, isDraft, newDraft } from "./draft";

const draft = stored<Draft | null>("gerai.till.count", null, isDraft);

export interface StoredDraft {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  forget: () => void;
}

/** The count for this drawer or shift. A device has one: another subject begins a new one. */
export function useDraft(subject: string): StoredDraft {
  const found = useStore(draft);
  const [fresh] = useState(() => newDraft(subject, v7()));
  const own = found?.subject === subject ? found : null;
  useEffect(() => {
    if (own === null) draft.set(fresh);
  }, [own, fresh]);
  return {
    draft: own ?? fresh,
    change: (change) => draft.update((now) => (now === null ? null : { ...now, ...change })),
    forget: () => draft.set(null),
  };
}
