import { SegmentedControl, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useSave } from "@shared/forms";
import { rupiah, typedAmount } from "@shared/money";
import { AmountInput } from "@shared/parts/fields";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import type { Shift } from "@shared/parts/shift-detail";
import { DENOMINATIONS, sumOf } from "@shared/shift";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 } from "uuid";
import { useText } from "../text";
import classes from "./recount.module.css";

interface Values {
  how: "pieces" | "sum";
  pieces: Record<string, string>;
  sum: number | null;
  reason: string;
}

const piecesOf = (values: Values) =>
  DENOMINATIONS.map((denomination) => ({ denomination, pieces: typedAmount(values.pieces[denomination] ?? "") ?? 0 }));

/** Counts a closed shift again. The first count stays; the person who is logged in answers for it. */
export function RecountSheet({ shift, close }: { shift: Shift; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const key = useRef(v7());
  const form = useForm<Values>({
    initialValues: { how: "pieces", pieces: {}, sum: null, reason: "" },
    validate: {
      sum: (sum, values) => (values.how === "sum" && sum === null ? t("shifts.sum_first") : null),
      reason: (reason) => (reason.trim() === "" ? t("shifts.reason_first") : null),
    },
  });
  const pieces = piecesOf(form.values);
  const saving = useSave(
    form,
    (values: Values) => {
      const counts = pieces.filter((one) => one.pieces > 0);
      const inPieces = values.how === "pieces" && counts.length > 0;
      const counted = inPieces ? { counts } : { counted: values.how === "sum" ? (values.sum ?? 0) : 0 };
      return data(
        outlet.POST("/api/v1/shifts/{id}/recount", {
          params: {
            path: { id: shift.id },
            header: { "Idempotency-Key": key.current, "If-Match": String(shift.version) },
          },
          body: { ...counted, reason: values.reason.trim() },
        }),
      ).catch((thrown: unknown) => {
        // Only what was refused is another command the next time.
        if (asApiError(thrown).status >= 400 && asApiError(thrown).status < 500) key.current = v7();
        throw thrown;
      });
    },
    (after) => {
      queries.setQueryData(["orders", "shift", shift.id], after);
      void queries.invalidateQueries({ queryKey: ["orders", "shifts"] });
      close();
    },
  );
  const sum = form.values.how === "pieces" ? sumOf(pieces) : (form.values.sum ?? 0);
  return (
    <Sheet title={t("shifts.recount.title", { number: shift.shift_number })} opened close={close}>
      <SheetForm
        submit={form.onSubmit((values) => {
          if (!saving.isPending) saving.mutate(values);
        })}
        pending={saving.isPending}
        error={saving.error}
        close={close}
        verb={t("shifts.recount.verb", { amount: rupiah(sum) })}
      >
        <Text c="dimmed">{t("shifts.recount.lead")}</Text>
        <SegmentedControl
          fullWidth
          aria-label={t("shifts.how")}
          data={[
            { value: "pieces", label: t("shifts.by_pieces") },
            { value: "sum", label: t("shifts.by_sum") },
          ]}
          {...form.getInputProps("how")}
        />
        {form.values.how === "pieces" ? (
          <div className={classes.pieces}>
            {pieces.map(({ denomination, pieces: many }) => (
              <TextInput
                key={denomination}
                label={rupiah(denomination)}
                aria-label={t("shifts.pieces_of", { denomination: rupiah(denomination) })}
                inputMode="numeric"
                autoComplete="off"
                maxLength={6}
                placeholder="0"
                classNames={{ input: "figures" }}
                rightSectionWidth={112}
                rightSection={
                  <Text span size="sm" c="dimmed" className={classes.amount ?? ""}>
                    {many === 0 ? "" : rupiah(many * denomination)}
                  </Text>
                }
                {...form.getInputProps(`pieces.${denomination}`)}
                value={form.values.pieces[denomination] ?? ""}
              />
            ))}
          </div>
        ) : (
          <AmountInput label={t("shifts.sum")} maxLength={15} {...form.getInputProps("sum")} />
        )}
        <Textarea
          label={t("column.reason")}
          placeholder={t("shifts.reason_example")}
          autosize
          minRows={2}
          maxLength={200}
          {...form.getInputProps("reason")}
        />
      </SheetForm>
    </Sheet>
  );
}
