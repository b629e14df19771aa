// After an upgrade of the server, parts of an old page are gone. The page then offers to reload; it never does so by itself.

import { Store } from "../state/store";

/** A part of this page could not be loaded: the server has another version. */
export const chunkMissing = new Store(false);

globalThis.addEventListener?.("vite:preloadError", (event) => {
  event.preventDefault();
  chunkMissing.set(true);
});
