import { useRouter } from "@tanstack/react-router";

/** The link back to another page, for the head of a page. */
export function useBack(label: string, href: string) {
  const router = useRouter();
  return { label, href, go: () => void router.navigate({ to: href }) };
}
