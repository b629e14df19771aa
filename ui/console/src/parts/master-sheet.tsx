import { Text } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useText } from "../text";

/** How rows of a kind of master data are written. */
export interface Master<Row, Body> {
  /** Queries with this key are reread after a change. */
  key: readonly string[];
  create: (body: Body) => Promise<unknown>;
  replace: (row: Row, body: Body) => Promise<unknown>;
  remove?: (row: Row) => Promise<unknown>;
}

interface Props<Row, Body> {
  master: Master<Row, Body>;
  /** The row to change; null for a new one. */
  row: Row | null;
  title: string;
  /** What deleting asks, and what happens to things that use the row. */
  remove?: { title: string; body: string };
  form: {
    validate: () => { hasErrors: boolean };
    setErrors: (errors: Record<string, string>) => void;
    getInputNode: (path: string) => HTMLElement | null;
  };
  /** The body to send for the values of the form; null if one is unreadable and marked. */
  toBody: () => Body | null;
  children: ReactNode;
  close: () => void;
}

/** A sheet that creates, changes or deletes a row of master data. */
export function MasterSheet<Row, Body>({
  master,
  row,
  title,
  remove,
  form,
  toBody,
  children,
  close,
}: Props<Row, Body>) {
  const t = useText();
  const queries = useQueryClient();
  const reread = () => queries.invalidateQueries({ queryKey: master.key });
  const saving = useSave(
    form,
    (body: Body) => (row === null ? master.create(body) : master.replace(row, body)),
    () => {
      void reread();
      close();
    },
  );
  const { remove: removeRow } = master;
  const overtaken = saving.isError && asApiError(saving.error).code === "version_mismatch";
  return (
    <Sheet title={title} opened close={close}>
      <SheetForm
        submit={(event) => {
          event.preventDefault();
          if (saving.isPending || form.validate().hasErrors) return;
          const sent = toBody();
          if (sent !== null) saving.mutate(sent);
        }}
        pending={saving.isPending}
        error={saving.error}
        close={close}
        other={
          row !== null &&
          removeRow !== undefined &&
          remove !== undefined && (
            <DeleteButton
              title={remove.title}
              body={remove.body}
              remove={async () => {
                await removeRow(row);
                await reread();
                close();
              }}
            />
          )
        }
      >
        {children}
        {overtaken && <Text>{t("form.overtaken")}</Text>}
      </SheetForm>
    </Sheet>
  );
}
