// What forms of all apps share: the server's messages beside the fields.

import { useMutation } from "@tanstack/react-query";
import { ApiError, asApiError } from "./api/errors";

/** The messages of an answer by form field: the server's `variants[1].name` is `variants.1.name` in a form. */
export function fieldErrors(thrown: unknown): Record<string, string> {
  const fields = asApiError(thrown).body?.fields ?? [];
  return Object.fromEntries(fields.map((field) => [formPath(field.path), field.message]));
}

const formPath = (path: string): string => path.replace(/\[(\d+)\]/g, ".$1");

/** The error without the messages that a form shows beside its fields. */
export function withoutShown(thrown: unknown, isShown: (path: string) => boolean): ApiError {
  const { code, message, status, requestId, body } = asApiError(thrown);
  const fields = body?.fields?.filter(({ path }) => !isShown(formPath(path)));
  return new ApiError(code, message, status, requestId, body && { ...body, ...(fields && { fields }) });
}

interface Form {
  setErrors: (errors: Record<string, string>) => void;
  /** The input of a field, if it is on the page. */
  getInputNode: (path: string) => HTMLElement | null;
}

/** Sends the values of a form. A refusal marks the fields that it names; everything typed stays. */
export function useSave<Values, Answer>(
  form: Form,
  send: (values: Values) => Promise<Answer>,
  done: (answer: Answer) => void,
) {
  return useMutation({
    mutationFn: (values: Values) =>
      send(values).catch((thrown) => {
        form.setErrors(fieldErrors(thrown));
        throw withoutShown(thrown, (path) => form.getInputNode(path) !== null);
      }),
    onSuccess: done,
  });
}
