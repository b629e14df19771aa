// Shifts of cash drawers, as their outlets sent them.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import type { Page } from "@shared/api/pages";
import type { Shift } from "@shared/parts/shift-detail";
import { given } from "./lists";

/** What head office knows of a shift, and the shift as at its outlet. */
export type HqShift = Pick<components["schemas"]["HqShift"], "outlet_id" | "outlet_code" | "received_at" | "people"> &
  Shift;

export interface ShiftFilter {
  outlet_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  differing?: boolean | undefined;
}

/** The document has the fields of the outlet's API; an outlet of another version may leave some out. */
function known(sent: components["schemas"]["HqShift"]): HqShift {
  const shift = sent as unknown as HqShift;
  return { ...shift, movements: shift.movements ?? [], counts: shift.counts ?? [], tenders: shift.tenders ?? [] };
}

export async function listShifts(
  filter: ShiftFilter,
  cursor: string | undefined,
  limit: number,
): Promise<Page<HqShift>> {
  const answer = await body(hub.GET("/v1/hq/shifts", { params: { query: given({ ...filter, cursor, limit }) } }));
  return { ...answer, data: answer.data.map(known) };
}

export const readShift = async (id: string): Promise<HqShift> =>
  known(await data(hub.GET("/v1/hq/shifts/{id}", { params: { path: { id } } })));
