/** In charge of the two menus of the first zone: what can be begun, and the agent's own settings. */
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import { NewTicketDialog } from "../composer/outbound";
import { PhoneDialog } from "../composer/phone";
import { KeySheet } from "../keys/sheet";
import { me } from "../store/desk";
import { chooseLanguage, dense, theme } from "../store/settings";
import { showDialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { Avatar } from "../ui/marks";
import { Menu, type Option } from "../ui/menu";

export function Create() {
  const options = (): Option[] => [
    {
      key: "mail",
      words: t("New ticket"),
      label: (
        <>
          <Icon name="email" /> {t("New ticket")}
        </>
      ),
      hint: "C",
      pick: () => showDialog(<NewTicketDialog />),
    },
    {
      key: "phone",
      words: t("Phone note"),
      label: (
        <>
          <Icon name="phone" /> {t("Phone note")}
        </>
      ),
      hint: "⇧C",
      pick: () => showDialog(<PhoneDialog />),
    },
  ];
  return (
    <Menu
      name="create"
      label={t("New")}
      class="create"
      options={options}
      face={
        <>
          <Icon name="plus" />
          <span class="nav-name">{t("New")}</span>
        </>
      }
    />
  );
}

export function Self() {
  const agent = me.value;
  if (!agent) return null;
  const options = (): Option[] => [
    { key: "ja", words: "日本語", label: "日本語", checked: language.value === "ja", pick: () => chooseLanguage("ja") },
    {
      key: "en",
      words: "English",
      label: "English",
      checked: language.value === "en",
      pick: () => chooseLanguage("en"),
    },
    {
      key: "auto",
      words: t("Colours of the system"),
      label: (
        <>
          <Icon name="auto" /> {t("Colours of the system")}
        </>
      ),
      checked: theme.value === "auto",
      rule: true,
      pick: () => (theme.value = "auto"),
    },
    {
      key: "light",
      words: t("Light"),
      label: (
        <>
          <Icon name="sun" /> {t("Light")}
        </>
      ),
      checked: theme.value === "light",
      pick: () => (theme.value = "light"),
    },
    {
      key: "dark",
      words: t("Dark"),
      label: (
        <>
          <Icon name="moon" /> {t("Dark")}
        </>
      ),
      checked: theme.value === "dark",
      pick: () => (theme.value = "dark"),
    },
    {
      key: "dense",
      words: t("Dense list"),
      label: t("Dense list"),
      checked: dense.value,
      rule: true,
      pick: () => (dense.value = !dense.value),
    },
    {
      key: "keys",
      words: t("Keyboard"),
      label: (
        <>
          <Icon name="keyboard" /> {t("Keyboard")}
        </>
      ),
      hint: "?",
      pick: () => showDialog(<KeySheet />),
    },
    ...(agent.role === "admin"
      ? [
          {
            key: "admin",
            words: t("Settings of the desk"),
            label: (
              <>
                <Icon name="gear" /> {t("Settings of the desk")}
              </>
            ),
            pick: () => location.assign("/admin"),
          },
        ]
      : []),
    {
      key: "leave",
      words: t("Sign out"),
      label: (
        <>
          <Icon name="leave" /> {t("Sign out")}
        </>
      ),
      rule: true,
      pick: () => void api.signOut().finally(() => location.assign("/sign-in")),
    },
  ];
  return (
    <Menu
      name="self"
      label={t("{name}: settings", { name: agent.name })}
      class="self"
      options={options}
      face={
        <>
          <Avatar agent={agent.id} />
          <span class="nav-name">{agent.name}</span>
        </>
      }
    />
  );
}
