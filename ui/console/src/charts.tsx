import "@mantine/charts/styles.css";
import { BarChart, LineChart } from "@mantine/charts";
import { VisuallyHidden } from "@mantine/core";
import { grouped, rupiah } from "@shared/money";
import { useLanguage } from "@shared/text/provider";

interface Series {
  name: string;
  label: string;
  color: string;
}

interface Props {
  /** What the chart shows, for screen readers. */
  label: string;
  /** Rows with `at`, the label of the axis, and a figure for each series. */
  rows: Record<string, string | number | null>[];
  series: Series[];
  kind: "bars" | "lines";
  money?: boolean;
}

/** The chart itself is hidden from screen readers, so it takes no focus. */
const QUIET = { accessibilityLayer: false };

/** A chart, and the same figures as a table for screen readers. In its own chunk: charts are large. */
export default function Chart({ label, rows, series, kind, money = false }: Props) {
  const { language } = useLanguage();
  const figure = money ? rupiah : grouped;
  const common = {
    h: 240,
    data: rows,
    dataKey: "at",
    series,
    tickLine: "none" as const,
    gridAxis: "x" as const,
    valueFormatter: (value: number) => figure(Math.round(value)),
    withLegend: series.length > 1,
    yAxisProps: {
      width: money ? 64 : 48,
      tickFormatter: (value: number) => short(value, UNITS[language], language === "en" ? "." : ","),
      allowDecimals: false,
    },
    xAxisProps: { interval: "preserveStartEnd" as const, minTickGap: 16 },
  };
  return (
    <figure style={{ margin: 0 }} aria-label={label}>
      <div aria-hidden>
        {kind === "bars" ? (
          <BarChart
            {...common}
            maxBarWidth={40}
            barChartProps={QUIET}
            barProps={{ radius: [4, 4, 0, 0], isAnimationActive: false }}
          />
        ) : (
          <LineChart
            {...common}
            lineChartProps={QUIET}
            curveType="linear"
            withDots={false}
            lineProps={{ isAnimationActive: false }}
          />
        )}
      </div>
      <VisuallyHidden>
        <table>
          <caption>{label}</caption>
          <tbody>
            {rows.map((row) => (
              <tr key={String(row.at)}>
                <th scope="row">{row.at}</th>
                {series.map(({ name, label: title }) => (
                  <td key={name}>
                    {title}: {row[name] === null ? "–" : figure(Number(row[name]))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </figure>
  );
}

/** Thousands, millions and billions. */
const UNITS = { id: [" rb", " jt", " M"], en: ["k", "m", "bn"] } as const;

/** `1500000` as `1,5 jt`, for an axis. */
function short(value: number, units: readonly [string, string, string], point: string): string {
  const one = (scaled: number) => String(Math.round(scaled * 10) / 10).replace(".", point);
  if (Math.abs(value) >= 1_000_000_000) return one(value / 1_000_000_000) + units[2];
  if (Math.abs(value) >= 1_000_000) return one(value / 1_000_000) + units[1];
  if (Math.abs(value) >= 1_000) return one(value / 1_000) + units[0];
  return String(value);
}
