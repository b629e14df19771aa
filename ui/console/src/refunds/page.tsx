import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { method } from "@shared/method";
import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { Numbered } from "@shared/parts/numbered";
import { PageHead } from "@shared/parts/page-head";
import { RefundDetail } from "@shared/parts/refund-detail";
import { Skeletons } from "@shared/parts/skeletons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import { NotFound } from "../parts/not-found";
import { useNames } from "../people/names";
import { PrintPaper } from "../printers/print-paper";
import { useShopTime } from "../status";
import { useText } from "../text";

/** One refund. It never changes. */
export function RefundPage() {
  const t = useText();
  const time = useShopTime();
  const router = useRouter();
  const nameOf = useNames();
  const { id } = useParams({ from: "/refunds/$id" });
  const refund = useQuery({
    queryKey: ["orders", "refund", id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/refunds/{id}", { params: { path: { id } }, signal })),
  });
  const back = {
    label: t("place.refunds"),
    href: "/admin/refunds",
    go: () => void router.navigate({ to: "/refunds" }),
  };
  if (refund.data === undefined) {
    if (refund.error !== null && asApiError(refund.error).status === 404) return <NotFound />;
    return (
      <>
        <PageHead title={t("place.refunds")} back={back} />
        {refund.error === null ? (
          <Skeletons rows={4} height={88} />
        ) : (
          <ErrorNote error={refund.error} retry={() => void refund.refetch()} />
        )}
      </>
    );
  }
  const found = refund.data;
  return (
    <>
      <PageHead
        title={<Numbered>{found.refund_number}</Numbered>}
        lead={<Numbered>{t("refunds.one", { amount: rupiah(found.total), order: found.order_number })}</Numbered>}
        back={back}
        actions={
          <PrintPaper
            print={(header, printer_id) =>
              outlet.POST("/api/v1/refunds/{id}/print", { params: { path: { id }, header }, body: { printer_id } })
            }
          >
            {t("print.refund")}
          </PrintPaper>
        }
      />
      <RefundDetail
        refund={found}
        nameOf={nameOf}
        methodName={(name) => t(method(name))}
        time={time}
        order={
          <Link to="/orders/$id" params={{ id: found.order_id }}>
            <Numbered>{found.order_number}</Numbered>
          </Link>
        }
      />
    </>
  );
}
