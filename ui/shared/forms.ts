// What forms of all apps share: the server's messages beside the fields.

import { useMutation } from "@tanstack/react-query";
import { asApiError } from "./api/errors";

/** The messages of an answer by form field: the server's `variants[1].name` is `variants.1.name` in a form. */
export function fieldErrors(thrown: unknown): Record<string, string> {
  const fields = asApiError(thrown).body?.fields ?? [];
  return Object.fromEntries(fields.map((field) => [field.path.replace(/\[(\d+)\]/g, ".$1"), field.message]));
}

interface Form {
  setErrors: (errors: Record<string, string>) => void;
}

/** Sends the values of a form. A refusal marks the fields that it names; everything typed stays. */
export function useSave<Values, Answer>(
  form: Form,
  send: (values: Values) => Promise<Answer>,
  done: (answer: Answer) => void,
) {
  return useMutation({
    mutationFn: send,
    onSuccess: done,
    onError: (thrown) => form.setErrors(fieldErrors(thrown)),
  });
}
