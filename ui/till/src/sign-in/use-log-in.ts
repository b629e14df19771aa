import { useMutation, useQueryClient } from "@tanstack/react-query";
import { logIn } from "../api/session";

/** Logs a user in by PIN. */
export function useLogIn() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (by: { username: string; pin: string }) => logIn(queries, by.username, by.pin) });
}
