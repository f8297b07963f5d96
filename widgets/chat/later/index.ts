/** In charge of the panel's later parts as one file, which comes when the first of them is wanted. */
import { makeChoices } from "./choices";
import { makeEmoji } from "./emoji";
import { makeFaq } from "./faq";
import type { Kit } from "./kit";
import { makeList } from "./list";
import { makeOnward } from "./onward";
import { makeRating } from "./rating";
import { shelf } from "./shelf";

export const make = (kit: Kit) => ({ Emoji: makeEmoji(kit), List: makeList(kit), Rating: makeRating(kit), Choices: makeChoices(kit), ...makeOnward(kit), ...makeFaq(kit), shelf });

export type Parts = ReturnType<typeof make>;
