// Outlets: reading one, and what head office does with it.

import { data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";

type Schemas = components["schemas"];
export type OutletDetail = Schemas["Success_OutletDetail"]["data"];
export type EnrollmentCode = Schemas["EnrollmentCode"];
export type RotatedKey = Schemas["RotatedKey"];

const of = (outlet_id: string) => ({ params: { path: { outlet_id } } });

export const readOutlet = (id: string) => data(hub.GET("/v1/hq/outlets/{outlet_id}", of(id)));

export const addOutlet = (outlet: { code: string; name: string }) => data(hub.POST("/v1/hq/outlets", { body: outlet }));

export const renameOutlet = (id: string, name: string) =>
  data(hub.PATCH("/v1/hq/outlets/{outlet_id}", { ...of(id), body: { name } }));

export const newEnrollCode = (id: string) => data(hub.POST("/v1/hq/outlets/{outlet_id}/enroll-code", of(id)));

export const rotateKey = (id: string) => data(hub.POST("/v1/hq/outlets/{outlet_id}/rotate-key", of(id)));

export const revokeKey = (id: string) => data(hub.POST("/v1/hq/outlets/{outlet_id}/revoke-key", of(id)));

export const revokeOutlet = (id: string) => data(hub.POST("/v1/hq/outlets/{outlet_id}/revoke", of(id)));
