/** In charge of who is at the desk: a count, and everybody by name behind it. */
import { now, since } from "../../shared/time";
import { t } from "../../shared/words";
import { availabilityOf, byPresence, online, presenceName } from "../store/availability";
import { desk } from "../store/desk";
import { go, zoneShown } from "../store/place";
import { Icon } from "../ui/icons";
import { AtDesk } from "../ui/marks";
import { Menu, type Option } from "../ui/menu";

export function Colleagues() {
  const options = (): Option[] => {
    void now.value;
    return (desk.value?.agents ?? [])
      .filter((agent) => agent.active)
      .sort(byPresence)
      .map((agent) => {
        const { state, since: from } = availabilityOf(agent.id);
        return {
          key: String(agent.id),
          words: agent.name,
          label: (
            <span class="person">
              <AtDesk agent={agent.id} />
              {agent.name}
              <small class="faint">
                {presenceName(state)}
                {from && ` · ${since(from)}`}
              </small>
            </span>
          ),
          pick: () => {
            go({ view: "all", ticket: null, filter: { assignee: String(agent.id) }, q: "" });
            zoneShown.value = "list";
          },
        };
      });
  };
  return (
    <Menu
      name="colleagues"
      label={t("Who is at the desk")}
      class="colleagues"
      filtered
      options={options}
      face={
        <>
          <Icon name="people" />
          <span class="nav-name">{t("{n} at the desk", { n: online.value })}</span>
        </>
      }
    />
  );
}
