import { Button, Group, Stack, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { ErrorNote } from "@shared/parts/error-note";
import { Sheet } from "@shared/parts/sheet";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { useQuery } from "@tanstack/react-query";
import { useText } from "../text";
import type { Place } from "./printer-sheet";

/** Looks for printers in the network of the server, and lets a person choose one. */
export function FindSheet({ choose, close }: { choose: (place: Place) => void; close: () => void }) {
  const t = useText();
  const found = useQuery({
    queryKey: ["printer-search"],
    queryFn: ({ signal }) => data(outlet.POST("/api/v1/printers/find", { body: {}, signal })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Sheet title={t("printers.find")} opened close={close}>
      <Stack gap="md" aria-live="polite">
        {found.isPending && (
          <>
            <Text>{t("printers.searching")}</Text>
            <Skeletons rows={3} height={56} />
          </>
        )}
        {found.isError && <ErrorNote error={found.error} retry={() => void found.refetch()} />}
        {found.data?.length === 0 && <Text>{t("printers.none_found")}</Text>}
        {found.data?.map((printer) => (
          <Group key={printer.address} justify="space-between" wrap="nowrap">
            <div>
              <Text className="figures">
                {printer.address}:{printer.port}
              </Text>
              <Text size="sm" c="dimmed">
                {t(printer.answers ? "printers.answers" : "printers.accepts")}
              </Text>
            </div>
            {printer.printer_id ? (
              <StateBadge tone="ok">{t("printers.known")}</StateBadge>
            ) : (
              <Button onClick={() => choose({ address: printer.address, port: printer.port })}>
                {t("printers.choose")}
              </Button>
            )}
          </Group>
        ))}
        {found.data !== undefined && (
          <Button variant="default" onClick={() => void found.refetch()} loading={found.isFetching}>
            {t("printers.search_again")}
          </Button>
        )}
      </Stack>
    </Sheet>
  );
}
