import type { useText } from "../text";

/** Who changed something: head office's people have a name, users of the shop an id that says nothing to people. */
export function author(by: string, t: ReturnType<typeof useText>): string {
  if (by === "terminal") return t("author.terminal");
  if (by.startsWith("hq:")) return t("author.hq", { name: by.slice(3) });
  return t("author.user");
}
