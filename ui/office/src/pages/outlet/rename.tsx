import { TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useSave } from "@shared/forms";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type OutletDetail, renameOutlet } from "../../api/outlets";
import { useText } from "../../text";

/** Renames an outlet. Its code stays, because order numbers begin with it. */
export function RenameSheet({ outlet, opened, close }: { outlet: OutletDetail; opened: boolean; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: outlet.name } });
  const save = useSave(
    form,
    ({ name }: { name: string }) => renameOutlet(outlet.id, name),
    () => {
      void queries.invalidateQueries({ queryKey: ["outlets"] });
      close();
    },
  );
  const { setValues, clearErrors } = form;
  const { reset } = save;
  useEffect(() => {
    if (!opened) return;
    setValues({ name: outlet.name });
    clearErrors();
    reset();
  }, [opened, outlet.name, setValues, clearErrors, reset]);
  return (
    <Sheet title={t("outlet.rename")} opened={opened} close={close}>
      <SheetForm
        submit={form.onSubmit((values) => save.mutate(values))}
        pending={save.isPending}
        error={save.error}
        close={close}
      >
        <TextInput
          label={t("outlet.name")}
          description={t("outlet.rename.note", { code: outlet.code })}
          {...form.getInputProps("name")}
          data-autofocus
        />
      </SheetForm>
    </Sheet>
  );
}
