import { asApiError } from "@shared/api/errors";
import { rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Numbered } from "@shared/parts/numbered";
import { PageHead } from "@shared/parts/page-head";
import { RefundDetail } from "@shared/parts/refund-detail";
import { Skeletons } from "@shared/parts/skeletons";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { readRefund, useOutletNames } from "../api/refunds";
import { PageLink, useBack } from "../parts/link";
import { useText, useWord } from "../text";

const route = getRouteApi("/refunds/$id");

/** One refund as its outlet sent it. */
export function RefundPage() {
  const t = useText();
  const word = useWord();
  const time = useTime();
  const { id } = route.useParams();
  const back = useBack(t("nav.refunds"), "/refunds");
  const query = useQuery({ queryKey: ["sales", "refund", id], queryFn: () => readRefund(id) });
  const refund = query.data;
  const nameOf = useOutletNames(refund?.outlet_id);
  if (refund === undefined) {
    return (
      <>
        <PageHead title={t("refund.one")} back={back} />
        {query.error === null ? (
          <Skeletons />
        ) : asApiError(query.error).status === 404 ? (
          <Empty title={t("refund.gone")} />
        ) : (
          <ErrorNote error={query.error} retry={() => void query.refetch()} />
        )}
      </>
    );
  }
  return (
    <>
      <PageHead
        title={<Numbered>{refund.refund_number}</Numbered>}
        lead={t("refund.lead", { outlet: refund.outlet_code, amount: rupiah(refund.total) })}
        back={back}
      />
      <RefundDetail
        refund={refund}
        nameOf={nameOf}
        methodName={(method) => word(`method.${method as "cash"}`)}
        time={time}
        order={
          <PageLink href={`/orders/${refund.order_id}`}>
            <Numbered>{refund.order_number}</Numbered>
          </PageLink>
        }
      />
    </>
  );
}
