/** In charge of what is known of a customer beside name and contacts: tags, fields of the shop's own, where they live,
 *  what they agreed to. Only what is there is shown. */
import { day } from "../../shared/time";
import { t } from "../../shared/words";
import type { Customer } from "../api/customers";
import { channelName, desk, fieldLabel } from "../store/desk";

export function Known({ customer }: { customer: Customer }) {
  const [home] = customer.addresses.filter((each) => !each.name);
  const said = (value: string | number | boolean) =>
    value === true ? t("Yes") : value === false ? t("No") : String(value);
  const own = (desk.value?.customer_fields ?? []).flatMap((field) => {
    const value = customer.attributes[field.name];
    return value === undefined ? [] : [[fieldLabel(field), said(value)] as const];
  });
  const facts = [
    ...(customer.birthday ? [[t("Birthday"), day(`${customer.birthday}T12:00`)] as const] : []),
    ...(home ? [[t("Home address"), `${home.postal_code} ${home.region}${home.city}${home.street}`.trim()] as const] : []),
    ...own,
    ...(customer.notices_by ? [[t("Notices by"), noticesBy(customer.notices_by)] as const] : []),
    ...customer.consents.map(
      (each) =>
        [
          each.channel === "any" ? each.purpose : `${each.purpose} · ${each.channel}`,
          `${each.given ? t("Agreed") : t("Declined")} ${day(each.at)}`,
        ] as const,
    ),
  ];
  return (
    <>
      {customer.tags.length > 0 && (
        <p>
          {customer.tags.map((tag) => (
            <span key={tag} class="badge">
              {tag}
            </span>
          ))}
        </p>
      )}
      {facts.length > 0 && (
        <dl class="properties">
          {facts.map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      )}
    </>
  );
}

function noticesBy(way: string): string {
  return way === "none" ? t("None wanted") : channelName(way);
}
