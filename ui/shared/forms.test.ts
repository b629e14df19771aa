import { expect, test } from "vitest";
import { ApiError } from "./api/errors";
import { fieldErrors } from "./forms";

test("the server's paths become those of form fields", () => {
  const body = {
    success: false,
    error: "invalid_request",
    message: "",
    fields: [
      { path: "name", code: "missing", message: "Isi nama." },
      { path: "variants[1].price", code: "negative", message: "Harga minimal 0." },
    ],
  };
  expect(fieldErrors(new ApiError("invalid_request", "", 400, null, body))).toEqual({
    name: "Isi nama.",
    "variants.1.price": "Harga minimal 0.",
  });
  expect(fieldErrors(new Error("network"))).toEqual({});
});
