import { Button } from "@mantine/core";
import { IconCloudOff, IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { useOtherPages } from "../api/page-version";
import { useText } from "../text/provider";
import classes from "./banner.module.css";

type Tone = "neutral" | "info" | "wait" | "bad";

/** One line above the page, until what it says is over. */
export function Banner({ icon, tone = "neutral", children }: { icon: ReactNode; tone?: Tone; children: ReactNode }) {
  return (
    <div className={classes.banner} data-tone={tone}>
      {icon}
      <div className={classes.words}>{children}</div>
    </div>
  );
}

/** The server does not answer. This is no error of the page: it goes on by itself. */
export function UnreachableBanner({ children }: { children: ReactNode }) {
  return <Banner icon={<IconCloudOff size={20} aria-hidden />}>{children}</Banner>;
}

/** The server has another version than this page: offered, never forced. */
export function NewVersionBanner() {
  const t = useText();
  return (
    <Banner icon={<IconRefresh size={20} aria-hidden />} tone="info">
      {t("banner.new_version")}
      <Button variant="outline" size="xs" onClick={() => location.reload()}>
        {t("action.reload")}
      </Button>
    </Banner>
  );
}

/** Whether the server has newer pages than this one. Until they are asked for, a part of this page that is gone says so. */
export function useNewPages(): boolean {
  const [missing, other] = [useMissingChunk(), useOtherPages()];
  return missing || other;
}

function useMissingChunk(): boolean {
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    const note = () => setMissing(true);
    window.addEventListener("vite:preloadError", note);
    return () => window.removeEventListener("vite:preloadError", note);
  }, []);
  return missing;
}
