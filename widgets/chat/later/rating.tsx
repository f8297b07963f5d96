/** @jsxRuntime classic */
/** @jsx h */
/** In charge of the question how one was served: five faces, a few words, and what was answered. */
import type { Kit, Rated } from "./kit";
import { sayer } from "./words";

const FACES = [..."😞🙁😐🙂😊"];

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
            {FACES.map((face, at) => (
              <button
                key={face} type="button" aria-label={names()[at]} title={names()[at]} aria-pressed={score === at + 1}
                onClick={() => void kit.rate(seq, at + 1, comment)}
              >
                {face}
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
