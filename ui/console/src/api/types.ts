import type { components } from "@shared/api/generated/outlet";

type Schemas = components["schemas"];

export type Conflict = Schemas["Conflict"];
export type HistoryStep = Schemas["HistoryStep"];
export type ItemResult = Schemas["ItemResult"];
export type Job = Schemas["Job"];
export type NewJob = Schemas["StartJob"];
export type Status = Schemas["OutletStatus"];
export type Today = Schemas["Today"];
export type BulkResult = Schemas["BulkResult"];
export type Category = Schemas["Category"];
export type CategoryColor = Schemas["CategoryColor"];
export type ChangePrice = Schemas["ChangePrice"];
export type ChangeProducts = Schemas["ChangeProducts"];
export type Product = Schemas["Product"];
