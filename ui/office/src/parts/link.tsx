import { Anchor } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** The link back to another page, for the head of a page. */
export function useBack(label: string, href: string) {
  const router = useRouter();
  return { label, href, go: () => void router.navigate({ to: href }) };
}

/** A link to another page of this app, by its address. A click on it does not open the row around it. */
export function PageLink({ href, className, children }: { href: string; className?: string; children: ReactNode }) {
  const router = useRouter();
  return (
    <Anchor
      href={href}
      {...(className !== undefined && { className })}
      onClick={(event) => {
        event.stopPropagation();
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        router.history.push(href);
      }}
    >
      {children}
    </Anchor>
  );
}
