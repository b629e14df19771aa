import { Button } from "@mantine/core";
import { ApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { useQueryClient } from "@tanstack/react-query";
import { forgetFailure } from "../api/sale";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import classes from "./price-sheet.module.css";
import { acceptedTotal } from "./sale";

/** Both figures of a refusal because of another total; null for every other error. */
export function changedTotal(failure: unknown): { expected: number; actual: number } | null {
  if (!(failure instanceof ApiError) || failure.code !== "total_changed") return null;
  const args = failure.body?.args as Record<string, { rupiah?: number } | undefined> | undefined;
  const [expected, actual] = [args?.expected?.rupiah, args?.actual?.rupiah];
  return expected === undefined || actual === undefined ? null : { expected, actual };
}

interface Props {
  sale: { failure: unknown; cart: { id: string } };
}

/** The server asks another total than the till has shown. Nothing was recorded: both figures, and the way on. */
export function TotalChangedSheet({ sale }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const figures = changedTotal(sale.failure);
  const close = () => {
    forgetFailure(sale.cart.id);
    void queries.invalidateQueries({ queryKey: ["catalog"] });
    void queries.invalidateQueries({ queryKey: ["orders"] });
  };
  const take = () => {
    if (figures !== null) acceptedTotal.set({ cartId: sale.cart.id, total: figures.actual });
    close();
  };
  return (
    <Sheet
      opened={figures !== null}
      close={close}
      enter={take}
      title={t("total_changed.title")}
      foot={
        <Button size="lg" fullWidth onClick={take}>
          {t("total_changed.take", { total: rupiah(figures?.actual ?? 0) })}
        </Button>
      }
    >
      <p className={classes.text}>{t("total_changed.text")}</p>
      <dl className={classes.figures}>
        <div>
          <dt>{t("total_changed.expected")}</dt>
          <dd>{rupiah(figures?.expected ?? 0)}</dd>
        </div>
        <div>
          <dt>{t("total_changed.actual")}</dt>
          <dd>{rupiah(figures?.actual ?? 0)}</dd>
        </div>
      </dl>
    </Sheet>
  );
}
