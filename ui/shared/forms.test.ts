import { expect, test } from "vitest";
import { ApiError } from "./api/errors";
import { fieldErrors, withoutShown } from "./forms";

const body = {
  success: false,
  error: "invalid_request",
  message: "",
  fields: [
    { path: "name", code: "missing", message: "Isi nama." },
    { path: "variants[1].price", code: "negative", message: "Harga minimal 0." },
  ],
};

test("the server's paths become those of form fields", () => {
  expect(fieldErrors(new ApiError("invalid_request", "", 400, null, body))).toEqual({
    name: "Isi nama.",
    "variants.1.price": "Harga minimal 0.",
  });
  expect(fieldErrors(new Error("network"))).toEqual({});
});

test("an error says what no field of the form shows", () => {
  const refused = new ApiError("invalid_request", "", 400, "r1", body);
  const rest = withoutShown(refused, (path) => path === "variants.1.price");
  expect(rest.body?.fields?.map((field) => field.path)).toEqual(["name"]);
  expect([rest.code, rest.status, rest.requestId]).toEqual(["invalid_request", 400, "r1"]);
  expect(withoutShown(new Error("network"), () => true).isUnreachable).toBe(true);
});
