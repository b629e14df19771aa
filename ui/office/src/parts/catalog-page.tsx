import { Button } from "@mantine/core";
import type { Page } from "@shared/api/pages";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { v7 as uuid } from "uuid";
import { readAll, useSlices } from "../api/lists";
import { useIsAdmin } from "../api/session";
import { useEditor } from "./use-editor";

/** A row of a short list of the chain, in an order that people choose. */
interface Row {
  id: string;
  name: string;
  position: number;
}

/** A kind of such rows: how they are read and written. */
export interface Kind<Found extends Row, Content> {
  key: readonly ["catalog", string];
  list: (cursor: string | undefined, limit: number) => Promise<Page<Found>>;
  create: (row: { id: string } & Content) => Promise<unknown>;
  change: (row: Found, content: Content) => Promise<unknown>;
  remove: (row: Found) => Promise<unknown>;
}

interface PageProps<Found extends Row, Content> {
  kind: Kind<Found, Content>;
  columns: Column<Found>[];
  title: string;
  lead: string;
  empty: string;
  icon: ReactNode;
  add: string;
  edit: string;
  /** The form of the sheet: of a row, or of a new one at this position. */
  form: (row: Found | null, position: number, close: () => void) => ReactNode;
}

/** A page with all rows of a kind. An admin adds one, or opens one in a sheet. */
export function CatalogPage<Found extends Row, Content>(props: PageProps<Found, Content>) {
  const { kind, columns, title, lead, empty, icon, add, edit, form } = props;
  const editable = useIsAdmin();
  const editor = useEditor<Found>();
  const query = useQuery({
    queryKey: kind.key,
    queryFn: async () => {
      const rows = await readAll<Found>(kind.list);
      return rows.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    },
  });
  const pages = useSlices("", { rows: query.data, error: query.error, reread: () => void query.refetch() });
  const adding = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {add}
    </Button>
  );
  const next = Math.max(0, ...(query.data ?? []).map((row) => row.position)) + 1;
  return (
    <>
      <PageHead title={title} lead={lead} {...(adding && (query.data?.length ?? 0) > 0 && { actions: adding })} />
      <List
        label={title}
        pages={pages}
        rowId={(row) => row.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={
          <Empty title={empty} icon={icon}>
            {adding}
          </Empty>
        }
      />
      <Sheet title={editor.row === null ? add : edit} opened={editor.opened} close={editor.close}>
        <div key={editor.key} style={{ display: "contents" }}>
          {form(editor.row, next, editor.close)}
        </div>
      </Sheet>
    </>
  );
}

interface FormProps<Found extends Row, Content> {
  kind: Kind<Found, Content>;
  row: Found | null;
  form: {
    onSubmit: (save: () => void) => (event: FormEvent<HTMLFormElement>) => void;
    setErrors: (errors: Record<string, string>) => void;
    getInputNode: (path: string) => HTMLElement | null;
  };
  /** What the form has. */
  toContent: () => Content;
  /** What deleting the row asks, and what it means. */
  deleting: (row: Found) => { title: string; body: string };
  close: () => void;
  children: ReactNode;
}

/** The form of a row in the sheet of a {@link CatalogPage}. */
export function CatalogForm<Found extends Row, Content>(props: FormProps<Found, Content>) {
  const { kind, row, form, toContent, deleting, close, children } = props;
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
  const done = () => {
    void queries.invalidateQueries({ queryKey: kind.key });
    close();
  };
  const save = useSave(
    form,
    () => {
      const content = toContent();
      return row === null ? kind.create({ id, ...content }) : kind.change(row, content);
    },
    done,
  );
  return (
    <SheetForm
      submit={form.onSubmit(() => save.mutate())}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={
        row !== null && (
          <DeleteButton
            {...deleting(row)}
            remove={async () => {
              await kind.remove(row);
              done();
            }}
          />
        )
      }
    >
      {children}
    </SheetForm>
  );
}
