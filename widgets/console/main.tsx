/** Starts the console. */
import { render } from "preact";
import { t } from "../shared/words";

const place = document.getElementById("console");
if (place) render(<p>{t("Loading…")}</p>, place);
