import { Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { Component, type ReactNode } from "react";
import { useText } from "../text";

/** Shows a way on when a screen fails, instead of a blank page. Carts and unanswered sales are stored, so loading the till again is safe. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const t = useText();
  return (
    <main>
      <Empty title={t("failed")}>
        {t("cart.safe")}
        {/* Not this screen, which would fail again. */}
        <Button size="lg" mt="md" onClick={() => location.assign("/till/")}>
          {t("failed.start")}
        </Button>
      </Empty>
    </main>
  );
}
