import { Button } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useText } from "../text/provider";

/** Prints the page: without places, banners and filters, in the colors of paper. */
export function PrintButton() {
  const t = useText();
  return (
    <Button
      className="no-print"
      variant="default"
      leftSection={<IconPrinter size={20} aria-hidden />}
      onClick={() => window.print()}
    >
      {t("action.print")}
    </Button>
  );
}
