import { Button, PasswordInput, Select, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useSave } from "@shared/forms";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconLock, IconLogout, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { given, PAGE_SIZE } from "../api/lists";
import type { Schemas } from "../api/queries";
import { changePassword, useIsAdmin, useSession } from "../api/session";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";

type User = Schemas["HubUser"];
type Role = Schemas["Role"];
const ROLES = ["admin", "viewer"] as const satisfies readonly Role[];

const nameOf = (user: { name: string; username: string }) => (user.name === "" ? user.username : user.name);

/** Who can log in at head office. */
export function UsersPage() {
  const t = useText();
  const time = useTime();
  const editable = useIsAdmin();
  const me = useSession().user;
  const editor = useEditor<User>();
  const [password, setPassword] = useState(false);
  const pages = usePages<User>(["users"], (cursor, signal) =>
    body(hub.GET("/v1/hq/users", { params: { query: given({ cursor, limit: PAGE_SIZE }) }, signal })),
  );
  const columns: Column<User>[] = [
    {
      id: "name",
      title: t("user.name"),
      render: (user) => (user.id === me.id ? t("users.me", { name: nameOf(user) }) : nameOf(user)),
    },
    { id: "username", title: t("user.username"), render: (user) => user.username },
    { id: "role", title: t("user.role"), render: (user) => <RoleWord role={user.role} /> },
    {
      id: "active",
      title: t("state"),
      render: (user) =>
        user.active ? (
          <StateBadge tone="ok">{t("user.active")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("user.inactive")}</StateBadge>
        ),
    },
    { id: "created", title: t("users.created"), minor: true, render: (user) => time.moment(user.created_at) },
  ];
  return (
    <>
      <PageHead
        title={t("nav.users")}
        lead={t("users.lead")}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconLock size={20} aria-hidden />}
              onClick={() => setPassword(true)}
            >
              {t("password.change")}
            </Button>
            {editable && (
              <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
                {t("user.add")}
              </Button>
            )}
          </>
        }
      />
      <List
        label={t("nav.users")}
        pages={pages}
        rowId={(user) => user.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={<Empty title={t("users.empty")} />}
      />
      <Sheet title={editor.row === null ? t("user.add") : t("user.edit")} opened={editor.opened} close={editor.close}>
        <UserForm key={editor.key} user={editor.row} close={editor.close} />
      </Sheet>
      <Sheet title={t("password.change")} opened={password} close={() => setPassword(false)}>
        <PasswordForm close={() => setPassword(false)} />
      </Sheet>
    </>
  );
}

function RoleWord({ role }: { role: string }) {
  const t = useText();
  const known = ROLES.find((each) => each === role);
  return <>{known === undefined ? role : t(`hub_role.${known}`)}</>;
}

function UserForm({ user, close }: { user: User | null; close: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const form = useForm({
    initialValues: {
      username: user?.username ?? "",
      name: user?.name ?? "",
      role: ROLES.find((role) => role === user?.role) ?? ("viewer" as Role),
      password: "",
      active: user?.active ?? true,
    },
  });
  const save = useSave(
    form,
    ({ username, active, password, ...values }: typeof form.values) =>
      user === null
        ? data(hub.POST("/v1/hq/users", { body: { username, password, ...values } }))
        : data(
            hub.PATCH("/v1/hq/users/{user_id}", {
              params: { path: { user_id: user.id } },
              body: { active, ...values, ...(password !== "" && { password }) },
            }),
          ),
    () => {
      void queries.invalidateQueries({ queryKey: ["users"] });
      close();
    },
  );
  const end =
    user === null ? undefined : (
      <Button
        variant="subtle"
        leftSection={<IconLogout size={20} aria-hidden />}
        onClick={() =>
          ask({
            title: t("users.end.ask", { name: nameOf(user) }),
            body: t("users.end.what"),
            verb: t("users.end"),
            act: () =>
              body(hub.POST("/v1/hq/users/{user_id}/end-sessions", { params: { path: { user_id: user.id } } })),
          })
        }
      >
        {t("users.end")}
      </Button>
    );
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={end}
    >
      <TextInput label={t("user.name")} {...form.getInputProps("name")} data-autofocus />
      <TextInput
        label={t("user.username")}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        disabled={user !== null}
        {...form.getInputProps("username")}
      />
      <Select
        label={t("user.role")}
        description={t(`hub_role_note.${form.values.role}`)}
        data={ROLES.map((role) => ({ value: role as string, label: t(`hub_role.${role}`) }))}
        allowDeselect={false}
        {...form.getInputProps("role")}
      />
      <PasswordInput
        label={user === null ? t("login.password") : t("user.password.new")}
        description={user === null ? t("user.password.rule") : t("user.password.unchanged")}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
        {...form.getInputProps("password")}
      />
      {user !== null && (
        <Switch size="md" label={t("user.active.long")} {...form.getInputProps("active", { type: "checkbox" })} />
      )}
    </SheetForm>
  );
}

function PasswordForm({ close }: { close: () => void }) {
  const t = useText();
  const form = useForm({ initialValues: { current: "", new: "" } });
  const save = useSave(form, changePassword, () => {
    form.reset();
    close();
  });
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
    >
      <PasswordInput
        label={t("password.current")}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
        {...form.getInputProps("current")}
        data-autofocus
      />
      <PasswordInput
        label={t("user.password.new")}
        description={t("user.password.rule")}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
        {...form.getInputProps("new")}
      />
    </SheetForm>
  );
}
