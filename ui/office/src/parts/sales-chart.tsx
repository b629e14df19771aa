import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { rupiah } from "@shared/money";
import { useIntl } from "react-intl";
import { useText } from "../text";

export interface Point {
  label: string;
  amount: number;
  lastWeek: number | null;
}

/** Sales as bars, beside those of a week earlier. The table below has the same figures for everybody who cannot see it. */
export function SalesChart({ points }: { points: Point[] }) {
  const t = useText();
  const intl = useIntl();
  const short = (amount: number) => intl.formatNumber(amount, { notation: "compact", maximumFractionDigits: 1 });
  const compared = points.some((point) => point.lastWeek !== null);
  return (
    <div aria-hidden>
      <BarChart
        h={280}
        data={points.map((point) => ({ ...point }))}
        dataKey="label"
        series={[
          ...(compared ? [{ name: "lastWeek", label: t("sales.last_week"), color: "var(--chart-before)" }] : []),
          { name: "amount", label: t("sales.amount"), color: "var(--primary)" },
        ]}
        withLegend={compared}
        maxBarWidth={40}
        gridAxis="x"
        tickLine="none"
        valueFormatter={rupiah}
        yAxisProps={{ tickFormatter: short, width: 64 }}
        xAxisProps={{ interval: "preserveStartEnd", minTickGap: 16 }}
        barChartProps={{ accessibilityLayer: false }}
        barProps={{ isAnimationActive: false, radius: [4, 4, 0, 0] }}
        tooltipAnimationDuration={0}
      />
    </div>
  );
}
