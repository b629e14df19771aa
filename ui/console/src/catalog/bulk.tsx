import { Button, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { useDialogs } from "@shared/parts/dialogs";
import { ErrorNote } from "@shared/parts/error-note";
import { AmountInput } from "@shared/parts/fields";
import { useSettled } from "@shared/parts/late";
import { Money } from "@shared/parts/money";
import { SaveButton } from "@shared/parts/save-button";
import { Sheet } from "@shared/parts/sheet";
import { Skeletons } from "@shared/parts/skeletons";
import { typedPercent } from "@shared/percent";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { v7 } from "uuid";
import type { BulkResult, ChangePrice, ChangeProducts } from "../api/types";
import { useText } from "../text";
import classes from "./bulk.module.css";
import { priceChange, type Way } from "./price-change";

/** Which products a change is about. */
export type Subject = { kind: "products"; ids: string[] } | { kind: "category"; id: string; name: string };

/** Rows of a preview; the rest is counted. */
const SHOWN = 50;

/** `key` identifies the command: sent again, it is not executed twice. */
const changeProducts = (body: ChangeProducts, key?: string): Promise<BulkResult> =>
  data(
    outlet.POST("/api/v1/products/bulk", {
      params: key === undefined ? {} : { header: { "Idempotency-Key": key } },
      body,
    }),
  );

function about(subject: Subject) {
  return subject.kind === "products" ? { ids: subject.ids } : { category_id: subject.id };
}

/** Applies a change to many products, rereads the catalog, and offers to undo it. */
function useBulk() {
  const t = useText();
  const queries = useQueryClient();
  const { offerUndo, tell } = useDialogs();
  const reread = () => queries.invalidateQueries({ queryKey: ["catalog"] });
  return (answer: BulkResult) => {
    void reread();
    const change = answer.change_id;
    if (!change) return;
    offerUndo(t("bulk.done", { count: answer.changed.length }), async () => {
      const undone = await data(outlet.POST("/api/v1/products/bulk/{id}/undo", { params: { path: { id: change } } }));
      await reread();
      if (undone.skipped.length > 0) tell(t("bulk.not_undone", { count: undone.skipped.length }));
    });
  };
}

/** Marks products as sold out or available. */
export function AvailabilityButtons({ ids, done }: { ids: string[]; done: () => void }) {
  const t = useText();
  const applied = useBulk();
  const changing = useMutation({
    mutationFn: (available: boolean) => changeProducts({ ids, available }),
    onSuccess: (answer) => {
      applied(answer);
      done();
    },
  });
  return (
    <>
      <SaveButton
        type="button"
        variant="outline"
        pending={changing.isPending && changing.variables === false}
        onClick={() => changing.mutate(false)}
      >
        {t("products.mark_sold_out")}
      </SaveButton>
      <SaveButton
        type="button"
        variant="outline"
        pending={changing.isPending && changing.variables === true}
        onClick={() => changing.mutate(true)}
      >
        {t("products.mark_available")}
      </SaveButton>
      {changing.isError && <ErrorNote error={changing.error} />}
    </>
  );
}

/** Changes the prices of many products, with all old and new prices before anything is written. */
export function PriceChange({ subject, close, done }: { subject: Subject; close: () => void; done: () => void }) {
  const t = useText();
  const applied = useBulk();
  const [way, setWay] = useState<Way>("add");
  const [amount, setAmount] = useState<number | null>(null);
  const [percent, setPercent] = useState("");
  const [roundTo, setRoundTo] = useState("0");
  const price = useSettled(JSON.stringify(priceChange(way, amount, percent, Number(roundTo))));
  const change = JSON.parse(price) as ChangePrice | null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another change is another command.
  const key = useMemo(() => v7(), [price]);
  const preview = useQuery({
    queryKey: ["catalog", "preview", subject, price],
    queryFn: () => changeProducts({ ...about(subject), ...(change !== null && { price: change }), dry_run: true }),
    enabled: change !== null,
    placeholderData: keepPreviousData,
  });
  const changing = useMutation({
    // One key for one change, so that a lost answer does not raise prices twice.
    mutationFn: () => changeProducts({ ...about(subject), ...(change !== null && { price: change }) }, key),
    onSuccess: (answer) => {
      applied(answer);
      done();
    },
  });
  const rows = (preview.data?.changed ?? []).filter(
    (row) => row.old_price !== row.new_price || row.variants.length > 0,
  );
  const skipped = preview.data?.skipped ?? [];
  const signed = way === "add";
  const wrong = way === "percent" && percent.trim() !== "" && typedPercent(percent) === null;
  const title =
    subject.kind === "category"
      ? t("bulk.title_category", { name: subject.name })
      : t("bulk.title", { count: subject.ids.length });
  return (
    <Sheet title={title} opened close={close}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (rows.length > 0 && !changing.isPending) changing.mutate();
        }}
      >
        <Stack gap="md">
          <SegmentedControl
            fullWidth
            aria-label={t("bulk.way")}
            value={way}
            onChange={(next) => setWay(next as Way)}
            data={[
              { value: "add", label: t("bulk.way.add") },
              { value: "percent", label: t("bulk.way.percent") },
              { value: "set", label: t("bulk.way.set") },
            ]}
          />
          {way === "percent" ? (
            <TextInput
              label={t("bulk.percent")}
              description={t("bulk.minus_lowers")}
              rightSection="%"
              value={percent}
              onChange={(event) => setPercent(event.currentTarget.value)}
              error={wrong ? t("bulk.not_a_percent") : undefined}
              data-autofocus
            />
          ) : (
            <AmountInput
              key={way}
              label={signed ? t("bulk.amount") : t("bulk.new_price")}
              description={signed ? t("bulk.minus_lowers") : undefined}
              signed={signed}
              value={amount}
              onChange={setAmount}
              data-autofocus
            />
          )}
          {way !== "set" && (
            <Select
              label={t("bulk.round_to")}
              data={["0", "100", "500", "1000"].map((step) => ({
                value: step,
                label: step === "0" ? t("bulk.no_rounding") : rupiah(Number(step)),
              }))}
              value={roundTo}
              allowDeselect={false}
              onChange={(step) => setRoundTo(step ?? "0")}
            />
          )}
          {change === null && <Text c="dimmed">{t("bulk.hint")}</Text>}
          {change !== null && preview.isPending && <Skeletons rows={4} height={40} />}
          {preview.isError && <ErrorNote error={asApiError(preview.error)} />}
          {change !== null && preview.data !== undefined && !preview.isError && (
            <section aria-label={t("bulk.preview")}>
              <Text fw={600} mb={4}>
                {rows.length === 0 ? t("bulk.nothing") : t("bulk.will_change", { count: rows.length })}
              </Text>
              <table className={classes.preview}>
                <tbody>
                  {rows
                    .slice(0, SHOWN)
                    .flatMap((row) => [
                      row.old_price !== row.new_price && (
                        <Prices key={row.id} name={row.name} from={row.old_price} to={row.new_price} />
                      ),
                      ...row.variants.map((variant) => (
                        <Prices
                          key={`${row.id} ${variant.id}`}
                          name={`${row.name} · ${variant.name}`}
                          from={variant.old_price}
                          to={variant.new_price}
                        />
                      )),
                    ])}
                </tbody>
              </table>
              {rows.length > SHOWN && <Text c="dimmed">{t("bulk.more", { count: rows.length - SHOWN })}</Text>}
              {skipped.length > 0 && (
                <>
                  <Text fw={600} mt="md" mb={4}>
                    {t("bulk.skipped", { count: skipped.length })}
                  </Text>
                  <ul className={classes.skipped}>
                    {skipped.slice(0, SHOWN).map((product) => (
                      <li key={product.id} className="name">
                        {product.name ?? product.id}: {t(`skip.${product.reason}`)}
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </section>
          )}
          {changing.isError && <ErrorNote error={changing.error} />}
        </Stack>
        <Group className={classes.foot ?? ""} justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <SaveButton pending={changing.isPending} disabled={rows.length === 0 || preview.isPlaceholderData}>
            {t("bulk.apply", { count: rows.length })}
          </SaveButton>
        </Group>
      </form>
    </Sheet>
  );
}

function Prices({ name, from, to }: { name: string; from: number; to: number }) {
  return (
    <tr>
      <th scope="row" className="name">
        {name}
      </th>
      <td>
        <s>
          <Money amount={from} />
        </s>
      </td>
      <td>
        <Money amount={to} />
      </td>
    </tr>
  );
}
