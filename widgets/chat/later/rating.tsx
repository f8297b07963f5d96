/** @jsxRuntime classic */
/** @jsx h */
/** In charge of the question how one was served: five faces, a few words, and what was answered. */
import type { Kit, Rated } from "./kit";
import { sayer } from "./words";

/** How far each mouth bends; drawn, as not every screen has the letters. */
const MOUTHS = [-4, -2, 0, 2, 4];

export function makeRating(kit: Kit) {
  const { h } = kit;
  const t = sayer(kit);
  const names = () => [t("Very bad"), t("Bad"), t("All right"), t("Good"), t("Very good")];
  return function Rating({ message: { seq, rating: { score, comment } } }: { message: Rated }) {
    return (
      <form
        class="card rating"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          void kit.rate(seq, score ?? 0, String(new FormData(event.currentTarget as HTMLFormElement).get("comment") ?? "").trim());
        }}
      >
        <fieldset>
          <legend>{t("How was our service?")}</legend>
          <div class="faces">
            {MOUTHS.map((bend, at) => (
              <button
                key={bend} type="button" aria-label={names()[at]} title={names()[at]} aria-pressed={score === at + 1}
                onClick={() => void kit.rate(seq, at + 1, comment)}
              >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                  <path d={`M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M8.5 9.500h.01M15.5 9.500h.01M8 ${15.5 - bend / 2}q4 ${bend} 8 0`} />
                </svg>
              </button>
            ))}
          </div>
        </fieldset>
        {score !== null && (comment ? <p class="words">{comment}</p> : (
          <label class="field">
            <span>{t("What could we do better? (optional)")}</span>
            <textarea name="comment" rows={2} maxLength={2000} />
          </label>
        ))}
        {score !== null && (comment ? <p role="status">{t("Thank you for telling us.")}</p> : (
          <button type="submit" class="primary">{t("Send this comment")}</button>
        ))}
      </form>
    );
  };
}
