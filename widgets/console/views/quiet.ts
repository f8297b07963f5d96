/** In charge of keeping an agent's wishes, "do not disturb" first of all; what is refused is said. */
import { t } from "../../shared/words";
import { Refusal } from "../api/client";
import type { Preferences } from "../api/desk";
import { prefer } from "../store/preferences";
import { toast } from "../ui/toast";

export function keep(change: Partial<Preferences>): void {
  void prefer(change).catch((problem: unknown) =>
    toast({ words: problem instanceof Refusal ? problem.message : t("That did not work."), tone: "bad" }),
  );
}

/** The moments until which "do not disturb" may hold; null: until it is switched off. */
export function disturbNot(minutes: number | null): void {
  keep({ quiet: true, quiet_until: minutes === null ? null : new Date(Date.now() + minutes * 60_000).toISOString() });
}

export function disturbAgain(): void {
  keep({ quiet: false, quiet_until: null });
}
