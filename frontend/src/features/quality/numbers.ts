/** Labels from which a share says something: the interval is then narrower than 36 points. */
export const ENOUGH = 30;
/** Below this a group is drawn pale. */
export const ENOUGH_IN_GROUP = 10;
