import type { Me } from "./app";

/** Whether somebody may start, bump and recall tickets of a station, as the server decides it. */
export function mayPrepare(me: Me, station: string): boolean {
  const { role } = me.user;
  return role === "kitchen" || role === "bar" ? role === station : me.rights.includes("prepare");
}
