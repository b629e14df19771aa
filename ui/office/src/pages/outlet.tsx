import { Button, Group, Menu, Text } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { IconChevronDown, IconCircleX, IconKey, IconKeyOff, IconPencil, IconQrcode } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import {
  type EnrollmentCode,
  newEnrollCode,
  type OutletDetail,
  type RotatedKey,
  revokeKey,
  revokeOutlet,
  rotateKey,
} from "../api/outlets";
import { useOutlet } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { OUTLET_TABS } from "../filters";
import { useBack } from "../parts/link";
import { PresenceBadge } from "../parts/presence";
import { SecretDialog } from "../parts/secret";
import { PageTabs } from "../parts/tabs";
import { useText } from "../text";
import { OutletAnnouncements } from "./outlet/announcements";
import { OutletOverview } from "./outlet/overview";
import { RenameSheet } from "./outlet/rename";
import { OutletSettings } from "./outlet/settings";
import { OutletUsers } from "./outlet/users";
import { OutletWebhook } from "./outlet/webhook";

const route = getRouteApi("/outlets/$id");

/** One outlet: how it is, and what head office can change about it. */
export function OutletPage() {
  const t = useText();
  const { id } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const back = useBack(t("nav.outlets"), "/outlets");
  const isAdmin = useIsAdmin();
  const outlet = useOutlet(id, { refetchInterval: 30_000 });
  const [code, setCode] = useState<EnrollmentCode | null>(null);
  if (outlet.data === undefined) {
    return (
      <>
        <PageHead title={t("outlet.one")} back={back} />
        {outlet.error === null ? (
          <Skeletons />
        ) : asApiError(outlet.error).status === 404 ? (
          <Empty title={t("outlet.gone")} />
        ) : (
          <ErrorNote error={outlet.error} retry={() => void outlet.refetch()} />
        )}
      </>
    );
  }
  const found = outlet.data;
  const active = found.state === "active";
  return (
    <>
      <PageHead
        title={found.name}
        lead={
          <Group component="span" gap="xs">
            <Text span>{found.code}</Text>
            <PresenceBadge presence={found.presence} />
          </Group>
        }
        back={back}
        {...(isAdmin && active && { actions: <OutletActions outlet={found} showCode={setCode} /> })}
      />
      <PageTabs
        value={tab ?? "overview"}
        onChange={(next) => void navigate({ search: next === "overview" ? {} : { tab: next }, replace: true })}
        tabs={(["overview", ...OUTLET_TABS] as const).map((value) => ({ value, label: t(`outlet.tab.${value}`) }))}
      >
        {tab === undefined && <OutletOverview outlet={found} code={code} />}
        {tab === "users" && <OutletUsers outlet={found} />}
        {tab === "settings" && <OutletSettings outlet={found} />}
        {tab === "announcements" && <OutletAnnouncements outletId={found.id} />}
        {tab === "webhook" && <OutletWebhook outlet={found} />}
      </PageTabs>
    </>
  );
}

function OutletActions({ outlet, showCode }: { outlet: OutletDetail; showCode: (code: EnrollmentCode) => void }) {
  const t = useText();
  const router = useRouter();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const [renaming, setRenaming] = useState(false);
  const [key, setKey] = useState<RotatedKey | null>(null);
  const reread = () => queries.invalidateQueries({ queryKey: ["outlets"] });
  const name = outlet.name;
  const issue = useMutation({
    mutationFn: () => newEnrollCode(outlet.id),
    onSuccess: async (code) => {
      showCode(code);
      await reread();
      await router.navigate({ to: "/outlets/$id", params: { id: outlet.id }, search: {} });
    },
  });
  const askNewCode = () =>
    ask({
      title: t("outlet.code.ask", { name }),
      body: t("outlet.code.what"),
      verb: t("outlet.code.make"),
      act: () => issue.mutateAsync(),
    });
  const askRotate = () =>
    ask({
      title: t("outlet.rotate.ask", { name }),
      body: t("outlet.rotate.what"),
      verb: t("outlet.rotate"),
      act: async () => {
        setKey(await rotateKey(outlet.id));
        await reread();
      },
    });
  const askRevokeKey = () =>
    ask({
      title: t("outlet.revoke_key.ask", { name }),
      body: t("outlet.revoke_key.what"),
      verb: t("outlet.revoke_key"),
      danger: true,
      act: async () => {
        await revokeKey(outlet.id);
        await reread();
      },
    });
  const askRevoke = () =>
    ask({
      title: t("outlet.revoke.ask", { name, code: outlet.code }),
      body: t("outlet.revoke.what"),
      verb: t("outlet.revoke"),
      danger: true,
      act: async () => {
        await revokeOutlet(outlet.id);
        await reread();
      },
    });
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={20} aria-hidden />}>
            {t("outlet.manage")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={20} aria-hidden />} onClick={() => setRenaming(true)}>
            {t("outlet.rename")}
          </Menu.Item>
          <Menu.Item leftSection={<IconQrcode size={20} aria-hidden />} onClick={askNewCode}>
            {t("outlet.code.make")}
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={20} aria-hidden />} onClick={askRotate}>
            {t("outlet.rotate")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="bad" leftSection={<IconKeyOff size={20} aria-hidden />} onClick={askRevokeKey}>
            {t("outlet.revoke_key")}
          </Menu.Item>
          <Menu.Item color="bad" leftSection={<IconCircleX size={20} aria-hidden />} onClick={askRevoke}>
            {t("outlet.revoke")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RenameSheet outlet={outlet} opened={renaming} close={() => setRenaming(false)} />
      <SecretDialog
        title={t("outlet.rotate.title")}
        words={t("outlet.rotate.once")}
        secret={key?.api_key ?? null}
        close={() => setKey(null)}
      />
    </>
  );
}
