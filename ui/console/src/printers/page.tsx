import { Button, Group } from "@mantine/core";
import { failingPrinters } from "@shared/alarm";
import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { IconPlus, IconPrinter, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useStatus } from "../status";
import { useText } from "../text";
import { FindSheet } from "./find-sheet";
import { Jobs } from "./jobs";
import { type Place, PrinterSheet } from "./printer-sheet";
import { PrinterState } from "./state";

type Printer = components["schemas"]["Printer"];

/** The printers of the shop, and what waits for them. */
export function PrintersPage() {
  const t = useText();
  const [edited, setEdited] = useState<Printer | Place | null>(null);
  const [finding, setFinding] = useState(false);
  const pages = usePages<Printer>(["printers", "list"], (cursor, signal) =>
    body(outlet.GET("/api/v1/printers", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const alarms = useStatus().data?.alarms ?? [];
  const failing = alarms.map(failingPrinters);
  const named = new Map(failing.flatMap(({ named }) => named.map((printer) => [printer.name, printer])));
  // The alarm names three; any other may be one of the rest.
  const isKnown = failing.every(({ more }) => more === 0);
  const create = (
    <>
      <Button variant="default" leftSection={<IconSearch size={20} aria-hidden />} onClick={() => setFinding(true)}>
        {t("printers.find")}
      </Button>
      <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited({})}>
        {t("printers.new")}
      </Button>
    </>
  );
  return (
    <>
      <PageHead
        title={t("place.printers")}
        lead={t("printers.lead")}
        {...(pages.rows?.length !== 0 && { actions: create })}
      />
      <List
        label={t("place.printers")}
        pages={pages}
        rowId={(printer) => printer.id}
        open={setEdited}
        empty={
          <Empty title={t("printers.empty")} icon={<IconPrinter size={32} aria-hidden />}>
            <Group gap="sm" justify="center">
              {create}
            </Group>
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (printer) => printer.name },
          {
            id: "kind",
            title: t("field.kind"),
            plain: true,
            render: (printer) => t(`printer.kind.${printer.kind}`),
          },
          {
            id: "address",
            title: t("printers.address"),
            render: (printer) => (
              <span className="figures">
                {printer.address}:{printer.port}
              </span>
            ),
          },
          {
            id: "active",
            title: t("column.state"),
            plain: true,
            render: (printer) => (
              <PrinterState active={printer.active} failing={named.get(printer.name)} isKnown={isKnown} />
            ),
          },
        ]}
      />
      {pages.rows?.length !== 0 && <Jobs />}
      {finding && (
        <FindSheet
          close={() => setFinding(false)}
          choose={(place) => {
            setFinding(false);
            setEdited(place);
          }}
        />
      )}
      {edited !== null && <PrinterSheet printer={edited} close={() => setEdited(null)} />}
    </>
  );
}
