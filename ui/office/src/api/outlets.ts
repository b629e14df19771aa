// Outlets: reading one, and what head office does with it.

import { data, hub } from "@shared/api/client";
import { type EnrollmentCode, type OutletDetail, pending, type RotatedKey, type Success } from "./pending";

export type { EnrollmentCode, OutletDetail, RotatedKey };

const of = (outlet_id: string) => ({ params: { path: { outlet_id } } });

export const readOutlet = (id: string) =>
  data(pending.GET<Success<OutletDetail>>("/v1/hq/outlets/{outlet_id}", of(id)));

export const addOutlet = (outlet: { code: string; name: string }) =>
  data(pending.POST<Success<EnrollmentCode>>("/v1/hq/outlets", { body: outlet }));

export const renameOutlet = (id: string, name: string) =>
  data(pending.PATCH<Success<unknown>>("/v1/hq/outlets/{outlet_id}", { ...of(id), body: { name } }));

export const newEnrollCode = (id: string) =>
  data(pending.POST<Success<EnrollmentCode>>("/v1/hq/outlets/{outlet_id}/enroll-code", of(id)));

export const rotateKey = (id: string) =>
  data(pending.POST<Success<RotatedKey>>("/v1/hq/outlets/{outlet_id}/rotate-key", of(id)));

export const revokeKey = (id: string) => data(hub.POST("/v1/hq/outlets/{outlet_id}/revoke-key", of(id)));

export const revokeOutlet = (id: string) =>
  data(pending.POST<Success<unknown>>("/v1/hq/outlets/{outlet_id}/revoke", of(id)));
