import { Button, Menu, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { IconPrinter } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { v7 } from "uuid";
import { useText } from "../text";
import { usePrinters } from "./use-printers";

type Job = components["schemas"]["PrintJob"];

interface Props {
  /** Puts the paper into a printer's queue; a repeated key prints nothing new. */
  print: (header: { "Idempotency-Key": string }, printer: string) => Promise<{ data?: { data?: Job } }>;
  children: string;
}

const LOOK_MS = 1_000;

/** Prints a paper on a receipt printer of the shop, and says what became of it. Nothing, in a shop without printers. */
export function PrintPaper({ print, children }: Props) {
  const t = useText();
  const key = useRef(v7());
  const sent = useMutation({
    mutationFn: (printer: string) => data(print({ "Idempotency-Key": key.current }, printer)),
    onSettled: (_, thrown) => {
      // Without an answer the paper may be on its way: the next attempt is the same command.
      if (thrown === null || !asApiError(thrown).isUnreachable) key.current = v7();
    },
  });
  const id = sent.data?.id ?? "";
  const job = useQuery({
    queryKey: ["printers", "job", id],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/print-jobs/{id}", { params: { path: { id } }, signal })),
    enabled: id !== "",
    refetchInterval: ({ state }) => (state.data?.state === "done" ? false : LOOK_MS),
  });
  const now = job.data ?? sent.data;
  const printers = usePrinters().data?.filter(({ active, kind }) => active && kind === "receipt") ?? [];
  const [first] = printers;
  if (first === undefined) return null;
  const button = (
    <Button
      variant="default"
      leftSection={<IconPrinter size={20} aria-hidden />}
      loading={sent.isPending}
      {...(printers.length === 1 && { onClick: () => sent.mutate(first.id) })}
    >
      {children}
    </Button>
  );
  return (
    <>
      {now !== undefined && (
        <Text span role="status" c="dimmed">
          {t(now.state === "done" ? "print.done" : now.error == null ? "print.sent" : "print.waits", {
            name: now.printer_name ?? "",
          })}
        </Text>
      )}
      {sent.error !== null && <ErrorNote error={sent.error} />}
      {printers.length === 1 ? (
        button
      ) : (
        <Menu>
          <Menu.Target>{button}</Menu.Target>
          <Menu.Dropdown>
            {printers.map(({ id, name }) => (
              <Menu.Item key={id} className="name" onClick={() => sent.mutate(id)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
