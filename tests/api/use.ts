// The types that a TypeScript client relies on, checked by the compiler against the generated ones.
import type { paths as Hub } from "./hub.js";
import type { paths as Outlet } from "./outlet.js";

type Body<Operation> = Operation extends { requestBody: { content: { "application/json": infer T } } } ? T : never;
type Answer<Operation, Status extends number> = Operation extends {
  responses: Record<Status, { content: { "application/json": infer T } }>;
}
  ? T
  : never;

const logIn: Body<Outlet["/api/v1/auth/login"]["post"]> = { username: "admin", password: "1234" };
const sale: Body<Outlet["/api/v1/orders"]["post"]> = {
  lines: [{ product_id: "01a204c6-0000-7000-8000-000000000003", qty: 2 }],
  payments: [{ method: "cash", amount: 44_000 }],
};

export const requests = [logIn, sale];

export function token(answer: Answer<Outlet["/api/v1/auth/login"]["post"], 200>): string | undefined {
  return answer.data.token;
}

export function total(answer: Answer<Outlet["/api/v1/orders"]["post"], 201>): number {
  return answer.data.total;
}

export function refusal(answer: Answer<Outlet["/api/v1/orders"]["post"], 422>): string {
  return answer.error;
}

export function outlets(answer: Answer<Hub["/v1/hq/outlets"]["get"], 200>): string[] {
  return answer.data.map((outlet) => outlet.code);
}
