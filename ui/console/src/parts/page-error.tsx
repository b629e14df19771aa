import { ErrorNote } from "@shared/parts/error-note";
import { Centered } from "./centered";

/** A page that could not be shown, such as one of an older version than the server's. */
export function PageError({ error }: { error: unknown }) {
  return (
    <Centered>
      <ErrorNote error={error} retry={() => location.reload()} />
    </Centered>
  );
}
