// The reports of a period: taxes, tenders, people.

import { body, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { given } from "./lists";

type Schemas = components["schemas"];
export type TaxOfDay = Schemas["TaxOfDay"];
export type TenderOfDay = Schemas["HqTenderOfDay"];
type OfUser = Schemas["HqOfUser"];

export interface ReportFilter {
  from: string;
  to: string;
  outlet_id: string | undefined;
}

const ofPeriod = ({ from, to, outlet_id }: ReportFilter) => ({
  params: { query: { from, to, ...given({ outlet_id }) } },
});

export const readTaxes = async (filter: ReportFilter): Promise<TaxOfDay[]> =>
  (await body(hub.GET("/v1/hq/reports/tax", ofPeriod(filter)))).data;

export const readTenders = async (filter: ReportFilter): Promise<TenderOfDay[]> =>
  (await body(hub.GET("/v1/hq/reports/tenders", ofPeriod(filter)))).data;

export const readPeople = async (filter: ReportFilter): Promise<OfUser[]> =>
  (await body(hub.GET("/v1/hq/reports/people", ofPeriod(filter)))).data;
