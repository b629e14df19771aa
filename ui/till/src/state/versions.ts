// Answers may arrive in another order than they were given. The newer version counts.

interface Versioned {
  id: string;
  version: number;
}

/** Of two answers about one thing the newer one. For `structuralSharing` of a query. */
export function newer<T>(known: unknown, arrived: T): T {
  const [old, next] = [known as Partial<Versioned> | undefined, arrived as Partial<Versioned>];
  if (old?.id === undefined || old.id !== next.id || old.version === undefined || next.version === undefined)
    return arrived;
  return old.version > next.version ? (known as T) : arrived;
}

/** Whether a catalog version `<epoch>-<n>` is older than another of the same epoch. */
export function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => {
    const at = text.lastIndexOf("-");
    return { epoch: text.slice(0, at), n: Number(text.slice(at + 1)) };
  };
  const [one, two] = [parts(version), parts(than)];
  return one.epoch === two.epoch && one.n < two.n;
}
