import { Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useSave } from "@shared/forms";
import { ErrorNote } from "@shared/parts/error-note";
import { Card, PageHead } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addOutlet, type EnrollmentCode } from "../api/outlets";
import { Enrollment } from "../parts/enrollment";
import { useBack } from "../parts/link";
import { useText } from "../text";

/** Adds an outlet, shows its enrollment code once, and follows it until its first sale. */
export function AddOutletPage() {
  const t = useText();
  const queries = useQueryClient();
  const back = useBack(t("nav.outlets"), "/outlets");
  const [made, setMade] = useState<EnrollmentCode | null>(null);
  const form = useForm({ initialValues: { code: "", name: "" } });
  const save = useSave(form, addOutlet, (code) => {
    setMade(code);
    void queries.invalidateQueries({ queryKey: ["outlets"] });
  });
  if (made !== null) {
    return (
      <>
        <PageHead title={made.name} lead={t("enroll.lead")} back={back} />
        <Enrollment outletId={made.outlet_id} code={made} />
      </>
    );
  }
  return (
    <>
      <PageHead title={t("outlets.add")} lead={t("add.lead")} back={back} />
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))} style={{ maxWidth: 640 }}>
        <Card>
          <Stack gap="md">
            <TextInput
              label={t("outlet.name")}
              description={t("add.name")}
              {...form.getInputProps("name")}
              data-autofocus
            />
            <TextInput
              label={t("outlet.code")}
              description={t("add.code")}
              maxLength={32}
              autoCapitalize="characters"
              spellCheck={false}
              {...form.getInputProps("code")}
            />
            {save.error !== null && <ErrorNote error={save.error} safe={t("form.safe")} />}
            <SaveButton pending={save.isPending} style={{ alignSelf: "flex-end" }}>
              {t("add.make")}
            </SaveButton>
          </Stack>
        </Card>
      </form>
    </>
  );
}
