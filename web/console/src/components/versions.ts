/** Colours of the states of a model version. */
export const VERSION_COLORS: Record<string, string> = { live: "teal", candidate: "blue", retired: "gray" };
