/** In charge of the two menus of the first zone: what can be begun, and the agent's own settings. */
import { language, t } from "../../shared/words";
import { api } from "../api/calls";
import { cap } from "../keys/names";
import { showLater } from "../later/coming";
import type { Presence } from "../api/desk";
import { availabilityOf, choosePresence, presenceName } from "../store/availability";
import { me } from "../store/desk";
import { quiet } from "../store/preferences";
import { chooseLanguage, dense, theme } from "../store/settings";
import { Icon } from "../ui/icons";
import { AtDesk } from "../ui/marks";
import { Menu, type Option } from "../ui/menu";
import { disturbAgain, disturbNot } from "./quiet";

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
      hint: cap("c"),
      pick: () => showLater(({ NewTicketDialog }) => <NewTicketDialog />),
    },
    {
      key: "phone",
      words: t("Phone note"),
      label: (
        <>
          <Icon name="phone" /> {t("Phone note")}
        </>
      ),
      hint: cap("C"),
      pick: () => showLater(({ PhoneDialog }) => <PhoneDialog />),
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
  const { state, chosen } = availabilityOf(agent.id);
  const presence = (which: Presence, words: string, rule = false): Option => ({
    key: `presence-${which}`,
    words,
    label: (
      <span class="person">
        <i class={`presence ${which}`} aria-hidden="true" />
        {words}
      </span>
    ),
    checked: chosen === which,
    ...(rule ? { rule } : {}),
    pick: () => void choosePresence(which).catch(() => undefined),
  });
  const options = (): Option[] => [
    presence("online", t("At the desk")),
    presence("away", t("Away")),
    presence("offline", t("Offline")),
    {
      key: "quiet",
      words: t("Do not disturb"),
      label: (
        <>
          <Icon name="moon" /> {t("Do not disturb")}
        </>
      ),
      checked: quiet.value,
      rule: true,
      pick: () => (quiet.peek() ? disturbAgain() : disturbNot(null)),
    },
    {
      key: "preferences",
      words: t("Notifications and picture"),
      label: (
        <>
          <Icon name="bell" /> {t("Notifications and picture")}
        </>
      ),
      pick: () => showLater(({ PreferencesDialog }) => <PreferencesDialog />),
    },
    { key: "ja", rule: true, words: "日本語", label: "日本語", checked: language.value === "ja", pick: () => chooseLanguage("ja") },
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
      pick: () => showLater(({ KeySheet }) => <KeySheet />),
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
          <AtDesk agent={agent.id} />
          <span class="nav-name">
            {agent.name}
            <small>{quiet.value ? t("Do not disturb") : presenceName(state)}</small>
          </span>
        </>
      }
    />
  );
}
