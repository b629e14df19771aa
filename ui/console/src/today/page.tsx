import { Stack } from "@mantine/core";
import { isOnEveryPage } from "@shared/alarm";
import { data, outlet } from "@shared/api/client";
import { method } from "@shared/method";
import { grouped, rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Figure, Figures } from "@shared/parts/figures";
import { Money } from "@shared/parts/money";
import { Card, PageHead, Section } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { soldText } from "@shared/quantity";
import { useQuery } from "@tanstack/react-query";
import type { Today } from "../api/types";
import { AlarmLine } from "../banners";
import { Chart } from "../parts/chart";
import { useShopSettings, useShopTime, useStatus } from "../status";
import { useText } from "../text";
import { hours } from "./hours";
import classes from "./page.module.css";
import { SyncLine } from "./sync-line";

/** Today: sync in one line, what to mend, and the sales of the business date. */
export function TodayPage() {
  const t = useText();
  const time = useShopTime();
  const status = useStatus();
  const today = useQuery({
    queryKey: ["orders", "today"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/today", { signal })),
  });
  const warnings = (status.data?.alarms ?? []).filter((alarm) => !isOnEveryPage(alarm));
  return (
    <>
      <PageHead
        title={t("place.today")}
        {...(today.data && { lead: t("today.date", { date: time.day(today.data.business_date) }) })}
      />
      <Stack gap="md">
        {status.data !== undefined && <SyncLine status={status.data} />}
        {warnings.length > 0 && (
          <div className={classes.alarms}>
            {warnings.map((alarm) => (
              <AlarmLine key={`${alarm.code} ${alarm.message}`} alarm={alarm} />
            ))}
          </div>
        )}
        {today.isPending && <Skeletons rows={4} height={88} />}
        {today.isError && today.data === undefined && (
          <ErrorNote error={today.error} retry={() => void today.refetch()} />
        )}
        {today.data !== undefined && <Sales today={today.data} />}
      </Stack>
    </>
  );
}

function Sales({ today }: { today: Today }) {
  const t = useText();
  const startHour = Math.floor((useShopSettings().data?.cutoff_minutes ?? 0) / 60);
  const last = today.same_day_last_week;
  return (
    <>
      <Figures>
        <Figure
          label={t("today.sales")}
          value={<Money amount={today.sales} />}
          note={t("today.last_week", { amount: rupiah(last.sales) })}
        />
        <Figure
          label={t("today.orders")}
          value={grouped(today.orders)}
          note={t("today.last_week", { amount: grouped(last.orders) })}
        />
        <Figure label={t("today.average")} value={<Money amount={today.average} />} />
        <Figure
          label={t("today.open")}
          value={grouped(today.open_orders)}
          note={<Money amount={today.open_amount} />}
        />
        <Figure label={t("today.voids")} value={grouped(today.voids)} />
      </Figures>
      {today.orders === 0 && today.by_tender.length === 0 ? (
        <Empty title={t("today.empty")}>{t("today.empty.next")}</Empty>
      ) : (
        <>
          <Section title={t("today.by_hour")}>
            <Card>
              <Chart
                label={t("today.by_hour")}
                kind="bars"
                money
                rows={hours(today.by_hour, startHour, (hour) => t("hour", { hour }))}
                series={[{ name: "sales", label: t("today.sales"), color: "primary.6" }]}
              />
            </Card>
          </Section>
          <div className={classes.columns}>
            <Section title={t("today.by_tender")}>
              <Card>
                <dl className={classes.pairs}>
                  {today.by_tender.map((tender) => (
                    <div key={`${tender.method} ${tender.tender_id}`}>
                      <dt>{tender.tender_name ?? t(method(tender.method))}</dt>
                      <dd>
                        <Money amount={tender.amount} />
                      </dd>
                    </div>
                  ))}
                  <Deposit label={t("today.deposits_taken")} amount={today.deposits_taken} />
                  <Deposit label={t("today.deposits_used")} amount={today.deposits_used} />
                </dl>
              </Card>
            </Section>
            <Section title={t("today.top")}>
              <Card>
                <table className={classes.top}>
                  <thead>
                    <tr>
                      <th scope="col">{t("column.product")}</th>
                      <th scope="col">{t("column.qty")}</th>
                      <th scope="col">{t("column.amount")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {today.top_products.map((row) => (
                      <tr key={row.product_id}>
                        <th scope="row" className="name">
                          {row.name}
                        </th>
                        <td className="figures">{soldText(row.qty, row.weighed_qty)}</td>
                        <td>
                          <Money amount={row.amount} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Card>
            </Section>
          </div>
        </>
      )}
    </>
  );
}

/** What explains the difference between the payments and the sales of the day. */
function Deposit({ label, amount }: { label: string; amount: number }) {
  if (amount === 0) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <Money amount={amount} />
      </dd>
    </div>
  );
}
