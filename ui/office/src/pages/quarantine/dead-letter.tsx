import { Button, Code, Stack, Text } from "@mantine/core";
import { Facts } from "@shared/parts/facts";
import { Money } from "@shared/parts/money";
import { Numbered } from "@shared/parts/numbered";
import { Card } from "@shared/parts/page-head";
import { SheetFoot } from "@shared/parts/sheet";
import { useTime } from "@shared/time";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { Entity } from "../../parts/entity";
import { useText } from "../../text";

type DeadLetter = Schemas["DeadLetter"];

interface Props {
  letter: DeadLetter;
  accept: () => void;
  discard: () => void;
}

/** A dead letter: why the hub did not apply it, what it contains, and what can be decided. */
export function DeadLetterDetail({ letter, accept, discard }: Props) {
  const t = useText();
  const time = useTime();
  const isAdmin = useIsAdmin();
  const open = letter.accepted_by == null && letter.discarded_at == null && letter.resolved_at == null;
  const sale = letter.code === "acknowledged_sale";
  const facts: [string, ReactNode][] = [
    [t("letter.what"), <Entity key="what" type={letter.entity_type} id={letter.entity_id} />],
    [t("outlet.one"), letter.outlet_code],
    [t("letter.received"), time.moment(letter.received_at)],
  ];
  if (letter.discard_reason != null)
    facts.push([t("letter.discarded"), `${letter.discard_reason} (${letter.discarded_by})`]);
  if (letter.accept_reason != null)
    facts.push([t("letter.accepted"), `${letter.accept_reason} (${letter.accepted_by})`]);
  return (
    <Stack gap="md" flex={1}>
      <Text fw={600}>
        <Numbered>{letter.message ?? t("letter.unknown_type")}</Numbered>
      </Text>
      <Card>
        <Facts facts={facts} />
      </Card>
      {sale && <Versions letter={letter} />}
      <details>
        <summary style={{ minHeight: 44, cursor: "pointer" }}>{t("letter.content")}</summary>
        <Code block style={{ maxHeight: 320, overflow: "auto" }}>
          {JSON.stringify(letter.item, null, 2)}
        </Code>
      </details>
      {isAdmin && open && (
        <SheetFoot>
          <Button variant="subtle" color="bad" onClick={discard}>
            {t("letter.discard")}
          </Button>
          {sale && (
            <Button ml="auto" onClick={accept}>
              {t("letter.accept")}
            </Button>
          )}
        </SheetFoot>
      )}
    </Stack>
  );
}

interface Sale {
  status: string | null;
  total: number | null;
  paid: number | null;
}

/** Status and amounts of an order's document, as far as they can be read. */
function saleOf(document: unknown): Sale | null {
  if (typeof document !== "object" || document === null) return null;
  const fields = document as Record<string, unknown>;
  const amount = (name: string) => {
    const value = fields[name];
    return typeof value === "number" ? value : null;
  };
  const status = fields.status;
  return { status: typeof status === "string" ? status : null, total: amount("total"), paid: amount("paid") };
}

const STATUSES = ["open", "paid", "void"] as const;

function Versions({ letter }: { letter: DeadLetter }) {
  const t = useText();
  const item = letter.item as { operation?: unknown; data?: unknown } | null | undefined;
  const stored = saleOf(letter.stored_document);
  const sent = item?.operation === "delete" ? null : saleOf(item?.data);
  const words = (sale: Sale | null) => {
    if (sale === null) return t("letter.sale.deleted");
    const status = STATUSES.find((each) => each === sale.status);
    return (
      <>
        {status === undefined ? (sale.status ?? "–") : t(`sold.status.${status}`)}
        {sale.total !== null && (
          <>
            , {t("letter.sale.total")} <Money amount={sale.total} />
          </>
        )}
        {sale.paid !== null && (
          <>
            , {t("order.paid")} <Money amount={sale.paid} />
          </>
        )}
      </>
    );
  };
  return (
    <Card>
      <Facts
        facts={[
          [t("letter.sale.hub"), stored === null ? "–" : words(stored)],
          [t("letter.sale.outlet"), words(sent)],
        ]}
      />
    </Card>
  );
}
